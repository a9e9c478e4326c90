#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Two segments of one handshake on two CPUs at once: the one that comes second is the
connection's that the first one made, whatever has become of the listener since."""
# timeout: 240
# platforms: stock debug
# check: debug
import itertools
import mmap
import os
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import reuseport as g

PORT = 20799
ROUNDS = 12 if t.CHECK else 60 if t.PLATFORM == "stock" else 30
RESET, PARK = 1, 2


class Other:
    """A process on the first CPU that sends a bare ACK when it is told to; this one is on the last."""

    def __init__(self, cpus):
        self.word = mmap.mmap(-1, 4096)
        self.cpus = cpus

    def ack(self, flow, listener):
        """Starts it; returns when it is about to send."""
        self.word[0] = 0
        pid = os.fork()
        if not pid:
            os.sched_setaffinity(0, {self.cpus[0]})
            # Or it would keep it open.
            listener.close()
            self.word[0] = 1
            flow.send("A", keep=True)
            os._exit(0)
        os.sched_setaffinity(0, {self.cpus[-1]})
        while not self.word[0]:
            pass
        return pid


def race(peer, v6, sport, other, policy, backlog):
    """A connection by ACK and data at once; its listener closes when it is accepted."""
    def setup(sock):
        g.abrupt(sock)
        sock.setsockopt(t.SOL_ATCP, g.ATCP_OVERFLOW, policy)

    listener = t.listener(peer.addresses(v6)[0], PORT, backlog, setup=setup)
    flow = r.Flow(peer, v6, sport=sport, dport=PORT)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    pid = other.ack(flow, listener)
    flow.send("PA", b"data", keep=True)
    with listener.accept()[0] as sock:
        listener.close()
        assert sock.recv(4) == b"data"
        os.waitpid(pid, 0)
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
    listener = t.listener(peer.addresses(v6)[0], PORT, 8, setup=g.abrupt)
    flow = r.Flow(peer, v6, sport=sport, dport=PORT)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    delay.arm()
    pid = other.ack(flow, listener)
    assert t.wait_until(lambda: delay.state() == 0, 5), "it was not held up"
    flow.send("PA", b"data", keep=True)
    with listener.accept()[0] as sock:
        change(listener)
        assert sock.recv(4) == b"data"
        held = delay.state() == 0
        os.waitpid(pid, 0)
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
    other = Other(cpus)
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
