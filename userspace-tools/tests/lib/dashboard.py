#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Checks a Grafana dashboard: dashboard.py FILE RULES < METRICS

Every series of its queries is one of METRICS, no two panels lie on each other, every query's data source is the
variable that the user chooses. Its queries are written to RULES as recording rules, for promtool to parse.
"""
import json
import re
import sys


def queries(panels):
    for panel in panels:
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == "${datasource}", panel["title"]
            yield panel["title"], target["expr"]
        yield from queries(panel.get("panels", []))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        board = json.load(file)
    there = set(re.findall(r"^(atcp_\w+)", sys.stdin.read(), re.M))
    names = {variable["name"] for variable in board["templating"]["list"]}
    assert board["title"] and board["uid"] and board["schemaVersion"] >= 36 and "datasource" in names, names
    places = set()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)), "numbers of panels"
    for panel in board["panels"]:
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24, panel["title"]
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                assert (x, y) not in places, f"{panel['title']} lies on another"
                places.add((x, y))
    rules = []
    for title, expr in queries(board["panels"]):
        for name in re.findall(r"\batcp_\w+", expr):
            assert name in there, f"{title}: there is no {name}"
        used = set(re.findall(r"\$\{?(\w+)", expr)) - {"__rate_interval", "__interval"}
        assert used <= names, f"{title}: {used - names}"
        expr = expr.replace("$__rate_interval", "5m")
        expr = re.sub(r"\$\{?\w+\}?", ".*", expr)
        rules.append({"record": f"panel:{len(rules)}", "expr": expr})
    assert rules
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        # YAML has JSON in it.
        json.dump({"groups": [{"name": "panels", "rules": rules}]}, file)


main()
