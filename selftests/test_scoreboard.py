#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""SACK blocks in every order: what is taken for received, what goes again, and that its bytes are right."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import random
import socket
import sys
import time

sys.path[:0] = ["lib"]
import atcptest as t
import rawpeer as r

MSS = 536
WINDOW = 14
OPTIONS = r.option_mss(MSS) + bytes((1, 3, 3, WINDOW)) + r.option_sack_ok()
PORT = 20500
# What is written repeats itself after a prime number of bytes, which is no number of segments.
TEXT = random.Random(PORT).randbytes(65521)


def info(sock, offset):
    """A figure of struct tcp_info."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    return int.from_bytes(raw[offset:offset + 4], sys.byteorder)


def unacked(sock):
    """Segments in flight, SACKed ones included."""
    return info(sock, 24)


def sacked(sock):
    """Segments that the peer has by SACK."""
    return info(sock, 28)


def text(at, end):
    """The bytes of the stream from AT to END."""
    at, size = at % len(TEXT), end - at
    return (TEXT * (2 + size // len(TEXT)))[at:at + size]


class Transfer:
    """A connection whose stream the peer takes, and plays the losses of."""

    def __init__(self, peer, v6):
        global PORT
        PORT += 1
        listener = t.listener(peer.addresses(v6)[0], PORT)
        self.sock, self.flow = r.accepted(peer, listener, PORT, v6, OPTIONS)
        listener.close()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        # How long a round takes is of no interest: no HyStart.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
        self.base = self.flow.ack
        self.una = 0                # bytes acknowledged
        self.written = 0
        self.again = 0              # segments that came although they had come before
        self.top = 0

    def write(self):
        """Enough is there to be sent."""
        try:
            while self.written - self.una < 200000:
                self.written += self.sock.send(text(self.written, self.written + 50000))
        except BlockingIOError:
            pass

    def take(self, timeout=0.0):
        """What came: (first byte, end) of each segment; its bytes must be the stream's."""
        found = []
        while True:
            s = self.flow.any(timeout)
            if s is None:
                return found
            at = (s.seq - self.base) & r.MASK
            if not s.data:
                continue
            assert s.data == text(at, at + len(s.data)), f"wrong bytes at {at}"
            self.again += at < self.top
            self.top = max(self.top, at + len(s.data))
            found.append((at, at + len(s.data)))

    def ack(self, una, blocks=()):
        """An ACK up to byte UNA, with SACK blocks of bytes."""
        self.una = una
        options = b""
        if blocks:
            options = bytes((1, 1, 5, 2 + 8 * len(blocks)))
            for edge in (e for b in blocks for e in b):
                options += ((self.base + edge) & r.MASK).to_bytes(4, "big")
        self.flow.send("A", ack=self.base + una, options=options)

    def fly(self, segments):
        """On until so many segments are in flight, however much that takes to send."""
        end = time.monotonic() + 60
        while unacked(self.sock) < segments:
            assert time.monotonic() < end, f"{unacked(self.sock)} in flight"
            self.write()
            self.take(0.02)
            if unacked(self.sock) < segments:
                self.ack(self.top)

    def end(self):
        """No more of it."""
        self.flow.send("RA", ack=self.base + self.una)
        self.sock.close()


def by_timer():
    """What went for want of an ACK: where the clock runs while the machine does not, some may."""
    return t.counter("TCPTimeouts") + t.counter("TCPLossProbes")


def scattered(peer, v6, seed):
    """Blocks that come, grow, meet and repeat in any order are counted once; a renege loses nothing."""
    rng = random.Random(seed)
    tr = Transfer(peer, v6)
    tr.fly(150)
    first = tr.una // MSS
    nr = unacked(tr.sock)
    has = set()
    for _ in range(300):
        # A new piece of one to five segments anywhere but at the front; then others that are known.
        start = rng.randrange(first + 1, first + nr - 5)
        has |= set(range(start, start + rng.randint(1, 5)))
        blocks = []
        for at in [start] + rng.choices(sorted(has), k=2):
            begin = end = at
            while begin - 1 in has:
                begin -= 1
            while end in has:
                end += 1
            if (begin, end) not in blocks:
                blocks.append((begin, end))
        tr.ack(tr.una, [(b * MSS, e * MSS) for b, e in blocks])
        assert sacked(tr.sock) == len(has), f"{sacked(tr.sock)} of {len(has)} are SACKed"
        tr.take()
    assert tr.again, "nothing was sent again although there are holes"
    # All of it was a lie (RFC 2018 section 8): whatever comes now is taken as by a receiver that had nothing.
    got = tr.una
    goal = got + 300000
    end = time.monotonic() + 90
    while got < goal:
        assert time.monotonic() < end, f"{got} of {goal}"
        tr.write()
        for at, to in tr.take(0.05):
            if at <= got < to:
                got = to
        tr.ack(got)
    tr.end()


def odd_edges(peer, v6):
    """A block that ends or begins within a segment counts for whole ones only."""
    tr = Transfer(peer, v6)
    tr.fly(40)
    at = tr.una + 4 * MSS
    tr.ack(tr.una, [(at + 1, at + 3 * MSS)])
    assert sacked(tr.sock) == 2, sacked(tr.sock)
    tr.ack(tr.una, [(at, at + 3 * MSS + 7)])
    assert sacked(tr.sock) == 3, sacked(tr.sock)
    tr.ack(tr.una, [(at, at + 4 * MSS - 1)])
    assert sacked(tr.sock) == 3, sacked(tr.sock)
    tr.ack(tr.una, [(at, at + 4 * MSS)])
    assert sacked(tr.sock) == 4, sacked(tr.sock)
    # ACKed up to the middle of what is SACKed.
    tr.ack(at + MSS + 5, [(at, at + 4 * MSS)])
    assert t.wait_until(lambda: sacked(tr.sock) == 3), sacked(tr.sock)
    tr.ack(at + 4 * MSS)
    assert t.wait_until(lambda: sacked(tr.sock) == 0), sacked(tr.sock)
    tr.end()


def repeated(peer, v6):
    """The same blocks again and again: nothing new is counted, and nothing goes twice for them."""
    tr = Transfer(peer, v6)
    tr.fly(80)
    hole = tr.una
    tr.ack(hole, [(hole + MSS, hole + 30 * MSS)])
    tr.take(0.05)
    count = tr.again
    timers = by_timer()
    for _ in range(50):
        tr.ack(hole, [(hole + MSS, hole + 30 * MSS)])
    tr.take()
    assert sacked(tr.sock) == 29, sacked(tr.sock)
    timers = by_timer() - timers
    assert tr.again - count <= 1 + timers, f"{tr.again - count} retransmissions for nothing new"
    tr.end()


def family(ktap, v6):
    """All of them, for one family."""
    peer = r.Peer()
    name = "v6" if v6 else "v4"
    # Nothing that is sent may be lost on the way to the peer: it plays the losses.
    t.sh("ip link set peer0 txqueuelen 10000")
    for seed in (1, 2):
        ktap.run(f"{name} {scattered.__doc__} ({seed})", scattered, peer, v6, seed)
        peer.forget()
    # The kernel's TCP looks only once at a segment that a block begins in.
    for case in (repeated,) if t.STACK == "tcp" else (odd_edges, repeated):
        ktap.run(f"{name} {case.__doc__}", case, peer, v6)
        peer.forget()


if __name__ == "__main__":
    t.side_by_side(family, False, True)
