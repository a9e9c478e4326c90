#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Hosts that forbid what User Mode Linux needs: scripts/uml-works says so in one line, and run.sh takes QEMU's debug
# kernel instead. The hosts are made of mount namespaces and of a seccomp filter; nothing is booted.

set -u
. "$(dirname "$(readlink -f "$0")")/../../scripts/lib.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
number=0
failed=0

result() # STATUS NAME
{
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$tmp/out"
		echo "not ok $number $2"
	fi
}

# Its verdict must be the wanted one, and one line.
says() # STATUS PATTERN COMMAND...
{
	local want=$1 pattern=$2 status=0

	shift 2
	"$@" > "$tmp/out" 2>&1 < /dev/null || status=$?
	echo "(status $status)" >> "$tmp/out"
	[ "$status" -eq "$want" ] && [ "$(wc -l < "$tmp/out")" -eq 2 ] && grep -qE "$pattern" "$tmp/out"
}

# The rest of this file's hosts are judged without a boot, which the machines' own steps make.
export ATCP_UML=yes
works=$TOP/scripts/uml-works

# A host where executable memory may be nowhere but in the directories named.
noexec_but() # DIRECTORY... -- COMMAND...
{
	local allow=

	while [ "$1" != -- ]; do
		allow+=" $1"
		shift
	done
	shift
	# shellcheck disable=SC2016 # for the shell inside
	unshare -m bash -c 'for dir in /dev/shm /tmp /var/tmp "$CACHE/run"; do
			[[ " $1 " == *" $dir "* ]] || mount -t tmpfs -o noexec,size=2G tmpfs "$dir" || exit 9
		done
		shift; exec "$@"' bash "$allow" "$@"
}

# A container's seccomp filter: ptrace(2) is EPERM.
without_ptrace() # COMMAND...
{
	python3 - "$@" <<-'PY'
	import ctypes, os, struct, sys

	rules = [(0x20, 0, 0, 0), (0x15, 0, 1, 101), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
	code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
	program = ctypes.create_string_buffer(struct.pack("HP", len(rules), ctypes.addressof(code)))
	libc = ctypes.CDLL(None, use_errno=True)
	if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
	    sys.exit(9)
	os.execvp(sys.argv[1], sys.argv[1:])
	PY
}

says 1 '^ATCP_UML=no$' env ATCP_UML=no "$works"
result $? "ATCP_UML=no: it cannot"

if ! "$works" > "$tmp/here"; then
	echo "ok $((number + 1)) the hosts # SKIP this host: $(cat "$tmp/here")"
	number=$((number + 1))
else
	says 1 '^no directory .* executable memory' noexec_but -- "$works"
	result $? "executable memory nowhere: it cannot, and says so"
	says 0 '^/var/tmp$' noexec_but /var/tmp -- "$works"
	result $? "noexec on /dev/shm and /tmp: it takes another directory"
	says 1 '^ptrace is forbidden: PTRACE_TRACEME: Operation not permitted$' without_ptrace "$works"
	result $? "ptrace forbidden: it cannot, and says so"
fi

# run.sh then, with a QEMU that writes down how it was called.
mkdir "$tmp/bin"
# shellcheck disable=SC2016 # for that script
printf '#!/bin/sh\necho "$@" > %s/qemu\n' "$tmp" > "$tmp/bin/qemu-system-x86_64"
chmod +x "$tmp/bin/qemu-system-x86_64"
touch "$tmp/module.ko"
fallback() # MODE
{
	rm -f "$tmp/qemu"
	PATH=$tmp/bin:$PATH ATCP_UML=no ATCP_KERNEL=$tmp ATCP_MODULE=$tmp/module.ko \
		"$TOP/selftests/vm/run.sh" uml "$1" > "$tmp/out" 2>&1 < /dev/null
	cat "$tmp/qemu" >> "$tmp/out"
	grep -q "^>>> User Mode Linux cannot run here (ATCP_UML=no): QEMU" "$tmp/out" &&
		grep -q "ATCP_PLATFORM=debug" "$tmp/qemu" && grep -q "arch/x86/boot/bzImage" "$tmp/qemu"
}
fallback kunit
result $? "KUnit goes to QEMU's debug kernel where User Mode Linux cannot run"
export ATCP_CLOCK=travel
fallback tests && grep -q -- "-icount .*-smp 1" "$tmp/qemu"
result $? "so do the selftests, with one CPU whose clock does not run on"
unset ATCP_CLOCK
fallback shell
result $? "and so does the shell"

# make check says it once, at its beginning, and its uml step wants the other kernel.
ATCP_UML=no "$TOP/scripts/check" --plan uml kunit > "$tmp/out" 2>&1
[ "$(grep -c '^# User Mode Linux cannot run here' "$tmp/out")" -eq 1 ] && grep -q '^kunit debug' "$tmp/out" &&
	! grep -q ' uml$' "$tmp/out"
result $? "make check says so in one line, and takes the other kernel"

echo "1..$number"
[ "$failed" -eq 0 ]
