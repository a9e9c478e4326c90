#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# atcpctl run reaches every program that is started under it, and its sockets are the program's own in everything.
# timeout: 60
# platforms: stock uml
# cpus: 1
# check: stock
#
# The programs print the protocol of their sockets, 253 if they are atcp's, and whose they are. What atcpctl itself
# says of a program comes on stderr. ATCP_STACK=tcp shows what the kernel's TCP answers in the same places.

. lib/atcp_lib.sh

need unshare setpriv strace timeout nft
grep -qw user_notif /proc/sys/kernel/seccomp/actions_avail 2> /dev/null || skip_all "no seccomp user notification"

netns_add n-$$
netns_add o-$$
N=n-$$ O=o-$$
probe=$PROGS/run_probe
as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
number=253
run=(atcpctl run)
[ "$STACK" = atcp ] || { number=6; run=(); }

# prints WANTED COMMAND...: what it says on both of its outputs.
prints() {
	local want=$1 got
	shift
	got=$(ns "$N" "$@" 2>&1)
	echo "got: $got"
	[ "$got" = "$want" ]
}

sockets_of() { # USER [DOMAINS]
	printf 'inet: %s of user %s\ninet6: %s of user %s\nudp: 17 of user %s' $number "$1" $number "$1" "$1"
}
mine=$(sockets_of 0)

# --- every kind of program, however it is started

i386() {
	local want="socket: $number"$'\n'"socket6: $number"$'\n'"socketcall: $number"$'\n'"socketcall6: $number"$'\nudp: 17'
	prints "$want" "${run[@]}" "$@" "$PROGS/run_probe32"
}
i386_runs() { [ -x "$PROGS/run_probe32" ] && "$PROGS/run_probe32" > /dev/null 2>&1; }

if i386_runs; then
	ktap_run "a 32-bit program" i386
	ktap_run "a 32-bit program, by seccomp" i386 -s
	ktap_run "a 32-bit program under a dynamic wrapper" i386 sh -c '"$0"; true'
	ktap_run "a 32-bit program of another user" i386 -s "${as_nobody[@]}"
else
	ktap_skip "a 32-bit program" "this kernel runs none"
fi

x32() {
	local got
	got=$(ns "$N" "${run[@]}" "$probe" x32 2>&1)
	echo "$got"
	# In a kernel that has x32 off the protocol is what fails first: the call is made by its number without the bit.
	[[ "$got" =~ ^x32:\ ($number|Function\ not\ implemented)$ ]]
}
ktap_run "x32's calls kill nobody" x32

for wrapper in "env" "env -i" "timeout 20" "nice" "sh -c \"\$@\" sh" "setsid -w" "unshare -m" "busybox env"; do
	read -ra words <<< "$wrapper"
	[ "$wrapper" != "sh -c \"\$@\" sh" ] || words=(sh -c '"$@"; true' sh)
	ktap_run "a static program under ${words[*]}" prints "$mine" "${run[@]}" "${words[@]}" "$probe"
done
if [ "$STACK" = atcp ]; then
	ktap_run "run inside of run" prints "$mine" atcpctl run -s atcpctl run -s atcpctl run "$probe"
fi
ktap_run "traced by strace" prints "$mine" "${run[@]}" strace -f -o /dev/null "$probe"

# --- whose the sockets are

other_user() {
	prints "$(sockets_of 65534)" "${run[@]}" "$@" "${as_nobody[@]}" "$probe"
}
ktap_run "another user" other_user
as_user() { prints "$(sockets_of "$1")" "${as_nobody[@]}" "${run[@]}" "${@:2}"; }
ktap_run "run by a user" as_user 65534 "$probe"
if "${as_nobody[@]}" unshare -Urn true 2> /dev/null; then
	ktap_run "a user's own user and network namespace" as_user 0 unshare -Urn "$probe"
	ktap_run "the same by seccomp" as_user 0 -s unshare -Urn "$probe"
else
	ktap_skip "a user's own user and network namespace" "users may have none here"
fi

# Root's supervisor cannot read of the program any more: it is not root's socket because of that.
blind() {
	prints "$(sockets_of 65534)" unshare -m "${run[@]}" sh -c '
		mount -t tmpfs none /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0"' "$probe"
}
ktap_run "with /proc away" blind
ktap_run "with the /proc of another PID namespace" \
	prints "$(sockets_of 65534)" unshare -pf "${run[@]}" "${as_nobody[@]}" "$probe"

other_netns() {
	ns "$O" nft "add table inet t; add chain inet t out { type filter hook output priority 0; };
		add rule inet t out tcp dport 9 counter comment here" || return 1
	ns "$O" ip link set lo up
	ns "$N" "${run[@]}" "$@" ip netns exec "$O" "$probe" dial || return 1
	ns "$O" nft list table inet t | tee /dev/stderr | grep -q 'packets [1-9]'
}
ktap_run "another network namespace" other_netns

# The rule looks at the cgroup that the socket took from its maker. (ip netns exec would hide the cgroups.)
in_n() { nsenter --net="/run/netns/$N" "$@"; }
own_cgroup() {
	local status=0
	in_n nft "add rule inet t out tcp dport 9 socket cgroupv2 level 1 run-$$ counter" || return 1
	in_n "${run[@]}" "$@" sh -c 'echo $$ > "$1/cgroup.procs" && exec "$2" dial' sh "$group" "$probe" || status=1
	in_n nft list chain inet t out
	in_n nft list chain inet t out | grep -q 'packets [1-9]' || status=1
	in_n nft flush chain inet t out
	return $status
}
group=/sys/fs/cgroup/run-$$
in_n nft "add table inet t; add chain inet t out { type filter hook output priority 0; }"
if mkdir "$group" && in_n nft "add chain inet t try; add rule inet t try socket cgroupv2 level 1 run-$$"; then
	ktap_run "the cgroup of that moment" own_cgroup
	ktap_run "the cgroup of that moment, by seccomp" own_cgroup -s
else
	ktap_skip "the cgroup of that moment" "no cgroups or no nft rule of them"
fi
rmdir "$group" 2> /dev/null

# --- threads, signals, and what cannot be

storm() { ns "$N" "${run[@]}" "$@" storm "40" | tee /dev/stderr | grep -qx 'storm: 0 wrong, SIGALRM open'; }
if [ "$STACK" = atcp ]; then
	ktap_run "four threads under a hail of signals" storm -s "$probe"
	ktap_run "the same as another user" storm "${as_nobody[@]}" "$probe"

	says() { # PATTERN COMMAND...
		local want=$1 got
		shift
		got=$(ns "$N" "$@" 2>&1)
		echo "$got"
		grep -qE "$want" <<< "$got"
	}
	refused() {
		local as_user=("${as_nobody[@]}" sh -c 'atcpctl run -s "$0" mute 2>&1 | cat' "$probe")
		says 'inet: Permission denied' "${as_user[@]}" &&
		says 'run_probe .*was refused a TCP socket' "${as_user[@]}"
	}
	ktap_run "what cannot be looked into is refused, and told of" refused
	if [ "$("$probe" uring)" = "ring: made" ]; then
		ktap_run "io_uring is told of" says 'run_probe .*io_uring.*kernel' atcpctl run "$probe" uring
	else
		ktap_skip "io_uring is told of" "no io_uring"
	fi
	own_listener() {
		says 'listener: Device or resource busy' atcpctl run "$probe" listener &&
		says 'seccomp listener of its own.*run -p' atcpctl run "$probe" listener
	}
	ktap_run "a program's own seccomp listener" own_listener
	ended() { ! pgrep -x atcpctl-run; }
	ktap_run "no supervisor stays" wait_for 10 ended
	ns "$N" atcpctl run "$probe" cost 300 | sed 's/^/# by seccomp: /'
	ns "$N" "$probe" cost 300 | sed "s/^/# the kernel's TCP: /"
fi
echo "1..$ktap_total"
ktap_end
