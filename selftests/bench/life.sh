#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What connections and listeners cost from their beginning to their end, atcp beside the
# kernel's TCP in one boot; meant for a machine that counts instructions (ATCP_ICOUNT=1),
# where one is a nanosecond.
#
#   connection   connect, accept, 64 bytes each way, close; both ends, over lo and veth
#   idle         the kernel's TCP without atcp in the kernel, and with it loaded and unused
#   listener     socket, bind, listen; connections beside many of them
#   growth       active closes to one destination, a tenth of them at a time
#   beside       connections beside many established ones, and beside many in TIME_WAIT
#   epoll        a round trip whose ends are in one epoll instance, alone and beside many idle ones
#
# bench/life.sh [WHAT ...], run in selftests/: some of these; without: all. ATCP_COUNT connections are counted at a time, "many"
# are ATCP_MANY, and beside are ATCP_CROWD.
. ./lib/atcp_lib.sh

what=${*:-connection idle listener growth beside epoll}
count=${ATCP_COUNT:-1000}
many=${ATCP_MANY:-10000}
crowd=${ATCP_CROWD:-100000}

asked() { case " $what " in *" $1 "*) true ;; *) false ;; esac; }
row() { printf '%-34s %10s %10s %7s\n' "$@"; }
# compare NAME TCP ATCP
compare() { row "$1" "$2" "$3" "$(awk -v t="$2" -v a="$3" 'BEGIN { if (t) printf "%.3f", a / t }')"; }
start() { # NETNS STACK ADDR PORT
	spawn ns "$1" "$PROGS/bench" server -s "$2" -a "$3" -p "$4"
	wait_listen "$1" "$4" "$2" || skip_all "no server on $2"
}
# conn NETNS STACK ADDR PORT [-f]: "MEAN MEDIAN P99"; what is first warms up.
conn() {
	ns "$1" "$PROGS/life" conn -s "$2" -a "$3" -p "$4" -n 200 "${@:5}" >/dev/null || exit 1
	ns "$1" "$PROGS/life" conn -s "$2" -a "$3" -p "$4" -n "$count" "${@:5}" || exit 1
}
# connections NAME NETNS ADDR [-f]
connections() {
	local tcp atcp
	read -r -a tcp < <(conn "$2" tcp "$3" 9000 "${@:4}")
	read -r -a atcp < <(conn "$2" "$STACK" "$3" 9001 "${@:4}")
	compare "$1, mean" "${tcp[0]}" "${atcp[0]}"
	compare "$1, median" "${tcp[1]}" "${atcp[1]}"
	compare "$1, 99 %" "${tcp[2]}" "${atcp[2]}"
}

row "$(uname -r), $(nproc) CPUs" tcp "$STACK" ratio

if asked connection; then
	topo_pair
	for addr in "$S4" 127.0.0.1; do
		netns=$S
		[ "$addr" = 127.0.0.1 ] || netns=$C
		start "$S" tcp "$addr" 9000
		start "$S" "$STACK" "$addr" 9001
		way=$([ $netns = "$C" ] && echo veth || echo lo)
		connections "connection, RST, $way" $netns "$addr"
		connections "connection, FIN, $way" $netns "$addr" -f
	done
	ip netns del "$C"
	ip netns del "$S"
	lib_netns=()
fi

# The listeners of either stack are made and gone, one after the other.
if asked listener; then
	netns_add l-$$
	for how in "" -v; do
		for stack in tcp "$STACK"; do
			rm -f "$lib_tmp/made"
			spawn ns l-$$ "$PROGS/bench" server -s $stack -a 127.0.0.1 -p 9000
			server=$spawned
			wait_listen l-$$ 9000 $stack
			conn l-$$ $stack 127.0.0.1 9000 >"$lib_tmp/alone.$stack"
			spawn ns l-$$ "$PROGS/life" listen -s $stack -a 127.1.0.1 -p 40000 -n "$many" $how \
				>"$lib_tmp/made"
			made=$spawned
			wait_for 600 test -s "$lib_tmp/made"
			cp "$lib_tmp/made" "$lib_tmp/made.$stack"
			conn l-$$ $stack 127.0.0.1 9000 >"$lib_tmp/beside.$stack"
			kill "$made" "$server"
			reap "$made" 2>/dev/null
			reap "$server" 2>/dev/null
		done
		on_what=$([ -n "$how" ] && echo "of one port" || echo "ports")
		compare "listener made, first of $on_what" "$(cut -d' ' -f1 "$lib_tmp/made.tcp")" \
			"$(cut -d' ' -f1 "$lib_tmp/made.$STACK")"
		compare "listener made, last of $on_what" "$(cut -d' ' -f10 "$lib_tmp/made.tcp")" \
			"$(cut -d' ' -f10 "$lib_tmp/made.$STACK")"
		compare "connection alone" "$(cut -d' ' -f1 "$lib_tmp/alone.tcp")" \
			"$(cut -d' ' -f1 "$lib_tmp/alone.$STACK")"
		compare "connection beside $many $on_what" "$(cut -d' ' -f1 "$lib_tmp/beside.tcp")" \
			"$(cut -d' ' -f1 "$lib_tmp/beside.$STACK")"
	done
	ip netns del l-$$
	lib_netns=()
fi

if asked growth; then
	topo_pair
	start "$S" tcp "$S4" 9000
	start "$S" "$STACK" "$S4" 9001
	ns "$C" "$PROGS/life" growth -s tcp -a "$S4" -p 9000 -n "$many" >"$lib_tmp/tcp"
	ns "$C" "$PROGS/life" growth -s "$STACK" -a "$S4" -p 9001 -n "$many" >"$lib_tmp/atcp"
	for tenth in $(seq 10); do
		compare "active close $((many * (tenth - 1) / 10)) on, FIN, veth" \
			"$(cut -d' ' -f"$tenth" "$lib_tmp/tcp")" "$(cut -d' ' -f"$tenth" "$lib_tmp/atcp")"
	done
	ip netns del "$C"
	ip netns del "$S"
	lib_netns=()
fi

# Of either stack when the other's are gone.
if asked beside; then
	for how in hold timewait; do
		for stack in tcp "$STACK"; do
			netns_add b-$$
			ns b-$$ sysctl -qw net.core.somaxconn=$((crowd * 2)) net.ipv4.tcp_max_tw_buckets=$((crowd * 2)) \
				net.atcp.max_tw_buckets=$((crowd * 2)) net.ipv4.tcp_syncookies=0 net.atcp.syncookies=0
			spawn ns b-$$ "$PROGS/bench" server -s "$stack" -a 127.0.0.1 -p 9000
			server=$spawned
			wait_listen b-$$ 9000 "$stack"
			conn b-$$ "$stack" 127.0.0.1 9000 >"$lib_tmp/alone.$stack"
			rm -f "$lib_tmp/there"
			spawn ns b-$$ "$PROGS/crowd" $how -s "$stack" -p 9001 -n "$crowd" >"$lib_tmp/there"
			held=$spawned
			wait_for 3000 test -s "$lib_tmp/there"
			conn b-$$ "$stack" 127.0.0.1 9000 >"$lib_tmp/beside.$stack"
			kill "$held" "$server"
			reap "$held" 2>/dev/null
			reap "$server" 2>/dev/null
			ip netns del b-$$
			lib_netns=()
		done
		compare "connection alone" "$(cut -d' ' -f1 "$lib_tmp/alone.tcp")" \
			"$(cut -d' ' -f1 "$lib_tmp/alone.$STACK")"
		compare "beside $crowd, $how" "$(cut -d' ' -f1 "$lib_tmp/beside.tcp")" \
			"$(cut -d' ' -f1 "$lib_tmp/beside.$STACK")"
	done
fi

if asked epoll; then
	netns_add e-$$
	for stack in tcp "$STACK"; do
		ns e-$$ "$PROGS/crowd" epoll -s "$stack" -p 9001 -n "$many" >"$lib_tmp/epoll.$stack" || exit 1
	done
	compare "round trip by epoll, alone" "$(cut -d' ' -f1 "$lib_tmp/epoll.tcp")" \
		"$(cut -d' ' -f1 "$lib_tmp/epoll.$STACK")"
	compare "the same beside $many idle" "$(cut -d' ' -f2 "$lib_tmp/epoll.tcp")" \
		"$(cut -d' ' -f2 "$lib_tmp/epoll.$STACK")"
	ip netns del e-$$
	lib_netns=()
fi

# Last: the module goes, which needs that nothing of it is in use.
if asked idle; then
	topo_pair
	start "$S" tcp "$S4" 9000
	start "$S" tcp 127.0.0.1 9000
	read -r lo_with _ < <(conn "$S" tcp 127.0.0.1 9000)
	read -r veth_with _ < <(conn "$C" tcp "$S4" 9000)
	gone() { rmmod atcp_diag 2>/dev/null; rmmod atcp 2>/dev/null; ! grep -q '^atcp ' /proc/modules; }
	# Orphans of namespaces that are gone are given up after some 100 s.
	wait_for 200 gone || skip_all "atcp does not go"
	read -r lo _ < <(conn "$S" tcp 127.0.0.1 9000)
	read -r veth _ < <(conn "$C" tcp "$S4" 9000)
	insmod "$ATCP_KO"
	row "the kernel's TCP, atcp" absent idle ratio
	compare "connection, RST, lo, mean" "$lo" "$lo_with"
	compare "connection, RST, veth, mean" "$veth" "$veth_with"
fi
exit 0
