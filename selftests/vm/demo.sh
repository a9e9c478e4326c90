#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `make demo` shows inside the test machine: nginx on atcp, seen from both stacks, and under a flood.
#
#   netns client                                  netns web
#   +--------------------------------+            +-------------------------------+
#   | curl, the kernel's nginx :8080 |    veth    | nginx on atcp :80, curl on atcp|
#   | synflood from 198.18.0.0/15    +------------+                               |
#   +--------------------------------+            +-------------------------------+
#     10.80.0.1/24  fd80::1/64                      10.80.0.2/24  fd80::2/64

set -u
failed=0
saw=()
work=$(mktemp -d)
pages=12

title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
in_web() { ip netns exec web "$@"; }
in_client() { ip netns exec client "$@"; }

# Show a command as one would type it, then run it.
show()
{
	local line=$*

	line=${line/#in_web/ip netns exec web}
	printf '\033[36m$ %s\033[0m\n' "${line/#in_client/ip netns exec client}"
	"$@"
}

check() # SENTENCE COMMAND...: what was seen, and whether it was what should be
{
	local sentence=$1

	shift
	if "$@"; then
		saw+=("yes  $sentence")
	else
		saw+=("NO   $sentence")
		failed=1
	fi
}

wait_for() # SECONDS COMMAND...
{
	local end=$((SECONDS + $1))

	shift
	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

topology()
{
	local ns i

	for ns in client web; do
		ip netns add $ns
		ip -n $ns link set lo up
		ip netns exec $ns sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	done
	ip link add eth0 netns client type veth peer name eth0 netns web
	ip -n client addr add 10.80.0.1/24 dev eth0
	ip -n client addr add fd80::1/64 dev eth0 nodad
	# Clients that were never here before; the one above is known from its first page on.
	for i in $(seq 101 $((100 + pages))); do ip -n client addr add 10.80.0.$i/24 dev eth0; done
	ip -n web addr add 10.80.0.2/24 dev eth0
	ip -n web addr add fd80::2/64 dev eth0 nodad
	ip -n client link set eth0 up
	ip -n web link set eth0 up
	# Where the flood says it comes from: answers go back over the wire, and nobody is there.
	ip -n web route add 198.18.0.0/15 via 10.80.0.1
	ip -n client route add blackhole 198.18.0.0/15
}

nginx_conf() # NAME PORT TEXT
{
	mkdir -p "$work/$1"
	printf '%s\n' "$3" > "$work/$1/index.html"
	chmod -R a+rX "$work"
	cat > "$work/$1.conf" <<-CONF
	daemon off;
	master_process off;
	pid $work/$1.pid;
	error_log stderr warn;
	events { worker_connections 1024; }
	http {
		access_log off;
		keepalive_timeout 0;
		client_body_temp_path $work/$1-body;
		proxy_temp_path $work/$1-proxy;
		fastcgi_temp_path $work/$1-fastcgi;
		uwsgi_temp_path $work/$1-uwsgi;
		scgi_temp_path $work/$1-scgi;
		server {
			listen 0.0.0.0:$2;
			listen [::]:$2;
			root $work/$1;
		}
	}
	CONF
}

answers() { [ "$("$@" 2> /dev/null)" = "$want" ]; }

servers()
{
	nginx_conf atcp 80 "A page from nginx on atcp."
	nginx_conf kernel 8080 "A page from nginx on the kernel's TCP."
	printf '\033[36m$ ip netns exec web atcpctl run nginx\033[0m\n'
	in_web atcpctl run nginx -c "$work/atcp.conf" &
	in_client nginx -c "$work/kernel.conf" &
}

listening() { atcpctl -n "$1" listeners 2> /dev/null | grep -q ":$2"; }

fetch()
{
	local host

	title "curl over the kernel's TCP, from nginx on atcp"
	want="A page from nginx on atcp."
	for host in 10.80.0.2 '[fd80::2]'; do
		show in_client curl -sS -m 20 "http://$host/"
		check "curl over the kernel's TCP got the page from nginx on atcp ($host)" \
			answers in_client curl -sS -m 20 "http://$host/"
	done

	title "curl over atcp, from nginx on the kernel's TCP"
	want="A page from nginx on the kernel's TCP."
	for host in 10.80.0.1 '[fd80::1]'; do
		show in_web atcpctl run curl -sS -m 20 "http://$host:8080/"
		check "curl over atcp got the page from nginx on the kernel's TCP ($host)" \
			answers in_web atcpctl run curl -sS -m 20 "http://$host:8080/"
	done
}

queues()
{
	title "The listener's queues"
	show in_web env PROC_NET_TCP=/proc/net/atcp/tcp PROC_NET_TCP6=/proc/net/atcp/tcp6 ss -tnl
	show atcpctl -n web listeners
}

counter() { in_web awk -v name="$1" '/^[A-Za-z]*: [A-Z]/ { split($0, n) }
	/^[A-Za-z]*: [0-9]/ { split($0, v); for (i in n) if (n[i] == name) print v[i] }' /proc/net/atcp/netstat; }

field() # NAME: a field of the listener on port 80, IPv4
{
	in_web awk -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["local"] == "0.0.0.0:80" { print $c[name]; exit }' /proc/net/atcp/listen
}

# The flood lasts until the client has got its pages, however slow the machine.
flood()
{
	local pid from served=0 lost=0 end=$((SECONDS + 120))

	title "A flood of half-open connections, 2000 SYNs a second, and clients that want $pages pages meanwhile"
	want="A page from nginx on atcp."
	in_client vm/synflood 10.80.0.2 80 198.18.0.0/15 1000000 2000 &
	pid=$!
	wait_for 30 cookies_flow
	while [ $served -lt $pages ] && [ $SECONDS -lt $end ]; do
		# By turns one that is known, for whom a part of the SYN queue is kept, and a stranger.
		from=10.80.0.1
		[ $((served % 2)) -eq 0 ] || from=10.80.0.$((100 + served))
		if answers in_client curl -sS -m 20 --interface $from http://10.80.0.2/; then
			served=$((served + 1))
		else
			lost=$((lost + 1))
		fi
		[ $((served % 3)) -eq 1 ] &&
			printf 'SYN queue %s of %s, accept queue %s, cookies sent %s, taken %s; known ones let in %s; pages served %s\n' \
				"$(field synq)" "$(field synq_max)" "$(field acceptq)" \
				"$(field cookies_sent)" "$(field cookies_recv)" "$(counter ProvenAdmitted)" "$served"
		[ $((served + lost)) -eq $((pages / 2)) ] && show atcpctl -n web listeners :80
	done
	show atcpctl -n web listeners -d 0.0.0.0:80
	kill $pid
	wait $pid 2> /dev/null
	printf '\n\033[36m$ dmesg | grep "SYN flood"\033[0m\n'
	dmesg | grep -i 'atcp:.*syn flood'
	printf '\n\033[36m$ atcpctl -n web nstat -az | grep -E "Syncookies|Listen|ReqQFull"\033[0m\n'
	atcpctl -n web nstat -az 2> /dev/null | grep -E 'Syncookies|ListenDrops|ListenOverflows|ReqQFull'
	check "clients were served during the flood ($served pages, $lost failures)" \
		all_served "$served" "$lost"
	check "the SYN queue was full, and cookies were sent ($(field cookies_sent)) and came back ($(field cookies_recv))" \
		cookies_both
}

all_served() { [ "$1" -ge 5 ] && [ "$2" -eq 0 ]; }
cookies_flow() { [ "$(field cookies_sent)" -gt 0 ]; }
cookies_both() { [ "$(field cookies_sent)" -gt 0 ] && [ "$(field cookies_recv)" -gt 0 ]; }

title "$(uname -sr) with atcp loaded (lsmod)"
show grep '^atcp ' /proc/modules
title "nginx on atcp, in a network namespace of its own"
topology
servers
check "nginx listens on atcp" wait_for 30 listening web 80
fetch
queues
flood

title "What was seen"
printf '%s\n' "${saw[@]}"
kill %1 %2 2> /dev/null
wait 2> /dev/null
exit $failed
