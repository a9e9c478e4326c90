#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/release in a copy of the tree: what it refuses, what it changes, and that its tarball is the same twice.

top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_SYSTEM=/dev/null
git config --global user.name test && git config --global user.email test@localhost
number=0
status=0

result() # NAME COMMAND...
{
	local name=$1

	shift
	number=$((number + 1))
	if "$@" > "$work/out" 2>&1; then
		echo "ok $number $name"
	else
		sed 's/^/# /' "$work/out"
		echo "not ok $number $name"
		status=1
	fi
}

refused() { ! scripts/release "$@"; }
version() { sed -n 's/^#define ATCP_VERSION[[:space:]]*"\(.*\)"/\1/p' uapi/linux/atcp.h; }

mkdir "$work/tree"
(cd "$top" && tar -c --exclude=.git --exclude='*.o' --exclude='*.ko' scripts uapi debian CHANGELOG.md README.md) |
	tar -x -C "$work/tree"
cd "$work/tree" || exit 1
sed -i 's/^## Unreleased$/## Unreleased\n\n- What is new./' CHANGELOG.md
git init -q . && git add -A && git commit -qm begin
before=$(version)

result "a version that is not newer is refused" refused "$before"
result "so is what is none" refused 1.0
touch new
result "and a tree with changes" refused 99.0.0
rm new
result "a version is made" scripts/release 99.0.0
result "the header has it" [ "$(version)" = 99.0.0 ]
result "debian/changelog has it" grep -q '^atcp (99.0.0) ' <(head -n 1 debian/changelog)
result "the change log has it, below Unreleased" \
	[ "$(grep -m2 '^## ' CHANGELOG.md | tr '\n' ' ')" = "## Unreleased ## 99.0.0 - $(date -u +%F) " ]
result "it is a commit, and nothing is left over" [ -z "$(git status --porcelain)" ]
result "there is nothing to say of the next one" refused 99.0.1
first=$(scripts/release --tarball 2> /dev/null)
rm -r dist
second=$(scripts/release --tarball 2> /dev/null)
result "a tarball is the same twice" [ -n "$first" -a "$first" = "$second" ]
result "and has the version" grep -q 'ATCP_VERSION.*"99.0.0"' <(tar -xJOf dist/atcp-99.0.0.tar.xz \
	atcp-99.0.0/uapi/linux/atcp.h)
echo "1..$number"
exit $status
