#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Timers on the wire: SYN, data, zero-window probe, keepalive, delayed ACK,
user timeout. Where time does not travel they are compared with much room."""
# timeout: 400
# platforms: stock uml
# check: uml
# clock: travel
import os
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

TCP = socket.IPPROTO_TCP
PORT = 20500


def pair(peer, v6):
    """An accepted socket and its flow."""
    global PORT
    PORT += 1
    listener = t.listener(peer.addresses(v6)[0], PORT)
    sock, flow = r.accepted(peer, listener, PORT, v6)
    listener.close()
    return sock, flow


def gap(times, want, slack=0.15):
    """Each of TIMES is WANT's, not early and not much later."""
    assert len(times) == len(want), f"at {times}, wanted {want}"
    for got, exact in zip(times, want):
        assert exact * (1 - slack) - t.EARLY <= got <= exact + t.LATE, \
            f"at {times}, wanted {want}"


def syn_retries(peer, v6):
    """SYNs at 0, 1, 2, 3, 4, 5 s with TCP_SYNCNT 2 (old kernels: 0, 1, 3), ETIMEDOUT at 7 s."""
    sock, flow, syn = r.dial(peer, v6, lambda s: s.setsockopt(
        TCP, socket.TCP_SYNCNT, 2))
    linear = os.path.exists(t.sysctl_path("syn_linear_timeouts"))
    assert linear or t.STACK == "tcp"
    times = []
    for _ in range(5 if linear else 2):
        again = flow.any(6)
        assert again and again.kind() == "S" and again.seq == syn.seq, again
        times.append(again.time - syn.time)
    gap(times, (1, 2, 3, 4, 5) if linear else (1, 3))
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE", 10)
    total = time.monotonic() - syn.time
    assert 6.85 - t.EARLY <= total <= 7 + 2 * t.LATE, f"gave up at {total}"
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 110
    sock.close()


def data_backoff(peer, v6):
    """Unacknowledged data is sent again, the gap doubling (RFC 6298 5.5)."""
    sock, flow = pair(peer, v6)
    before = t.counters()
    sock.send(b"again")
    segments = [flow.any(10) for _ in range(6)]
    sent, again = 0, 0

    def counted():
        nonlocal sent, again
        now = t.counters()
        sent, again = (now[name] - before[name] for name in ("OutSegs", "RetransSegs"))
        return sent == 1 and again >= 5

    # The segment may be here before the other processor has counted it.
    assert t.wait_until(counted, 5), f"{sent} sent, {again} sent again"
    assert all(s and s.data == b"again" for s in segments), segments
    # A tail loss probe may come before the first timeout.
    gaps = [b.time - a.time for a, b in zip(segments, segments[1:])][1:]
    assert gaps[0] >= 0.18, gaps
    for a, b in zip(gaps[1:], gaps[2:]):
        assert 1.5 * a - 0.05 - t.EARLY <= b <= 2 * a + t.LATE + 0.1, gaps
    flow.send("RA")
    sock.close()


def zero_window(peer, v6):
    """A closed window is probed with growing gaps, and reopens."""
    sock, flow = pair(peer, v6)
    flow.send("PA", b"!", win=0)
    flow.expect("A")
    sock.send(b"wait for it")
    probes = []
    for _ in range(4):
        probe = flow.any(10)
        assert probe, f"no probe after {probes}"
        assert not probe.data or len(probe.data) == 1, probe
        probes.append(probe.time)
        flow.send("A", win=0)
    gaps = [b - a for a, b in zip(probes, probes[1:])]
    assert all(b > 1.5 * a - 0.05 - t.EARLY for a, b in zip(gaps, gaps[1:])), gaps
    flow.send("A", win=60000)
    segment = flow.any(10)
    while segment and segment.data != b"wait for it":
        segment = flow.any(10)
    assert segment, "the data never came"
    flow.send("RA", seq=flow.nxt, ack=segment.ack)
    sock.close()


def keepalive(peer, v6):
    """Probes after KEEPIDLE each KEEPINTVL, KEEPCNT of them, then ETIMEDOUT."""
    sock, flow = pair(peer, v6)
    for option, value in ((socket.TCP_KEEPIDLE, 2), (socket.TCP_KEEPINTVL, 1),
                          (socket.TCP_KEEPCNT, 3)):
        sock.setsockopt(TCP, option, value)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    start, times = time.monotonic(), []
    first = flow.any(10)
    assert first and first.seq == (flow.ack - 1) & r.MASK, first
    times.append(first.time - start)
    flow.send("A")
    for _ in range(3):
        probe = flow.any(10)
        assert probe and probe.seq == (flow.ack - 1) & r.MASK, probe
        times.append(probe.time - start)
    gap(times, (2, 4, 5, 6))
    flow.expect("R|RA", 10)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 110
    sock.close()


def user_timeout(peer, v6):
    """TCP_USER_TIMEOUT ends a connection whose data is not acknowledged."""
    sock, flow = pair(peer, v6)
    sock.setsockopt(TCP, socket.TCP_USER_TIMEOUT, 1500)
    start = time.monotonic()
    sock.send(b"never acknowledged")
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE", 20)
    total = time.monotonic() - start
    assert 1.4 <= total <= 3.5 + t.LATE, f"ended after {total}"
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 110
    assert flow.dport


def delayed_ack(peer, v6):
    """One small segment is acknowledged within 0.5 s, the second at once."""
    sock, flow = pair(peer, v6)
    for _ in range(20):
        flow.send("PA", b"w" * 100)
        start = time.monotonic()
        assert flow.expect("A").ack == flow.nxt
        assert time.monotonic() - start < 0.5 + t.LATE
    flow.send("A", b"x" * 1460)
    flow.send("A", b"x" * 1460)
    acks = [flow.expect("A")]
    while acks[-1].ack != flow.nxt:
        acks.append(flow.expect("A", 0.5 + t.LATE))
    sock.close()


def fast_retransmit(peer, v6):
    """Three duplicate ACKs with SACK: the hole is sent before the timeout."""
    listener = t.listener(peer.addresses(v6)[0], 20599)
    sock, flow = r.accepted(peer, listener, 20599, v6,
                            r.option_mss(1000) + r.option_sack_ok())
    listener.close()
    sock.send(b"z" * 8000)
    first = flow.any(5)
    edge, size = first.seq, len(first.data)
    assert size >= 1000, first
    for n in (1, 2, 3):
        right = edge + 1000 * (n + 1)
        block = b"\1\1" + bytes([5, 10]) + b"".join(
            (x & r.MASK).to_bytes(4, "big") for x in (edge + 1000, right))
        flow.send("A", ack=edge, options=block)
    sent = time.monotonic()
    again = flow.any(5)
    while again and again.seq != edge:
        again = flow.any(5)
    assert again and again.time - sent < 0.19 + t.LATE, again
    assert len(again.data) <= 1000, f"{again} repeats what was SACKed"
    flow.send("RA", ack=edge)
    sock.close()


def reordered_tail(peer, v6):
    """Without SACK: a duplicate ACK, then one of everything, and the window is as it was."""
    listener = t.listener(peer.addresses(v6)[0], 20598)
    sock, flow = r.accepted(peer, listener, 20598, v6, r.option_mss(1000))
    listener.close()

    def arrive(count):
        """The first byte of so many that come, none of them acknowledged."""
        sock.send(b"z" * count)
        first = flow.any(5)
        end = first.seq + len(first.data)
        while (end - first.seq) & r.MASK < count:
            more = flow.any(5)
            assert more and more.seq == end & r.MASK, f"{more} after {first}, not {end}"
            end += len(more.data)
        return first.seq

    edge = arrive(2000)
    flow.send("A", ack=edge)
    flow.send("A", ack=edge + 2000)
    arrive(4000)
    flow.send("RA", ack=edge + 2000)
    sock.close()


def family(ktap, v6):
    """Each timer in one address family."""
    peer = r.Peer()
    for case in (syn_retries, data_backoff, zero_window, keepalive,
                 user_timeout, delayed_ack, fast_retransmit, reordered_tail):
        peer.forget()
        ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)


if __name__ == "__main__":
    t.side_by_side(family, False, True)
