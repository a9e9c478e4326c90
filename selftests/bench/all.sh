#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every benchmark of what things cost, one after the other; run in selftests/. Those of the protocol (paths, fairness,
# beside, cc, ccrules) want another machine: by name.
status=0
for bench in run.sh acks.py synflood.sh spread.sh entry.py million.sh; do
	echo "# $bench" >&2
	"./bench/$bench" || status=1
done
exit $status
