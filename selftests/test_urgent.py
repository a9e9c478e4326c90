#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Urgent data: what the kernel's TCP shows its users of it, atcp shows too, from either peer."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import errno
import fcntl
import os
import random
import select
import signal
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 21970
OOB = socket.MSG_OOB
SIOCATMARK, SIOCINQ, SIOCOUTQ = 0x8905, 0x541B, 0x5411
signals = []


def ask(sock, request):
    """An ioctl's number."""
    return struct.unpack("i", fcntl.ioctl(sock, request, bytes(4)))[0]


def pair(client, server, address, setup=None):
    """A connection whose second end does not wait."""
    sock, child = t.pair(client, server, address, PORT, setup)
    child.setblocking(False)
    return sock, child


def settle(sock):
    """All that was sent is where it goes."""
    assert t.wait_until(lambda: ask(sock, SIOCOUTQ) == 0, 20)


def get(sock, size, flags=0):
    """What recv(2) gives, or its errno's name."""
    try:
        return sock.recv(size, flags | socket.MSG_DONTWAIT)
    except OSError as error:
        return errno.errorcode[error.errno]


def view(sock):
    """Poll's bits, the mark, and what FIONREAD says."""
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLPRI)
    return [bits for _, bits in poll.poll(0)], ask(sock, SIOCATMARK), ask(sock, SIOCINQ)


def story(sock, child, sends, reads):
    """Sends, and then reads, with a view before each."""
    told = []
    for data, flags in sends:
        sock.send(data, flags)
        settle(sock)
    for size, flags in reads:
        told += [view(child), get(child, size, flags)]
    return told + [view(child)]


ONE = ((b"abc", 0), (b"X", OOB), (b"def", 0))
TWO = ((b"ab", 0), (b"1", OOB), (b"cd", 0), (b"z2", OOB), (b"ef", 0))
ALL = (100, 0)
PEEK = socket.MSG_PEEK
STORIES = (
    ("read with the mark", False, ONE,
     (ALL, (1, OOB | PEEK), (5, OOB), (1, OOB), ALL, ALL, (1, OOB))),
    ("passed by", False, ONE, (ALL, ALL, (1, OOB))),
    ("byte by byte", False, ONE, ((1, 0),) * 3 + ((1, OOB),) + ((1, 0),) * 4),
    ("peeked at", False, ONE, ((100, PEEK), ALL, (100, PEEK), (2, PEEK), (1, OOB), ALL)),
    ("in line", True, ONE, (ALL, (1, OOB), (100, PEEK), ALL, ALL)),
    ("two of them", False, TWO, (ALL, (1, OOB), ALL, ALL)),
    ("two of them in line", True, TWO, (ALL, ALL, ALL)),
    ("first of all", False, ((b"X", OOB), (b"ab", 0)), ((1, OOB), ALL, ALL)),
    ("and nothing else", False, ((b"X", OOB),), (ALL, (1, OOB), ALL)),
    ("none", False, ((b"ab", 0),), ((1, OOB), ALL, (1, OOB))),
    ("cut to nothing", False, ONE, ((0, OOB), (1, OOB | socket.MSG_TRUNC), ALL, ALL)),
)


def told(client, server, address):
    """All stories with one pair of stacks."""
    out = []
    for name, inline, sends, reads in STORIES:
        sock, child = pair(client, server, address)
        with sock, child:
            child.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, inline)
            out.append((name, story(sock, child, sends, reads)))
    return out


def same(client, server):
    """The stories are those of the kernel's TCP."""
    t.as_tcp(told, client, server)


def marks(client, server):
    """In a long stream each mark is where it was set; SIGURG came for it."""
    signals.clear()
    sock, child = pair(client, server, "127.0.0.1")
    with sock, child:
        fcntl.fcntl(child, fcntl.F_SETOWN, os.getpid())
        for step in range(5):
            block = random.randbytes(150000)
            sock.setblocking(False)
            got, sent, urgent, mark = b"", 0, False, None
            while not urgent or mark is None:
                if sent < len(block):
                    try:
                        sent += sock.send(block[sent:])
                    except BlockingIOError:
                        pass
                elif not urgent:
                    try:
                        urgent = sock.send(b"!", OOB) == 1
                    except BlockingIOError:
                        pass
                select.select([child], [], [], 1)
                part = get(child, 65536)
                if isinstance(part, bytes):
                    got += part
                if urgent and ask(child, SIOCATMARK):
                    mark = len(got)
            assert t.wait_until(lambda: get(child, 1, OOB) == b"!", 20)
            assert mark == len(block) and got == block, (step, mark, len(got))
        assert signals, "no SIGURG"


def small(listener):
    """Its connections have small windows."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)


def closed_window(client, server):
    """A peer that does not read is told all the same."""
    sock, child = pair(client, server, "127.0.0.1", small)
    with sock, child:
        sock.setblocking(False)
        sent = sock.send(b"x" * 30000)
        sent += sock.send(b"!", OOB)
        assert sent == 30001
        assert t.wait_until(lambda: get(child, 1, OOB) == "EAGAIN", 30)
        got = 0
        while got < 30000:
            select.select([child], [], [], 20)
            part = get(child, 65536)
            got += len(part) if isinstance(part, bytes) else 0
        assert t.wait_until(lambda: get(child, 1, OOB) == b"!", 20)


def announced(peer):
    """A pointer beyond the data, one that comes with it, and the other reading of it."""
    for std in (0, 1):
        t.sysctl("stdurg", std)
        with t.listener("10.99.0.1", PORT) as listener:
            sock, flow = r.accepted(peer, listener, PORT)
            with sock:
                flow.send("AU", b"ab", urg=6 - std)
                assert t.wait_until(lambda: get(sock, 1, OOB) == "EAGAIN", 10)
                assert get(sock, 10) == b"ab"
                flow.send("A", b"cde!fg")
                assert t.wait_until(lambda: get(sock, 10) == b"cde", 10)
                assert ask(sock, SIOCATMARK) == 1
                assert get(sock, 1, OOB) == b"!" and get(sock, 10) == b"fg"
                # Of what was read or received nothing is urgent any more.
                flow.send("AU", b"g", seq=flow.nxt - 1, urg=1 - std)
                flow.send("A", b"i")
                assert t.wait_until(lambda: get(sock, 10) == b"i", 10)
                assert get(sock, 1, OOB) == "EINVAL"
                sock.send(b"xyz", OOB)
                segment = flow.expect("AU", skip="A")
                assert segment.data == b"xyz" and segment.urg == 3, segment
                flow.send("RA")
    t.sysctl("stdurg", 0)


t.private_netns()
signal.signal(signal.SIGURG, lambda *_: signals.append(1))
k = t.Ktap()
if t.STACK == "tcp":
    t.skip_all("the kernel's TCP is what is compared with")
for stacks in (("atcp", "atcp"), ("atcp", "tcp"), ("tcp", "atcp")):
    for test in (same, marks, closed_window):
        k.run(f"{stacks[0]} to {stacks[1]}: {test.__doc__}", test, *stacks)
k.run(announced.__doc__, announced, r.Peer())
k.end()
