#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP_DEFER_ACCEPT, in seconds and in ms: accepted when data comes, or the time."""
# timeout: 180
# platforms: stock uml
# check: uml
# clock: travel
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20400
SYN_BACKLOG, SYNCOOKIES, DEFER_ACCEPT, DEFER_EXPIRE = 1, 3, 7, 8


def deferring(peer, v6, seconds):
    """A listener that waits SECONDS for data."""
    def setup(sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, seconds)
        # Closed by RST, so that no orphan stays.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))

    listener = t.listener(peer.addresses(v6)[0], PORT, setup=setup)
    listener.settimeout(15)
    return listener


def data(peer, v6):
    """A bare ACK is held back; data completes at once."""
    before = t.counter("TCPDeferAcceptDrop")
    listener = deferring(peer, v6, 5)
    flow = r.Flow(peer, v6, dport=PORT)
    flow.connect()
    assert t.wait_until(lambda: t.counter("TCPDeferAcceptDrop") == before + 1)
    assert "ESTABLISHED" not in t.states_of(PORT), t.states_of(PORT)
    flow.send("PA", b"now")
    flow.expect("A")
    sock = listener.accept()[0]
    assert sock.recv(10) == b"now"
    sock.close()
    listener.close()


def late(peer, v6):
    """No SYN-ACK while data is awaited; after the time an ACK completes."""
    listener = deferring(peer, v6, 3)
    flow = r.Flow(peer, v6, dport=PORT)
    flow.connect()
    start = time.monotonic()
    # 3 s are two timeouts: quiet at 1 s, the last chance at 3 s; then 7 s.
    segment = flow.expect("SA", 6.5)
    took = segment.time - start
    assert took > 2.8, f"a SYN-ACK after {took:.1f} s"
    flow.send("A")
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(PORT))
    listener.accept()[0].close()
    listener.close()


def timed(peer, v6, ms, expire=0, backlog=8):
    """A listener that waits MS ms for data, and then does EXPIRE."""
    def setup(sock):
        sock.setsockopt(t.SOL_ATCP, DEFER_ACCEPT, ms)
        sock.setsockopt(t.SOL_ATCP, DEFER_EXPIRE, expire)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))

    listener = t.listener(peer.addresses(v6)[0], PORT, backlog, setup=setup)
    listener.settimeout(15)
    return listener


def held(peer, v6):
    """A flow whose bare ACK has been held back, and when that was."""
    before = t.counter("TCPDeferAcceptDrop")
    flow = r.Flow(peer, v6, dport=PORT)
    # The peer's window is the child's to be.
    flow.win = 20000
    start = time.monotonic()
    flow.connect()
    assert t.wait_until(lambda: t.counter("TCPDeferAcceptDrop") > before)
    return flow, start


def ms_data(peer, v6):
    """In ms: data completes at once, more bare ACKs do not."""
    with timed(peer, v6, 60000) as listener:
        flow, _ = held(peer, v6)
        flow.send("A")
        assert t.wait_until(lambda: t.states_of(PORT) == ["LISTEN", "SYN_RECV"]), \
            t.states_of(PORT)
        flow.send("PA", b"now")
        sock = listener.accept()[0]
        assert sock.recv(10) == b"now"
        flow.send("R")
        sock.close()


def ms_accept(peer, v6):
    """In ms: accepted when they are over, not before, and no SYN-ACK is sent."""
    before = t.counter("DeferAccepted")
    with timed(peer, v6, 2500) as listener:
        flow, start = held(peer, v6)
        # An old duplicate gets no SYN-ACK either.
        flow.send("S", seq=flow.nxt - 1, options=r.option_mss(1460), keep=True)
        sock = listener.accept()[0]
        took = time.monotonic() - start
        assert took >= 2.49, f"after {took:.3f} s"
        assert t.counter("DeferAccepted") == before + 1
        flow.silence(0.1)
        # It is a connection like others, with the window of the ACK.
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
        assert struct.unpack_from("I", info, 228)[0] == 20000
        sock.send(b"hello")
        assert flow.expect("A").data == b"hello"
        flow.send("PA", b"there")
        assert sock.recv(10) == b"there"
        flow.send("R")
        sock.close()


def ms_reset(peer, v6):
    """In ms: reset when they are over."""
    before = t.counter("DeferReset")
    with timed(peer, v6, 400, 1):
        flow, _ = held(peer, v6)
        segment = flow.expect("R")
        assert segment.seq == flow.ack, segment
        assert t.counter("DeferReset") == before + 1
        assert t.states_of(PORT) == ["LISTEN"], t.states_of(PORT)


def ms_drop(peer, v6):
    """In ms: forgotten in silence when they are over."""
    before = t.counter("DeferDropped")
    with timed(peer, v6, 400, 2):
        flow, _ = held(peer, v6)
        assert t.wait_until(lambda: t.counter("DeferDropped") == before + 1)
        flow.silence(0.1)
        assert t.states_of(PORT) == ["LISTEN"], t.states_of(PORT)
        flow.send("PA", b"late")
        flow.expect("R")


def ms_full(peer, v6):
    """In ms: over while the accept queue is full, it is parked."""
    with timed(peer, v6, 300, backlog=0) as listener:
        listener.setsockopt(t.SOL_ATCP, SYN_BACKLOG, 16)
        first = r.Flow(peer, v6, dport=PORT)
        first.connect()
        first.send("PA", b"1")
        first.expect("A")
        before = t.counter("Parked")
        flow, _ = held(peer, v6)
        assert t.wait_until(lambda: t.counter("Parked") == before + 1)
        listener.accept()[0].close()
        sock = listener.accept()[0]
        assert sock.getpeername()[1] == flow.sport
        flow.send("R")
        sock.close()


def ms_cookie(peer, v6):
    """In ms: a cookie's bare ACK waits too, for data or the time."""
    with timed(peer, v6, 60000) as listener:
        listener.setsockopt(t.SOL_ATCP, SYNCOOKIES, 2)
        flow, _ = held(peer, v6)
        assert t.states_of(PORT) == ["LISTEN", "SYN_RECV"], t.states_of(PORT)
        flow.send("PA", b"now")
        sock = listener.accept()[0]
        assert sock.recv(10) == b"now"
        flow.send("R")
        sock.close()
        before = t.counter("DeferReset")
        listener.setsockopt(t.SOL_ATCP, DEFER_ACCEPT, 400)
        listener.setsockopt(t.SOL_ATCP, DEFER_EXPIRE, 1)
        flow, _ = held(peer, v6)
        flow.expect("R")
        assert t.counter("DeferReset") == before + 1


def ms_live(peer, v6):
    """The knob holds at once, and inherit gives the socket option back."""
    with timed(peer, v6, 0) as listener:
        flow = r.Flow(peer, v6, dport=PORT)
        flow.connect()
        listener.accept()[0].close()
        listener.setsockopt(t.SOL_ATCP, DEFER_ACCEPT, 60000)
        flow, _ = held(peer, v6)
        listener.setsockopt(t.SOL_ATCP, DEFER_ACCEPT, 0)
        flow.send("A")
        listener.accept()[0].close()
        listener.setsockopt(t.SOL_ATCP, DEFER_ACCEPT, -1)
        flow = r.Flow(peer, v6, dport=PORT)
        flow.connect()
        listener.accept()[0].close()
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 5)
        held(peer, v6)[0].send("R")


def ms_undone(peer, v6):
    """TCP_DEFER_ACCEPT of 0 ends what the knob began, the program's and the operator's."""
    with timed(peer, v6, 30000) as listener:
        waits, _ = held(peer, v6)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 0)
        listener.settimeout(5)
        flow = r.Flow(peer, v6, dport=PORT)
        flow.connect()
        listener.accept()[0].close()
        # One that waits already goes by its next bare ACK.
        waits.send("A")
        listener.accept()[0].close()
        t.sysctl("listener_knob", f"{number_of(PORT)} defer_accept=30000")
        held(peer, v6)[0].send("R")
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 0)
        flow = r.Flow(peer, v6, dport=PORT)
        flow.connect()
        listener.accept()[0].close()


def number_of(port):
    """The listener's number in its namespace."""
    with open("/proc/net/atcp/listen", encoding="ascii") as file:
        rows = [line.split() for line in file]
    return next(row[0] for row in rows if row[4].endswith(f":{port}"))


def main():
    """Each behaviour, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (data, late, ms_data, ms_accept, ms_reset, ms_drop, ms_full,
                     ms_cookie, ms_live, ms_undone):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
