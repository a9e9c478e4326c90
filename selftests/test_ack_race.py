#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Two segments of one handshake on two CPUs at once: the one that comes second is the
connection's that the first one made, whatever has become of the listener since."""
# timeout: 240
# platforms: stock debug
# check: debug stock
import itertools
import mmap
import os
import random
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import reuseport as g

PORT = 20799
# The debug kernel takes three times as long for one.
ROUNDS = (12 if t.PLATFORM == "stock" else 5) if t.CHECK else 60 if t.PLATFORM == "stock" else 30
RESET, PARK = 1, 2
READY, GO, DONE = 1, 2, 3


def packet(flow, *args):
    """What Flow.send would send now."""
    ours, out = flow.peer.fd, os.pipe()
    flow.peer.fd = out[1]
    flow.send(*args, keep=True)
    flow.peer.fd = ours
    try:
        return os.read(out[0], 4096)
    finally:
        for fd in out:
            os.close(fd)


class Other:
    """A process on the first CPU that sends a bare ACK when it is told to; this one is on the last. It is one for all
    rounds, made before there is a listener, which it would keep open; both have their segment ready, and who is first
    by how much is drawn: each begins up to so many turns of a loop late."""

    LATE = 30

    def __init__(self, cpus, peer):
        self.word = mmap.mmap(-1, 4096)
        self.peer = peer
        orders, self.orders = os.pipe()
        if not os.fork():
            os.close(self.orders)
            os.sched_setaffinity(0, {cpus[0]})
            self.serve(orders)
            os._exit(0)
        os.close(orders)
        os.sched_setaffinity(0, {cpus[-1]})

    def serve(self, orders):
        """One segment after the other, until there is nobody to give the next."""
        while ack := os.read(orders, 4096):
            late = random.randrange(self.LATE)
            self.word[0] = READY
            while self.word[0] != GO:
                pass
            for _ in range(late):
                pass
            os.write(self.peer.fd, ack)
            self.word[0] = DONE

    def ack(self, flow, after=None):
        """It sends, and this process at the same time what comes AFTER, if anything."""
        late = random.randrange(self.LATE)
        self.word[0] = 0
        os.write(self.orders, packet(flow, "A"))
        while self.word[0] != READY:
            pass
        self.word[0] = GO
        if after:
            for _ in range(late):
                pass
            os.write(self.peer.fd, after)

    def done(self):
        """It has."""
        assert t.wait_until(lambda: self.word[0] == DONE, 20), "the ACK was not sent"


def race(peer, v6, sport, other, policy, backlog):
    """A connection by ACK and data at once; its listener closes when it is accepted."""
    def setup(sock):
        t.abrupt(sock)
        sock.setsockopt(t.SOL_ATCP, g.ATCP_OVERFLOW, policy)

    listener = t.listener(peer.addresses(v6)[0], PORT, backlog, setup=setup)
    flow = r.Flow(peer, v6, sport=sport, dport=PORT)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    other.ack(flow, packet(flow, "PA", b"data"))
    with listener.accept()[0] as sock:
        listener.close()
        assert sock.recv(4) == b"data"
        other.done()
        segment = flow.any(0)
        while segment:
            assert "R" not in segment.flags, segment
            segment = flow.any(0)
        assert t.tcp_state(sock) == "ESTABLISHED", t.tcp_state(sock)
    flow.expect("RA")
    peer.forget()


class Delay:
    """The first CPU is held up where SYMBOL begins, by atcp_delay.ko."""

    KO = "/mnt/atcp_delay.ko"
    ARMED = "/sys/module/atcp_delay/parameters/armed"

    def __init__(self, cpu, symbol):
        self.why = None
        if not os.path.exists(self.KO):
            self.why = "no " + self.KO
            return
        t.sh("rmmod atcp_delay", check=False)
        said = t.sh(f"insmod {self.KO} symbol={symbol} cpu={cpu} ms=300", check=False)
        if said:
            self.why = "no kprobes: " + said.strip()

    def arm(self):
        """The next one."""
        with open(self.ARMED, "w", encoding="ascii") as file:
            file.write("1")

    def state(self):
        """1: armed; 0: it is held up; -1: it was."""
        with open(self.ARMED, encoding="ascii") as file:
            return int(file.read())

    def close(self):
        """No more."""
        t.sh("rmmod atcp_delay", check=False)


def overtaken(peer, v6, sport, other, delay, change):
    """A cookie's ACK is held up before it finds the listener, or has come there; data on the
    other CPU makes the connection. CHANGE(listener) is what the ACK then finds. It is the connection's.

    Whether it was held up for as long as that took."""
    t.sysctl("syncookies", 2)
    listener = t.listener(peer.addresses(v6)[0], PORT, 8, setup=t.abrupt)
    flow = r.Flow(peer, v6, sport=sport, dport=PORT)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    delay.arm()
    other.ack(flow)
    assert t.wait_until(lambda: delay.state() == 0, 5), "it was not held up"
    flow.send("PA", b"data", keep=True)
    with listener.accept()[0] as sock:
        change(listener)
        assert sock.recv(4) == b"data"
        held = delay.state() == 0
        other.done()
        segment = flow.any(0)
        while segment:
            assert "R" not in segment.flags, segment
            segment = flow.any(0)
        assert t.tcp_state(sock) == "ESTABLISHED", t.tcp_state(sock)
    flow.expect("RA")
    listener.close()
    peer.forget()
    return held


def overtaken_once(peer, v6, sports, *args):
    """Where the host does not run this CPU in time the delay is too short, and nothing is shown: once more then."""
    assert any(overtaken(peer, v6, next(sports), *args) for _ in range(10)), "the delay was always too short"


def closes(listener):
    """The program has what it wanted."""
    listener.close()


def takes_none(_):
    """Cookies are over."""
    t.sysctl("syncookies", 0)


def drains(listener):
    """It goes, slowly."""
    listener.setsockopt(t.SOL_ATCP, g.ATCP_DRAIN, 1)


def races(peer, v6, first, *args):
    """As often as it takes for a good chance."""
    for sport in range(first, first + ROUNDS):
        race(peer, v6, sport, *args)


def main():
    """With room in the accept queue, and with room for this one only."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        t.skip_all("one CPU")
    t.private_netns()
    ktap = t.Ktap()
    peer = r.Peer()
    other = Other(cpus, peer)
    for v6 in (False, True):
        for first, policy, backlog, what in (
                (10000, PARK, 8, "the listener closes"),
                (11000, RESET, 0, "the accept queue is full, by reset")):
            ktap.run(f"{'v6' if v6 else 'v4'} {what}",
                     races, peer, v6, first, other, policy, backlog)
    sports = itertools.count(12000)
    for symbol, change in (("atcp_hash_listener", closes), ("atcp_listen_rcv", closes),
                           ("atcp_listen_rcv", takes_none), ("atcp_listen_rcv", drains)):
        delay = Delay(cpus[0], symbol)
        for v6 in (False, True):
            what = f"{'v6' if v6 else 'v4'} an ACK late at {symbol}: it {change.__name__}"
            if delay.why:
                ktap.skip(what, delay.why)
            else:
                ktap.run(what, overtaken_once, peer, v6, sports, other, delay, change)
        delay.close()
    ktap.end()


if __name__ == "__main__":
    main()
