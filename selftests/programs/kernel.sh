#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own selftests of sockets, built from its source; one outcome a test where they say so.
# timeout: 600
# packages: linux-source-6.1 libnuma-dev

dir=$PROGRAMS/kselftest
knobs=/proc/sys/net/ipv4
range=$knobs/ip_local_port_range
[ "$STACK" = tcp ] || range=/proc/sys/net/atcp/local_port_range

all=(reuseaddr_conflict reuseaddr_ports_exhausted reuseport_addr_any reuseport_bpf reuseport_bpf_cpu reuseport_bpf_numa
	reuseport_dualstack "tcp_inq -4" "tcp_inq -6" sk_bind_sendto_listen sk_connect_zero_addr so_netns_cookie
	"tcp_fastopen_backup_key -4" "tcp_fastopen_backup_key -6" "bind_bhash 443 ipv4 10.8.8.8"
	"bind_bhash 443 ipv6 2001:db8:0:f101::1" "stress_reuseport_listen 300 80")
# What takes longest, or needs another machine, is not in the short part.
[ -z "$SHORT" ] || all=("${all[@]:0:3}" "${all[@]:4:1}" "${all[@]:6:6}")
ulimit -n 32768

for program in "${all[@]}"; do
	name=${program// /_}
	[ -z "${ONLY:-}" ] || sed 's/ .*//' <<< "$ONLY" | grep -qxF -- "${name//:/_}" || continue
	# What its own script prepares.
	case $program in
	reuseaddr_ports_exhausted)
		echo 32768 32768 > $range
		echo 1 > $knobs/ip_autobind_reuse ;;
	tcp_fastopen*|reuseport_bpf*)
		echo 3 > $knobs/tcp_fastopen
		[ "$STACK" = tcp ] || echo 3 > /proc/sys/net/atcp/fastopen ;;
	bind_bhash*)
		ip addr replace 10.8.8.8/32 dev lo
		ip addr replace 2001:db8:0:f101::1/128 dev lo nodad ;;
	stress*) echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind ;;
	*)	echo 20000 32000 > $range ;;
	esac
	start=$SECONDS
	# shellcheck disable=SC2086 # $RUN and the program are commands with their options
	(cd "$dir" && timeout 120 $RUN "$dir/"$program) > out 2>&1
	status=$?
	cat out
	echo "$name took $((SECONDS - start)) s"
	# Its status is 0 whatever happens.
	[ "${program%% *}" != bind_bhash ] || grep -q 'time spent' out || status=failed
	echo "= ${name//:/_}: status $status"
	sed -n 's/^\(ok\|not ok\) [0-9]* \([^#]*\).*/\1|\2/p' out | tr ':' '_' |
		awk -F '|' -v p="${name//:/_}" '{ print "= " p " " $2 ": " ($1 == "ok" ? "ok" : "FAIL") }'
done
