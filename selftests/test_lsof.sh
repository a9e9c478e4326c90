#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lsof and fuser find what they can: an open socket by its process and protocol. Ports and addresses they know of the
# kernel's tables only; atcpctl ss says whose they are. /proc/net/protocols counts.
# timeout: 60
# platforms: stock uml
# check: uml
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "it is about what is different"
need lsof fuser python3
ktap_plan 8
S=s-$$
netns_add $S

# A listener and both ends of a connection, of one process.
spawn ns $S python3 -c '
import socket, time
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    l = socket.socket(family, socket.SOCK_STREAM, 253)
    l.bind((address, 7000)); l.listen()
    c = socket.socket(family, socket.SOCK_STREAM, 253)
    c.connect((address, 7000))
    globals()[address] = (l, c, l.accept()[0])
time.sleep(1000)'
who=$spawned
up() { have_rows $S atcp 01 7000 4 && have_rows $S atcp 0A 7000 2; }
wait_for 30 up

ns $S lsof -nP -p $who >"$lib_tmp/out" 2>/dev/null
ktap_eq "lsof -p: sockets of atcp's, by their protocol" "$(grep -c 'protocol: ATCP$' "$lib_tmp/out")" 3
ktap_eq "IPv6's too" "$(grep -c 'protocol: ATCPv6$' "$lib_tmp/out")" 3
ns $S lsof -nP -i >"$lib_tmp/out" 2>/dev/null
ktap_eq "lsof -i: the kernel TCP's table has none of them" "$(grep -c :7000 "$lib_tmp/out")" 0
ktap_eq "fuser: the kernel TCP's table has none" "$(ns $S fuser 7000/tcp 2>/dev/null)" ""
# Whose they are: by sock_diag or /proc and by the processes' descriptors, as ss does it.
if command -v atcpctl >/dev/null; then
	ktap_eq "atcpctl ss -p says whose a port is" \
		"$(atcpctl -n $S ss -tnlpH 'sport = :7000' | grep -c "pid=$who,")" 2
else
	ktap_skip "atcpctl ss -p says whose a port is" "no atcpctl"
fi

count() { ns $S awk -v name="$1" '$1 == name { print $3 }' /proc/net/protocols; }
ktap_eq "/proc/net/protocols counts" "$(count ATCP) $(count ATCPv6)" "3 3"
kill $who
reap $who
less() { [ "$(count ATCP) $(count ATCPv6)" = "0 0" ]; }
ktap_run "and counts down" wait_for 30 less
ns $S fuser 7000/tcp >/dev/null 2>&1
ktap_eq "nobody has the port then" $? 1
ktap_end
