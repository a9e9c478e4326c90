#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""After timeouts segments take another path: a new hash and flow label, as the kernel's TCP and net.core.txrehash have it."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 200
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer
import router

SO_TXREHASH, ETH_P_ALL = 74, 3
STACKS = ("tcp", t.STACK)


class Labels:
    """Flow labels of what leaves a device by port PORT, in order."""

    def __init__(self, port):
        self.port = port
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))

    def seen(self, wanted):
        """Those of the segments that WANTED(flags, length) says yes to."""
        labels = []
        self.sock.setblocking(False)
        while True:
            try:
                data, address = self.sock.recvfrom(65536)
            except BlockingIOError:
                return labels
            if address[2] != 4 or data[0] >> 4 != 6 or data[6] != 6:
                continue
            tcp = data[40:]
            if self.port in struct.unpack_from("!HH", tcp) and wanted(tcp[13], len(tcp) - (tcp[12] >> 4) * 4):
                labels.append(struct.unpack_from("!I", data)[0] & 0xfffff)


def timeouts(ktap, net, stack, rehash):
    """Data that nobody acknowledges: labels of its transmissions, and what is counted."""
    name = f"{stack}, txrehash {rehash}"
    net.sh("near", f"sysctl -qw net.core.txrehash={rehash % 2}")
    net.shape(None)
    sock, child = net.connect(stack, "tcp")
    if rehash == 3:
        # The socket's own word.
        sock.setsockopt(socket.SOL_SOCKET, SO_TXREHASH, 0)
    before = net.counters(stack).get("TcpTimeoutRehash", 0)
    net.enter("near")
    labels = Labels(child.getsockname()[1])
    net.enter("home")
    net.shape("netem loss 100%")
    sock.send(b"lost")
    time.sleep(8)
    seen = labels.seen(lambda flags, length: length == 4)
    counted = net.counters(stack).get("TcpTimeoutRehash", 0) - before
    if rehash == 1:
        # The first and the probe of the tail have one label; a timeout makes another.
        ktap.result(counted >= 4, f"{name}: each timeout is counted", counted)
        if net.family == socket.AF_INET6:
            # Of some six labels of 20 bits two are the same once in 70000 times.
            ktap.result(len(seen) > 4 and len(set(seen)) >= len(seen) - 2, f"{name}: each timeout has a label of its own",
                        seen)
    else:
        ktap.equal(counted, 0, f"{name}: no timeout changes anything")
        if net.family == socket.AF_INET6:
            ktap.result(len(set(seen)) == 1 and len(seen) >= 5, f"{name}: all go by one label", seen)
    net.shape(None)
    # Its timers are not for what is counted next.
    t.abrupt(sock)
    sock.close(), child.close()


def repeated(ktap, peer, v6, stack):
    """A peer that sends the same again and again does not hear our ACKs; nor one that repeats its SYN our SYN-ACK."""
    port = rawpeer.new_port()
    labels = Labels(port)
    lsock = t.listener(peer.addresses(v6)[0], port, stack=stack)
    flow = rawpeer.Flow(peer, v6, dport=port)
    flow.send("S", options=rawpeer.option_mss(1000) + rawpeer.option_sack_ok())
    flow.expect("SA")
    time.sleep(8)
    if v6:
        seen = labels.seen(lambda flags, length: flags & 0x12 == 0x12)
        ktap.result(len(set(seen)) >= 3, f"{stack}: each SYN-ACK that is repeated has a label of its own", seen)
    flow.send("A")
    child = lsock.accept()[0]
    before = t.counter("TcpDuplicateDataRehash", stack)
    seq = flow.nxt
    for _ in range(4):
        flow.send("PA", data=b"again", seq=seq)
        time.sleep(0.3)
    ktap.equal(t.counter("TcpDuplicateDataRehash", stack) - before, 2, f"{stack}: data that comes a third time changes the path")
    child.close(), lsock.close()


def main():
    t.side_by_side(case, False, True)


def case(ktap, v6):
    """All of it over one of the two families."""
    net = router.Router(v6)
    for stack in STACKS:
        for rehash in (1, 0, 3):
            timeouts(ktap, net, stack, rehash)
    net.close()
    peer = rawpeer.Peer()
    for stack in STACKS:
        repeated(ktap, peer, v6, stack)


if __name__ == "__main__":
    main()
