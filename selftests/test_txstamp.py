#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""SO_TIMESTAMPING of what is sent, TCP_INFO's times and rates, TCP_INQ: as the kernel's TCP."""
# timeout: 120
# platforms: stock uml
# check: uml
import os
import select
import socket
import struct
import sys
import tempfile
import time

sys.path.insert(0, "lib")
import atcptest as t
import txstamp

PORT = 21980
TCP_INQ, TCP_CC_INFO, TCP_CM_INQ = 36, 26, 36
HARDWARE, SOFT, REPORT, ID, SCHED, ACK, CMSG, ONLY = 1, 2, 16, 128, 256, 512, 1024, 2048
ALL = SOFT | SCHED | ACK


def pair(client, server, address, setup=None):
    """A connection whose first end does not wait."""
    sock, child = t.pair(client, server, address, PORT, setup)
    # recvmsg(2) with a timeout would wait for data before it looks for errors.
    sock.setblocking(False)
    return sock, child


def flags(sock, value):
    """Sets SO_TIMESTAMPING."""
    sock.setsockopt(socket.SOL_SOCKET, txstamp.SO_TIMESTAMPING, value)


def stamps(sock, count):
    """So many of them, in order of kind and number; what is sent again counts once."""
    got = []

    def more():
        one = txstamp.told(sock)
        if one and (one[0] == "acked" or one[:2] not in [old[:2] for old in got]):
            got.append(one)
        return len(got) >= count

    begin = time.time()
    assert t.wait_until(more, 20), got
    for _, _, _, when in got:
        assert begin - 30 < when[0] + when[1] / 1e9 < time.time() + 1, when
    return sorted(one[:3] for one in got)


def carry(sock, child, blocks, extra=()):
    """Sends them, one call each, and reads them."""
    for block in blocks:
        assert sock.sendmsg([block], extra) == len(block)
        left = len(block)
        while left:
            left -= len(child.recv(left))


def simple(sock, child):
    """Three sends, each by its last byte."""
    flags(sock, ALL | REPORT | ID | ONLY)
    carry(sock, child, (b"a" * 10, b"b" * 20, b"c" * 30))
    return stamps(sock, 9)


def with_data(sock, child):
    """The packets come back too."""
    flags(sock, ALL | REPORT | ID)
    carry(sock, child, (b"a" * 10, b"b" * 1000))
    return stamps(sock, 6)


def each(sock, child):
    """Thirty, each acknowledged before the next."""
    flags(sock, ACK | REPORT | ID | ONLY)
    out = []
    for number in range(30):
        carry(sock, child, (bytes([number]) * 10,))
        out += stamps(sock, 1)
    return out


def nameless(sock, child):
    """Without numbers."""
    carry(sock, child, (b"before",))
    flags(sock, ACK | REPORT | ONLY)
    carry(sock, child, (b"a" * 10, b"b" * 20))
    return stamps(sock, 2)


def later(sock, child):
    """Numbers count from where they were asked for, and from there again."""
    carry(sock, child, (b"x" * 1000,))
    flags(sock, SOFT | REPORT | ID | ONLY)
    carry(sock, child, (b"a" * 10, b"b" * 20))
    out = stamps(sock, 2)
    flags(sock, 0)
    carry(sock, child, (b"x" * 1000,))
    flags(sock, SOFT | ACK | REPORT | ID | ONLY)
    carry(sock, child, (b"a" * 10,))
    return out + stamps(sock, 2)


def by_call(sock, child):
    """A control message asks for one send's alone."""
    flags(sock, REPORT | ID | ONLY)
    carry(sock, child, (b"a" * 10,))
    ask = [(socket.SOL_SOCKET, txstamp.SO_TIMESTAMPING, struct.pack("I", ALL))]
    carry(sock, child, (b"b" * 20,), ask)
    carry(sock, child, (b"c" * 30,))
    return stamps(sock, 3)


def polled(sock, child):
    """poll(2) tells of them, SO_ERROR does not."""
    flags(sock, ACK | REPORT | ID | ONLY)
    carry(sock, child, (b"a",))
    poll = select.poll()
    poll.register(sock, 0)
    assert poll.poll(20000) == [(sock.fileno(), select.POLLERR)]
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return [error, stamps(sock, 1), poll.poll(0), txstamp.told(sock)]


def large(sock, child):
    """Of many segments the last one is followed, however they are cut."""
    flags(sock, ALL | REPORT | ID | ONLY)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    carry(sock, child, (b"w" * 150000,))
    return stamps(sock, 3)


def from_file(sock, child):
    """sendfile(2): the last byte of it."""
    flags(sock, SOFT | ACK | REPORT | ID | ONLY)
    with tempfile.TemporaryFile() as file:
        file.write(b"z" * 10000)
        file.flush()
        assert os.sendfile(sock.fileno(), file.fileno(), 0, 10000) == 10000
    left = 10000
    while left:
        left -= len(child.recv(left))
    return [one for one in stamps(sock, 2) if one[1] == 9999]


STORIES = (simple, with_data, each, nameless, later, by_call, polled, large, from_file)


def told(client, server, address):
    """All stories with one pair of stacks."""
    out = []
    for story in STORIES:
        sock, child = pair(client, server, address)
        with sock, child:
            out.append((story.__name__, story(sock, child)))
    return out


def same(client, server):
    """What is told of the bytes sent is what the kernel's TCP tells."""
    t.as_tcp(told, client, server)


def small_pieces(client, server):
    """A queue that cuts large segments: the stamp is its last piece's."""
    t.sh("ip link set lo mtu 1500")
    t.sh("tc qdisc add dev lo root tbf rate 500mbit burst 4000 limit 1000000")
    try:
        for address in ("127.0.0.1", "::1"):
            sock, child = pair(client, server, address)
            with sock, child:
                got = large(sock, child)
                assert got == [(kind, 149999, 0) for kind in ("acked", "queued", "sent")], got
    finally:
        t.sh("tc qdisc del dev lo root")
        t.sh("ip link set lo mtu 65536")


def inq(client, server):
    """TCP_INQ: what is left to read, and 1 at the end."""
    out = []
    for kinds in (("tcp", "tcp"), (client, server)):
        sock, child = pair(*kinds, "127.0.0.1")
        with sock, child:
            told_now = []
            for value in (1, 0, 2, -1):
                try:
                    child.setsockopt(socket.IPPROTO_TCP, TCP_INQ, value)
                except OSError as error:
                    told_now.append(error.errno)
                told_now.append(child.getsockopt(socket.IPPROTO_TCP, TCP_INQ))
            child.setsockopt(socket.IPPROTO_TCP, TCP_INQ, 1)
            sock.send(b"x" * 1000)
            sock.shutdown(socket.SHUT_WR)
            assert t.wait_until(lambda: t.tcp_state(child) == "CLOSE_WAIT", 20)
            for size, bits in ((100, 0), (50, socket.MSG_PEEK), (899, 0), (1, 0), (5, 0)):
                data, parts, _, _ = child.recvmsg(size, 64, bits)
                left = [struct.unpack("i", value)[0] for level, name, value in parts
                        if (level, name) == (socket.IPPROTO_TCP, TCP_CM_INQ)]
                told_now.append((len(data), left))
            told_now.append(child.getsockopt(socket.IPPROTO_TCP, TCP_CC_INFO, 64))
            out.append(told_now)
    assert out[0] == out[1], out


def quickack(client, server):
    """TCP_QUICKACK of a listener is that of a new socket."""
    out = []
    for stack in ("tcp", client):
        def off(sock):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
            out.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK))

        with t.listener("127.0.0.1", PORT, stack=stack, setup=off) as sock:
            out.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK))
    assert out == [0, 1] * 2, out


def tcp_info(sock):
    """Some of struct tcp_info by name."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232).ljust(232, b"\0")
    names = (("rate", 160, "Q"), ("busy", 168, "Q"), ("rwnd", 176, "Q"), ("sndbuf", 184, "Q"),
             ("delivered", 192, "I"), ("dsack", 216, "I"), ("reord", 220, "I"),
             ("ooo", 224, "I"), ("unacked", 24, "I"), ("ssthresh", 76, "I"), ("cwnd", 80, "I"),
             ("notsent", 144, "I"), ("rtt", 68, "I"), ("min_rtt", 148, "I"), ("sndwnd", 228, "I"))
    out = {name: struct.unpack_from(kind, raw, at)[0] for name, at, kind in names}
    out["limited"] = raw[7] & 1
    out["wscale"] = raw[6] >> 4
    return out


def figures(client, server):
    """TCP_INFO: the SYN is delivered; times and rates are those of what was done."""
    fresh = []
    for kinds in (("tcp", "tcp"), (client, server)):
        sock, child = pair(*kinds, "127.0.0.1")
        with sock, child:
            for end in (sock, child):
                now = tcp_info(end)
                fresh.append((now["delivered"], now["busy"], now["rwnd"], now["sndbuf"],
                              now["limited"], now["wscale"]))
            sock.send(b"x" * 100)
            child.recv(100)
            assert t.wait_until(lambda: tcp_info(sock)["delivered"] == 2, 20)
            now = tcp_info(sock)
            assert now["rate"] > 0 and now["limited"] == 1, now
    assert fresh[:2] == fresh[2:], fresh


def waits(client, server):
    """A reader that stands still is the window's fault; a small send buffer is the sender's."""
    def narrow(listener):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000)

    sock, child = pair(client, server, "127.0.0.1", narrow)
    with sock, child:
        sent = sock.send(b"x" * 200000)
        assert t.wait_until(lambda: tcp_info(sock)["rwnd"] > 200000, 20)
        now = tcp_info(sock)
        assert now["busy"] >= now["rwnd"] > 200000 and not now["sndbuf"], now
        while sent:
            sent -= len(child.recv(65536))
        assert t.wait_until(lambda: tcp_info(sock)["unacked"] == 0, 20)
        before = tcp_info(sock)
        sock.send(b"x")
        assert len(child.recv(1)) == 1
        now = tcp_info(sock)
        # Nothing was to be sent in between.
        assert now["busy"] - before["busy"] < 1000000 and now["rwnd"] == before["rwnd"], now


def sndbuf(client, server):
    """A send buffer of less than the path holds."""
    t.sh("ip link set lo mtu 1500")
    t.sh("tc qdisc add dev lo root netem delay 20ms")
    try:
        sock, child = pair(client, server, "127.0.0.1")
        with sock, child:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 40000)
            sock.setblocking(False)
            child.setblocking(False)
            end = time.monotonic() + 30
            while not tcp_info(sock)["sndbuf"]:
                assert time.monotonic() < end, (client, tcp_info(sock))
                _, room, _ = select.select([], [sock], [], 0.1)
                if room:
                    sock.send(b"y" * 200000)
                try:
                    child.recv(1 << 20)
                except BlockingIOError:
                    pass
            now = tcp_info(sock)
            assert now["busy"] >= now["sndbuf"], now
    finally:
        t.sh("tc qdisc del dev lo root")
        t.sh("ip link set lo mtu 65536")


t.private_netns()
k = t.Ktap()
if t.STACK == "tcp":
    t.skip_all("the kernel's TCP is what is compared with")
for stacks in (("atcp", "atcp"), ("atcp", "tcp")):
    for test in (same, small_pieces, figures, waits, sndbuf, inq, quickack):
        k.run(f"{stacks[0]} to {stacks[1]}: {test.__doc__}", test, *stacks)
k.end()
