#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a connection leaves behind when it ends: a tombstone where late segments would else be
the kernel's to answer, and nothing where none can come or a listener of ours answers them. In
each case they are answered as before, and never by the kernel's TCP."""
# timeout: 60
# platforms: stock uml
# check: uml
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20940


def abort(sock):
    """close(2) by RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def late(flow):
    """A late segment of a connection that is gone is refused, and by atcp."""
    kernel, ours = t.counters("tcp")["OutRsts"], t.counter("OutRsts")
    flow.peer.forget()
    flow.send("A", b"late", keep=True)
    reset = flow.expect("R")
    assert reset.seq == flow.ack, (reset.seq, flow.ack)
    assert t.counters("tcp")["OutRsts"] == kernel, "the kernel's TCP answered"
    assert t.counter("OutRsts") == ours + 1


def left(before):
    """Tombstones made since BEFORE."""
    return t.counter("TwTombstone") - before


def server(peer, v6):
    """A listener's connection, reset by its program: no tombstone while the listener is there."""
    with t.listener(peer.addresses(v6)[0], PORT) as lsock:
        before = t.counter("TwTombstone")
        sock, flow = r.accepted(peer, lsock, PORT, v6)
        abort(sock)
        flow.expect("RA")
        assert left(before) == 0, left(before)
        late(flow)


def orphaned(peer, v6):
    """The same when the listener has closed before: a tombstone answers."""
    lsock = t.listener(peer.addresses(v6)[0], PORT + 1)
    sock, flow = r.accepted(peer, lsock, PORT + 1, v6)
    lsock.close()
    before = t.counter("TwTombstone")
    abort(sock)
    flow.expect("RA")
    assert left(before) == 1, left(before)
    late(flow)


def reset(peer, v6):
    """Reset by its peer, from whom nothing more can come."""
    lsock = t.listener(peer.addresses(v6)[0], PORT + 2)
    sock, flow = r.accepted(peer, lsock, PORT + 2, v6)
    lsock.close()
    before = t.counter("TwTombstone")
    flow.send("R")
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE")
    assert left(before) == 0, left(before)
    sock.close()


def reset_early(peer, v6):
    """The same, but something is missing before what has come: it may still be on its way."""
    lsock = t.listener(peer.addresses(v6)[0], PORT + 3)
    sock, flow = r.accepted(peer, lsock, PORT + 3, v6)
    lsock.close()
    before = t.counter("TwTombstone")
    flow.send("A", b"beyond", seq=flow.nxt + 10, keep=True)
    flow.expect("A")
    flow.send("R", keep=True)
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE")
    assert left(before) == 1, left(before)
    late(flow)
    sock.close()


def last_ack(peer, v6):
    """Closed by its peer first: with the ACK of its FIN it is over."""
    lsock = t.listener(peer.addresses(v6)[0], PORT + 4)
    sock, flow = r.accepted(peer, lsock, PORT + 4, v6)
    lsock.close()
    before = t.counter("TwTombstone")
    flow.send("FA")
    flow.expect("A")
    sock.close()
    flow.expect("FA")
    flow.send("A")
    assert t.wait_until(lambda: not t.states_of(PORT + 4)), t.states_of(PORT + 4)
    assert left(before) == 0, left(before)


def client(peer, v6):
    """A client's, reset by its program: nobody listens there, so a tombstone answers."""
    sock, flow, _ = r.dial(peer, v6)
    flow.send("SA", options=r.option_mss(1460))
    flow.expect("A")
    assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED")
    before = t.counter("TwTombstone")
    abort(sock)
    flow.expect("RA")
    assert left(before) == 1, left(before)
    late(flow)


def again(peer, v6):
    """A port that only a tombstone has is free at once, for either stack."""
    lsock = t.listener(peer.addresses(v6)[0], PORT + 5)
    sock, flow = r.accepted(peer, lsock, PORT + 5, v6)
    lsock.close()
    abort(sock)
    flow.expect("RA")
    for stack in (t.STACK, "tcp", t.STACK):
        t.listener(peer.addresses(v6)[0], PORT + 5, stack=stack).close()
    late(flow)


def run(ktap, v6):
    """All of them with a peer behind a TUN device."""
    peer = r.Peer()
    for case in (server, orphaned, reset, reset_early, last_ack, client, again):
        ktap.run(f"IPv{6 if v6 else 4}: {case.__doc__.splitlines()[0]}", case, peer, v6)


if __name__ == "__main__":
    t.side_by_side(run, False, True)
