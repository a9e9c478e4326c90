#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What every knob of a listener does, from the moment on that it is turned, by all ways there are.

Beside the listener that a case looks at there are two others on the same port, under
load all the time; each knob is turned for one of them at the same moment, and no client
of theirs may notice more than a delay.

A case is a generator. Up to its yield it brings on their way those handshakes, sleepers or
segments that the knob's value is to decide about; then the knob is turned; then the case says
which value it finds at work, from what the peer sees and the queues hold.
"""
# timeout: 300
# platforms: stock uml
# check: uml
# clock: travel
import itertools
import shutil
import socket
import subprocess
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls
import load as ld
import rawpeer as r
import reuseport as g

PORT = 20850
# Sources of one network, and of one each.
NOISY = {False: "198.18.200.{}", True: "fdaa:0:0:c8::{:x}"}
QUIET = {False: "198.18.{}.9", True: "fdaa:0:0:{:x}::9"}
NUMBERS = {"backlog": 5, "syn_backlog": 1, "syncookies": 3, "synack_retries": 4,
           "synack_rto": 6, "overflow": 2, "defer_accept": 7, "defer_expire": 8,
           "fastopen": 9, "balance": 10, "drain": 11, "wake": 12, "acceptq_low": 13,
           "acceptq_high": 14, "fair_share": 15, "fair_prefix4": 16, "fair_prefix6": 17,
           "proven_share": 18, "migrate": 19, "guard": 20}
# The namespace's default, where it has another name; None: there is none.
SYSCTLS = {"overflow": "overflow_policy", "migrate": "migrate_req", "backlog": None,
           "syn_backlog": None, "defer_accept": None, "fastopen": None, "drain": None}


def backlog(scene):
    """How many of the handshakes that are on their way fit."""
    flows = [scene.half_open() for _ in range(8)]
    dropped = ls.stats(scene.sock)["overflow_drops"]
    yield
    for flow in flows:
        flow.send("A")
    assert t.wait_until(lambda: scene.number("acceptq_len")
                        + ls.stats(scene.sock)["overflow_drops"] - dropped == 8)
    return scene.number("acceptq_len") - 1


def syn_backlog(scene):
    """How many requests are held."""
    scene.syns(5, lambda i: QUIET[scene.v6].format(i + 1))
    yield
    scene.syns(40, lambda i: QUIET[scene.v6].format(i + 10))
    return scene.number("synq_len") - 1


def syncookies(scene):
    """Whether a SYN is answered by a cookie, or by a request."""
    yield
    before = ls.stats(scene.sock)["cookies_sent"]
    scene.half_open()
    return 2 if ls.stats(scene.sock)["cookies_sent"] > before else 1


def synack_retries(scene):
    """How often the SYN-ACK of a request that is there is sent again."""
    flow = scene.half_open()
    yield
    assert t.wait_until(lambda: scene.number("synq_len") == 0)
    count = 0
    while flow.any(0):
        count += 1
    return count


def synack_rto(scene):
    """When the first SYN-ACK is sent again."""
    yield
    took = []
    # By the clock of who sends it. A timer is not early, and where the machine does not run all the time it may
    # be so late that it is to be looked at once more.
    while len(took) < 5:
        flow = scene.flow()
        flow.send("S", options=r.option_mss(1460) + r.option_timestamps(1, 0))
        first, again = (int.from_bytes(flow.expect("SA").options()[8][:4], "big") for _ in range(2))
        took.append((again - first) & r.MASK)
        if 300 <= took[-1] < 400:
            return 300
        if 800 <= took[-1] < 900:
            return 800
    return took


def overflow(scene):
    """What becomes of a handshake that completes now, the accept queue being full."""
    late = scene.half_open()
    scene.connected()
    before = ls.stats(scene.sock)
    yield
    late.send("A")

    def now(name):
        return ls.stats(scene.sock)[name] > before[name]

    assert t.wait_until(lambda: now("overflow_drops") or now("overflow_resets")
                        or scene.number("parked"))
    value = 1 if now("overflow_resets") else 2 if scene.number("parked") else 0
    if value == 1:
        late.expect("R")
    return value


def defer_accept(scene):
    """Whether a bare ACK completes a handshake that is on its way."""
    flow = scene.half_open()
    held = ls.stats(scene.sock)["deferred"]
    yield
    flow.send("A")
    assert t.wait_until(lambda: ls.stats(scene.sock)["deferred"] > held
                        or scene.number("acceptq_len"))
    return 0 if scene.number("acceptq_len") else 60000


def defer_expire(scene):
    """What becomes of a request that waits for data when its time is over."""
    flow = scene.half_open()
    before = ls.stats(scene.sock)
    flow.send("A")
    yield
    names = ("defer_accepted", "defer_reset", "defer_dropped")

    def done():
        now = ls.stats(scene.sock)
        return [i for i, name in enumerate(names) if now[name] > before[name]]

    assert t.wait_until(done)
    value, = done()
    if value == 1:
        flow.expect("R")
    return value


def fastopen(scene):
    """Whether a SYN that asks for a Fast Open cookie gets one."""
    yield
    flow = scene.flow()
    flow.send("S", options=r.option_mss(1460) + b"\x01\x01\x22\x02")
    return 16 if 34 in flow.expect("SA").options() else 0


def balance(scene):
    """Whom of a group those handshakes go to that are on their way to one by hash."""
    other = scene.listener()
    flows = []
    while len(flows) < 6:
        before = scene.number("synq_len")
        flow = scene.half_open()
        if scene.number("synq_len") > before:
            flows.append(flow)
        else:
            flow.send("R")
    yield
    for flow in flows:
        flow.send("A")
    mine, others = [], []
    assert t.wait_until(lambda: mine.extend(g.accept_all(scene.sock))
                        or others.extend(g.accept_all(other))
                        or len(mine) + len(others) == 6), (mine, others)
    for sock, _ in mine + others:
        sock.close()
    other.close()
    return {6: 0, 3: 1}.get(len(mine), len(mine))


def wake(scene):
    """Which of two that sleep in accept(2) gets the next connection."""
    got = []

    def sleeper(number):
        sock = scene.sock.dup()
        sock.settimeout(None)
        tids[number] = threading.get_native_id()
        conn = sock.accept()[0]
        got.append(number)
        conn.close()
        sock.close()

    def asleep(number):
        if not tids[number]:
            return False
        with open(f"/proc/self/task/{tids[number]}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "S"

    tids = [0, 0]
    threads = [threading.Thread(target=sleeper, args=(i,), daemon=True) for i in range(2)]
    for i, thread in enumerate(threads):
        thread.start()
        assert t.wait_until(lambda number=i: asleep(number))
    yield
    for count in (1, 2):
        scene.half_open().send("A")
        assert t.wait_until(lambda want=count: len(got) == want), got
    for thread in threads:
        thread.join(10)
    scene.sock.setblocking(False)
    return got[0]


def acceptq_high(scene):
    """Whether a queue of four is pressed."""
    while scene.number("acceptq_len") < 4:
        scene.connected()
    yield
    return 3 * scene.number("acceptq_pressed")


def acceptq_low(scene):
    """Whether a pressed queue that has come down to two is relieved."""
    while scene.number("acceptq_len") < 4:
        scene.connected()
    assert scene.number("acceptq_pressed")
    scene.sock.accept()[0].close()
    yield
    scene.sock.accept()[0].close()
    return 1 if scene.number("acceptq_pressed") else 2


def fair_share(scene):
    """How much of a queue that others half fill one network gets."""
    scene.syns(41, lambda i: QUIET[scene.v6].format(i + 1))
    yield
    scene.syns(60, lambda i: NOISY[scene.v6].format(i + 1))
    # One of the others may by chance be counted with it.
    return 20 * round((scene.number("synq_len") - 41) / 16)


def fair_prefix4(scene):
    """Whether neighbours are one network, which gets no more when the queue is half full."""
    yield
    scene.syns(60, lambda i: QUIET[scene.v6].format(i + 1))
    return {41: 16, 60: 32}.get(scene.number("synq_len"), 0)


def fair_prefix6(scene):
    """Whether IPv6 neighbours are one network."""
    return 2 * (yield from fair_prefix4(scene))


def proven_share(scene):
    """How many requests of proven peers are held beyond those of strangers."""
    scene.connected()
    scene.syns(50, lambda i: QUIET[scene.v6].format(i + 1))
    yield
    before = scene.number("synq_len")
    scene.syns(20, lambda i: None)
    return (scene.number("synq_len") - before) * 100 // 40


def migrate(scene):
    """Whether a request goes to the other member when its listener closes."""
    flow = scene.half_open()
    heir = scene.listener()
    yield
    scene.sock.close()
    scene.sock = heir
    flow.send("A")
    assert t.wait_until(lambda: scene.number("acceptq_len") or flow.any(0))
    return scene.number("acceptq_len")


def drain(scene):
    """Whether a SYN is refused; a handshake that is on its way is completed."""
    early = scene.half_open() if ls.read(scene.sock, "state") == "listen" else None
    yield
    late = scene.flow()
    late.send("S", options=r.option_mss(1460))
    value = int(late.expect("SA|RA").kind() == "RA")
    if early:
        early.send("A")
        assert t.wait_until(lambda: scene.number("acceptq_len") == 1)
    return value


def guard(scene):
    """Whether the device answers a SYN."""
    t.sysctl("guard_devices", "peer0")
    before = t.counter("GuardSyns")
    yield
    scene.half_open()
    return t.counter("GuardSyns") - before


class Scene:
    """A listener, and the raw peer's flows to it."""

    def __init__(self, peer, v6):
        self.peer, self.v6 = peer, v6
        self.ports = itertools.count(1024)
        self.address = peer.addresses(v6)[0]
        self.flows = []
        self.sock = None
        # The first one's knobs are turned too; the other takes what it drains.
        lo = "::1" if v6 else "127.0.0.1"
        self.loaded = g.member(lo, PORT, 64)
        beside = g.member(lo, PORT, 64)
        for sock in self.loaded, beside:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes(8))
        self.load = ld.Load(self.loaded, lo, PORT, 0.1)
        self.load.add(beside)

    def listener(self, backlog=64, **knobs):
        """One more member of the group; its knobs are the program's word."""
        sock = g.member(self.address, PORT, backlog)
        for name, value in knobs.items():
            sock.setsockopt(t.SOL_ATCP, NUMBERS[name], value)
        return sock

    def flow(self, source=None):
        """A flow from a port that no other one had."""
        self.flows.append(r.Flow(self.peer, self.v6, next(self.ports), PORT, source))
        return self.flows[-1]

    def half_open(self):
        """A flow whose SYN was answered."""
        flow = self.flow()
        flow.send("S", options=r.option_mss(1460))
        flow.expect("SA")
        return flow

    def connected(self):
        """A flow whose handshake is complete, and waits in the accept queue."""
        flow, before = self.half_open(), self.number("acceptq_len")
        flow.send("A")
        assert t.wait_until(lambda: self.number("acceptq_len") == before + 1)
        return flow

    def syns(self, number, source):
        """SYNs of so many flows, of sources by their number."""
        for i in range(number):
            self.flow(source(i)).send("S", options=r.option_mss(1460))
        self.peer.forget()

    def number(self, name):
        """A figure of the listener."""
        return int(ls.read(self.sock, name))

    def clear(self):
        """The peer ends everything, and the queues run empty."""
        for flow in self.flows:
            flow.send("R")
        self.flows.clear()

        def empty():
            for sock, _ in g.accept_all(self.sock):
                sock.close()
            return not any(self.number(x) for x in ("synq_len", "acceptq_len", "parked"))

        assert t.wait_until(empty)
        self.peer.forget()


# The case, the knob's two values as numbers and as text, the listener.
CASES = [
    (backlog, (2, 5), ("2", "5"), {"overflow": 0}),
    (syn_backlog, (10, 20), ("10", "20"), {"syncookies": 0, "fair_share": 100}),
    (syncookies, (2, 1), ("always", "auto"), {}),
    (synack_retries, (1, 0), ("1", "0"), {"synack_rto": 1500}),
    (synack_rto, (300, 800), ("300", "800"), {}),
    (overflow, (0, 1), ("drop", "reset"), {"backlog": 0}),
    (overflow, (2, 1), ("park", "reset"), {"backlog": 0}),
    (defer_accept, (60000, 0), ("60000", "0"), {}),
    (defer_expire, (1, 0), ("reset", "accept"), {"defer_accept": 1500}),
    (defer_expire, (2, 1), ("drop", "reset"), {"defer_accept": 1500}),
    (fastopen, (16, 0), ("16", "0"), {}),
    (balance, (1, 0), ("rr", "hash"), {}),
    (drain, (1, 0), ("1", "0"), {}),
    (wake, (1, 0), ("lifo", "fifo"), {}),
    (acceptq_low, (1, 2), ("1", "2"), {"acceptq_high": 4}),
    (acceptq_high, (3, 0), ("3", "0"), {}),
    (fair_share, (20, 40), ("20", "40"), {"syncookies": 0, "syn_backlog": 80}),
    (fair_prefix4, (16, 32), ("16", "32"), {"syncookies": 0, "syn_backlog": 80}),
    (fair_prefix6, (32, 64), ("32", "64"), {"syncookies": 0, "syn_backlog": 80}),
    (proven_share, (10, 20), ("10", "20"),
     {"syncookies": 0, "syn_backlog": 40, "fair_share": 100}),
    (migrate, (0, 1), ("0", "1"), {}),
    (guard, (1, 0), ("1", "0"), {}),
]


def ways(scene, name, texts, numbers):
    """(what it is called, how it turns the knob, which of the two values comes of it)"""
    def sysctl(which):
        t.sysctl(SYSCTLS.get(name, name), texts[which])

    def each(turn):
        """Both listeners, one directly after the other."""
        def turn_both(which):
            for sock in scene.sock, scene.loaded:
                turn(sock, texts[which], which)
        return turn_both

    def option(sock, _, which):
        sock.setsockopt(t.SOL_ATCP, NUMBERS[name], numbers[which])

    def file(sock, text, _):
        ls.write(sock, name, text)

    def line(sock, text, _):
        t.sysctl("listener_knob", f"{ls.read(sock, 'id')} {name}={text}")

    def tool(sock, text, _):
        subprocess.run(["atcpctl", "listener", f"id:{ls.read(sock, 'id')}", "set",
                        f"{name}={text}"], check=True, stdout=subprocess.DEVNULL)

    def inherit(sock, *_):
        ls.write(sock, name, "inherit")

    if SYSCTLS.get(name, name):
        default = t.sysctl(SYSCTLS.get(name, name))[0]
        yield "sysctl", sysctl, 0
        yield "sysctl", sysctl, 1
        t.sysctl(SYSCTLS.get(name, name), default)
    yield "socket option", each(option), 1
    yield "sysfs", each(file), 0
    yield "listener_knob", each(line), 1
    if shutil.which("atcpctl"):
        yield "atcpctl", each(tool), 0
    each(file)(0)
    if name != "migrate":
        yield "inherit", each(inherit), 1


def turned(scene, case, numbers, texts, knobs):
    """Every way of turning the knob of CASE, and what it finds."""
    name = case.__name__
    scene.sock = scene.listener(**knobs)
    for way, turn, which in ways(scene, name, texts, numbers):
        story = case(scene)
        next(story)
        turn(which)
        try:
            next(story)
        except StopIteration as end:
            assert end.value == numbers[which], (way, texts[which], end.value)
        scene.load.goes_on()
        scene.clear()
    ls.write(scene.loaded, name, "inherit")
    scene.loaded.setsockopt(t.SOL_ATCP, NUMBERS[name], -1)
    scene.sock.close()


def run(ktap, v6):
    """All cases of one family."""
    ls.mount()
    peer = r.Peer()
    t.sysctl("max_syn_backlog", 4096)
    t.sysctl("fastopen", 3)
    t.sh("ip route add 198.18.0.0/15 dev peer0; ip -6 route add fdaa::/16 dev peer0")
    scene = Scene(peer, v6)
    for case, *row in CASES:
        if case == (fair_prefix4 if v6 else fair_prefix6):
            continue
        ktap.run(f"{'v6' if v6 else 'v4'} {case.__name__}: {case.__doc__}", turned,
                 scene, case, *row)
        if scene.sock.fileno() >= 0:
            scene.sock.close()
    ktap.run("no connection failed meanwhile", scene.load.end)
    peer.close()


def main():
    """Each knob, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP has no such knobs")
    t.side_by_side(run, False, True)


main()
