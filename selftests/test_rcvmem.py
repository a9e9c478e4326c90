#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A full receive buffer: small segments are copied together, the farthest early ones given up."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import socket
import sys

sys.path[:0] = ["lib"]
import atcptest as t
import rawpeer as r

PORT = 21700
SIZE = 100
COUNTERS = ("TCPRcvCollapsed", "RcvPruned", "TCPRcvQDrop", "TCPOFODrop", "OfoPruned")


def pair(peer, v6, rcvbuf):
    """An accepted socket with SO_RCVBUF and its flow."""
    global PORT
    PORT += 1
    listener = t.listener(peer.addresses(v6)[0], PORT)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    flow = r.Flow(peer, v6, dport=PORT)
    flow.connect(r.option_mss(1000) + r.option_sack_ok())
    listener.settimeout(20)
    sock = listener.accept()[0]
    sock.settimeout(3)
    listener.close()
    return sock, flow


def piece(number):
    """Segment NUMBER's text, unlike the others'."""
    return bytes((number + i) & 255 for i in range(SIZE))


def grown(before):
    """How much each counter has grown."""
    return {name: t.counter(name) - before[name] for name in COUNTERS}


def counters():
    """What they are now."""
    return {name: t.counter(name) for name in COUNTERS}


def last_ack(flow):
    """The ACK number that came last; waits for none to follow."""
    ack = None
    while True:
        s = flow.any(0.3)
        if not s:
            return ack
        ack = s.ack


def given_up(peer, v6):
    """Early ranges that nothing can be merged of: the farthest go, and what comes in order stays."""
    sock, flow = pair(peer, v6, 4096)
    base, before = flow.nxt, counters()
    for number in range(1, 3900, 6):
        flow.send("A", b"x", seq=base + number, keep=True)
    last_ack(flow)
    delta = grown(before)
    assert delta["OfoPruned"] + delta["TCPOFODrop"] > 0, f"all was kept: {delta}"
    flow.send("A", piece(0), seq=base, keep=True)
    ack = last_ack(flow)
    assert ack is not None and (ack - base) & r.MASK >= SIZE, "what came in order was not taken"
    flow.send("RA", seq=ack)
    sock.close()
    peer.forget()


def tapped(device="peer0"):
    """Somebody listens to all that comes: what is cloned for it cannot be merged on arrival."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    tap.bind((device, 0))
    return tap


def packed(peer, v6, early):
    """Small segments, in order or early, fill the buffer, and are copied together."""
    with tapped():
        sock, flow = pair(peer, v6, 16384)
        base, before = flow.nxt, counters()
        first = 1 if early else 0
        number = first
        while number < 200 and not grown(before)["TCPRcvCollapsed"]:
            flow.send("PA", piece(number), seq=base + number * SIZE, keep=True)
            number += 1
        last_ack(flow)
        delta = grown(before)
        assert delta["TCPRcvCollapsed"] > 0, f"nothing was merged: {delta}"
        if early:
            flow.send("PA", piece(0), seq=base, keep=True)
        # What is acknowledged is there, byte for byte.
        ack = last_ack(flow) or (base + number * SIZE)
        wanted = b"".join(piece(i) for i in range(number))
        got = b""
        while len(got) < len(wanted):
            try:
                part = sock.recv(65536)
            except socket.timeout:
                break
            got += part
        assert got == wanted[:len(got)], "other bytes than were sent"
        assert len(got) >= (ack - base) & r.MASK or not early, f"{len(got)} of {len(wanted)}"
        assert len(got) > len(wanted) // 2, f"{len(got)} of {len(wanted)}"
        flow.send("RA", seq=base + len(wanted))
        sock.close()
        peer.forget()


def in_order(peer, v6):
    """Small segments that nobody reads fill the buffer, and are copied together."""
    packed(peer, v6, False)


def early(peer, v6):
    """Small segments behind a hole fill the buffer, and are copied together."""
    packed(peer, v6, True)


def family(ktap, v6):
    """All of them, for one family."""
    peer = r.Peer()
    name = "v6" if v6 else "v4"
    for case in (given_up, in_order, early):
        ktap.run(f"{name} {case.__doc__}", case, peer, v6)
        peer.forget()


if __name__ == "__main__":
    t.side_by_side(family, False, True)
