#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All tests of the tools that need no module, with a build that has ASan, UBSan and LeakSanitizer in it: no memory is lost on
# any of their paths, and nothing is done that C does not allow. Each suite is one result.

cd "$(dirname "$0")/.." || exit 1
make -s all sanitized >&2 || exit 1

suites=(tools listeners metrics)
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
for suite in "${suites[@]}"; do
	ATCP_TOOL=./sanitized "tests/test_$suite.sh" > "$out/$suite" 2>&1 &
	pids+=($!)
done
echo "KTAP version 1"
echo "1..${#suites[@]}"
failed=0
for i in "${!suites[@]}"; do
	if wait "${pids[$i]}"; then
		echo "ok $((i + 1)) no leaks in test_${suites[$i]}"
	else
		grep -B 30 '^not ok' "$out/${suites[$i]}" | sed 's/^/# /'
		echo "not ok $((i + 1)) no leaks in test_${suites[$i]}"
		failed=1
	fi
done
exit $failed
