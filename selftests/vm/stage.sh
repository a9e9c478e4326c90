#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Gathers what a test machine sees at /mnt: stage.sh DIRECTORY MODE copies the selftests, built, and the
# tools, so that what changes in the tree meanwhile does not reach a running machine.

set -eu
. "$(dirname "$0")/../../scripts/lib.sh"

stage=$1
mode=$2
mkdir -p "$stage" "$CACHE/build"
exec 7> "$CACHE/build/stage.lock"
flock 7

if [ "$mode" = kunit ]; then
	mkdir -p "$stage/selftests"
	cp -r "$TOP/selftests/vm" "$stage/selftests/"
	${CC:-gcc} -O2 -o "$stage/selftests/vm/tsc-khz" "$TOP/selftests/vm/tsc-khz.c"
	exit 0
fi

mirror() # DIRECTORY: sources as they are, what was built from them kept
{
	mkdir -p "$CACHE/build/user/$1"
	rsync -rlpgoDc --exclude='*.o' --exclude='*.d' --exclude='*.so' --exclude=/atcpctl --exclude=/atcp-exporter \
		--exclude='/atcp*'.{service,socket,timer} --exclude=.libdir \
		"$TOP/$1/" "$CACHE/build/user/$1/"
}

say "building the selftests and the tools"
mirror uapi
mirror selftests
mirror userspace-tools
# What is gone from the tree must not be run.
(cd "$CACHE/build/user/selftests" && for test in test_*.sh test_*.py; do
	[ -e "$TOP/selftests/$test" ] || rm -f "$test"
done)
rsync -rlpc --delete "$TOP/selftests/scripts/" "$CACHE/build/user/selftests/scripts/"

# A program that does not build fails the tests that use it (and `make style`), not the whole run.
log=$CACHE/logs/user.log
mkdir -p "$CACHE/logs" "$stage/tools"
if ! make -k -C "$CACHE/build/user/selftests" > "$log" 2>&1; then
	grep -E 'error: |\*\*\*' "$log" | head -n 10 >&2
	say "NOT ALL SELFTEST PROGRAMS BUILD"
fi
if make -C "$CACHE/build/user/userspace-tools" all PREFIX=/mnt/tools >> "$log" 2>&1 &&
		make -C "$CACHE/build/user/userspace-tools" install PREFIX=/mnt/tools \
			DESTDIR="$stage/install" >> "$log" 2>&1; then
	cp -a "$stage/install/mnt/tools/." "$stage/tools/"
else
	grep -E 'error: |\*\*\*' "$log" | head -n 10 >&2
	say "THE TOOLS DO NOT BUILD"
fi
rm -rf "$stage/install"
# The ss of Documentation/patches; without a network, the first time, its test is skipped.
if [ "$mode" = tests ] && ss=$("$TOP/scripts/patched-ss"); then
	cp "$ss" "$stage/tools/ss-atcp"
fi
cp -a "$CACHE/build/user/selftests" "$stage/selftests"
# What the pages promise is tried.
mkdir -p "$stage/Documentation"
cp "$TOP"/Documentation/*.rst "$TOP/README.md" "$stage/Documentation/"
# The tests of generic netlink speak it as its specification says.
cp "$TOP/Documentation/netlink/specs/atcp.yaml" "$stage/selftests/lib/"
# Compiled once and not by each test, fifty million instructions each time. The interpreter is this host's, or, where
# it is another release's, takes no notice.
/usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash "$stage/selftests/lib"
# Tests of the tools that need the module run as selftests.
for test in "$TOP"/userspace-tools/tests/test_*; do
	! sed -n 1,12p "$test" | grep -q '^# platforms:' ||
		cp "$test" "$stage/selftests/test_tools_${test##*/test_}"
done
