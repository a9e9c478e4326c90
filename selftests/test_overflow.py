#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A full accept queue: overflow policies drop, reset and park; backlog + 1."""
# timeout: 300
# platforms: stock debug uml
# check: uml
# clock: travel
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

ATCP = t.STACK != "tcp"
DROP, RESET, PARK = 0, 1, 2
ATCP_OVERFLOW = 2


def full(peer, port, v6, policy, by_socket):
    """A listener of backlog 1 that is full, and one more flow at its SYN-ACK."""
    if not ATCP:
        t.sysctl("abort_on_overflow", int(policy == RESET))
    elif not by_socket:
        t.sysctl("overflow_policy", policy)

    def setup(sock):
        if ATCP and by_socket:
            sock.setsockopt(t.SOL_ATCP, ATCP_OVERFLOW, policy)

    listener = t.listener(peer.addresses(v6)[0], port, 1, setup=setup)
    first = r.Flow(peer, v6, dport=port)
    first.connect()
    flows = [r.Flow(peer, v6, dport=port) for _ in range(2)]
    for flow in flows:
        flow.send("S", options=r.option_mss(1460))
        flow.expect("SA")
    flows[0].send("A")
    assert t.wait_until(lambda: t.states_of(port).count("ESTABLISHED") == 2)
    return listener, flows[1]


def drop(peer, port, v6, by_socket):
    """The ACK is dropped, and the request waits for its SYN-ACK's retry."""
    before = t.counter("ListenOverflows")
    listener, flow = full(peer, port, v6, DROP, by_socket)
    flow.send("A")
    assert t.wait_until(lambda: t.counter("ListenOverflows") > before)
    assert t.states_of(port).count("ESTABLISHED") == 2
    listener.accept()[0].close()
    flow.expect("SA", 5)
    flow.send("A")
    assert t.wait_until(lambda: t.states_of(port).count("ESTABLISHED") >= 2)
    listener.close()


def reset(peer, port, v6, by_socket):
    """The peer gets a RST."""
    listener, flow = full(peer, port, v6, RESET, by_socket)
    flow.send("A")
    segment = flow.expect("R|RA")
    assert segment.seq == flow.ack, segment
    assert t.wait_until(lambda: "SYN_RECV" not in t.states_of(port))
    listener.close()


def park(peer, port, v6, by_socket):
    """accept() frees a slot: the parked request is whole at once."""
    listener, flow = full(peer, port, v6, PARK, by_socket)
    flow.send("A")
    flow.silence(0.3)
    assert t.states_of(port).count("ESTABLISHED") == 2, t.states_of(port)
    for _ in range(2):
        listener.accept()[0].close()
    # No segment of the peer's is needed: the third can be accepted now.
    listener.settimeout(0.5)
    sock = listener.accept()[0]
    flow.send("PA", b"parked")
    sock.settimeout(10)
    assert sock.recv(10) == b"parked"
    listener.close()


def cookie(peer, port, v6, by_socket):
    """A cookie's ACK that is dropped becomes a request: its SYN-ACK comes again."""
    old = t.sysctl("synack_rto")[0]
    t.sysctl("syncookies", 2)
    t.sysctl("synack_rto", 200)
    listener, flow = full(peer, port, v6, DROP, by_socket)
    flow.send("A")
    flow.expect("SA", 5)
    assert "SYN_RECV" in t.states_of(port), t.states_of(port)
    for _ in range(2):
        listener.accept()[0].close()
    flow.send("PA", b"cookie")
    listener.settimeout(10)
    sock = listener.accept()[0]
    sock.settimeout(10)
    assert sock.recv(10) == b"cookie"
    listener.close()
    t.sysctl("syncookies", 1)
    t.sysctl("synack_rto", old)


def syn_when_full(peer, port, v6, by_socket):
    """A SYN that finds the accept queue full is not answered as usual."""
    before = t.counter("ListenDrops")
    listener, _ = full(peer, port, v6, DROP, by_socket)
    flow = r.Flow(peer, v6, dport=port)
    flow.send("S", options=r.option_mss(1460))
    flow.silence(0.3)
    assert t.counter("ListenDrops") > before
    listener.close()


def main():
    """Each policy by sysctl and by socket option, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    port = 20200
    for v6 in (False, True):
        for by_socket in (False, True) if ATCP else (False,):
            for case in (drop, reset, park, cookie, syn_when_full):
                if case in (park, cookie) and not ATCP:
                    continue
                port += 1
                peer.forget()
                ktap.run(f"{'v6' if v6 else 'v4'} {case.__name__} by "
                         f"{'option' if by_socket else 'sysctl'}: "
                         f"{case.__doc__}", case, peer, port, v6, by_socket)
    ktap.end()


if __name__ == "__main__":
    main()
