#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lsof and fuser find what they can: an open socket by its process and protocol as they are; ports and addresses
# where they are shown atcp's table in the place of the kernel TCP's. /proc/net/protocols counts.
# timeout: 60
# platforms: stock uml
# check: uml
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "it is about what is different"
need lsof fuser python3
ktap_plan 12
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

# Both read /proc/net/tcp: a process sees another file there in a mount namespace of its own.
cat >"$lib_tmp/see" <<'SH'
#!/bin/sh
mount --bind /proc/net/atcp/tcp /proc/$$/net/tcp && mount --bind /proc/net/atcp/tcp6 /proc/$$/net/tcp6 && exec "$@"
SH
chmod +x "$lib_tmp/see"
see() { ns $S unshare -m "$lib_tmp/see" "$@"; }

ns $S lsof -nP -p $who >"$lib_tmp/out" 2>/dev/null
ktap_eq "lsof -p: sockets of atcp's, by their protocol" "$(grep -c 'protocol: ATCP$' "$lib_tmp/out")" 3
ktap_eq "IPv6's too" "$(grep -c 'protocol: ATCPv6$' "$lib_tmp/out")" 3
ns $S lsof -nP -i >"$lib_tmp/out" 2>/dev/null
ktap_eq "lsof -i: the kernel TCP's table has none of them" "$(grep -c :7000 "$lib_tmp/out")" 0
see lsof -nP -a -p $who -i >"$lib_tmp/out" 2>/dev/null
ktap_eq "lsof -i, shown atcp's: all, with addresses" "$(grep -c 'TCP .*:7000' "$lib_tmp/out")" 6
ktap_eq "and states" "$(grep -c ':7000 (LISTEN)' "$lib_tmp/out")" 2
see lsof -nP -a -p $who -i 6TCP@[::1]:7000 -sTCP:ESTABLISHED >"$lib_tmp/out" 2>/dev/null
ktap_eq "and chooses by them" "$(grep -c ':7000' "$lib_tmp/out")" 2
ktap_eq "fuser: the kernel TCP's table has none" "$(ns $S fuser 7000/tcp 2>/dev/null)" ""
ktap_eq "fuser, shown atcp's" "$(see fuser 7000/tcp 2>/dev/null | tr -d ' ')" $who
ktap_eq "fuser -4" "$(see fuser -4 -n tcp 7000 2>/dev/null | tr -d ' ')" $who

count() { ns $S awk -v name="$1" '$1 == name { print $3 }' /proc/net/protocols; }
ktap_eq "/proc/net/protocols counts" "$(count ATCP) $(count ATCPv6)" "3 3"
kill $who
reap $who
less() { [ "$(count ATCP) $(count ATCPv6)" = "0 0" ]; }
ktap_run "and counts down" wait_for 30 less
ns $S fuser 7000/tcp >/dev/null 2>&1
ktap_eq "nobody has the port then" $? 1
ktap_end
