#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Stock ss and nstat read /proc/net/atcp; its files have the kernel's columns.
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
. ./lib/atcp_lib.sh

need ss nstat python3
ktap_plan 13
topo_pair
dir=/proc/net/atcp
[ "$STACK" = tcp ] && dir=/proc/net

# ss_rows OPTION...: stock ss on the stack's tables, without its header.
ss_rows() {
	ns $S env PROC_NET_TCP=$dir/tcp PROC_NET_TCP6=$dir/tcp6 ss -H "$@"
}
nstat_of() {
	ns $S env PROC_NET_NETSTAT=$dir/netstat PROC_NET_SNMP=$dir/snmp \
		NSTAT_HISTORY="$lib_tmp/nstat" nstat -asz "$1" |
		awk -v name="$1" '$1 == name { print $2 }'
}
header() { ns $S head -n 1 "$1" | xargs; }
names() { ns $S awk '{ print $1 }' "$1" | uniq | xargs; }

# A listener with backlog 5 that never accepts, and two connections to it.
cat >"$lib_tmp/server.py" <<'PY'
import signal
import sys
sys.path.insert(0, "lib")
import atcptest
listeners = [atcptest.listener(a, 8000, 5) for a in sys.argv[1:]]
signal.pause()
PY
cat >"$lib_tmp/client.py" <<'PY'
import signal
import socket
import sys
socks = [socket.create_connection((sys.argv[1], 8000)) for _ in range(2)]
socks[0].sendall(b"1234567")
signal.pause()
PY
spawn ns $S python3 "$lib_tmp/server.py" $S4 $S6
wait_listen $S 8000 "$STACK"
wait_for 20 have_rows $S "$STACK" 0A 8000 2
spawn ns $C python3 "$lib_tmp/client.py" $S4
wait_for 30 have_rows $S "$STACK" 01 8000 2

# The kernel's own file has no limit in it; atcp's does.
limit=5
[ "$STACK" = tcp ] && limit=0
ktap_eq "ss -tln: Recv-Q is the accept queue, Send-Q its limit" \
	"$(ss_rows -4tln | awk '{ print $2, $3, $4 }')" "2 $limit $S4:8000"
ktap_eq "ss -tln, IPv6" \
	"$(ss_rows -6tln | awk '{ print $2, $3, $4 }')" "0 $limit [$S6]:8000"
bytes_seen() { ss_rows -4tn | awk '{ print $2 }' | sort -n | xargs | grep -qx '0 7'; }
wait_for 10 bytes_seen
ktap_result $? "ss -tn: Recv-Q is what is not read yet"
ktap_eq "tcp's header line is the kernel's" "$(header $dir/tcp)" \
	"$(header /proc/net/tcp)"
ktap_eq "tcp6's header line is the kernel's" "$(header $dir/tcp6)" \
	"$(header /proc/net/tcp6)"
ktap_eq "a row has as many fields as the kernel's" \
	"$(ns $S awk 'NR == 2 { print NF }' $dir/tcp)" 17
[ "$(nstat_of TcpPassiveOpens)" -ge 2 ]
ktap_result $? "nstat: TcpPassiveOpens is $(nstat_of TcpPassiveOpens)"
ktap_eq "nstat: TcpExtListenOverflows" "$(nstat_of TcpExtListenOverflows)" 0
ns $S grep -q '^TcpExt: SyncookiesSent' $dir/netstat
ktap_result $? "netstat's names are the kernel's"
ktap_eq "snmp has a Tcp line of the kernel's columns" \
	"$(ns $S grep -m1 '^Tcp:' $dir/snmp)" "$(ns $S grep -m1 '^Tcp:' /proc/net/snmp)"
ns $S grep -Eq '^TCP: inuse [0-9]+ orphan [0-9]+ tw [0-9]+ alloc [0-9]+ mem' \
	$dir/sockstat
ktap_result $? "sockstat"
ns $S grep -Eq '^TCP6: inuse [0-9]+$' $dir/sockstat6
ktap_result $? "sockstat6"
if [ "$STACK" != tcp ]; then
	ktap_eq "listen: accept queue, limit and local address" \
		"$(ns $S awk -v at="$S4:8000" '
			NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
			$col["local"] == at { print $col["acceptq"], \
				$col["acceptq_max"], $col["overflow"] }' \
			$dir/listen)" "2 5 park"
else
	ktap_skip "listen" "kernel's TCP"
fi
ktap_end
