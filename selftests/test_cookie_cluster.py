#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Hosts that share a cookie_key take each other's SYN cookies.

    this process (the clients and the router in front)
      |            |            |         each a TUN device, and all
    +------+     +------+     +------+    hosts with the same address
    | host |     | host |     | host |
    | one  |     | two  |     | three|    namespaces
    +------+     +------+     +------+

A SYN goes to one host, the ACK to another, as when a router changes its mind.
"""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import os
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20800
KEYS = ["000102030405060708090a0b0c0d0e0f", "f0e1d2c3b4a5968778695a4b3c2d1e0f",
        "00112233445566778899AABBCCDDEEFF"]


class Host:
    """A namespace with a listener at each address."""

    def __init__(self):
        t.private_netns()
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.peer = r.Peer()
        self.listeners = [t.listener(self.peer.addresses(v6)[0], PORT, 16)
                          for v6 in (False, True)]

    def enter(self):
        """This process goes there."""
        t.enter_netns(self.fd)

    def key(self, text):
        """Sets cookie_key; what was refused is the result."""
        self.enter()
        try:
            t.sysctl("cookie_key", text)
        except OSError as error:
            return error.errno
        return 0

    def mode(self, value):
        """Sets syncookies."""
        self.enter()
        t.sysctl("syncookies", value)

    def established(self):
        """Are there connections?"""
        self.enter()
        return t.states_of(PORT).count("ESTABLISHED")


def begin(host, v6, state=None):
    """A SYN and its SYN-ACK, a cookie's unless STATE says otherwise: flow and timestamp."""
    options = (r.option_mss(1400) + r.option_sack_ok() + r.option_wscale(7)
               + r.option_timestamps(1000, 0))
    flow = r.Flow(host.peer, v6, dport=PORT)
    flow.send("S", options=options)
    synack = flow.expect("SA")
    host.enter()
    assert ("SYN_RECV" in t.states_of(PORT)) == bool(state), "a cookie, or none?"
    return flow, int.from_bytes(synack.options()[8][:4], "big")


def handshake(syn_to, ack_to, v6):
    """A SYN to one host and the ACK to another; True: a connection, and it works."""
    flow, stamp = begin(syn_to, v6)
    return finish(ack_to, flow, stamp, False)


def finish(ack_to, flow, stamp, must=True):
    """The rest of it; False: no connection, unless there MUST be one."""
    v6 = flow.v6
    flow.peer = ack_to.peer
    ack_to.enter()
    before = ack_to.established()
    flow.send("A", options=r.option_timestamps(1001, stamp))
    if not t.wait_until(lambda: ack_to.established() > before, 10 if must else 1):
        assert not must, f"no connection: {flow.any(0)}"
        return False
    # Data passes, and the other host's timestamps are no obstacle to the peer.
    sock = ack_to.listeners[v6].accept()[0]
    flow.send("PA", b"ping", options=r.option_timestamps(1002, stamp))
    sock.settimeout(10)
    assert sock.recv(10) == b"ping"
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    assert info[5] & 7 == 7, f"options {info[5]:#x} did not survive"
    sock.sendall(b"pong")
    while True:
        segment = flow.any(5)
        assert segment, "no data came"
        assert "R" not in segment.flags, segment
        value = int.from_bytes(segment.options()[8][:4], "big")
        assert (value - stamp) & r.MASK < 1 << 31, (value, stamp)
        if segment.data:
            break
    assert segment.data == b"pong", segment
    flow.send("R", seq=flow.nxt)
    sock.close()
    return True


def own_keys(one, two, three):
    """Without a shared key a host takes only its own cookies."""
    for v6 in (False, True):
        assert handshake(one, one, v6)
        assert not handshake(one, two, v6)
        assert not handshake(two, three, v6)


def shared(one, two, three):
    """With one they take each other's; a wrong key is refused."""
    for host, key in ((one, KEYS[0]), (two, KEYS[0]), (three, KEYS[1])):
        assert host.key(f"1:{key}") == 0
    for v6 in (False, True):
        assert handshake(one, two, v6)
        assert handshake(two, one, v6)
        assert not handshake(one, three, v6)
        assert not handshake(three, two, v6)
    assert three.key("1:" + KEYS[0].upper()) == 0
    assert handshake(three, one, False) and handshake(one, three, True)


def expect(host, value):
    """Sets cookie_expect."""
    host.enter()
    t.sysctl("cookie_expect", value)
    return int(t.sysctl("cookie_expect")[0])


def without_cookies(one, *_):
    """A host that sends none takes the others' only while somebody says that they do."""
    quiet = Host()
    quiet.mode(1)
    assert quiet.key(f"1:{KEYS[0]}") == 0
    for v6 in (False, True):
        assert not handshake(one, quiet, v6), "taken, and nobody said so"
    assert expect(quiet, 1000) in (999, 1000)
    for v6 in (False, True):
        assert handshake(one, quiet, v6)
    assert expect(quiet, 1) in (0, 1)
    assert t.wait_until(lambda: t.sysctl("cookie_expect") == ["0"])
    assert not handshake(one, quiet, False)
    assert expect(quiet, -1) == -1
    assert handshake(one, quiet, True)
    quiet.mode(0)
    assert not handshake(one, quiet, False)
    quiet.mode(1)
    assert expect(quiet, 0) == 0
    assert not handshake(one, quiet, False)
    # All send them all the time: that goes without saying. But not with keys of one's own.
    quiet.mode(2)
    assert handshake(one, quiet, False)
    for wrong in ("-2", "86401", "x", ""):
        try:
            t.sysctl("cookie_expect", wrong + "\n")
        except OSError as error:
            assert error.errno == 22, error
        else:
            raise AssertionError(f"{wrong!r} was taken")


def waiting(one, *_):
    """Handshakes that wait for their third ACK outlive a change of keys, timestamps and all."""
    one.enter()
    for keys in ("none", f"7:{KEYS[0]}", f"8:{KEYS[1]}", "none", f"9:{KEYS[2]}", f"1:{KEYS[0]}"):
        flows = [begin(one, v6) for v6 in (False, True)]
        assert one.key(keys) == 0
        # Once more: it is not what was before it.
        assert one.key(keys) == 0
        for flow, stamp in flows:
            finish(one, flow, stamp)
    # A request has what its SYN-ACK had as well.
    one.mode(0)
    for keys in ("none", f"1:{KEYS[0]}"):
        flows = [begin(one, v6, "SYN_RECV") for v6 in (False, True)]
        assert one.key(keys) == 0
        for flow, stamp in flows:
            finish(one, flow, stamp)
    one.mode(2)


def rotation(one, two, three):
    """The greatest epoch makes cookies, and its predecessor's are good."""
    assert one.key(f"1:{KEYS[0]},2:{KEYS[1]}") == 0
    assert two.key(f"1:{KEYS[0]}") == 0
    assert three.key(f"3:{KEYS[2]} 2:{KEYS[1]},1:{KEYS[0]}") == 0
    # One sends by key 2 already: two does not know it, three does.
    assert handshake(two, one, False)
    assert not handshake(one, two, False)
    assert handshake(one, three, True)
    # Three has gone on to key 3; key 1 is older than the one before.
    assert not handshake(three, one, False)
    assert not handshake(two, three, False)


def ahead_of_time(one, two, _):
    """A key that begins later makes no cookies yet, and is known when it does."""
    soon = int(time.time()) + 30
    later = soon + 100000
    assert one.key(f"1:{KEYS[0]},{later}:{KEYS[1]}") == 0
    assert two.key(f"1:{KEYS[0]}") == 0
    assert handshake(one, two, False)
    # Another host's clock may be half a minute ahead: it has begun there.
    assert one.key(f"1:{KEYS[0]},{soon}:{KEYS[1]}") == 0
    assert two.key(f"2:{KEYS[1]}") == 0
    assert handshake(two, one, False)
    assert one.key(f"1:{KEYS[0]},{later}:{KEYS[1]}") == 0
    assert not handshake(two, one, False)


def bad_values(one, two, _):
    """What is wrong is refused as a whole; nobody reads a key."""
    assert one.key(f"1:{KEYS[0]}") == 0 and two.key(f"1:{KEYS[0]}") == 0
    five = ",".join(f"{i}:{KEYS[0]}" for i in range(5))
    for text in ("\n", ",", "1", KEYS[0], f"x:{KEYS[0]}", f"-1:{KEYS[0]}", "1:" + KEYS[0][1:],
                 f"1:{KEYS[0]}0", "1:0x" + KEYS[0][2:], f"1:{KEYS[1]},1:{KEYS[0]}",
                 f"2:{KEYS[1]},3", five, f"2:{KEYS[1]} " + "1" * 300):
        assert one.key(text) == 22, f"{text!r} was taken"
    assert handshake(one, two, False)
    try:
        value = t.sysctl("cookie_key")
    except PermissionError:
        pass
    else:
        raise AssertionError(f"read {value}")
    mode = os.stat(t.sysctl_path("cookie_key")).st_mode & 0o777
    assert mode == 0o200, oct(mode)
    pid = os.fork()
    if not pid:
        status = 1
        try:
            os.setgid(65534)
            os.setuid(65534)
            t.sysctl("cookie_key", "none")
        except OSError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0, "nobody set a key"
    assert handshake(one, two, False)


def taken_back(one, two, _):
    """"none": each host's own keys again."""
    assert one.key("none") == 0
    assert handshake(one, one, False)
    assert not handshake(one, two, False)


def main():
    """Three hosts; each case builds on the one before."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP has no such key")
    hosts = [Host() for _ in range(3)]
    for host in hosts:
        host.mode(2)
    ktap = t.Ktap()
    for case in (own_keys, shared, without_cookies, rotation, ahead_of_time, bad_values,
                 taken_back, waiting):
        ktap.run(case.__doc__, case, *hosts)
    ktap.end()


if __name__ == "__main__":
    main()
