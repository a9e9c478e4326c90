# SPDX-License-Identifier: GPL-2.0
"""A path through a router, and transfers over it.

    near ------------- r0  mid  r1 ------------- far
    10.97.1.1          .1.254   .2.254           10.97.2.2
    fd97:1::1          ::fe     ::fe             fd97:2::2

What the path is like is said by queueing disciplines of mid: r1's for what goes to far, r0's for what
comes back. No device cuts or merges segments, so that one that is lost, late or counted is one; the
senders' own queues are those that a device has by itself.
"""
import ctypes
import os
import socket
import sys
import threading
import time
import zlib

import atcptest as t

PORT = 21000
# Any bytes, the same for all: what is compared is their sum.
BLOCK = os.urandom(1 << 20)


def _netns():
    """A new namespace: its file. The caller's thread stays where it was."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    if ctypes.CDLL(None).unshare(t.CLONE_NEWNET):
        t.skip_all("no network namespaces")
    t.usable_netns()
    there = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    t.enter_netns(here)
    os.close(here)
    return there


class Router:
    """Three namespaces in a row, made by a thread that is in none of them."""

    def __init__(self, v6=False):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.family = socket.AF_INET6 if v6 else socket.AF_INET
        self.address = "fd97:2::2" if v6 else "10.97.2.2"
        self.ns = {name: _netns() for name in ("near", "mid", "far")}
        t.let_go_at_exit(self.ns["near"], self.ns["far"])
        for end, port, net, host in (("near", "r0", 1, 1), ("far", "r1", 2, 2)):
            self.sh("mid", f"ip link add {port} type veth peer name eth0 "
                           f"netns /proc/{os.getpid()}/fd/{self.ns[end]}")
            for name, device, v4, last in (("mid", port, 254, "fe"), (end, "eth0", host, host)):
                self.sh(name, f"ip addr add 10.97.{net}.{v4}/24 dev {device};"
                              f"ip addr add fd97:{net}::{last}/64 dev {device} nodad;"
                              f"ip link set {device} up; ethtool -K {device} tso off gro off")
            self.sh(end, f"ip route add default via 10.97.{net}.254;"
                         f"ip route add default via fd97:{net}::fe")
            # What one connection has learned of the path is not for the next.
            self.sh(end, "sysctl -qw net.ipv4.tcp_no_metrics_save=1 net.atcp.no_metrics_save=1")
        # What is forwarded is cut before it is queued.
        self.sh("mid", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1;"
                       "ethtool -K r0 gso off; ethtool -K r1 gso off")

    def enter(self, name):
        """Moves this thread into a namespace; "home" is where it came from."""
        t.enter_netns(self.home if name == "home" else self.ns[name])

    def sh(self, name, command, check=True):
        """Runs a command line there."""
        self.enter(name)
        try:
            return t.sh(command, check)
        finally:
            self.enter("home")

    def move(self):
        """Near's device and its addresses go to a namespace of their own, "moved"."""
        self.ns["moved"] = _netns()
        self.sh("near", f"ip link set eth0 netns /proc/{os.getpid()}/fd/{self.ns['moved']}")
        self.sh("moved", "ip addr add 10.97.1.1/24 dev eth0; ip addr add fd97:1::1/64 dev eth0 nodad;"
                         "ip link set eth0 up; ethtool -K eth0 tso off gro off;"
                         "ip route add default via 10.97.1.254; ip route add default via fd97:1::fe")

    def close(self):
        """The namespaces go."""
        t.let_go(self.ns["near"], self.ns["far"])
        self.enter("home")
        for fd in (*self.ns.values(), self.home):
            os.close(fd)

    def shape(self, to_far, to_near=None):
        """What the path does to packets: queueing disciplines as tc(8) has them, several lines for a tree."""
        for device, lines in (("r1", to_far), ("r0", to_near)):
            self.sh("mid", f"tc qdisc del dev {device} root", check=False)
            for line in (lines or "").splitlines():
                line = line.strip()
                if line.startswith(("qdisc", "filter", "class")):
                    kind, rest = line.split(None, 1)
                    self.sh("mid", f"tc {kind} add dev {device} {rest}")
                elif line:
                    self.sh("mid", f"tc qdisc add dev {device} root {line}")

    def listen(self, stack):
        """A listener in far, and its port."""
        global PORT
        PORT += 1
        self.enter("far")
        try:
            listener = t.listener(self.address, PORT, stack=stack)
        finally:
            self.enter("home")
        listener.settimeout(600)
        return listener, PORT

    def socket(self, stack):
        """One in near, not connected."""
        self.enter("near")
        try:
            sock = t.make_socket(self.family, stack)
        finally:
            self.enter("home")
        sock.settimeout(600)
        return sock

    def connect(self, stack, receiver):
        """A connection from near to far: both ends."""
        listener, port = self.listen(receiver)
        sock = self.socket(stack)
        with listener:
            sock.connect((self.address, port))
            child = listener.accept()[0]
        child.settimeout(600)
        return sock, child

    def counters(self, stack):
        """Those of near."""
        self.enter("near")
        try:
            return t.counters(stack)
        finally:
            self.enter("home")

    def later(self, events):
        """Runs command lines in mid at their times: a thread for [(seconds from now, line)]."""
        def run():
            begun = time.monotonic()
            for at, line in events:
                time.sleep(max(begun + at - time.monotonic(), 0))
                self.sh("mid", line, check=False)
        thread = threading.Thread(target=run)
        thread.start()
        return thread


class Sender(threading.Thread):
    """Writes SIZE bytes, or until SECONDS are over, and ends the stream; .sum and .sent are of what was written."""

    def __init__(self, sock, size=1 << 50, seconds=None):
        super().__init__()
        self.sock, self.size, self.seconds = sock, size, seconds
        self.sum = self.sent = 0
        self.start()

    def run(self):
        end = time.monotonic() + self.seconds if self.seconds else None
        at = 0
        while self.sent < self.size and not (end and time.monotonic() > end):
            n = self.sock.send(memoryview(BLOCK)[at:at + min(1 << 16, self.size - self.sent)])
            self.sum = zlib.crc32(memoryview(BLOCK)[at:at + n], self.sum)
            self.sent += n
            at = (at + n) % len(BLOCK)
        self.sock.shutdown(socket.SHUT_WR)


class Receiver(threading.Thread):
    """Reads to the end of the stream; .sum and .got are of what came, .times when (begin, end)."""

    def __init__(self, sock):
        super().__init__()
        self.sock = sock
        self.sum = self.got = 0
        self.end = time.monotonic()
        # (time, bytes so far)
        self.history = []
        self.start()

    def run(self):
        while data := self.sock.recv(1 << 18):
            self.sum = zlib.crc32(data, self.sum)
            self.got += len(data)
            self.history.append((time.monotonic(), self.got))
        self.end = time.monotonic()

    def between(self, begin, end):
        """Bytes that came between two times."""
        return (max((n for at, n in self.history if at <= end), default=0)
                - max((n for at, n in self.history if at <= begin), default=0))


def both_ways(sock, child, size):
    """SIZE bytes from each end to the other at once, to the end of the streams: ([(came, sum)], [(sent, sum)])."""
    givers = [Sender(s, size) for s in (sock, child)]
    takers = [Receiver(s) for s in (child, sock)]
    for thread in givers + takers:
        thread.join()
    return [(x.got, x.sum) for x in takers], [(size, x.sum) for x in givers]


def transfer(net, stack, receiver, size, events=()):
    """Seconds from connect(2) to the last of SIZE bytes at the other end, which are as they were sent."""
    begun = time.monotonic()
    later = net.later(events) if events else None
    sock, child = net.connect(stack, receiver)
    with sock, child:
        taker = Receiver(child)
        giver = Sender(sock, size)
        giver.join()
        taker.join()
    if later:
        later.join()
    if (taker.sum, taker.got) != (giver.sum, size):
        sys.exit(f"{stack}: {taker.got} of {size} bytes came, or others")
    return taker.end - begun
