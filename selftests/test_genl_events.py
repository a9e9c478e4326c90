#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The events of generic netlink's family atcp: each made on purpose, and told of once."""
# timeout: 180
# platforms: stock debug uml
# check: uml
import os
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import genl
import listeners as ls
import rawpeer as r

PORT = 21500


class Watch:
    """Who is told; numbers have to follow each other."""

    def __init__(self):
        self.family = genl.Family()
        self.family.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.family.subscribe("events")
        self.last = None

    def next(self, name, timeout=20):
        """The next event, which has to be NAME."""
        got = self.family.event(timeout)
        assert got, f"no {name}"
        assert got[0] == name + "-ntf", f"{got}, wanted {name}"
        if self.last is not None:
            assert got[1]["seq"] == self.last + 1, (got, self.last)
        self.last = got[1]["seq"]
        assert abs(got[1]["time"] / 1e9 - time.time()) < 3600 or t.PLATFORM == "uml"
        return got[1]

    def skip_to(self, name):
        """The same, with others before it."""
        while True:
            got = self.family.event()
            assert got, f"no {name}"
            self.last = got[1]["seq"]
            if got[0] == name + "-ntf":
                return got[1]

    def quiet(self):
        """Nothing comes."""
        got = self.family.event(0.3)
        assert not got, got


def me():
    """Who this process is, as events have it; the pid is that of the first pid namespace."""
    with open("/proc/self/comm", encoding="ascii") as file:
        return {"uid": os.getuid(), "pid": os.getpid(), "comm": file.read().strip()}


def life(address):
    """A listener is added, and gone; what fails to listen is neither."""
    watch = Watch()
    sock = t.listener(address, PORT)
    got = watch.next("listener-added")
    who = got["listener"]
    assert socket.inet_ntop(who["family"], who["addr"]) == address and who["port"] == PORT, got
    assert who["owner"] == {key: me()[key] for key in ("pid", "comm")}, who
    assert got["by"] == me() and got["lost"] == 0, got
    assert str(who["id"]) == ls.read(sock, "id")
    sock.listen(20)
    assert watch.next("knob-changed")["turn"]["to"] == "20"
    sock.close()
    assert watch.next("listener-gone")["listener"] == who
    watch.quiet()


def drain(address):
    """A listener that drains is drained when both queues are empty, and says so once."""
    watch = Watch()
    sock = t.listener(address, PORT + 1)
    watch.next("listener-added")
    peer = t.make_socket(sock.family)
    peer.connect((address, PORT + 1))
    assert t.wait_until(lambda: ls.read(sock, "acceptq_len") == "1")
    ls.write(sock, "drain", 1)
    watch.next("knob-changed")
    watch.quiet()
    child = sock.accept()[0]
    assert watch.next("listener-drained")["listener"]["port"] == PORT + 1
    ls.write(sock, "drain", 0)
    watch.next("knob-changed")
    ls.write(sock, "drain", 1)
    watch.next("knob-changed")
    watch.next("listener-drained")
    for one in (child, peer, sock):
        one.close()


def turns(address):
    """Whoever changes a knob, by whatever way: what, from what, to what, whose word, by whom."""
    sock = t.listener(address, PORT + 2, 8)
    family, ident = genl.Family(), int(ls.read(sock, "id"))
    sock.listen(8)
    watch = Watch()

    def turn(name, old, new, old_origin="netns", new_origin="listener"):
        got = watch.next("knob-changed")
        assert got["by"] == me(), got
        want = {"name": name, "from": old, "to": new}
        if old_origin:
            want.update({"from-origin": old_origin, "to-origin": new_origin})
            assert got["listener"]["id"] == ident, got
        else:
            assert "listener" not in got, got
        number = got["turn"].pop("knob", 0)
        assert got["turn"] == want, (got["turn"], want)
        return number

    ls.write(sock, "overflow", "reset_after:500")
    assert turn("overflow", "park", "reset_after:500") == family.spec.number("knobs", "overflow")
    ls.write(sock, "overflow", "reset_after:500")
    ls.write(sock, "overflow", "inherit")
    turn("overflow", "reset_after:500", "park", "listener", "netns")
    sock.setsockopt(t.SOL_ATCP, 4, 3)
    turn("synack_retries", "5", "3", "netns", "socket")
    # Linux's own options that mean the same.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 6)
    turn("synack_retries", "3", "6", "socket", "socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)
    turn("defer_accept", "0", "1000", "netns", "socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
    turn("fastopen", "0", "5", "socket", "socket")
    family.do("listener-set", {"listener": [genl.change(ident, synack_retries=4, backlog=9)]})
    assert {watch.next("knob-changed")["turn"]["name"] for _ in range(2)} == \
        {"synack_retries", "backlog"}
    t.sysctl("listener_knob", f"{ident} wake=cpu")
    turn("wake", "fifo", "cpu")
    t.sysctl("wake", "lifo")
    assert turn("wake", "0", "1", None) == family.spec.number("knobs", "wake")
    t.sysctl("rmem", "4096 100000 200000")
    turn("rmem", " ".join(["4096", "131072", watch_rmem]), "4096 100000 200000", None)
    family.do("default-set", {"knobs": genl.knobs(fair_share=33, wake=1)})
    turn("fair_share", "25", "33", None)
    for name, value in (("wake", "7"), ("rmem", "3 2 1")):
        try:
            t.sysctl(name, value)
        except OSError:
            pass
    t.sysctl("fin_timeout", "60")
    watch.quiet()
    sock.close()


def keys(_):
    """A key that is replaced is told of, and not the key."""
    watch = Watch()
    t.sysctl("cookie_key", "100:" + "ab" * 16)
    got = watch.next("key-rotated")
    assert got["key"] == "cookie-set" and got["by"] == me() and set(got) == {
        "seq", "time", "lost", "key", "by"}, got
    t.sysctl("fastopen_key", "01234567-89abcdef-01234567-89abcdef")
    assert watch.next("key-rotated")["key"] == "fastopen"
    t.sysctl("cookie_key", "none")
    watch.next("key-rotated")
    watch.quiet()


def queue(address):
    """An accept queue that passes its watermarks is pressed, then relieved."""
    sock = t.listener(address, PORT + 3, 8)
    ls.write(sock, "acceptq_high", 3)
    ls.write(sock, "acceptq_low", 1)
    watch = Watch()
    peers = [t.make_socket(sock.family) for _ in range(3)]
    for peer in peers:
        peer.connect((address, PORT + 3))
    got = watch.next("queue-pressed")
    assert got["load"]["acceptq-len"] == 3 and got["load"]["acceptq-limit"] == 8, got
    assert got["listener"]["port"] == PORT + 3 and "by" not in got, got
    children = [sock.accept()[0] for _ in range(2)]
    assert watch.next("queue-relieved")["load"]["acceptq-len"] == 1
    for one in children + peers + [sock]:
        one.close()


def floods(address):
    """A flood begins and ends; so does a program's slowness."""
    peer = r.Peer()
    t.sh("ip route add 198.18.0.0/15 dev peer0; ip -6 route add fdaa::/16 dev peer0")
    v6 = ":" in address
    sock = t.listener(peer.addresses(v6)[0], PORT + 4, 2)
    ls.write(sock, "syn_backlog", 20)
    ls.write(sock, "synack_retries", 0)
    watch = Watch()
    nets = ("198.18.{}.1", "fdaa:0:0:{:x}::1")[v6]
    for i in range(120):
        r.Flow(peer, v6, None, PORT + 4, nets.format(i)).send("S", options=r.option_mss(1460))
    got = watch.next("flood-begun")
    assert got["listener"]["port"] == PORT + 4, got
    assert got["load"]["synq-limit"] == 20 and got["load"]["syns"] > 16, got
    assert watch.next("flood-ended", 60)["load"]["completed"] == 0
    for _ in range(5):
        flow = r.Flow(peer, v6, dport=PORT + 4)
        flow.send("S", options=r.option_mss(1460))
        synack = flow.any(0.3)
        if synack:
            flow.send("A", ack=synack.seq + 1)
    assert watch.skip_to("slow-begun")["load"]["acceptq-limit"] == 2
    sock.setblocking(False)
    try:
        while True:
            sock.accept()[0].close()
    except BlockingIOError:
        pass
    watch.skip_to("slow-ended")
    sock.close()


def too_many(address):
    """Who does not read loses events and is told so; numbers say how many, and others none."""
    lazy = genl.Family()
    lazy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    lazy.subscribe("events")
    watch = Watch()
    sock = t.listener(address, PORT + 5)
    watch.next("listener-added")
    for i in range(400):
        sock.setsockopt(t.SOL_ATCP, 4, i % 200)
        watch.next("knob-changed") if i != 5 else watch.skip_to("knob-changed")
    try:
        while lazy.event(0.2):
            pass
        raise AssertionError("it was told of all")
    except OSError as error:
        assert error.errno == 105, error
    sock.close()
    watch.next("listener-gone")


def others(address):
    """Another namespace's events are its own."""
    watch = Watch()
    pid = os.fork()
    if not pid:
        t.private_netns()
        t.listener(address, PORT + 6).close()
        os._exit(0)
    assert not os.waitpid(pid, 0)[1]
    watch.quiet()


def main(ktap, address):
    """All of it, over one family."""
    global watch_rmem  # pylint: disable=global-statement
    watch_rmem = t.sysctl("rmem")[2]
    ls.mount()
    for function in (life, drain, turns, keys, queue, floods, too_many, others):
        ktap.run(f"{address}: {function.__doc__}", function, address)


watch_rmem = ""
if __name__ == "__main__":
    t.side_by_side(main, "127.0.0.1", "::1")
