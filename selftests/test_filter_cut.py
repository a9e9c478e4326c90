#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A socket filter that cuts segments: what it cut off was never received, whatever the segment
was for: a listener, a request or a connection."""
# timeout: 60
# platforms: stock uml
# check: uml
# clock: travel
import ctypes
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20970
KEEP = 3                # bytes of text that the filter leaves of a segment without options
TEXT = b"0123456789"
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27


def cut(sock, length):
    """Attaches "ret LENGTH": so many bytes of a segment are left, but never less than its header."""
    code = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, length))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))


def listen(peer, v6, port, setup=None):
    """A listener whose connections end by RST."""
    def both(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if setup:
            setup(sock)

    sock = t.listener(peer.addresses(v6)[0], port, setup=both)
    sock.settimeout(10)
    return sock


def end(flow, *socks):
    """No orphans."""
    flow.send("R", keep=True)
    for sock in socks:
        sock.close()


def fast_open(peer, v6):
    """A SYN with text, by fast open."""
    t.sysctl("fastopen", 0x203)
    listener = listen(peer, v6, PORT, lambda s: s.setsockopt(socket.IPPROTO_TCP,
                                                            socket.TCP_FASTOPEN, 8))
    cut(listener, 24 + KEEP)
    flow = r.Flow(peer, v6, dport=PORT)
    isn = flow.nxt
    flow.send("S", TEXT, options=r.option_mss(1460))
    synack = flow.expect("SA")
    assert synack.ack == (isn + 1 + KEEP) & r.MASK, (synack, isn)
    sock = listener.accept()[0]
    sock.settimeout(10)
    # What is sent again is cut as well, by the child's copy of the filter.
    sock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
    flow.nxt = synack.ack
    flow.send("PA", TEXT[KEEP:])
    got = b""
    while len(got) < len(TEXT):
        got += sock.recv(100)
    assert got == TEXT, got
    end(flow, sock, listener)


def deferred(peer, v6):
    """A third ACK whose text is cut off is a bare one."""
    listener = listen(peer, v6, PORT + 1, lambda s: s.setsockopt(socket.IPPROTO_TCP,
                                                                socket.TCP_DEFER_ACCEPT, 30))
    cut(listener, 1)
    held = t.counter("TCPDeferAcceptDrop")
    flow = r.Flow(peer, v6, dport=PORT + 1)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    flow.send("PA", TEXT, keep=True)
    assert t.wait_until(lambda: t.counter("TCPDeferAcceptDrop") == held + 1, 5)
    listener.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
    flow.send("PA", TEXT)
    sock = listener.accept()[0]
    assert sock.recv(100) == TEXT
    end(flow, sock, listener)


def cookie(peer, v6):
    """The same of a cookie's ACK: its connection has the text that is left."""
    t.sysctl("syncookies", 2)
    listener = listen(peer, v6, PORT + 2)
    cut(listener, 20 + KEEP)
    flow = r.Flow(peer, v6, dport=PORT + 2)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    flow.send("PA", TEXT, keep=True)
    got = flow.expect("A")
    assert got.ack == (flow.nxt + KEEP) & r.MASK, (got, flow.nxt)
    sock = listener.accept()[0]
    assert sock.recv(100) == TEXT[:KEEP]
    end(flow, sock, listener)


def established(peer, v6):
    """A connection's own filter."""
    listener = listen(peer, v6, PORT + 3)
    sock, flow = r.accepted(peer, listener, PORT + 3, v6)
    cut(sock, 20 + KEEP)
    flow.send("PA", TEXT, keep=True)
    got = flow.expect("A")
    assert got.ack == (flow.nxt + KEEP) & r.MASK, (got, flow.nxt)
    assert sock.recv(100) == TEXT[:KEEP]
    end(flow, sock, listener)


def family(ktap, v6):
    """Each in one address family."""
    peer = r.Peer()
    for case in (fast_open, deferred, established, cookie):
        ktap.run(f"v{6 if v6 else 4} {case.__doc__}", case, peer, v6)


if __name__ == "__main__":
    t.side_by_side(family, False, True)
