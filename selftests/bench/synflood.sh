#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a SYN flood costs, in one boot: the kernel's TCP with SYN cookies, atcp with
# cookies for all and for whom a full SYN queue has no room, atcp with the flood guard,
# and both where the queue has room.
#
# Answer: time of one CPU for a SYN that is answered by a cookie. SYNs are sent over
# veth from that CPU and answered within the call; the SYN-ACKs are dropped as they
# arrive. What the client's side costs is taken off: the same frames, sent into a veth
# at whose other end they are dropped in the same way.
# Left: how many connections a second honest clients get on the CPU that is flooded
# at a rate, in percent of what they get there in peace.
#
# bench/synflood.sh [ROUNDS [SYNS [RATE]]], run in selftests/. With one CPU, as on a
# machine that counts instructions (ATCP_ICOUNT=1), fewer rounds do.
. ./lib/atcp_lib.sh

one_cpu() { [ "$(nproc)" = 1 ] && echo "$1" || echo "$2"; }
rounds=${1:-$(one_cpu 2 5)}
syns=${2:-$(one_cpu 20000 40000)}
rate=${3:-0}
honest=$(one_cpu 1 3)
seconds=$(one_cpu 1 3)
cpu=0

topo_pair
need tc taskset
ns "$C" ip link add void0 type veth peer name void1 && ns "$C" ip link set void0 up &&
	ns "$C" ip link set void1 up || skip_all "no veth"
mac=$(ns "$S" cat /sys/class/net/eth0/address)
ns "$S" ip route add default via "$C4"
ns "$S" ip neigh replace "$C4" lladdr "$(ns "$C" cat /sys/class/net/eth0/address)" dev eth0
ns "$C" ip neigh replace "$S4" lladdr "$mac" dev eth0
ns "$C" tc qdisc add dev eth0 ingress &&
	ns "$C" tc filter add dev eth0 ingress protocol ip u32 match ip dst 198.18.0.0/15 action drop &&
	ns "$C" tc qdisc add dev void1 ingress &&
	ns "$C" tc filter add dev void1 ingress protocol ip u32 match ip src 198.18.0.0/15 action drop ||
	skip_all "no tc"
for n in "$C" "$S"; do
	ns "$n" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
done
ns "$S" sysctl -qw net.ipv4.tcp_syncookies=2
knob "$S" atcp syncookies 2

# A way of answering: its listener's stack and port, and the guard's knob.
ways="tcp atcp auto guard"
port_of() { case $1 in tcp) echo 9000 ;; *) echo 9001 ;; esac; }
# The hook at ingress is there for the guard alone.
choose() {
	knob "$S" atcp syncookies "$([ "$1" = auto ] && echo 1 || echo 2)"
	# What a full queue holds is sent again and again, and hardly answered: let it be few.
	ns "$S" sh -c "echo $([ "$1" = auto ] && echo 16 || echo 1000) > /sys/kernel/atcp/listeners/1/syn_backlog"
	knob "$S" atcp guard "$([ "$1" = guard ] && echo 1 || echo 0)"
	knob "$S" atcp guard_devices "$([ "$1" = guard ] && echo eth0)"
}
ns "$S" sysctl -qw net.ipv4.tcp_max_syn_backlog=50000 net.core.somaxconn=50000
knob "$S" atcp somaxconn 50000
for stack in tcp atcp; do
	spawn ns "$S" taskset -c $cpu "$PROGS/bench" server -s $stack -a "$S4" -p "$(port_of $stack)"
	wait_listen "$S" "$(port_of $stack)" $stack || skip_all "no server on $stack"
done

median() { sort -n | awk '{ v[NR] = $1 } END {
	print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
received() { ns "$C" cat /sys/class/net/eth0/statistics/rx_packets; }
burst() { ns "$C" "$PROGS/synburst" -c $cpu -i "$1" -m "$mac" -a "$S4" -p "$2" -n "$3"; }
connections() {
	ns "$C" taskset -c $cpu "$PROGS/bench" conn -s tcp -a "$S4" -p "$1" -t $seconds | cut -d" " -f1
}

# answer WAY: ns a SYN into $lib_tmp/WAY; all must have been answered.
answer() {
	local before
	choose "$1"
	before=$(received)
	burst eth0 "$(port_of "$1")" "$syns" >>"$lib_tmp/$1" || exit 1
	if [ $(($(received) - before)) -lt $((syns * 99 / 100)) ]; then
		echo "$1 answered $(($(received) - before)) of $syns SYNs"
		exit 1
	fi
}

# keep STACK: the same into $lib_tmp/STACK.queued, with a listener that has room for all of
# the ring of synburst.
kept=4096
keep() {
	local before port=$((9002 + round))
	knob "$S" atcp syncookies 1
	ns "$S" sysctl -qw net.ipv4.tcp_syncookies=1
	spawn ns "$S" taskset -c $cpu "$PROGS/bench" server -s "$1" -a "$S4" -p $port -B 50000
	wait_listen "$S" $port "$1"
	before=$(received)
	burst eth0 $port $kept >>"$lib_tmp/$1.queued" || exit 1
	if [ $(($(received) - before)) -lt $kept ]; then
		echo "$1 answered $(($(received) - before)) of $kept SYNs"
		exit 1
	fi
	kill "$spawned"
	reap "$spawned" 2>/dev/null
	ns "$S" sysctl -qw net.ipv4.tcp_syncookies=2
}

for ((round = 0; round <= rounds; round++)); do
	echo "# SYNs: round $round of $rounds" >&2
	burst void0 9 "$syns" >>"$lib_tmp/send" || exit 1
	order=$ways
	[ $((round % 2)) = 1 ] && order="guard auto atcp tcp"
	for way in $order; do answer "$way"; done
	for stack in tcp atcp; do keep $stack; done
	echo "# ns: send $(tail -n 1 "$lib_tmp/send") $(for way in $ways; do
		echo "$way $(tail -n 1 "$lib_tmp/$way")"; done | tr '\n' ' ')" >&2
	# The first only warms up.
	[ $round -gt 0 ] || rm -f "$lib_tmp"/{send,tcp,atcp,auto,guard,*.queued}
done

# cost WAY: ns of a SYN's answer, the client's part taken off.
cost() { awk -v all="$(median <"$lib_tmp/$1")" -v send="$(median <"$lib_tmp/send")" \
	'BEGIN { printf "%.0f\n", all - send }'; }
printf '# the client: %s ns\n' "$(median <"$lib_tmp/send")"
tcp_cost=$(cost tcp)
printf '%-24s %12s %14s %8s\n' "SYNs, cookies" "ns each" "1/s and CPU" ratio
for way in $ways; do
	awk -v way="$way" -v cost="$(cost "$way")" -v tcp="$tcp_cost" 'BEGIN {
		printf "%-24s %12.0f %14.0f %8.2f\n", way, cost, 1e9 / cost, tcp / cost }'
done
tcp_cost=$(cost tcp.queued)
for stack in tcp atcp; do
	awk -v way="$stack, queued" -v cost="$(cost $stack.queued)" -v tcp="$tcp_cost" 'BEGIN {
		printf "%-24s %12.0f %14.0f %8.2f\n", way, cost, 1e9 / cost, tcp / cost }'
done

# Half of what the kernel's TCP could answer, if the CPU did nothing else.
[ "$rate" -gt 0 ] || rate=$(awk -v all="$(median <"$lib_tmp/tcp")" 'BEGIN { printf "%.0f", 5e8 / all }')
for ((round = 1; round <= honest; round++)); do
	echo "# honest clients: round $round of $honest" >&2
	for way in $ways; do
		choose "$way"
		port=$(port_of "$way")
		connections "$port" >>"$lib_tmp/$way.peace" || exit 1
		spawn ns "$C" taskset -c $cpu "$PROGS/synburst" -i eth0 -m "$mac" -a "$S4" -p "$port" \
			-r "$rate" -n 100000000
		connections "$port" >>"$lib_tmp/$way.flood" || exit 1
		kill "$spawned"
		reap "$spawned" 2>/dev/null
	done
done
printf '%-24s %12s %14s %8s\n' "connections, flood $rate/s" "peace 1/s" "flood 1/s" left
for way in $ways; do
	awk -v way="$way" -v peace="$(median <"$lib_tmp/$way.peace")" \
		-v flood="$(median <"$lib_tmp/$way.flood")" 'BEGIN {
		printf "%-24s %12.1f %14.1f %7.0f%%\n", way, peace, flood, 100 * flood / peace }'
done
exit 0
