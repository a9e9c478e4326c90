#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The ACK of a connection's first request goes with the answer, and nobody who holds something back waits for long."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import select
import socket
import sys
import threading
import time

sys.path[:0] = ["lib"]
import atcptest as t
import pkt_info
import rawpeer as r

PORT = 22400
OPTIONS = r.option_mss(1000)
# Seconds. Where the clock runs while the machine does not, that the ACK comes at all is all there is to see.
AT_ONCE, A_TICK = (0.004, 0.03) if t.TRAVELS else (5, 5)


def opened(peer, v6, accept=True):
    """A connection that is there: its flow, the listener, and its socket."""
    global PORT
    PORT += 1
    listener = t.listener(peer.addresses(v6)[0], PORT)
    listener.settimeout(20)
    flow = r.Flow(peer, v6, dport=PORT)
    if accept:
        flow.connect(OPTIONS)
    return flow, listener, listener.accept()[0] if accept else None


def reader(sock, work):
    """A thread that does WORK(socket), asleep in it when this returns."""
    thread = threading.Thread(target=work, args=(sock,), daemon=True)
    thread.start()
    time.sleep(0.05)
    return thread


def busy(peer, v6):
    """Who took a connection just now, and has yet to come to the next, answers that with the ACK."""
    flow, listener, sock = opened(peer, v6)
    other = r.Flow(peer, v6, dport=PORT)
    other.connect(OPTIONS)
    first = listener.accept()[0]
    other.send("R")
    first.close()
    flow2 = r.Flow(peer, v6, dport=PORT)
    flow2.send("S", options=OPTIONS)
    flow2.expect("SA")
    flow2.send("PA", b"q")
    second = listener.accept()[0]
    second.send(b"answer" * len(second.recv(100)))
    s = flow2.expect("A")
    assert s.data == b"answer" and s.ack == flow2.nxt, s
    end(flow2, second)
    end(flow, sock, listener)


def writes(peer, v6):
    """Who wrote just now, and has yet to come to recv(2), has the answer's ACK go with what it writes next."""
    flow, listener, sock = opened(peer, v6)
    sock.send(b"first")
    assert flow.expect("A").data == b"first"
    flow.send("PA", b"answer")
    assert sock.recv(100) == b"answer"
    sock.send(b"second")
    s = flow.expect("A")
    assert s.data == b"second" and s.ack == flow.nxt, s
    end(flow, sock, listener)


def end(flow, *socks):
    """By RST."""
    flow.send("R")
    for sock in socks:
        sock.close()


def answered(peer, v6):
    """Who sleeps in recv(2) and answers sends one segment, and no ACK before it."""
    flow, listener, sock = opened(peer, v6)
    thread = reader(sock, lambda s: s.send(b"answer" * len(s.recv(100))))
    flow.send("PA", b"q")
    s = flow.expect("A")
    assert s.data == b"answer" and s.ack == flow.nxt, s
    thread.join()
    end(flow, sock, listener)


def accepted(peer, v6):
    """The same for who has yet to accept the connection."""
    flow, listener, _ = opened(peer, v6, accept=False)

    def work(waiting):
        with waiting.accept()[0] as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.send(b"answer" * len(sock.recv(100)))
            sock.recv(100)

    thread = reader(listener, work)
    flow.send("S", options=OPTIONS)
    flow.expect("SA")
    # The third ACK brings the request.
    flow.send("PA", b"q")
    s = flow.expect("A")
    assert s.data == b"answer" and s.ack == flow.nxt, s
    flow.send("PA", b"done")
    thread.join()
    end(flow, listener)


def sleeps(peer, v6):
    """Who sleeps for more of it has the ACK sent at once."""
    flow, listener, sock = opened(peer, v6)
    thread = reader(sock, lambda s: [s.recv(100), s.recv(100)])
    begun = time.monotonic()
    flow.send("PA", b"begin")
    s = flow.expect("A")
    took = time.monotonic() - begun
    assert not s.data and s.ack == flow.nxt, s
    assert took < AT_ONCE, f"after {took * 1000:.1f} ms"
    flow.send("PA", b"end")
    thread.join()
    end(flow, sock, listener)


def polls(peer, v6):
    """Who reads it from epoll, and neither answers nor reads on, has it sent after a tick."""
    flow, listener, sock = opened(peer, v6)

    def work(s):
        with select.epoll() as epoll:
            epoll.register(s, select.EPOLLIN)
            for _ in range(2):
                epoll.poll()
                s.recv(100)

    thread = reader(sock, work)
    begun = time.monotonic()
    flow.send("PA", b"begin")
    s = flow.expect("A")
    took = time.monotonic() - begun
    assert not s.data and s.ack == flow.nxt, s
    assert took < A_TICK, f"after {took * 1000:.1f} ms"
    flow.send("PA", b"end")
    thread.join()
    end(flow, sock, listener)


def two(peer, v6):
    """A second segment is not waited with: it has both acknowledged."""
    flow, listener, sock = opened(peer, v6)
    with select.epoll() as epoll:
        # It is told of what comes, and nobody asks.
        epoll.register(sock, select.EPOLLIN)
        begun = time.monotonic()
        flow.send("PA", b"one")
        flow.send("PA", b"two")
        s = flow.expect("A")
        took = time.monotonic() - begun
        assert not s.data and s.ack == flow.nxt, s
        assert took < AT_ONCE, f"after {took * 1000:.1f} ms"
    end(flow, sock, listener)


def unaccepted(peer, v6):
    """The same where nobody waits for the connection."""
    flow, listener, _ = opened(peer, v6, accept=False)
    flow.connect(OPTIONS)
    begun = time.monotonic()
    flow.send("PA", b"q")
    s = flow.expect("A")
    took = time.monotonic() - begun
    assert not s.data and s.ack == flow.nxt, s
    assert took < AT_ONCE, f"after {took * 1000:.1f} ms"
    end(flow, listener)


def nobody(peer, v6):
    """Where nobody waits the first segment is acknowledged at once, as Linux has it."""
    flow, listener, sock = opened(peer, v6)
    begun = time.monotonic()
    flow.send("PA", b"q")
    s = flow.expect("A")
    took = time.monotonic() - begun
    assert not s.data and s.ack == flow.nxt, s
    assert took < AT_ONCE, f"after {took * 1000:.1f} ms"
    end(flow, sock, listener)


def nagle(_, v6):
    """A sender with Nagle that writes a request in three pieces waits for less than a delayed ACK."""
    global PORT
    PORT += 1
    client, server = t.pair("tcp", t.STACK, "::1" if v6 else "127.0.0.1", PORT)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
    with select.epoll() as epoll:
        epoll.register(server, select.EPOLLIN)
        begun, got = time.monotonic(), b""
        for piece in (b"one", b"two", b"three"):
            client.send(piece)
        while len(got) < 11:
            epoll.poll()
            got += server.recv(100)
        took = time.monotonic() - begun
    assert took < A_TICK, f"{took * 1000:.1f} ms"
    client.close()
    server.close()


def unacked(sock):
    """Segments that wait for their ACK."""
    return pkt_info.tcp_info(sock)["tcpi_unacked"]


def unread(_, v6):
    """An answer of several segments is acknowledged before it is read, also after many of them."""
    global PORT
    PORT += 1
    # The window grows to all that the buffer has room for, and the buffer does not.
    t.sh("ip link set lo mtu 1500; sysctl -qw net.atcp.moderate_rcvbuf=0")
    client, server = t.pair(t.STACK, t.STACK, "::1" if v6 else "127.0.0.1", PORT)

    def ask():
        client.send(bytes(128))
        assert len(server.recv(4096)) == 128
        server.send(bytes(4096))

    for _ in range(60):
        ask()
        assert len(client.recv(4096, socket.MSG_WAITALL)) == 4096
    ask()
    left = unacked(server)
    assert not left, f"{left} segments are not acknowledged"
    assert len(client.recv(4096)) == 4096
    client.close()
    server.close()


def both(ktap, variant):
    """All of them."""
    peer = r.Peer()
    for test in (answered, accepted, busy, writes, sleeps, polls, two, nobody, unaccepted, nagle, unread):
        ktap.run(f"{variant} {test.__doc__}", test, peer, variant == "v6")


t.side_by_side(both, "v4", "v6")
