#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The knob drain: no new SYNs, and what came before is finished."""
# timeout: 120
# platforms: stock uml
# check: stock
import itertools
import multiprocessing
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import reuseport as g

PORT = 20740
SECONDS = 10


def new_flow(peer, v6, ports=itertools.count(1024)):
    """A flow from a port that no other one had."""
    return r.Flow(peer, v6, next(ports), PORT)


def half_open(peer, v6):
    """A flow whose SYN was answered."""
    flow = new_flow(peer, v6)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    return flow


def group(peer, v6, count=2, **knobs):
    """Members of a group."""
    return [g.member(peer.addresses(v6)[0], PORT, **knobs) for _ in range(count)]


def close(*socks):
    """Closes all of them."""
    for sock in socks:
        sock.close()


def others(peer, v6):
    """Its share of the SYNs goes to other members."""
    members = group(peer, v6, 3)
    g.knob(members[1], "drain", 1)
    for _ in range(24):
        new_flow(peer, v6).connect()
    got = g.take(members, 24)
    assert got[1] == 0 and got[0] and got[2], got
    g.knob(members[1], "drain", 0)
    for _ in range(40):
        new_flow(peer, v6).connect()
    got = g.take(members, 40)
    assert got[1], got
    close(*members)


def balanced(peer, v6):
    """With the policy rr others take turns without it."""
    members = group(peer, v6, 3, balance="rr")
    g.knob(members[0], "drain", 1)
    for _ in range(10):
        new_flow(peer, v6).connect()
    got = g.take(members, 10)
    assert got == [0, 5, 5], got
    close(*members)


def finishes(peer, v6):
    """Half-open requests complete, and queued connections are accepted."""
    old = group(peer, v6, 1)[0]
    queued = [new_flow(peer, v6) for _ in range(3)]
    for flow in queued:
        flow.connect()
    half = half_open(peer, v6)
    g.knob(old, "drain", 1)
    new = group(peer, v6, 1)[0]
    fresh = new_flow(peer, v6)
    fresh.connect()
    half.send("A")
    half.send("PA", b"late")
    assert half.expect("A")
    here = []
    assert t.wait_until(lambda: here.extend(g.accept_all(old)) or len(here) == 4), here
    assert [p for _, p in here] == [f.sport for f in queued + [half]], here
    assert here[3][0].recv(10) == b"late"
    there = []
    assert t.wait_until(lambda: there.extend(g.accept_all(new)) or there), there
    assert [p for _, p in there] == [fresh.sport], there
    close(old, new, *(s for s, _ in here + there))


def alone(peer, v6):
    """Alone it refuses a SYN as a closed port does, and only a SYN."""
    before = t.counter("DrainRefused")
    listener = group(peer, v6, 1)[0]
    half = half_open(peer, v6)
    g.knob(listener, "drain", 1)
    flow = new_flow(peer, v6)
    flow.send("S", options=r.option_mss(1460))
    segment = flow.expect("R|RA")
    assert segment.ack == flow.nxt, segment
    assert t.counter("DrainRefused") == before + 1
    half.send("A")
    assert t.wait_until(lambda: g.accept_all(listener))
    g.knob(listener, "drain", 0)
    new_flow(peer, v6).connect()
    close(listener)


def plain(peer, v6):
    """A listener without SO_REUSEPORT drains too, and a wildcard one serves."""
    address = peer.addresses(v6)[0]
    exact = t.listener(address, PORT, setup=t.abrupt)
    g.knob(exact, "drain", 1)
    flow = new_flow(peer, v6)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("R|RA")
    exact.close()
    both = []
    for where in (address, "::" if v6 else "0.0.0.0"):
        both.append(g.member(where, PORT))
    g.knob(both[0], "drain", 1)
    new_flow(peer, v6).connect()
    got = g.take(both, 1)
    assert got == [0, 1], got
    close(*both)


def cookies(peer, v6):
    """A cookie sent before it drained completes."""
    listener = group(peer, v6, 1, syncookies=2)[0]
    half = half_open(peer, v6)
    g.knob(listener, "drain", 1)
    half.send("A")
    assert t.wait_until(lambda: g.accept_all(listener))
    close(listener)


def calls(stop, out):
    """Connects until it is told to stop; how often, and what went wrong."""
    done, wrong = 0, []
    while not stop.is_set():
        try:
            g.call("127.0.0.1", PORT).close()
            done += 1
        except ConnectionResetError:
            # Accepted, and closed, before it was looked at.
            done += 1
        except OSError as error:
            wrong.append(str(error))
    out.put((done, wrong))


def let_in(member, most=100):
    """Accepts and closes what waits, one after the other: clients may come faster than they are counted."""
    try:
        for _ in range(most):
            member.accept()[0].close()
    except BlockingIOError:
        pass


def handed_over():
    """Members that drain in turn, one of two always open: nobody is refused."""
    members = [g.member("127.0.0.1", PORT) for _ in range(2)]
    stop, out = multiprocessing.Event(), multiprocessing.Queue()
    jobs = [multiprocessing.Process(target=calls, args=(stop, out)) for _ in range(3)]
    for job in jobs:
        job.start()
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            for drains, open_ in ((0, 1), (1, 0)):
                g.knob(members[open_], "drain", 0)
                g.knob(members[drains], "drain", 1)
                for member in members:
                    let_in(member)
    finally:
        stop.set()
    results = [out.get() for _ in jobs]
    for job in jobs:
        job.join()
    assert sum(done for done, _ in results) > 20, results
    assert not any(wrong for _, wrong in results), [wrong[:3] for _, wrong in results]
    close(*members)


def main():
    """Each behaviour, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP does not drain")
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (others, balanced, finishes, alone, plain, cookies):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.run(handed_over.__doc__, handed_over)
    ktap.end()


if __name__ == "__main__":
    main()
