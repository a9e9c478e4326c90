#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every benchmark, one after the other; run in selftests/.
status=0
for bench in run synflood; do
	"./bench/$bench.sh" || status=1
done
exit $status
