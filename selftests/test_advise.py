#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""atcpctl advise: each trouble, made on purpose, is named and nothing else is; what is well is not."""
# timeout: 300
# check: uml
# clock: travel
import json
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls
import rawpeer as r

PORT = 7000
MSG_FASTOPEN = 0x20000000


class Place:
    """A namespace of its own for one trouble, with a raw peer that answers for all addresses."""

    def __init__(self, v6):
        t.private_netns()
        ls.mount()
        self.v6, self.held = v6, []
        self.host = "::1" if v6 else "127.0.0.1"
        self.peer = r.Peer()
        self.address = self.peer.addresses(v6)[0]
        t.sh(f"ip {'-6' if v6 else ''} route add default dev peer0; "
             "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.peer0.rp_filter=0")
        self.sources = 0

    def keep(self, *things):
        """They stay until the place is left."""
        self.held += things
        return things[0]

    def listener(self, backlog=64, setup=None, raw=False, **knobs):
        """A listener with knobs that are set from outside."""
        sock = self.keep(t.listener(self.address if raw else self.host, PORT, backlog, setup=setup))
        for name, value in knobs.items():
            ls.write(sock, name, value)
        return sock

    def call(self, count=1):
        """Connections that are begun."""
        for _ in range(count):
            sock = self.keep(t.make_socket(socket.AF_INET6 if self.v6 else socket.AF_INET))
            sock.setblocking(False)
            sock.connect_ex((self.host, PORT))
        return sock

    def flow(self, near=False):
        """A raw client, each from a network of its own; NEAR: all from one."""
        self.sources += 1
        n = self.sources
        if near:
            source = f"2001:db8:1::{n + 1:x}" if self.v6 else f"10.77.0.{n % 250 + 2}"
        else:
            source = f"2001:db8:{n + 1:x}::2" if self.v6 else f"10.{n // 250 + 100}.{n % 250}.2"
        return r.Flow(self.peer, self.v6, dport=PORT, source=source)

    def syns(self, count, near=False):
        """So many SYNs, none answered."""
        flows = [self.flow(near) for _ in range(count)]
        for flow in flows:
            flow.send("S", options=r.option_mss(1000))
        return flows

    def leave(self):
        """What was made here is closed."""
        for thing in self.held:
            thing.close()
        self.peer.close()


def advise(*options):
    """What it says: names, and the objects."""
    done = subprocess.run(["atcpctl", "-j", "advise", *options], check=False, text=True,
                          stdout=subprocess.PIPE)
    said = json.loads(done.stdout)
    assert done.returncode == bool(said), (done.returncode, said)
    return [a["advice"] for a in said], said


def take(sock, count):
    """So many connections are accepted."""
    sock.settimeout(20)
    return [sock.accept()[0] for _ in range(count)]


def complete(flows, accept=None):
    """Third ACKs to the SYN-ACKs that have come; ACCEPT takes them."""
    for flow in flows:
        flow.expect("SA")
        flow.send("A")
    return take(accept, len(flows)) if accept else []


def slow_acceptor(at):
    """Twenty wait, and the program never comes."""
    at.listener(64)
    at.call(20)
    time.sleep(3)


def small_backlog(at):
    """A burst is longer than the queue; the program is quick."""
    sock = at.listener(1, syn_backlog=64)
    at.call(6)
    at.keep(*take(sock, 6))


def silent_drop(at):
    """The same, and the policy is to say nothing."""
    sock = at.listener(1, syn_backlog=64, overflow="drop")
    at.call(6)
    at.keep(*take(sock, 6))


def truncated(at):
    """The program asks for more than somaxconn."""
    at.listener(6000)


def syn_flood(at):
    """SYNs of many networks, of which none is completed."""
    at.listener(16, raw=True)
    at.syns(100)


def small_syn_queue(at):
    """As many at once, and all of them honest."""
    sock = at.listener(64, raw=True, syn_backlog=8)
    at.keep(*complete(at.syns(40), sock))


def silent_peers(at):
    """They complete the handshake and send nothing, and data is waited for."""
    at.listener(64, raw=True, syn_backlog=8, defer_accept=60000)
    complete(at.syns(40))


def unfair_prefix(at):
    """One network asks for more than its share."""
    at.listener(64, raw=True)
    at.syns(50, near=True)


def park_expired(at):
    """Parked, and given up before the program came."""
    sock = at.listener(0, synack_retries=1)
    at.call(3)
    assert t.wait_until(lambda: ls.stats(sock)["park_expired"] >= 1, 60), ls.stats(sock)
    at.keep(*take(sock, 1))


def bad_cookies(at):
    """ACKs with numbers that we did not give."""
    at.listener(64, raw=True, syncookies="always")
    at.syns(1)
    for _ in range(120):
        at.flow().send("A", ack=1)


def synack_loss(at):
    """Peers that answer the second SYN-ACK."""
    sock = at.listener(128, raw=True)
    flows = at.syns(110)
    assert t.wait_until(lambda: ls.stats(sock)["synack_retrans"] >= 20, 20), ls.stats(sock)
    at.keep(*complete(flows, sock))


def drained(at):
    """A drain that was left on."""
    at.listener(8, drain=1)
    at.call()


def guard(at):
    """The guard is asked for, and no device has it."""
    at.listener(8, guard=1)


def no_ports(at):
    """All ports to a destination are used."""
    t.sysctl("local_port_range", "20000 20001")
    sock = at.listener(8)
    at.call(3)
    at.keep(*take(sock, 2))


def memory(at):
    """A sender fills what all may have."""
    t.sysctl("mem", "8 8 8")
    sock = at.listener(8)
    client = at.call()
    at.keep(*take(sock, 1))
    end = time.monotonic() + 20
    while not t.counter("TCPMemoryPressures") and time.monotonic() < end:
        try:
            client.send(b"x" * 65536)
        except BlockingIOError:
            time.sleep(0.01)


def blackhole(at):
    """SYNs with data vanish on the way."""
    t.sysctl("fastopen", 5)
    t.sysctl("fastopen_blackhole_timeout_sec", 3600)
    sock = at.keep(t.make_socket(socket.AF_INET6 if at.v6 else socket.AF_INET))
    sock.setblocking(False)
    try:
        sock.sendto(b"data", MSG_FASTOPEN, (at.flow().source, 80))
    except BlockingIOError:
        pass
    assert t.wait_until(lambda: t.counter("TCPFastOpenBlackhole"), 60)


def orphans(at):
    """Closed with data that nobody acknowledges."""
    t.sysctl("max_orphans", 0)
    sock = at.listener(64, raw=True)
    for child in complete(at.syns(50), sock):
        child.close()
    assert t.wait_until(lambda: t.counter("OrphanLimit"))


def time_wait(at):
    """No room in TIME-WAIT."""
    t.sysctl("max_tw_buckets", 0)
    sock = at.listener(8)
    at.call()
    child = take(sock, 1)[0]
    at.held.pop(1).close()
    child.close()
    assert t.wait_until(lambda: t.counter("TCPTimeWaitOverflow"))


TROUBLES = {
    "slow-acceptor": slow_acceptor, "small-backlog": small_backlog, "silent-drop": silent_drop,
    "truncated-backlog": truncated, "syn-flood": syn_flood, "small-syn-queue": small_syn_queue,
    "silent-peers": silent_peers, "unfair-prefix": unfair_prefix, "park-expired": park_expired,
    "bad-cookies": bad_cookies, "synack-loss": synack_loss, "drained": drained,
    "guard-without-device": guard, "no-ports": no_ports, "memory-pressure": memory,
    "fastopen-blackhole": blackhole, "orphans": orphans, "time-wait": time_wait,
}
# No knob mends these.
WORDS = ("slow-acceptor", "bad-cookies", "unfair-prefix")
# What cannot pass by itself is not over by waiting.
STANDS = ("slow-acceptor", "truncated-backlog", "drained", "guard-without-device")


def named(name, make, v6):
    """One trouble is named at once; later it is over, and was. Its commands are taken, and
    mend what would stay."""
    at = Place(v6)
    try:
        make(at)
        names, said = advise()
        assert names == [name], said
        assert not said[0]["over"], said
        commands = said[0]["try"]
        assert bool(commands) != (name in WORDS), said
        if name not in STANDS and name != "syn-flood":
            time.sleep(15)
            names, said = advise()
            assert names == [], said
            names, said = advise("--all")
            assert names == [name] and said[0]["over"] and said[0]["last_s"] >= 15, said
        for command in commands:
            t.sh(command)
        if name in STANDS[1:]:
            assert advise()[0] == [], advise()[1]
    finally:
        at.leave()


def uneven(v6):
    """A group whose connections all go to one; with a policy by queues they do not."""
    at = Place(v6)

    def share(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)

    socks = [at.listener(64, setup=share, balance="cpu") for _ in range(4)]
    with subprocess.Popen(["atcpctl", "-j", "advise", "-i", "4"], text=True,
                          stdout=subprocess.PIPE) as tool:
        time.sleep(1)
        for _ in range(30):
            at.call(4)
            for sock in socks:
                sock.setblocking(False)
                try:
                    while True:
                        at.keep(sock.accept()[0])
                except BlockingIOError:
                    pass
        said = json.loads(tool.communicate()[0])
    at.leave()
    assert [a["advice"] for a in said] == ["uneven-group"], said
    assert said[0]["try"] == [f"atcpctl listener {'[::1]' if v6 else '127.0.0.1'}:{PORT} "
                              "set balance=p2c"], said


def healthy(v6):
    """A busy listener for a minute: nothing is wrong, then or ever."""
    at = Place(v6)
    sock = at.listener(64)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for _ in range(5):
            client = at.call()
            child = take(sock, 1)[0]
            child.close()
            at.held.remove(client)
            client.close()
        time.sleep(0.25)
    names, said = advise()
    every = advise("--all")
    at.leave()
    assert names == [] == every[0], (said, every)


def cases(ktap, v6):
    """The table, over IPv4 or IPv6."""
    family = "IPv6" if v6 else "IPv4"
    for name, make in TROUBLES.items():
        ktap.run(f"{name}: {make.__doc__} {family}", named, name, make, v6)
    ktap.run(f"uneven-group: {uneven.__doc__} {family}", uneven, v6)
    ktap.run(f"{healthy.__doc__} {family}", healthy, v6)


if t.STACK == "tcp":
    t.skip_all("the kernel's TCP has no listeners to look at")
if not shutil.which("atcpctl"):
    t.skip_all("no atcpctl")
t.side_by_side(cases, False, True)
