#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A real Prometheus scrapes atcpctl exporter in a namespace, has its series, and its alerts fire."""
# timeout: 240
# platforms: stock
# cpus: 1
# check: stock
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls

PORT, EXPORTER, SERVER = 21750, 9253, 19090
TOOL = "/mnt/tools/sbin/atcpctl"
RULES = "/mnt/tools/share/atcp/atcp.rules.yml"


def query(path, **words):
    """What the server's API says, None while it does not."""
    url = f"http://127.0.0.1:{SERVER}/api/v1/{path}?{urllib.parse.urlencode(words)}"
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


def value(expr):
    """The only sample of an expression: labels and number; None if there is none yet."""
    data = query("query", query=expr)
    if not data or not data["result"]:
        return None
    assert len(data["result"]) == 1, data
    return data["result"][0]["metric"], float(data["result"][0]["value"][1])


def firing():
    """The alerts that are pending or fire."""
    data = query("alerts")
    return {one["labels"]["alertname"] for one in data["alerts"]} if data else set()


def scrape(ktap):
    """Listener, exporter and server, each a program of its own."""
    sock = t.listener("127.0.0.1", PORT, 2)
    calls = [t.make_socket() for _ in range(5)]
    for one in calls:
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", PORT))
    assert t.wait_until(lambda: ls.stats(sock)["overflows"] > 0, 20), ls.stats(sock)
    ls.write(sock, "guard", 1)
    name = f'atcp_listener_accept_queue_length{{listener="127.0.0.1:{PORT}"}}'
    ktap.result(t.wait_until(lambda: (value(name) or (0, 0))[1] == 3, 120),
                "the series of a listener", query("targets"))
    labels, _ = value(name) or ({}, 0)
    ktap.equal((labels.get("job"), labels.get("id")), ("atcp", ls.read(sock, "id")), "its labels")
    ktap.result(t.wait_until(lambda: (value(
        "sum by (le) (atcp_listener_accept_wait_seconds_bucket{le='+Inf'})") or (0, -1))[1] == 0, 60),
        "a histogram is one for the server")
    wanted = {"AtcpSlowAcceptor", "AtcpGuardWithoutDevice"}
    ktap.result(t.wait_until(lambda: wanted <= firing(), 60), "alerts of what is wrong", firing())
    ktap.result("AtcpDrainLeftOn" not in firing(), "and none of what is not", firing())
    sock.accept()[0].close()
    ktap.result(t.wait_until(lambda: (value(
        "sum(atcp_listener_accept_wait_seconds_count)") or (0, 0))[1] == 1, 60), "what happens later")
    targets = query("targets")["activeTargets"]
    ktap.equal([(one["health"], one["lastError"]) for one in targets], [("up", "")], "no scrape failed")


def main():
    """The server's files are of its own, and so are its programs."""
    t.private_netns()
    ls.mount()
    if not shutil.which("prometheus") or not os.path.exists(TOOL):
        t.skip_all("no Prometheus, or no atcpctl")
    ktap = t.Ktap()
    with tempfile.TemporaryDirectory() as work:
        with open(f"{work}/prometheus.yml", "w", encoding="ascii") as file:
            json.dump({"global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                       "rule_files": [RULES],
                       "scrape_configs": [{"job_name": "atcp", "static_configs":
                                           [{"targets": [f"127.0.0.1:{EXPORTER}"]}]}]}, file)
        with open(f"{work}/log", "w", encoding="ascii") as log:
            programs = [subprocess.Popen(words, stdout=log, stderr=log) for words in (
                [TOOL, "exporter"],
                ["prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/data",
                 f"--web.listen-address=127.0.0.1:{SERVER}"])]
            try:
                # It is slow to start where a CPU is emulated.
                ktap.result(t.wait_until(lambda: query("targets") or
                                         any(one.poll() is not None for one in programs), 120)
                            and not any(one.poll() for one in programs), "both start")
                if not ktap.failed:
                    ktap.run("the scrape", scrape, ktap)
            finally:
                for one in programs:
                    one.send_signal(signal.SIGTERM)
                codes = [one.wait(60) for one in programs]
        ktap.equal(codes, [0, 0], "both end")
        if ktap.failed:
            with open(f"{work}/log", encoding="utf-8") as log:
                print("".join("# " + line for line in log.readlines()[-40:]))
    ktap.end()


if __name__ == "__main__":
    main()
