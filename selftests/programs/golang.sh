#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Go's own tests of net and net/http: static programs, by the seccomp way; one outcome a test.
# timeout: 1500
# packages: golang-1.19-go golang-1.19-src

src=$(readlink -f /usr/lib/go-1.19/src)
for package in net net/http; do
	cd "$src/$package" || exit 1
	test=$PROGRAMS/go/${package//\//_}.test
	# Not what compiles a program first, or skips itself where the machine is slow; at the second try those that
	# differed.
	if [ -z "${ONLY:-}" ] || grep -qx "$package" <<< "$ONLY"; then
		names=$("$test" -test.list . | grep '^[TE]' | grep -vE '^Test(OmitHTTP2|CmdGo|ClientTimeoutKillsConn)')
	else
		names=$(sed -n "s|^${package}_\([^/]*\).*|\1|p" <<< "$ONLY" | sort -u)
		[ -n "$names" ] || continue
	fi
	# shellcheck disable=SC2086 # a command with its options
	GOROOT=/usr/lib/go-1.19 $RUN "$test" -test.short -test.v -test.timeout 600s \
		-test.run "^($(paste -sd '|' <<< "$names"))\$" > "$TMPDIR/out" 2>&1
	status=$?
	cat "$TMPDIR/out"
	sed -n "s|^ *--- \([A-Z]*\): \([^ ]*\).*|\1 \2|p" "$TMPDIR/out" | tr ':' '_' |
		awk -v package="$package" '{ print "= " package "_" $2 ": " ($1 == "PASS" ? "ok" : $1) }'
	# 2: it did not come to its end.
	[ "$status" -le 1 ] || echo "= $package: did not end"
done
