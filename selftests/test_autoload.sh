#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# No program makes the kernel load the module by asking for it, unless the administrator allowed that with the file
# of aliases that comes with the tools: then each of the doors loads it.
# timeout: 240
# platforms: stock uml
# cpus: 1
# check: stock
# clock: travel
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "the kernel's TCP is no module"
need modinfo python3
[ -f "$ATCP_KO" ] || skip_all "ATCP_KO names no module"
allow=${ATCP_AUTOLOAD_CONF:-/mnt/tools/share/atcp/autoload.conf}
[ -f "$allow" ] || skip_all "no $allow"
ktap_plan 7

[ -z "$(modinfo -F alias "$ATCP_KO")" ]
ktap_result $? "the module has no alias"

# A module path of our own with only atcp in it: what modprobe would find.
release=$(uname -r)
mkdir -p "$lib_tmp/lib/modules/$release"
cp "$ATCP_KO" "$lib_tmp/lib/modules/$release/"
touch "$lib_tmp/lib/modules/$release/modules.builtin" \
	"$lib_tmp/lib/modules/$release/modules.order"
depmod -b "$lib_tmp" "$release" 2>/dev/null
mkdir "$lib_tmp/modprobe.d"
cat >"$lib_tmp/modprobe" <<SH
#!/bin/sh
exec /sbin/modprobe -d "$lib_tmp" -C "$lib_tmp/modprobe.d" "\$@"
SH
chmod +x "$lib_tmp/modprobe"
was=$(cat /proc/sys/kernel/modprobe 2>/dev/null)
restore() {
	[ -n "$was" ] && echo "$was" >/proc/sys/kernel/modprobe
	grep -q '^atcp ' /proc/modules || insmod "$ATCP_KO"
	lib_cleanup
}
trap restore EXIT
socket() {
	python3 -c "import socket; socket.socket($1, socket.SOCK_STREAM, $2)" 2>/dev/null
}
loads() {
	wait_for 150 rmmod atcp || return 1
	socket "$1" "$2" && grep -q '^atcp ' /proc/modules
}
stays_out() {
	wait_for 150 rmmod atcp || return 1
	! socket 25 0 && ! socket 2 253 && ! socket 10 253 && ! grep -q '^atcp ' /proc/modules
	local status=$?
	insmod "$ATCP_KO" && return $status
}
if [ -n "$was" ] && echo "$lib_tmp/modprobe" >/proc/sys/kernel/modprobe; then
	ktap_run "no socket loads it" stays_out
	cp "$allow" "$lib_tmp/modprobe.d/atcp.conf"
	ktap_run "allowed, socket(AF_ATCP) loads it" loads 25 0
	ktap_run "allowed, socket(AF_INET, IPPROTO_ATCP) loads it" loads 2 253
	ktap_run "allowed, socket(AF_INET6, IPPROTO_ATCP) loads it" loads 10 253
	rm "$lib_tmp/modprobe.d/atcp.conf"
	ktap_run "taken back, no socket loads it" stays_out
else
	for what in "no socket" 25 2 10 "taken back"; do ktap_skip "$what" "no modprobe path"; done
fi
dmesg | grep -q 'atcp: version [0-9][0-9.]*: family 25, protocol 253' &&
	[ "$(cat /sys/module/atcp/version)" = "$(modinfo -F version "$ATCP_KO")" ]
ktap_result $? "loading says which version it is"
ktap_end
