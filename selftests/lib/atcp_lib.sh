# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Namespaces, KTAP lines, conditions and counters for the shell selftests.
#
# topo_pair makes two network namespaces joined by a veth pair:
#
#   $C (client)                              $S (server)
#   +---------------------+                  +---------------------+
#   |  lo                 |       veth       |                 lo  |
#   |  eth0 $C4 $C6       +------------------+      $S4 $S6  eth0  |
#   +---------------------+                  +---------------------+
#      10.99.0.1/24 fd99::1/64                  10.99.0.2/24 fd99::2/64
#
# topo_router makes three, $R forwarding; the far link can be given a smaller
# MTU than the near one:
#
#   $C eth0 ------------- r0 $R r1 ------------- eth0 $S
#   10.99.1.1/24   10.99.1.254  10.99.2.254   10.99.2.2/24
#   fd99:1::1/64   fd99:1::fe   fd99:2::fe    fd99:2::2/64
#
# Names hold the process number, so tests can run side by side; everything
# made here goes away when the shell exits. ATCP_STACK=tcp runs a test on the
# kernel's own TCP instead, to see that the test itself is right.

STACK=${ATCP_STACK:-atcp}
PLATFORM=${ATCP_PLATFORM:-stock}
PROGS=${ATCP_PROGS:-$PWD/progs}
PORT=8000

ktap_total=0
ktap_failed=0
lib_pids=()
lib_netns=()
lib_tmp=$(mktemp -d)

ktap_plan() { echo "TAP version 13"; echo "1..$1"; }

# ktap_result STATUS NAME: one result line; any STATUS but 0 is a failure.
ktap_result() {
	ktap_total=$((ktap_total + 1))
	if [ "$1" = 0 ]; then
		echo "ok $ktap_total $2"
	else
		ktap_failed=$((ktap_failed + 1))
		echo "not ok $ktap_total $2"
	fi
}

ktap_skip() {
	ktap_total=$((ktap_total + 1))
	echo "ok $ktap_total $1 # SKIP $2"
}

# ktap_run NAME COMMAND...: the command's status is the result.
ktap_run() {
	local name=$1
	shift
	if "$@" >"$lib_tmp/run.log" 2>&1; then
		ktap_result 0 "$name"
	else
		sed 's/^/# /' "$lib_tmp/run.log"
		ktap_result 1 "$name"
	fi
}

# ktap_eq NAME GOT WANTED
ktap_eq() {
	[ "$2" = "$3" ] || echo "# got '$2', wanted '$3'"
	[ "$2" = "$3" ]
	ktap_result $? "$1"
}

ktap_end() { [ "$ktap_failed" = 0 ]; exit $?; }

# skip_all REASON: this machine cannot run the test at all.
skip_all() {
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit 4
}

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip_all "no $tool"
	done
}

# size STOCK SLOW: STOCK, or SLOW where the kernel is a debugging one.
size() { [ "$PLATFORM" = stock ] && echo "$1" || echo "$2"; }

lib_gone() { ! kill -0 "$1" 2>/dev/null; }

lib_cleanup() {
	local x
	for x in "${lib_pids[@]}"; do kill "$x" 2>/dev/null; done
	for x in "${lib_pids[@]}"; do
		wait_for 5 lib_gone "$x" || kill -9 "$x" 2>/dev/null
	done
	for x in "${lib_netns[@]}"; do ip netns del "$x" 2>/dev/null; done
	rm -rf "$lib_tmp"
}
trap lib_cleanup EXIT
trap 'exit 143' TERM INT

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# ns NETNS COMMAND...
ns() { ip netns exec "$@"; }

# peek NETNS COMMAND...: for what looks at /proc/net and /proc/sys only. No mounts
# are made for it, which cost several times what the command does.
peek() { nsenter --net="/run/netns/$1" "${@:2}"; }

# spawn COMMAND...: in the background, killed at exit; its number in $spawned.
# "ns" and "on" are taken apart, for the number to be the program's own.
spawn() {
	local command=("$@")
	case $1 in
	ns) command=(ip netns exec "${@:2}") ;;
	on)
		command=(ip netns exec "${@:3}")
		[ "$2" = tcp ] ||
			command=(ip netns exec "$3" atcpctl run "${@:4}")
		;;
	esac
	"${command[@]}" &
	spawned=$!
	lib_pids+=("$spawned")
}

# reap PID: its exit status, once it has ended.
reap() {
	local i status
	wait "$1"
	status=$?
	for i in "${!lib_pids[@]}"; do
		[ "${lib_pids[$i]}" = "$1" ] && unset "lib_pids[$i]"
	done
	return $status
}

netns_add() {
	ip netns add "$1" || skip_all "no network namespaces"
	lib_netns+=("$1")
	ip -n "$1" link set lo up
	peek "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0
}

# link NS1 IF1 V4 V6 NS2 IF2 V4 V6: a veth pair with addresses, up.
link() {
	ip link add "$2" netns "$1" type veth peer name "$6" netns "$5" ||
		skip_all "no veth"
	printf '%s\n' "addr add $3 dev $2" "addr add $4 dev $2 nodad" \
		"link set $2 up" | ip -n "$1" -force -batch -
	printf '%s\n' "addr add $7 dev $6" "addr add $8 dev $6 nodad" \
		"link set $6 up" | ip -n "$5" -force -batch -
}

topo_pair() {
	C=c-$$ S=s-$$
	C4=10.99.0.1 S4=10.99.0.2 C6=fd99::1 S6=fd99::2
	netns_add $C
	netns_add $S
	link $C eth0 $C4/24 $C6/64 $S eth0 $S4/24 $S6/64
}

topo_router() {
	C=c-$$ S=s-$$ R=r-$$
	C4=10.99.1.1 S4=10.99.2.2 C6=fd99:1::1 S6=fd99:2::2
	netns_add $C
	netns_add $S
	netns_add $R
	peek $R sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	link $C eth0 $C4/24 $C6/64 $R r0 10.99.1.254/24 fd99:1::fe/64
	link $S eth0 $S4/24 $S6/64 $R r1 10.99.2.254/24 fd99:2::fe/64
	ip -n $C route add default via 10.99.1.254
	ip -n $C -6 route add default via fd99:1::fe
	ip -n $S route add default via 10.99.2.254
	ip -n $S -6 route add default via fd99:2::fe
}

# netem NETNS DEV PARAMETERS...
netem() {
	local netns=$1 dev=$2
	shift 2
	ns "$netns" tc qdisc replace dev "$dev" root netem "$@" ||
		skip_all "no netem"
}

# on STACK NETNS COMMAND...: an unmodified program, its sockets from STACK.
on() {
	local stack=$1
	shift
	case $stack in
	tcp) ip netns exec "$@" ;;
	*) ip netns exec "$1" atcpctl run "${@:2}" ;;
	esac
}

# tcp_table STACK 4|6: the file with that stack's sockets.
tcp_table() {
	local file=tcp
	[ "$2" = 6 ] && file=tcp6
	[ "$1" = tcp ] && echo "/proc/net/$file" || echo "/proc/net/atcp/$file"
}

# rows NETNS STACK STATE [PORT]: sockets in STATE (hex, 0A is LISTEN).
rows() {
	local hex
	hex=${4:+$(printf %04X "$4")}
	peek "$1" cat "$(tcp_table "$2" 4)" "$(tcp_table "$2" 6)" |
		awk -v st="$3" -v port="$hex" '$4 == st &&
			(port == "" || $2 ~ ":" port "$" || $3 ~ ":" port "$") {
			n++ } END { print n + 0 }'
}

have_rows() { [ "$(rows "$1" "$2" "$3" "$4")" -ge "${5:-1}" ]; }
no_rows() { [ "$(rows "$1" "$2" "$3" "$4")" = 0 ]; }
is_listening() { have_rows "$1" "$3" 0A "$2"; }

# wait_listen NETNS PORT STACK
wait_listen() { wait_for 30 is_listening "$@"; }

# mib FILE NETNS COUNTER: one counter of a netstat or snmp formatted file.
mib() {
	peek "$2" cat "$1" | awk -v want="$3" '
		$1 != prefix { prefix = $1; split($0, names); next }
		{ for (i = 2; i <= NF; i++)
			if (names[i] == want) { print $i; exit } }'
}

# counter NETNS STACK COUNTER: by Linux's MIB name, snmp or netstat.
counter() {
	local dir=/proc/net/atcp value
	[ "$2" = tcp ] && dir=/proc/net
	value=$(mib $dir/netstat "$1" "$3")
	[ -n "$value" ] || value=$(mib $dir/snmp "$1" "$3")
	echo "${value:-0}"
}

# sysctl_path STACK NAME: Linux's name less "tcp_".
sysctl_path() {
	case $1/$2 in
	tcp/somaxconn) echo /proc/sys/net/core/somaxconn ;;
	tcp/local_port_range) echo /proc/sys/net/ipv4/ip_local_port_range ;;
	tcp/*) echo "/proc/sys/net/ipv4/tcp_$2" ;;
	*) echo "/proc/sys/net/atcp/$2" ;;
	esac
}

# knob NETNS STACK NAME [VALUE]: reads it, or sets it.
knob() {
	local path
	path=$(sysctl_path "$2" "$3")
	if [ $# -gt 3 ]; then
		peek "$1" sh -c "echo '$4' > $path" 2>/dev/null
	else
		peek "$1" cat "$path" | tr '\t' ' '
	fi
}

# xfer_pair SERVER_STACK CLIENT_STACK ADDR BYTES SECONDS: both ends of xfer.
xfer_pair() {
	local server status=0
	spawn ns "$S" "$PROGS/xfer" -l -s "$1" -a "$3" -p $PORT -n "$4" -t "$5"
	server=$spawned
	wait_listen "$S" $PORT "$1" || return 1
	ns "$C" "$PROGS/xfer" -s "$2" -a "$3" -p $PORT -n "$4" -t "$5" || status=1
	reap "$server" || status=1
	return $status
}

[ "$STACK" = tcp ] || [ -d /proc/net/atcp ] || skip_all "atcp is not loaded"
