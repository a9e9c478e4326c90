#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Memory: the receive buffer grows with a long path, a reader that does not
# read bounds its peer, and what is used is given back.
# timeout: 200
# platforms: stock uml
# cpus: 1
# check: stock
. ./lib/atcp_lib.sh

need python3
ktap_plan 10
topo_pair
dir=/proc/net/atcp
[ "$STACK" = tcp ] && dir=/proc/net
pages() { ns $S awk '/^TCP:/ { print $11 }' $dir/sockstat; }
alloc() { ns $S awk '/^TCP:/ { print $9 }' $dir/sockstat; }

# Reads a stream to its end and says which receive buffer it came to.
cat >"$lib_tmp/reader.py" <<'PY'
import socket
import sys
sys.path.insert(0, "lib")
import atcptest
server = atcptest.listener(sys.argv[1], 8000)
sock = server.accept()[0]
first = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
while sock.recv(1 << 20):
    pass
print(first, sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
PY
# Never reads; the test looks at it meanwhile.
cat >"$lib_tmp/sleeper.py" <<'PY'
import signal
import sys
sys.path.insert(0, "lib")
import atcptest
server = atcptest.listener(sys.argv[1], 8000)
sock = server.accept()[0]
signal.pause()
PY
# Sends BYTES, or what a peer takes that does not read.
cat >"$lib_tmp/sender.py" <<'PY'
import socket
import sys
sock = socket.create_connection((sys.argv[1], 8000))
sock.settimeout(3)
left, block = int(sys.argv[2]), bytes(1 << 16)
try:
    while left > 0:
        left -= sock.send(block)
except TimeoutError:
    pass
print(int(sys.argv[2]) - left)
PY

# Waits for more than can come; what has come is told in time.
cat >"$lib_tmp/lowat.py" <<'PY'
import select
import socket
import sys
sys.path.insert(0, "lib")
import atcptest
server = atcptest.listener(sys.argv[1], 8002)
sock = server.accept()[0]
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 100000)
poll = select.poll()
poll.register(sock, select.POLLIN)
sys.exit(not poll.poll(20000))
PY

lowat() {
	spawn ns $S python3 "$lib_tmp/lowat.py" $S4
	waits=$spawned
	wait_listen $S 8002 "$STACK"
	ns $C python3 -c "import socket
with socket.create_connection(('$S4', 8002)) as sock:
    sock.send(bytes(50000))
    sock.settimeout(30)
    try:
        sock.recv(1)
    except ConnectionResetError:
        pass"
	reap $waits
}

grows() {
	local bytes
	bytes=$(size 16000000 10000000)
	spawn ns $S python3 "$lib_tmp/reader.py" $S4 >"$lib_tmp/grown"
	reader=$spawned
	wait_listen $S 8000 "$STACK"
	ns $C timeout 100 python3 "$lib_tmp/sender.py" $S4 "$bytes" >/dev/null
	reap $reader
	read -r first last <"$lib_tmp/grown"
	echo "# from $first to $last bytes"
	[ "$last" -gt $((first * $1 / 10)) ]
}

before=$(alloc)
netem $C eth0 delay 20ms limit 100000
grows 15
ktap_result $? "the receive buffer grows over a path of 20 ms"
knob $S "$STACK" moderate_rcvbuf 0
! grows 11
ktap_result $? "and does not with moderate_rcvbuf 0"
knob $S "$STACK" moderate_rcvbuf 1
ns $C tc qdisc del dev eth0 root

limit=$(knob $S "$STACK" rmem | awk '{ print $3 }')
spawn ns $S python3 "$lib_tmp/sleeper.py" $S4
sleeper=$spawned
wait_listen $S 8000 "$STACK"
sent=$(ns $C timeout 100 python3 "$lib_tmp/sender.py" $S4 100000000)
[ "$sent" -gt 10000 ] && [ "$sent" -lt $((limit + 10000000)) ]
ktap_result $? "a peer that does not read takes $sent bytes and no more"
[ "$(pages)" -gt 0 ]
ktap_result $? "sockstat shows $(pages) pages of it"

# Beside one that holds more than there may be, something of others moves on.
was=$(knob $S "$STACK" mem)
knob $S "$STACK" mem "1 2 4"
[ "$(pages)" -gt 4 ]
ktap_result $? "which is more than a limit of 4"
PORT=8001 ktap_run "beside it a transfer moves on" \
	xfer_pair "$STACK" "$STACK" $S4 20000 60
ktap_run "and SO_RCVLOWAT does not keep what came from its reader" lowat
knob $S "$STACK" mem "$was"
kill $sleeper
reap $sleeper

freed() { [ "$(pages)" -le 8 ] && [ "$(alloc)" -le $((before + 1)) ]; }
wait_for 30 freed
ktap_result $? "all is given back: $(pages) pages, $(alloc) sockets"

# Under a tiny limit of pages connections still finish, more slowly.
knob $S "$STACK" mem "20 40 60"
ktap_run "transfer under a limit of 60 pages" \
	xfer_pair "$STACK" "$STACK" $S4 150000 100
knob $S "$STACK" mem "$was"
ktap_run "and without it again" xfer_pair "$STACK" "$STACK" $S4 300000 100
ktap_end
