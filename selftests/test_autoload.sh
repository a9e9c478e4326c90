#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module's aliases name both doors, and socket(2) loads it by them.
# timeout: 240
# platforms: stock uml
# clock: travel
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "the kernel's TCP is no module"
need modinfo python3
[ -f "$ATCP_KO" ] || skip_all "ATCP_KO names no module"
aliases="net-pf-25 net-pf-2-proto-253-type-1 net-pf-10-proto-253-type-1"
ktap_plan 6

for alias in $aliases; do
	modinfo -F alias "$ATCP_KO" | grep -qx "$alias"
	ktap_result $? "alias $alias"
done

# A module path of our own with only atcp in it: what modprobe would find.
release=$(uname -r)
mkdir -p "$lib_tmp/lib/modules/$release"
cp "$ATCP_KO" "$lib_tmp/lib/modules/$release/"
touch "$lib_tmp/lib/modules/$release/modules.builtin" \
	"$lib_tmp/lib/modules/$release/modules.order"
depmod -b "$lib_tmp" "$release" 2>/dev/null
cat >"$lib_tmp/modprobe" <<SH
#!/bin/sh
exec /sbin/modprobe -d "$lib_tmp" "\$@"
SH
chmod +x "$lib_tmp/modprobe"
was=$(cat /proc/sys/kernel/modprobe 2>/dev/null)
restore() {
	[ -n "$was" ] && echo "$was" >/proc/sys/kernel/modprobe
	grep -q '^atcp ' /proc/modules || insmod "$ATCP_KO"
	lib_cleanup
}
trap restore EXIT
open_door() {
	wait_for 150 rmmod atcp || return 1
	python3 -c "import socket; socket.socket($1, socket.SOCK_STREAM, $2)"
}
if [ -n "$was" ] && echo "$lib_tmp/modprobe" >/proc/sys/kernel/modprobe; then
	ktap_run "socket(AF_ATCP) loads it" open_door 25 0
	ktap_run "socket(AF_INET, IPPROTO_ATCP) loads it" open_door 2 253
	ktap_run "socket(AF_INET6, IPPROTO_ATCP) loads it" open_door 10 253
else
	for door in 25 2 10; do ktap_skip "door $door" "no modprobe path"; done
fi
ktap_end
