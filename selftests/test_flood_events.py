#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A flood and a slow program are told apart, and what a flood changes."""
# timeout: 300
# platforms: stock uml
# check: uml
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
from kmsg import Log

NETS = {False: "198.18.{}.{}", True: "fdaa:0:0:{:x}::{:x}"}


def name(v6, port):
    """How messages call the listener."""
    return f"[fd99::1]:{port}" if v6 else f"10.99.0.1:{port}"


def strangers(peer, v6, port, number, first=0):
    """SYNs from so many networks that nobody knows; their flows."""
    flows = []
    for i in range(first, first + number):
        flow = r.Flow(peer, v6, None, port,
                      NETS[v6].format(i % 250, i // 250 + 1))
        flow.send("S", options=r.option_mss(1460))
        flows.append(flow)
    return flows


def held(port):
    """Requests in the SYN queue."""
    return t.states_of(port).count("SYN_RECV")


def slow_program(peer, v6):
    """A full accept queue is a slow program, and no flood."""
    port = 20900
    log = Log()
    listener = t.listener(peer.addresses(v6)[0], port, 2)
    for _ in range(6):
        flow = r.Flow(peer, v6, dport=port)
        flow.send("S", options=r.option_mss(1460))
        synack = flow.any(0.3)
        if synack:
            flow.send("A", ack=synack.seq + 1)
    assert t.wait_until(lambda: t.counter("SlowAcceptBegun") == 1)
    assert t.counter("FloodBegun") == 0
    assert log.said(f"Accept queue of port {name(v6, port)} is full") == 1
    assert log.count(f"{name(v6, port)} has room") == 0
    listener.setblocking(False)
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            break
    strangers(peer, v6, port, 1)
    assert t.wait_until(lambda: t.counter("SlowAcceptEnded") == 1)
    assert log.said(f"Accept queue of port {name(v6, port)} has room again") == 1
    assert log.count("SYN flooding") == 0
    listener.close()


def crowd(peer, v6):
    """SYNs that find no room while most complete are a crowd, and no flood."""
    port = 20901
    log = Log()
    listener = t.listener(peer.addresses(v6)[0], port, 64)
    for i in range(60):
        r.Flow(peer, v6, 3000 + i, port).connect()
        listener.accept()[0].close()
    peer.forget()
    # Now, while those are not long ago, with a queue that nine SYNs fill.
    listener.listen(4)
    strangers(peer, v6, port, 9)
    assert t.counter("TCPReqQFullDoCookies") > 0
    assert t.counter("FloodBegun") == 0 and not log.count("SYN flooding")
    strangers(peer, v6, port, 300, 9)
    assert t.wait_until(lambda: t.counter("FloodBegun") == 1)
    assert log.count("SYN flooding") == 1
    listener.close()


def begins_and_ends(peer, v6):
    """A flood begins once and is over when its requests are."""
    port = 20902
    log = Log()
    t.sysctl("synack_retries", 0)
    listener = t.listener(peer.addresses(v6)[0], port, 20)
    strangers(peer, v6, port, 60)
    assert (t.counter("FloodBegun"), t.counter("FloodEnded")) == (1, 0)
    assert log.said(f"Possible SYN flooding on port {name(v6, port)}. Sending cookies") == 1
    assert t.wait_until(lambda: t.counter("FloodEnded") == 1, 20)
    assert log.said(f"SYN flood on port {name(v6, port)} is over") == 1
    assert t.counter("FloodBegun") == 1 and not held(port)
    assert t.counter("SlowAcceptBegun") == 0
    listener.close()
    t.sysctl("synack_retries", 5)


def muted(peer, v6):
    """While it lasts no SYN-ACK is sent again but to proven peers."""
    port = 20903
    t.sysctl("syncookies", 0)
    listener = t.listener(peer.addresses(v6)[0], port, 20)
    r.Flow(peer, v6, dport=port).connect()
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(port))
    flows = strangers(peer, v6, port, 40)
    assert t.counter("FloodBegun") == 1
    proven = r.Flow(peer, v6, dport=port)
    proven.send("S", options=r.option_mss(1460), keep=True)
    first = proven.expect("SA")
    again = proven.expect("SA", 10)
    assert (first.seq, first.ack) == (again.seq, again.ack)
    assert t.wait_until(lambda: t.counter("SynAckMuted") >= 21, 10)
    assert t.counter("SynAckRetrans") <= 3, t.counter("SynAckRetrans")
    for flow in flows[:21]:
        assert flow.expect("SA")
        assert flow.any(0) is None, "a stranger got a second SYN-ACK"
    # One that is there says so: the same SYN again, and then its ACK.
    flow = flows[0]
    flow.send("S", seq=flow.nxt - 1, options=r.option_mss(1460), keep=True)
    flow.expect("SA", 10)
    flow.send("A")
    assert t.wait_until(lambda: t.states_of(port).count("ESTABLISHED") == 2)
    listener.close()


def upper_half(peer, v6):
    """While it lasts the upper half is for proven peers; others get cookies."""
    port = 20904
    t.sysctl("syncookies", 1)
    listener = t.listener(peer.addresses(v6)[0], port, 20)
    r.Flow(peer, v6, dport=port).connect()
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(port))
    flows = strangers(peer, v6, port, 40)
    assert t.counter("FloodBegun") == 1 and held(port) == 21, held(port)
    for flow in flows[:6]:
        flow.send("R")
    assert t.wait_until(lambda: held(port) == 15), held(port)
    before = t.counter("FloodCookies")
    strangers(peer, v6, port, 3, 40)
    assert t.wait_until(lambda: t.counter("FloodCookies") == before + 3)
    assert held(port) == 15, held(port)
    flow = r.Flow(peer, v6, dport=port)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    assert held(port) == 16, held(port)
    for flow in flows[6:16]:
        flow.send("R")
    assert t.wait_until(lambda: held(port) == 6), held(port)
    strangers(peer, v6, port, 1, 50)
    assert t.wait_until(lambda: held(port) == 7), held(port)
    listener.close()


def main():
    """Each behaviour in a namespace of its own, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("these are atcp's rules")
    ktap = t.Ktap()
    for case in (slow_program, crowd, begins_and_ends, muted, upper_half):
        for v6 in (False, True):
            t.private_netns()
            peer = r.Peer()
            t.sh("ip route add 198.18.0.0/15 dev peer0; ip -6 route add fdaa::/16 dev peer0")
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
            peer.close()
    ktap.end()


if __name__ == "__main__":
    main()
