#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""More times that the pages name, in time travel: how many events packets may cause in a second, how long a host's own
cookie keys last, how long the least round trip is remembered."""
# timeout: 1500
# check: uml
# clock: travel
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import genl
import listeners as ls
import pkt_info
import rawpeer as r

PERIOD = 512


def told(family):
    """All events that wait, names and what they say."""
    got = []
    while True:
        event = family.event(0.2)
        if not event:
            return got
        got.append(event)


def events_a_second(peer, v6):
    """Packets cause 200 events a second, and what is beyond is counted (netlink.rst)."""
    port, rounds = 20970, 125
    family = genl.Family()
    family.subscribe("events")
    with t.listener(peer.addresses(v6)[0], port, 8) as listener:
        ls.write(listener, "acceptq_high", 1)
        told(family)
        time.sleep(2)
        begun = time.monotonic()
        for _ in range(rounds):
            flow = r.Flow(peer, v6, dport=port)
            flow.connect()
            assert t.wait_until(lambda: ls.read(listener, "acceptq_len") == "1"), "nobody waits"
            listener.accept()[0].close()
            flow.send("R")
        took = time.monotonic() - begun
        names = [name for name, _ in told(family)]
        made = 2 * rounds
        # Noted with a new second, what is allowed begins anew.
        assert took < 1, f"{rounds} rounds took {took} s"
        assert set(names) == {"queue-pressed-ntf", "queue-relieved-ntf"}, set(names)
        assert len(names) == 200, len(names)
        time.sleep(2)
        r.Flow(peer, v6, dport=port).connect()
        (name, values), = told(family)
        assert (name, values["lost"]) == ("queue-pressed-ntf", made - 200), (name, values)
    family.close()


def own_keys(peer, v6):
    """A host's own cookie keys are new every 512 s, and those before are good for an epoch more (queues.rst)."""
    port = 20971
    t.sysctl("syncookies", 2)
    family = genl.Family()
    with t.listener(peer.addresses(v6)[0], port, 8):

        def cookie():
            """A SYN, and the cookie that answers it."""
            flow = r.Flow(peer, v6, dport=port)
            flow.send("S", options=r.option_mss(1460))
            flow.expect("SA")
            return flow

        def answered(flow):
            """Is it taken?"""
            before = t.counter("SyncookiesRecv")
            flow.send("A")
            return t.wait_until(lambda: t.counter("SyncookiesRecv") == before + 1, 2)

        def until(seconds):
            """Sleeps up to that time of the monotonic clock."""
            time.sleep(seconds - time.monotonic())

        end = (int(time.monotonic()) // PERIOD + 1) * PERIOD
        if end - time.monotonic() < 40:
            until(end + 1)
            end += PERIOD
        cookie()
        family.subscribe("events")
        told(family)
        for _ in range(2):
            # The period's last 30 s are of its last epoch.
            until(end - 30)
            young, late = cookie(), cookie()
            until(end - 1)
            assert answered(cookie()), "a cookie of the moment"
            assert not told(family), "new keys before their time"
            until(end + 1)
            cookie()
            assert [(name, values["key"]) for name, values in told(family)] == [("key-rotated-ntf", "cookie")]
            until(end + 60)
            assert answered(young), "within an epoch after the keys changed"
            until(end + 66)
            assert not answered(late), "an epoch later"
            end += PERIOD
            peer.forget()
    family.close()
    t.sysctl("syncookies", 1)


def least_round_trip(peer, v6):
    """The least round trip is remembered for 300 s (linux-names.rst)."""
    port = 20972
    with t.listener(peer.addresses(v6)[0], port, 8) as listener:
        flow = r.Flow(peer, v6, dport=port)
        flow.connect()
        sock = listener.accept()[0]

        def trip(seconds):
            """A byte, and its ACK so much later; the least of all round trips since, ms."""
            sock.send(b"x")
            flow.expect("PA|A")
            time.sleep(seconds)
            flow.send("A")
            time.sleep(0.01)
            return pkt_info.tcp_info(sock)["tcpi_min_rtt"] // 1000

        time.sleep(301)
        begun = trip(0.02)
        least = time.monotonic()
        assert 20 <= begun < 30, begun
        while time.monotonic() < least + 299:
            assert trip(0.1) == begun, time.monotonic() - least
            time.sleep(min(10, max(0.01, least + 298.5 - time.monotonic())))
        time.sleep(2)
        assert trip(0.1) >= 100
        sock.close()


def cases(ktap, v6):
    """All of it, over one family."""
    t.private_netns()
    ls.mount()
    peer = r.Peer()
    family = "IPv6" if v6 else "IPv4"
    for case in (events_a_second, own_keys, least_round_trip):
        ktap.run(f"{family}: {case.__doc__}", case, peer, v6)
    peer.close()


if t.STACK == "tcp":
    t.skip_all("these are atcp's times")
t.side_by_side(cases, False, True)
