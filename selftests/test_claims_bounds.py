#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""How many members of a group one choice looks at, how many events may wait, what all parks keep: bounds that the pages name,
judged in time travel."""
# timeout: 300
# check: uml
# clock: travel
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import genl
import rawpeer as r
import reuseport


def queues(family, port):
    """How many wait at each listener of a port, in the order of listen(2)."""
    return [one["acceptq"]["len"] for one in family.dump("listener-get", {"port": port, "parts": 2})]


def members_looked_at(peer, v6):
    """One choice looks at 256 members of a group, beginning where the last one was (queues.rst)."""
    port, number = 20960, 320
    address = peer.addresses(v6)[0]
    members = [reuseport.member(address, port, 8, balance="rr") for _ in range(number)]
    family = genl.Family()
    ids = [one["id"] for one in family.dump("listener-get", {"port": port, "parts": 0})]
    assert len(ids) == number

    def drained(*which):
        """These drain, and no others."""
        family.do("listener-set", {"listener": [genl.change(ident, drain=int(i in which))
                                                for i, ident in enumerate(ids)]})

    def goes_to():
        """Where the next connection goes."""
        before = queues(family, port)
        flow = r.Flow(peer, v6, dport=port)
        flow.connect()
        assert t.wait_until(lambda: queues(family, port) != before), "it waits nowhere"
        flow.send("R")
        after = queues(family, port)
        return next(i for i in range(number) if after[i] > before[i])

    last = goes_to()
    for open_at in (200, 255, 256):
        drained(*((last + i) % number for i in range(1, open_at)))
        got = goes_to()
        assert got == (last + open_at) % number, (open_at, last, got)
        last = got
    # One more, and the one that has room is not found: each goes to its request's own listener, by its hash
    # (most often the first that is open, too), and no longer in turn, as they would if all were looked at.
    drained(*((last + i) % number for i in range(1, 257)))
    got = [goes_to() for _ in range(4)]
    assert got != [(last + i) % number for i in range(257, 261)], (last, got)
    for one in members:
        one.close()


def events_waiting(peer, v6):
    """4096 events of a namespace may wait to be told, and those beyond are counted (netlink.rst)."""
    number, turns = 300, {"fair_share": 7, "proven_share": 7, "synack_rto": 700, "fair_prefix4": 7, "fair_prefix6": 7,
                          "synack_retries": 7, "acceptq_low": 7, "acceptq_high": 9, "guard": 1, "wake": 1, "syncookies": 0,
                          "defer_expire": 1, "overflow": 0, "migrate": 0, "balance": 2}
    members = [t.listener(peer.addresses(v6)[0], 22000 + i) for i in range(number + 1)]
    family, watch = genl.Family(), genl.Family()
    watch.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 25)       # SO_RCVBUFFORCE
    family.sock.setsockopt(socket.SOL_SOCKET, 32, 1 << 22)      # SO_SNDBUFFORCE
    watch.subscribe("events")

    def lost():
        """How many were lost so far: while somebody listens in another namespace, this one's count, too."""
        members.pop().close()
        name, values = watch.event()
        assert name == "listener-gone-ntf", name
        return values["lost"]

    before = lost()
    ids = [one["id"] for one in family.dump("listener-get", {"parts": 0})]
    # In one call, while which nobody else runs here: one CPU, and a kernel that is not preempted.
    family.do("listener-set", {"listener": [genl.change(ident, **turns) for ident in ids]})
    told = 0
    while True:
        event = watch.event(0.5)
        if not event:
            break
        assert event[0] == "knob-changed-ntf", event
        told += 1
    assert told == 4096, told
    assert lost() - before == number * len(turns) - 4096, before
    for one in members:
        one.close()


def parks_keep(peer, v6):
    """All parks of the machine keep a sixteenth of its memory, those of a namespace that is alone half of that (sysctl.rst)."""
    port = 20961
    with open("/proc/meminfo", encoding="ascii") as file:
        total = next(int(line.split()[1]) for line in file if line.startswith("MemTotal:")) << 10

    def held():
        """What is kept for the listener, bytes."""
        with open("/proc/thread-self/net/atcp/sockstat", encoding="ascii") as file:
            return int(file.read().split()[-1]) << 12

    # Neither the namespace's own limits nor the listener's come before it.
    t.sysctl("mem", "1000000 1000000 1000000")
    t.sysctl("max_syn_backlog", 4096)
    with t.listener(peer.addresses(v6)[0], port, 0) as listener:
        listener.setsockopt(t.SOL_ATCP, 1, 4096)
        r.Flow(peer, v6, dport=port).connect()
        before = held()
        for turn in range(1, 2000):
            kept = t.counter("ParkKept")
            flow = r.Flow(peer, v6, dport=port)
            flow.connect()
            for _ in range(40):
                flow.send("PA", bytes(1400))
            peer.forget()
            if t.counter("ParkKept") == kept:
                break
        share = (held() - before) / (total / 32)
        assert turn > 10 and 0.95 < share <= 1.01, (turn, share)
    t.wait_until(lambda: held() == before, 10)
    assert held() == before, (held(), before)


def cases(ktap, v6):
    """All of it, over one family."""
    t.private_netns()
    peer = r.Peer()
    t.sh(f"ip {'-6' if v6 else ''} route add default dev peer0; "
         "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.peer0.rp_filter=0")
    family = "IPv6" if v6 else "IPv4"
    # The last is about the whole machine: once.
    for case in (members_looked_at, events_waiting) + ((parks_keep,) if not v6 else ()):
        ktap.run(f"{family}: {case.__doc__}", case, peer, v6)
    peer.close()


if t.STACK == "tcp":
    t.skip_all("these are atcp's bounds")
t.side_by_side(cases, False, True)
