#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP_DEFER_ACCEPT: the bare third ACK does not wake the server, data does."""
# timeout: 100
# platforms: stock uml
import select
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r


def deferring(peer, v6, port, seconds):
    """A listener that defers, and a flow after its bare third ACK."""
    listener = t.listener(peer.addresses(v6)[0], port, setup=lambda s:
                          s.setsockopt(socket.IPPROTO_TCP,
                                       socket.TCP_DEFER_ACCEPT, seconds))
    flow = r.Flow(peer, v6, dport=port)
    flow.connect()
    return listener, flow


def ready(listener, seconds):
    """Whether there is something to accept within SECONDS."""
    return bool(select.select([listener], [], [], seconds)[0])


def until_data(peer, v6):
    """Nothing to accept after the ACK; with the data there is."""
    port = 20900 + v6
    before = t.counter("TCPDeferAcceptDrop")
    listener, flow = deferring(peer, v6, port, 10)
    assert not ready(listener, 0.3), "the bare ACK was enough"
    assert t.counter("TCPDeferAcceptDrop") > before
    assert t.states_of(port) == ["LISTEN", "SYN_RECV"], t.states_of(port)
    flow.send("PA", b"request")
    assert ready(listener, 5), "data did not wake it"
    sock = listener.accept()[0]
    sock.settimeout(5)
    assert sock.recv(10) == b"request"
    listener.close()


def until_time(peer, v6):
    """When the time is over a SYN-ACK is sent again, and its ACK is enough."""
    listener, flow = deferring(peer, v6, 20902 + v6, 1)
    assert not ready(listener, 0.3), "the bare ACK was enough"
    flow.expect("SA", 10)
    flow.send("A")
    assert ready(listener, 5), "the time did not end it"
    listener.close()


def main():
    """Each behaviour, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (until_data, until_time):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
