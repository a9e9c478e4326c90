#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP_DEFER_ACCEPT: a connection is accepted when its data comes, or its time."""
# timeout: 120
# platforms: stock uml
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20400


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


def main():
    """Each behaviour, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (data, late):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
