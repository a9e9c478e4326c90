#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Segments no stack sends: they change nothing, and connections go on.

Truncated headers, bad data offsets, malformed options, wrong checksums, and
random segments at a socket in each state, 10,000 a state on the stock kernel.
Reports of the kernel are looked for by the runner.
"""
# timeout: 900
# platforms: stock uml
# check: uml
# clock: travel
import random
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

COUNT = 10000 if t.PLATFORM == "stock" else 1000
PARTS = 2
OPTIONS = {
    "a zero length": bytes([2, 0, 5, 180]),
    "a length of one": bytes([8, 1, 0, 0]),
    "a length past the end": bytes([8, 40, 0, 0]),
    "a lone kind at the end": bytes([1, 1, 1, 8]),
    "an odd MSS length": bytes([2, 3, 1, 1]),
    "a short timestamp": bytes([8, 3, 1, 1]),
    "an overlong SACK": bytes([5, 255, 0, 0]),
    "SACK of 9 bytes": bytes([5, 9]) + bytes(7) + bytes([1, 1, 1]),
    "window scale 255": bytes([3, 3, 255, 1]),
    "unknown kinds": bytes([200, 6, 1, 2, 3, 4, 77, 2]),
}


def alive(sock, flow):
    """The connection beside still carries data both ways."""
    flow.send("PA", b"ping")
    assert t.wait_until(lambda: readable(sock) == b"ping"), "no data came"
    flow.expect("A")
    sock.send(b"pong")
    segment = flow.any(5)
    while segment and not segment.data:
        segment = flow.any(5)
    assert segment and segment.data == b"pong", f"{segment}, wanted pong"
    flow.ack = (segment.seq + 4) & r.MASK
    flow.send("A")


def readable(sock):
    """What can be read now."""
    try:
        return sock.recv(100)
    except BlockingIOError:
        return b""


def malformed(peer, port, v6, sock, flow):
    """Each kind of damage, at the listener and at the connection."""
    for words in (0, 1, 4, 6, 15):
        for target in (r.Flow(peer, v6, dport=port), flow):
            for flags in ("S", "A", "PA", "R", "FA"):
                target.send(flags, offset=words, bad=words > 5, keep=True)
    for cut in range(0, 20):
        flow.send("PA", b"cut", cut=cut, keep=True)
        r.Flow(peer, v6, dport=port).send("S", cut=cut)
    for flags in ("", "SF", "SR", "SFRPAU", "FPU", "SA", "U"):
        flow.send(flags, bad=True, keep=True)
        r.Flow(peer, v6, dport=port).send(flags)
    peer.send_ip(v6, 6, b"")
    alive(sock, flow)


def options(peer, port, v6, text, raw):
    """A listener answers or ignores the SYN, and serves the next one."""
    flow = r.Flow(peer, v6, dport=port)
    flow.send("S", options=raw)
    flow.any(0.2)
    flow.send("R")
    good = r.Flow(peer, v6, dport=port)
    good.connect()
    good.send("PA", b"x", options=raw)
    reply = good.any(3)
    assert reply is not None, f"no answer to data with {text}"
    good.send("R", seq=reply.ack)


def noise(rng, flow):
    """One random segment near or far from the connection's numbers."""
    flags = "".join(f for f in "FSRPAUEC" if rng.random() < 0.3)
    near = rng.random() < 0.5
    seq = flow.nxt + rng.randint(-3000, 70000) if near else rng.getrandbits(32)
    ack = flow.ack + rng.randint(-3000, 3000) if near else rng.getrandbits(32)
    size = rng.choice((0, 0, 1, 8, 12, 20, 40))
    flow.send(flags, rng.randbytes(rng.choice((0, 0, 1, 100, 1400))), seq=seq,
              ack=ack, win=rng.getrandbits(16), options=rng.randbytes(size),
              bad=rng.random() < 0.1, keep=True,
              offset=rng.randint(0, 15) if rng.random() < 0.05 else None,
              cut=rng.randint(0, 40) if rng.random() < 0.05 else None)


def storm(peer, state, port, v6, sock, flow, count):
    """count random segments at STATE; the connection beside goes on."""
    rng = random.Random(f"{state}{v6}")
    socks, target = [], None
    for i in range(count):
        if i % 500 == 0:
            for old in socks:
                old.close()
            port += 1
            peer.forget()
            socks, target = r.reach(peer, state, port, v6)
        noise(rng, target)
        if i % 100 == 0:
            peer.forget()
    for old in socks:
        old.close()
    peer.forget()
    alive(sock, flow)


def extension_headers(peer, port):
    """IPv6: TCP behind good, odd and endless extension headers."""
    flow = r.Flow(peer, True, dport=port)
    options = struct.pack("!BB", 6, 0) + bytes([1, 4, 0, 0, 0, 0])
    raw = struct.pack("!HHIIBBHHH", flow.sport, port, 1, 0, 5 << 4, 2, 1000, 0, 0)
    for next_, chain in ((0, options), (60, options), (60, options[:4]),
                         (60, bytes([60, 0]) + bytes(6)), (44, bytes(4)),
                         (43, bytes([6, 255]) + bytes(6)), (6, raw[:9])):
        peer.send_ip(True, next_, raw if chain is not raw[:9] else b"",
                     extension=chain)
    flow.connect()
    flow.send("R")


STATES = ["CLOSE", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1",
          "FIN_WAIT2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"]


def beside(ktap, part):
    """A part of the states, and in two parts the damage, beside a connection."""
    peer = r.Peer()
    for v6 in (False, True):
        name = "v6" if v6 else "v4"
        listener = t.listener(peer.addresses(v6)[0], 20080, 128)
        sock, flow = r.accepted(peer, listener, 20080, v6)
        if part == v6:
            ktap.run(f"{name} broken headers, beside a connection", malformed,
                     peer, 20080, v6, sock, flow)
            for text, raw in OPTIONS.items():
                ktap.run(f"{name} options: {text}", options, peer, 20080, v6,
                         text, raw)
        for i, state in enumerate(STATES):
            count = COUNT // 4 if v6 else COUNT
            if i % PARTS == part:
                ktap.run(f"{name} {count} random segments at {state}", storm,
                         peer, state, 21000 + 100 * i, v6, sock, flow, count)
        if v6 and part == 1:
            ktap.run("v6 extension headers", extension_headers, peer, 20080)
        listener.close()


if __name__ == "__main__":
    t.side_by_side(beside, *range(PARTS))
