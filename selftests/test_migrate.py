#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a closing member of a SO_REUSEPORT group leaves goes to another one."""
# timeout: 180
# platforms: stock uml
# check: uml
# clock: travel
import itertools
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import reuseport as g

PORT = 20760
SUCCESS, FAILURE = "TCPMigrateReqSuccess", "TCPMigrateReqFailure"


def row_sum(column):
    """A column of /proc/net/atcp/listen over the listeners of the port."""
    with open("/proc/thread-self/net/atcp/listen", encoding="ascii") as file:
        lines = [line.split() for line in file]
    at, where = lines[0].index(column), lines[0].index("local")
    return sum(int(f[at]) for f in lines[1:] if f[where].endswith(f":{PORT}"))


def first(peer, v6, backlog=64, **knobs):
    """A listener, alone, so that everything comes to it."""
    return g.member(peer.addresses(v6)[0], PORT, backlog, **knobs)


def new_flow(peer, v6, ports=itertools.count(1024)):
    """A flow from a port that no other one had."""
    return r.Flow(peer, v6, next(ports), PORT)


def half_open(peer, v6):
    """A flow whose SYN was answered."""
    flow = new_flow(peer, v6)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    return flow


def collect(listener, count):
    """COUNT connections of the queue."""
    here = []
    assert t.wait_until(lambda: here.extend(g.accept_all(listener)) or len(here) >= count,
                        20), f"{len(here)} of {count}"
    assert len(here) == count, here
    return here


def talk(flow, sock, text):
    """TEXT from the peer arrives once, and is answered."""
    flow.send("PA", text)
    flow.expect("A")
    sock.settimeout(20)
    assert sock.recv(100) == text
    sock.sendall(b"reply")
    segment = flow.expect("A")
    assert segment.data == b"reply", segment
    flow.send("A")
    sock.close()


def requests(peer, v6):
    """Half-open requests: the third ACK is the other member's."""
    before = t.counter(SUCCESS)
    old = first(peer, v6)
    flows = [half_open(peer, v6) for _ in range(5)]
    new = first(peer, v6)
    old.close()
    assert t.counter(SUCCESS) == before + 5, t.counter(SUCCESS) - before
    assert row_sum("synq") == 5 and row_sum("young") == 5
    for flow in flows:
        flow.send("A")
    here = dict((port, sock) for sock, port in collect(new, 5))
    for flow in flows:
        talk(flow, here[flow.sport], b"data")
    assert row_sum("synq") == 0 and row_sum("young") == 0
    new.close()


def timers(peer, v6):
    """Their SYN-ACKs are sent again when they would have been, and a RST ends one."""
    old = first(peer, v6)
    flows = [half_open(peer, v6) for _ in range(2)]
    new = first(peer, v6)
    old.close()
    again = flows[0].expect("SA", 10)
    assert again.ack == flows[0].nxt, again
    flows[1].send("R")
    assert t.wait_until(lambda: row_sum("synq") == 1)
    flows[0].send("S", seq=flows[0].nxt - 1, options=r.option_mss(1460), keep=True)
    flows[0].expect("SA")
    flows[0].send("A")
    (sock, _), = collect(new, 1)
    talk(flows[0], sock, b"data")
    new.close()


def queued(peer, v6):
    """Queued connections, in order, with the data that they have."""
    before = t.counter(SUCCESS)
    old = first(peer, v6)
    flows = [new_flow(peer, v6) for _ in range(6)]
    for i, flow in enumerate(flows):
        flow.connect()
        flow.send("PA", b"before%d" % i)
        flow.expect("A")
    new = first(peer, v6)
    old.shutdown(socket.SHUT_RDWR)
    here = collect(new, 6)
    assert [p for _, p in here] == [f.sport for f in flows], here
    for i, (sock, _) in enumerate(here):
        assert sock.recv(100) == b"before%d" % i
        talk(flows[i], sock, b"after")
    assert t.counter(SUCCESS) == before + 6
    old.close()
    new.close()


def parked(peer, v6):
    """Parked requests complete in order where there is room, and wait where not."""
    old = first(peer, v6, 1, overflow=2)
    # The SYN queue's limit would be the backlog.
    old.setsockopt(t.SOL_ATCP, 1, 64)
    flows = [new_flow(peer, v6) for _ in range(8)]
    for i, flow in enumerate(flows):
        flow.connect()
        assert t.wait_until(lambda: row_sum("acceptq") + row_sum("parked") == i + 1)
    assert row_sum("parked") == 6
    new = first(peer, v6, 3, overflow=2)
    new.setsockopt(t.SOL_ATCP, 1, 64)
    old.close()
    assert row_sum("acceptq") == 4 and row_sum("parked") == 4, row_sum("parked")
    here = collect(new, 8)
    assert [p for _, p in here] == [f.sport for f in flows], here
    for flow, (sock, _) in zip(flows, here):
        talk(flow, sock, b"data")
    new.close()


def cookies(peer, v6):
    """A cookie of the one is good for the other."""
    old = first(peer, v6, 0, syncookies=1)
    half = [half_open(peer, v6)]
    before = t.counter("SyncookiesSent")
    while t.counter("SyncookiesSent") == before:
        half.append(half_open(peer, v6))
    new = first(peer, v6)
    old.close()
    for flow in half:
        flow.send("A")
    here = dict((port, sock) for sock, port in collect(new, len(half)))
    for flow in half:
        talk(flow, here[flow.sport], b"data")
    new.close()


def last(peer, v6):
    """Without another member they are reset, and counted."""
    before = t.counter(FAILURE)
    only = first(peer, v6)
    flow = new_flow(peer, v6)
    flow.connect()
    assert t.wait_until(lambda: row_sum("acceptq") == 1)
    half = half_open(peer, v6)
    only.close()
    flow.expect("R|RA")
    half.send("A")
    half.expect("R")
    assert t.counter(FAILURE) == before + 2, t.counter(FAILURE) - before


def off(peer, v6):
    """With migrate 0 they are reset, as Linux does unless it is told otherwise."""
    before = t.counter(SUCCESS)
    old = first(peer, v6, migrate=0)
    flow = new_flow(peer, v6)
    flow.connect()
    assert t.wait_until(lambda: row_sum("acceptq") == 1)
    half = half_open(peer, v6)
    new = first(peer, v6)
    old.close()
    flow.expect("R|RA")
    half.send("A")
    half.expect("R")
    assert t.counter(SUCCESS) == before
    new.close()


def room(peer, v6):
    """Who has room goes first; then a queue may grow to twice its limit."""
    old = first(peer, v6, 15)
    flows = [new_flow(peer, v6) for _ in range(16)]
    for flow in flows:
        flow.connect()
    assert t.wait_until(lambda: row_sum("acceptq") == 16)
    small, large = first(peer, v6, 1), first(peer, v6, 7)
    old.close()
    got = (len(g.accept_all(small)), len(g.accept_all(large)))
    assert got[0] <= 4 and got[1] <= 16 and sum(got) == 16, got
    small.close()
    large.close()


def main():
    """Each behaviour, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP does not migrate by default")
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (requests, timers, queued, parked, cookies, last, off, room):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
