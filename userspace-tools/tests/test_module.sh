#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tools with the module: knobs and their ranges, listeners, ss, nstat, and programs run on atcp.
# timeout: 120
# platforms: stock uml
# check: uml
#
# One namespace, so that "lo" is its own: server and clients talk over 127.0.0.1 and ::1.
# Needs the module, root and atcpctl in PATH or built here; exit code 4 means skipped.

here=$(cd "$(dirname "$0")" && pwd)
[ -x "$here/../atcpctl" ] && PATH=$here/..:$PATH

skip_all() {
	printf 'TAP version 13\n1..0 # SKIP %s\n' "$1"
	exit 4
}
[ "$(id -u)" -eq 0 ] || skip_all "not root"
for tool in atcpctl ip ss nstat python3; do
	command -v $tool > /dev/null || skip_all "no $tool"
done
grep -q '^atcp ' /proc/modules || skip_all "the module is not loaded"

N=tools-$$
O=other-$$
tmp=$(mktemp -d)
pids=()
cleanup() {
	local pid
	for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null; done
	wait 2> /dev/null
	ip netns del $N 2> /dev/null
	ip netns del $O 2> /dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
ip netns add $N && ip netns add $O && ip -n $N link set lo up || skip_all "no network namespaces"

total=0
failed=0
# check NAME COMMAND...: the command's status is the result.
check() {
	local name=$1
	shift
	total=$((total + 1))
	: > "$tmp/shown"
	if "$@" > "$tmp/log" 2>&1; then
		echo "ok $total $name"
	else
		failed=$((failed + 1))
		sed "s/^/# /" "$tmp/log" "$tmp/shown" 2> /dev/null
		echo "not ok $total $name"
	fi
}

skip() {
	total=$((total + 1))
	echo "ok $total $1 # SKIP $2"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

atcp() { atcpctl -n $N "$@"; }

# json EXPRESSION ARGS...: atcpctl's JSON as d makes the Python expression true.
json() {
	local expression=$1
	shift
	atcp -j "$@" | tee "$tmp/shown" | python3 -c "import json, sys
d = json.load(sys.stdin)
sys.exit(0 if ($expression) else 1)"
}

# What the table says of each knob holds in the module: the ends of the range are taken, beyond them not.
ranges_agree() {
	atcp -j list | ip netns exec $N python3 -c '
import json, sys
bad = 0
def takes(name, value):
    try:
        with open("/proc/sys/net/atcp/" + name, "w") as f:
            f.write("%s\n" % value)
        return True
    except OSError:
        return False
for k in json.load(sys.stdin):
    if "min" not in k or isinstance(k["value"], list):
        continue
    for value, want in ((k["min"], True), (k["max"], True), (k["min"] - 1, False), (k["max"] + 1, False)):
        if takes(k["name"], value) != want:
            print(k["name"], value, "refused" if want else "taken")
            bad += 1
    takes(k["name"], k["value"])
sys.exit(bad != 0)'
}

all_or_none() {
	local before after
	before=$(atcp get synack_retries somaxconn)
	! atcp set synack_retries=9 somaxconn=9 congestion_control=nonesuch || return 1
	after=$(atcp get synack_retries somaxconn)
	echo "$before"; echo "$after"
	[ "$before" = "$after" ]
}

own_namespace() {
	atcp set synack_retries=7 &&
	[ "$(atcpctl -n $N get synack_retries)" = "net.atcp.synack_retries = 7" ] &&
	[ "$(atcpctl -n $O get synack_retries)" = "net.atcp.synack_retries = 5" ]
}

# Words, and the values that are only words; the file has a secret in it.
save_load() {
	atcp set overflow_policy=reset_after:250 balance=least syncookies=always &&
	atcp save --all "$tmp/saved" && atcp set synack_retries=1 rmem="4096 8192 16384" overflow_policy=0 &&
	atcp load "$tmp/saved" && atcp save --all "$tmp/again" && diff "$tmp/saved" "$tmp/again" &&
	[ "$(stat -c %a "$tmp/saved")" = 600 ] && atcp set overflow_policy=park balance=hash syncookies=auto
}

# What can only be written is set, by set and by load, and no message shows it.
write_only() {
	local key=1:00112233445566778899aabbccddeeff

	atcp set cookie_key=$key || return 1
	printf 'cookie_key = %s\nsynack_retries = 5\n' $key > "$tmp/keys"
	atcp load "$tmp/keys" || return 1
	# Refused: nothing is changed, and the key is not told.
	! atcp set cookie_key=${key}00 synack_retries=7 > "$tmp/shown" 2>&1 || return 1
	cat "$tmp/shown"
	grep -q 'cookie_key: refused by the kernel' "$tmp/shown" && ! grep -q 00112233 "$tmp/shown" &&
	[ "$(atcp get synack_retries)" = "net.atcp.synack_retries = 5" ] && ! atcp get cookie_key &&
	atcp set cookie_key=none
}

# CAP_NET_ADMIN alone, of another user, is enough; without it nothing is.
capability() {
	local as="ip netns exec $N setpriv --reuid 65534 --clear-groups"
	local admin="$as --inh-caps +net_admin --ambient-caps +net_admin"

	$admin atcpctl listener :8080 set wake=lifo fair_share=30 &&
	json 'd[0]["knobs"]["wake"] == {"value": "lifo", "from": "listener"}' listener :8080 get wake &&
	! $admin atcpctl listener :8080 set wake=fifo fair_share=101 && ! $as atcpctl listener :8080 set wake=fifo &&
	json '[k["value"] for k in d[0]["knobs"].values()] == ["lifo", 30]' listener :8080 get wake fair_share &&
	$admin atcpctl listener :8080 set wake=inherit fair_share=inherit &&
	json 'd[0]["knobs"]["wake"] == {"value": "fifo", "from": "netns"}' listener :8080 get wake
}

serve() { # FAMILY ADDRESS PORT
	(cd "$tmp" && exec atcpctl -n $N run python3 -m http.server --bind "$2" "$3") > /dev/null 2>&1 &
	pids+=($!)
	wait_for 30 listens ":$3"
}
listens() { atcp listeners "$1" | grep -q "$1"; }

# fetch ADDRESS PORT: the page, by a Python socket of atcp's.
fetch() {
	atcp run python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) == 253
s.sendall(b"GET /page HTTP/1.0\r\n\r\n")
text = b""
while True:
    part = s.recv(4096)
    if not part:
        break
    text += part
sys.exit(not text.endswith(b"a page\n"))' "$@"
}

# shows PATTERN ARGS...: a line of atcpctl's output is like that.
shows() {
	local pattern=$1
	shift
	atcp "$@" | tee "$tmp/shown" | grep -Eq -- "$pattern"
}

# counter NAME: of atcp's, in the namespace.
counter() { atcp nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'; }

static_fetch() {
	local before after
	before=$(counter TcpActiveOpens)
	atcp run busybox wget -q -O "$tmp/got" http://127.0.0.1:8080/page && cmp "$tmp/got" "$tmp/page" || return 1
	after=$(counter TcpActiveOpens)
	echo "active opens: $before $after"
	[ "$after" -gt "$before" ]
}

seccomp_fetch() {
	local before after
	before=$(counter TcpActiveOpens)
	atcp run -s python3 -c 'import socket; socket.create_connection(("127.0.0.1", 8080), 20)' || return 1
	after=$(counter TcpActiveOpens)
	echo "active opens: $before $after"
	[ "$after" -gt "$before" ]
}

origins() {
	atcp listener :8080 get backlog syncookies | tee "$tmp/shown"
	[ "$(cat "$tmp/shown")" = "listener/0.0.0.0:8080/backlog = 5 (socket)
listener/0.0.0.0:8080/syncookies = auto (netns)" ]
}

live_backlog() {
	atcp listener :8080 set backlog=77 overflow=reset_after:900 &&
	json 'd[0]["acceptq_max"] == 77 and d[0]["knobs"]["overflow"] == {"value": "reset_after:900", "from": "listener"}' listeners :8080 &&
	shows '^LISTEN +0 +77 ' ss -Htnl 'sport = :8080' &&
	atcp listener :8080 set backlog=inherit overflow=inherit &&
	json 'd[0]["acceptq_max"] == 5 and d[0]["knobs"]["overflow"] == {"value": "park", "from": "netns"}' listeners :8080
}

# The ends of the tool's ranges are taken by the kernel itself, and what is beyond is not; every knob has a row.
listener_ranges() {
	atcp -j list 'listener/*:8080/*' | nsenter --net=/run/netns/$N unshare -m sh -c \
			'mount -t sysfs sysfs /sys && exec python3 -c "$0"' '
import glob, json, sys
bad = 0
dirs = [d for d in glob.glob("/sys/kernel/atcp/listeners/*") if open(d + "/local").read() == "0.0.0.0:8080\n"]
def takes(name, value):
    try:
        with open(dirs[0] + "/" + name, "w") as f:
            f.write("%s\n" % value)
        return True
    except OSError:
        return False
rows = json.load(sys.stdin)
for k in rows:
    name = k["name"].rsplit("/", 1)[1]
    if "unit" not in k:
        print(name, "is not known to atcpctl")
        bad += 1
        continue
    if "min" in k:
        tries = [(k["min"], True), (k["max"], True), (k["min"] - 1, False), (k["max"] + 1, False)]
    else:
        words = [w for w in k["range"].split("|") if "<" not in w]
        tries = [(w, True) for w in words] + [(len(words), name == "overflow" and None)]
    for value, want in tries + [("inherit", True)]:
        if want is not None and takes(name, value) != want:
            print(name, value, "refused" if want else "taken")
            bad += 1
sys.exit(bad != 0 or len(rows) < 15)'
}

listener_all_or_none() {
	local before after
	before=$(atcp listener '*' get)
	! atcp listener '*' set synack_retries=9 backlog=x || return 1
	after=$(atcp listener '*' get)
	[ "$before" = "$after" ]
}

own_listeners() {
	atcpctl -n $O listener '*' get
	[ $? -eq 1 ] && ! atcpctl -n $O listeners | grep -q 8080
}

# setns() without a mount of sysfs, as nsenter does it.
entered_namespace() {
	[ "$(nsenter --net=/run/netns/$N atcpctl listener :8080 get backlog)" = "listener/0.0.0.0:8080/backlog = 5 (socket)" ]
}

listener_save_load() {
	atcp listener :8080 set synack_retries=3 && atcp save "$tmp/saved" &&
	grep -q '^#atcp: listener/0.0.0.0:8080/synack_retries = 3$' "$tmp/saved" &&
	ip netns exec $N sysctl -qp "$tmp/saved" &&
	atcp listener :8080 set synack_retries=inherit && atcp load "$tmp/saved" &&
	shows ' = 3 \(listener\)' listener :8080 get synack_retries &&
	atcp listener :8080 set synack_retries=inherit
}

metrics() {
	atcp metrics > "$tmp/shown"
	grep -q 'atcp_listener_accepted_total{listener="0.0.0.0:8080",id="[0-9]*",netns="'$N'"} [1-9]' "$tmp/shown" &&
	[ "$(tail -n 1 "$tmp/shown")" = "# EOF" ] || return 1
	[ ! -e "$here/lib/openmetrics.py" ] || python3 "$here/lib/openmetrics.py" < "$tmp/shown"
}

advice() {
	atcp advise > "$tmp/shown"
	[ $? -le 1 ] && [ -s "$tmp/shown" ]
}

tracing() {
	[ -d /sys/kernel/tracing/events/atcp ] || mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null
	[ -d /sys/kernel/tracing/events/atcp ]
}

trace_waits() { [ "$(cat /sys/kernel/tracing/instances/atcpctl-*/events/atcp/enable)" = 1 ]; }
trace_said() { grep -q "127.0.0.1:8080 queued" "$tmp/traced"; }

traced() {
	local rc=0
	# Not by the function: what is signalled must be atcpctl itself.
	atcpctl -n $N trace :8080 > "$tmp/traced" 2>&1 &
	pids+=($!)
	wait_for 30 trace_waits && fetch 127.0.0.1 8080 && wait_for 30 trace_said || rc=1
	kill "${pids[-1]}"
	wait "${pids[-1]}"
	cat "$tmp/traced"
	return $rc
}
untraced() { ! ls -d /sys/kernel/tracing/instances/atcpctl-*; }

is_static() { ! ldd "$(command -v busybox)" > /dev/null 2>&1; }

echo "TAP version 13"
check "list: every knob of the module is known" json 'len(d) > 30 and all("unit" in k for k in d)' list
check "list: defaults are those of a new namespace" \
	json 'not [k for k in d if "default" in k and k["name"][1:] != "mem" and not k["readonly"] and k["default"] not in (k["value"], "none", "random")]' list
check "set: ranges are the module's" ranges_agree
check "set: all or none" all_or_none
check "set: in its namespace only" own_namespace
check "save and load" save_load
check "what can only be written" write_only
echo "a page" > "$tmp/page"
check "run: python3's http.server, IPv4" serve inet 0.0.0.0 8080
check "run: python3's http.server, IPv6" serve inet6 :: 8081
check "run: a python client, IPv4" fetch 127.0.0.1 8080
check "run: a python client, IPv6" fetch ::1 8081
check "listeners: the server is there" \
	json 'len(d) == 1 and d[0]["local"] == "0.0.0.0:8080" and d[0]["accepted"] >= 1 and d[0]["acceptq_max"] == 5' listeners :8080
check "listeners: the table" shows '0.0.0.0:8080.*0/5' listeners
check "ss: the server, queue and limit" shows '^LISTEN +0 +5 +0.0.0.0:8080' ss -Htnl
check "ss: the server, IPv6" shows ':8081' ss -Htnl6
check "nstat: connections were counted" test "$(counter TcpPassiveOpens)" -ge 2
if command -v busybox > /dev/null && is_static &&
		grep -qw user_notif /proc/sys/kernel/seccomp/actions_avail 2> /dev/null; then
	check "run: a static program" static_fetch
else
	skip "run: a static program" "no static busybox or no seccomp user notification"
fi
if grep -qw user_notif /proc/sys/kernel/seccomp/actions_avail 2> /dev/null; then
	check "run: by seccomp" seccomp_fetch
else
	skip "run: by seccomp" "no seccomp user notification"
fi
check "listener: value and origin" origins
check "listener: a change holds at once, and inherit gives it back" live_backlog
check "listener: ranges are the module's" listener_ranges
check "listener: CAP_NET_ADMIN is enough" capability
check "listener: all or none" listener_all_or_none
check "listener: of its namespace only" own_listeners
check "listener: another namespace's sysfs is noticed" entered_namespace
check "listener: saved and loaded" listener_save_load
check "listeners: what sysfs has" \
	json 'd[0]["knobs"]["backlog"] == {"value": 5, "from": "socket"} and d[0]["stats"]["accepted"] >= 1 and d[0]["state"] == "listen" and len(d[0]["accept_wait_us"]) > 5' listeners :8080
check "metrics: OpenMetrics" metrics
check "advise: nothing is wrong, or what it says is words" advice
check "top: once" shows '0.0.0.0:8080 +.* [.#]+ 0/5' top --once -i 0.2
if tracing; then
	check "trace: a handshake has its verdict" traced
	check "trace: nothing is left behind" untraced
else
	skip "trace: a handshake has its verdict" "no tracing of modules in this kernel"
fi
echo "1..$total"
[ "$failed" -eq 0 ]
