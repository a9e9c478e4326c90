#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""When a sender sends, and how much: by the rules that Linux's users know."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import ctypes
import mmap
import socket
import struct
import sys
import time

sys.path[:0] = ["lib"]
import atcptest as t
import rawpeer as r
import zerocopy as zc

MSS = 1000
PORT = 20600
NOTSENT = 144
SACK = r.option_mss(MSS) + r.option_sack_ok() + bytes((1, 3, 3, 7))


def info(sock, offset):
    """A figure of struct tcp_info."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    return int.from_bytes(raw[offset:offset + 4], sys.byteorder)


def pair(peer, v6, rtt=0):
    """An accepted socket and its flow; the path's round trip is of RTT seconds."""
    global PORT
    PORT += 1
    listener = t.listener(peer.addresses(v6)[0], PORT)
    flow = r.Flow(peer, v6, dport=PORT)
    flow.send("S", options=SACK)
    flow.expect("SA")
    time.sleep(rtt)
    flow.send("A")
    listener.settimeout(20)
    sock = listener.accept()[0]
    sock.setblocking(False)
    listener.close()
    flow.base = flow.ack
    return sock, flow


def segments(flow, total):
    """Segments until TOTAL bytes came: [(first byte, length, flags)]."""
    found = []
    while sum(length for _, length, _ in found) < total:
        s = flow.any(5)
        assert s, f"only {found} came"
        if s.data:
            found.append(((s.seq - flow.base) & r.MASK, len(s.data), s.flags))
    return found


def sack(flow, start, stop):
    """A SACK option of one block."""
    return struct.pack("!BBBBII", 1, 1, 5, 10, (flow.base + start) & r.MASK, (flow.base + stop) & r.MASK)


def end(sock, flow):
    """By RST of the peer."""
    flow.send("RA")
    sock.close()
    flow.peer.forget()


def sent_bytes(sock):
    """Bytes sent so far: tcpi_bytes_sent."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    return struct.unpack_from("Q", raw, 200)[0]


def two_writes(peer, v6):
    """Two large writes fill cwnd: an ACK that is half a round trip away is not waited for."""
    sock, flow = pair(peer, v6, 0.3)
    sock.send(bytes(8000))
    segments(flow, 8000)
    # Two of cwnd's ten are left: less than a third of it, and all of it goes.
    sock.send(bytes(8000))
    segments(flow, 2000)
    assert t.wait_until(lambda: sent_bytes(sock) == 10000, 5), sent_bytes(sock)
    end(sock, flow)


def limited_transmit(peer, v6):
    """RFC 3042: the first duplicate ACK sends a new segment."""
    # Not so short that what was sent a moment earlier is lost at once.
    sock, flow = pair(peer, v6, 0.3)
    sock.send(bytes(14000))
    segments(flow, 10000)
    flow.send("A", ack=flow.base, options=sack(flow, 1000, 2000))
    s = flow.any(5)
    assert s and s.data and (s.seq - flow.base) & r.MASK == 10000, s
    end(sock, flow)


def nagle_tail(peer, v6):
    """Small records that may not be merged wait only while they are the last."""
    sock, flow = pair(peer, v6)
    for _ in range(6):
        sock.send(bytes(400), socket.MSG_EOR)
    got = segments(flow, 2000)
    assert [length for _, length, _ in got] == [400] * 5, got
    assert sent_bytes(sock) == 2000, sent_bytes(sock)
    flow.send("A", ack=flow.base + 2000)
    segments(flow, 400)
    end(sock, flow)


def slow_start(peer, v6):
    """cwnd grows in slow start while more than half of it is in flight."""
    sock, flow = pair(peer, v6)
    acked = sent = 10000
    sock.send(bytes(sent))
    segments(flow, sent)
    acked = 0
    for step in range(1, 6):
        # The peer has two more, and the program writes as much.
        acked += 2000
        flow.send("A", ack=flow.base + acked)
        sock.send(bytes(2000))
        segments(flow, 2000)
        assert info(sock, 80) == 10 + 2 * step, f"cwnd {info(sock, 80)} after {step} ACKs"
    end(sock, flow)


def quickack_off(peer, v6):
    """TCP_QUICKACK 0 holds when the first data comes."""
    sock, flow = pair(peer, v6)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    before = t.counter("DelayedACKs")
    flow.send("PA", b"x" * 100)
    assert t.wait_until(lambda: info(sock, 152) == 1), "no data"
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK) == 0
    flow.expect("A")
    assert t.counter("DelayedACKs") == before + 1, "the ACK did not wait"
    end(sock, flow)


def fin_at_once(peer, v6):
    """A FIN's ACK waits for nothing."""
    sock, flow = pair(peer, v6)
    before = t.counter("DelayedACKs")
    flow.send("FA")
    s = flow.expect("A")
    assert s.ack == flow.nxt, s
    assert t.counter("DelayedACKs") == before, "it waited for the delayed ACK"
    end(sock, flow)


def first_duplicate(peer, v6):
    """The first of two ranges that came twice is reported (RFC 2883)."""
    sock, flow = pair(peer, v6)
    base = flow.nxt
    flow.send("A", b"b" * 2000, seq=base + 1000, keep=True)
    flow.send("A", b"d" * 1000, seq=base + 4000, keep=True)
    flow.expect("A")
    flow.expect("A")
    flow.send("A", b"a" * 6000, seq=base, keep=True)
    s = flow.expect("A")
    assert s.ack == (base + 6000) & r.MASK, s
    block = s.options()[5][:8]
    edges = [(int.from_bytes(block[i:i + 4], "big") - base) & r.MASK for i in (0, 4)]
    assert edges == [1000, 3000], edges
    end(sock, flow)


def info_before(peer, v6):
    """Nothing came yet: the times since then are no garbage."""
    sock, flow, _ = r.dial(peer, v6)
    flow.send("SA", options=SACK)
    flow.expect("A")
    for name, offset in (("data sent", 44), ("data received", 52), ("ACK received", 56)):
        assert info(sock, offset) < 60000, f"last {name}: {info(sock, offset)} ms ago"
    end(sock, flow)


def connect_again(peer, v6):
    """A connection after connect(AF_UNSPEC) has nothing of the one before."""
    sock, flow, first = r.dial(peer, v6)
    flow.send("SA", options=r.option_mss(1460))
    flow.expect("A")
    libc_unspec = struct.pack("H14x", socket.AF_UNSPEC)
    assert ctypes.CDLL(None).connect(sock.fileno(), libc_unspec, 16) == 0
    flow.peer.forget()
    sport = flow.sport
    sock.connect_ex((peer.addresses(v6)[1], sport))
    again = peer.receive(lambda s: s.dport == sport and s.kind() == "S", 10)
    assert again, "no SYN"
    assert (again.win, again.options()[3]) == (first.win, first.options()[3]), \
        f"window {again.win}, scale {again.options()[3]}; at first {first.win}, {first.options()[3]}"
    sock.close()
    peer.forget()


def urgent_again(peer, v6):
    """A retransmission below the urgent pointer says so, each of its segments."""
    sock, flow = pair(peer, v6)
    sock.send(bytes(5000))
    segments(flow, 5000)
    sock.send(b"!", socket.MSG_OOB)
    s = flow.any(5)
    assert "U" in s.flags, s
    # The last byte came: all before is lost.
    flow.send("A", ack=flow.base, options=sack(flow, 5000, 5001))
    for at, length, flags in segments(flow, 2000):
        assert "U" in flags, f"{length} bytes at {at}: {flags}"
    end(sock, flow)


def full_buffer(peer, v6):
    """A send buffer that is full is sent to its last byte: no ACK would make room for the rest sooner."""
    sock, flow = pair(peer, v6)
    # Of pieces that are not beside each other an skb takes so few that it ends within a segment.
    memory = mmap.mmap(-1, 100 * 8192)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100000)
    zc.ask(sock)
    sent = sock.sendmsg([memoryview(memory)[i * 8192:i * 8192 + 90] for i in range(100)], (), zc.MSG_ZEROCOPY)
    assert 2000 < sent < 9000 and sent % MSS and not info(sock, NOTSENT), (sent, info(sock, NOTSENT))
    assert sum(length for _, length, _ in segments(flow, sent)) == sent
    end(sock, flow)


def family(ktap, v6):
    """All of them, for one family."""
    peer = r.Peer()
    name = "v6" if v6 else "v4"
    for case in (two_writes, limited_transmit, nagle_tail, slow_start, quickack_off, fin_at_once,
                 first_duplicate, info_before, connect_again, urgent_again, full_buffer):
        ktap.run(f"{name} {case.__doc__}", case, peer, v6)
        peer.forget()


if __name__ == "__main__":
    t.side_by_side(family, False, True)
