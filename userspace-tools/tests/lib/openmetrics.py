#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Checks OpenMetrics text on standard input and, if an expression is given, that it holds.

In the expression m(NAME, LABEL=VALUE...) is the value of a sample and types the families' types. What
the specification demands of names, types, escapes, order and histograms is checked here; where
python3-prometheus-client is installed, its strict parser reads the text as well.
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL},?)*)\}})? (\S+)$")
SUFFIXES = {"counter": ["_total"], "gauge": [""], "info": ["_info"], "histogram": ["_bucket", "_count", "_sum"]}


def parse(text):
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1, "ends with # EOF"
    types, values, family, done = {}, {}, None, set()
    for line in text.split("\n")[:-2]:
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            assert word in ("TYPE", "UNIT", "HELP"), line
            if word == "TYPE":
                assert name not in types and re.fullmatch(NAME, name), line
                types[name] = rest
                done.add(family)
                family = name
            assert name == family, f"out of place: {line}"
            assert word != "UNIT" or name.endswith("_" + rest), line
            continue
        match = SAMPLE.match(line)
        assert match, f"no sample: {line}"
        name, labels = match[1], dict(re.findall(LABEL, match[2] or ""))
        assert name in [family + s for s in SUFFIXES[types[family]]], f"of another family: {line}"
        key = (name, tuple(sorted(labels.items())))
        assert key not in values, f"twice: {line}"
        values[key] = float(match[5])
        assert types[family] != "counter" or values[key] >= 0, line
    histograms(types, values)
    return types, values


def histograms(types, values):
    series = {}
    for (name, labels), value in values.items():
        if name.endswith("_bucket") and types.get(name.removesuffix("_bucket")) == "histogram":
            rest = tuple(pair for pair in labels if pair[0] != "le")
            series.setdefault((name, rest), []).append((float(dict(labels)["le"]), value))
    for key, buckets in series.items():
        assert buckets == sorted(buckets), f"bounds in order: {key}"
        assert buckets[-1][0] == float("inf"), f"+Inf: {key}"
        assert [v for _, v in buckets] == sorted(v for _, v in buckets), f"cumulative: {key}"


def main():
    text = sys.stdin.read()
    types, values = parse(text)
    try:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    except ImportError:
        pass
    else:
        families = {family.name: family.type for family in text_string_to_metric_families(text)}
        assert families == types, "the library sees the same families"

    def m(name, **want):
        found = [v for (n, labels), v in values.items()
                 if n == name and set(want.items()) <= set(labels)]
        assert len(found) == 1, f"{name} {want}: {len(found)} samples"
        return found[0]

    if len(sys.argv) > 1:
        assert eval(sys.argv[1]), sys.argv[1]  # pylint: disable=eval-used


main()
