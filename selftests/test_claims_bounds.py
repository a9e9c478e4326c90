#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Bounds that the pages name and no other test judges, in time travel: how many members of a group one choice looks
at, how many events packets cause, how long the least round trip is known, when the own key of cookies is replaced."""
# timeout: 300
# check: uml
# clock: travel
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import genl
import pkt_info
import rawpeer as r
import reuseport

NETS = {False: "198.18.{}.2", True: "fdaa:0:0:{:x}::2"}


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
    # One more, and the one that has room is not found: it is the request's own listener, by its hash.
    drained(*((last + i) % number for i in range(1, 257)))
    others = {goes_to() for _ in range(6)}
    assert others - {(last + 257) % number}, (last, others)
    for one in members:
        one.close()


def events_of_packets(peer, v6):
    """Packets cause 200 events a second, and what is beyond is counted (netlink.rst)."""
    port = 20961
    family, watch = genl.Family(), genl.Family()
    listener = t.listener(peer.addresses(v6)[0], port, 8)
    ident = family.dump("listener-get", {"port": port, "parts": 0})[0]["id"]
    family.do("listener-set", {"listener": [genl.change(ident, acceptq_high=1)]})
    watch.sock.setsockopt(1, 8, 1 << 22)
    watch.subscribe("events")
    begun = time.monotonic()
    for _ in range(180):
        flow = r.Flow(peer, v6, dport=port)
        flow.connect()
        sock = listener.accept()[0]
        flow.send("R")
        sock.close()
    assert time.monotonic() - begun < 0.9, "the clock runs"
    got = []
    while True:
        one = watch.event(0.5)
        if not one:
            break
        got.append(one)
    assert {name for name, _ in got} == {"queue-pressed-ntf", "queue-relieved-ntf"}, got
    assert len(got) == 200, len(got)
    time.sleep(2)
    flow = r.Flow(peer, v6, dport=port)
    flow.connect()
    _, one = watch.event()
    assert one["lost"] == 160 and one["seq"] == got[-1][1]["seq"] + 161, (one, got[-1])
    listener.close()


def least_round_trip(peer, v6):
    """The least round trip is that of the last 300 s (linux-names.rst)."""
    port = 20962
    with t.listener(peer.addresses(v6)[0], port) as listener:
        flow = r.Flow(peer, v6, dport=port)
        flow.send("S", options=r.option_mss(1460))
        flow.expect("SA")
        # The handshake is the first of all round trips.
        time.sleep(0.01)
        flow.send("A")
        sock = listener.accept()[0]

    def least(ms):
        """What it is after a byte that is acknowledged so many ms later."""
        sock.send(b"x")
        flow.expect("PA|A")
        time.sleep(ms / 1000)
        flow.send("A")
        time.sleep(0.01)
        return pkt_info.tcp_info(sock)["tcpi_min_rtt"] / 1000

    for wait, low, high in ((1, 9, 25), (149, 9, 25), (140, 9, 25), (15, 45, 70)):
        time.sleep(wait)
        got = least(50)
        assert low < got < high, (wait, got)
    sock.close()
    flow.send("R")


def strangers(peer, v6, port, number):
    """SYNs of so many networks, none of which is answered."""
    for i in range(number):
        r.Flow(peer, v6, dport=port, source=NETS[v6].format(i)).send("S", options=r.option_mss(1460))


def own_key(peer, v6):
    """The host's own key of cookies lasts eight epochs of 64 s while cookies are sent, and is told of (netlink.rst)."""
    port = 20963
    watch, rotated = genl.Family(), []
    t.sysctl("synack_retries", 0)
    with t.listener(peer.addresses(v6)[0], port, 4):
        watch.subscribe("events")
        end = time.monotonic() + 1200
        while len(rotated) < 2 and time.monotonic() < end:
            strangers(peer, v6, port, 20)
            while (got := watch.event(16)) is not None:
                if got[0] == "key-rotated-ntf":
                    assert got[1]["key"] == "cookie" and "by" not in got[1], got
                    rotated.append(time.monotonic())
            peer.forget()
    assert len(rotated) == 2 and 512 - 40 < rotated[1] - rotated[0] < 512 + 40, rotated
    t.sysctl("synack_retries", 5)


def cases(ktap, v6):
    """All of it, over one family."""
    t.private_netns()
    peer = r.Peer()
    t.sh(f"ip {'-6' if v6 else ''} route add default dev peer0; "
         "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.peer0.rp_filter=0")
    family = "IPv6" if v6 else "IPv4"
    for case in (members_looked_at, events_of_packets, least_round_trip, own_key):
        ktap.run(f"{family}: {case.__doc__}", case, peer, v6)
    peer.close()


if t.STACK == "tcp":
    t.skip_all("these are atcp's bounds")
t.side_by_side(cases, False, True)
