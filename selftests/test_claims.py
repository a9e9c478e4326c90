#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Times that the pages name and no other test judges, in time travel: how long cookies are out, how often a flood is
said, how long a tombstone stands."""
# timeout: 240
# check: uml
# clock: travel
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
from kmsg import Log

NETS = {False: "198.18.{}.2", True: "fdaa:0:0:{:x}::2"}


def strangers(peer, v6, port, number):
    """SYNs of so many networks, none of which is answered."""
    flows = []
    for i in range(number):
        flow = r.Flow(peer, v6, dport=port, source=NETS[v6].format(i))
        flow.send("S", options=r.option_mss(1460))
        flows.append(flow)
    return flows


def said_again(peer, v6):
    """A flood's beginning is said at most every 10 s for a listener (queues.rst)."""
    port = 20950
    log = Log()
    t.sysctl("synack_retries", 0)
    with t.listener(peer.addresses(v6)[0], port, 16):
        for begun, lines, wait in ((1, 1, 3), (2, 1, 9), (3, 2, 0)):
            strangers(peer, v6, port, 60)
            assert t.counter("FloodBegun") == begun, t.counter("FloodBegun")
            assert log.said("Possible SYN flooding") == lines, log.lines
            assert t.wait_until(lambda n=begun: t.counter("FloodEnded") == n, 20)
            time.sleep(wait)
            peer.forget()
    t.sysctl("synack_retries", 5)


def cookies_out(peer, v6):
    """An ACK is taken for a cookie's for 128 s after the last that was sent (queues.rst)."""
    port = 20951
    t.sysctl("synack_retries", 0)
    with t.listener(peer.addresses(v6)[0], port, 4):
        strangers(peer, v6, port, 20)
        assert t.counter("SyncookiesSent") > 0
        peer.forget()
        for wait, looked_at in ((120, 1), (10, 0)):
            time.sleep(wait)
            before = t.counter("SyncookiesFailed")
            flow = r.Flow(peer, v6, dport=port, source=NETS[v6].format(99))
            flow.send("A", ack=4711)
            flow.expect("R")
            assert t.counter("SyncookiesFailed") - before == looked_at, (wait, before)
    t.sysctl("synack_retries", 5)


def tombstone(peer, v6):
    """What comes within five seconds of a RST of ours is answered by atcp, and later by the kernel's TCP (architecture.rst)."""
    port = 20952
    with t.listener(peer.addresses(v6)[0], port, 4) as listener:
        flow = r.Flow(peer, v6, dport=port)
        flow.connect()
        sock = listener.accept()[0]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    flow.expect("RA")
    for wait, ours in ((4, 1), (2, 0)):
        time.sleep(wait)
        before = t.counter("OutRsts")
        flow.send("A")
        flow.expect("R")
        assert t.counter("OutRsts") - before == ours, (wait, before)


def cases(ktap, v6):
    """All of it, over one family."""
    t.private_netns()
    peer = r.Peer()
    t.sh(f"ip {'-6' if v6 else ''} route add default dev peer0; "
         "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.peer0.rp_filter=0")
    family = "IPv6" if v6 else "IPv4"
    for case in (said_again, cookies_out, tombstone):
        ktap.run(f"{family}: {case.__doc__}", case, peer, v6)
    peer.close()


if t.STACK == "tcp":
    t.skip_all("these are atcp's times")
t.side_by_side(cases, False, True)
