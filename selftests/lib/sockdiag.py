# SPDX-License-Identifier: GPL-2.0
"""sock_diag by hand: dumps, one socket, and its end, as ss(8) asks for them."""
import atexit
import errno
import os
import socket
import struct
import time

import atcptest as t

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
SOCK_DESTROY = 21
REQUEST, MULTI, ACK, DUMP = 1, 2, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NOCOOKIE = b"\xff" * 8
ALL = 0xfff
# Attributes of a message; ext asks for MEMINFO to CLASS_ID by bit number - 1.
(MEMINFO, INFO, VEGASINFO, CONG, TOS, TCLASS, SKMEMINFO, SHUTDOWN) = range(1, 9)
(MARK, CLASS_ID, CGROUP_ID, V6ONLY, SOCKOPT) = (15, 17, 21, 11, 22)
EVERYTHING = 0xff
STATE = {name: i for i, name in enumerate(t.STATES) if name}
BYTECODE = 1


class Row:
    """One message: addresses as text, what struct inet_diag_msg says, attributes."""

    def __init__(self, data):
        (self.family, state, self.timer, self.retrans) = struct.unpack("4B", data[:4])
        self.state = t.STATES[state]
        self.id = data[4:52]
        (self.sport, self.dport) = struct.unpack("!HH", data[4:8])
        size = 4 if self.family == socket.AF_INET else 16
        self.src = socket.inet_ntop(self.family, data[8:8 + size])
        self.dst = socket.inet_ntop(self.family, data[24:24 + size])
        self.device = struct.unpack("I", data[40:44])[0]
        self.cookie = data[44:52]
        (self.expires, self.rqueue, self.wqueue, self.uid, self.inode) = \
            struct.unpack("5I", data[52:72])
        self.attr = {}
        data = data[72:]
        while len(data) >= 4:
            length, kind = struct.unpack("HH", data[:4])
            self.attr[kind & 0x3fff] = data[4:length]
            data = data[(length + 3) & ~3:]

    def u32(self, kind):
        """An attribute that is numbers, as a tuple."""
        return struct.unpack(f"{len(self.attr[kind]) // 4}I", self.attr[kind])

    def key(self):
        """What tells a flow from others."""
        return (self.src, self.sport, self.dst, self.dport)

    def __repr__(self):
        return f"<{self.src}:{self.sport} {self.dst}:{self.dport} {self.state}>"


def sockid(src="", sport=0, dst="", dport=0, device=0, cookie=NOCOOKIE):
    """struct inet_diag_sockid"""
    def packed(address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return (socket.inet_pton(family, address) if address else b"").ljust(16, b"\0")
    return (struct.pack("!HH", sport, dport) + packed(src) + packed(dst)
            + struct.pack("I", device) + cookie)


class Diag:
    """A sock_diag socket. A socket's inode is of the namespace that it was opened in."""

    def __init__(self, stack=t.STACK, receive=65536):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
        self.sock.settimeout(30)
        self.proto = 6 if stack == "tcp" else t.IPPROTO_ATCP
        self.receive = receive
        self.messages = 0       # recv(2) calls of the last dump

    def ask(self, kind, flags, family, ident, ext=0, states=ALL, filters=b"", proto=None):
        """Sends a request."""
        body = struct.pack("BBBBI", family, proto or self.proto, ext, 0, states) + ident
        if filters:
            body += struct.pack("HH", 4 + len(filters), BYTECODE) + filters
        self.sock.send(struct.pack("IHHII", 16 + len(body), kind, REQUEST | flags, 1, 0) + body)

    def answers(self, pause=None):
        """Yields (type, payload) until the answer is over; PAUSE is called between two recv(2)."""
        while True:
            data = self.sock.recv(self.receive)
            self.messages += 1
            while data:
                length, kind, flags = struct.unpack("IHH", data[:8])
                yield kind, data[16:length]
                if kind in (NLMSG_DONE, NLMSG_ERROR) or not flags & MULTI:
                    return
                data = data[(length + 3) & ~3:]
            if pause:
                pause()

    def dump(self, family=socket.AF_UNSPEC, sport=0, dport=0, pause=None, **more):
        """All rows that fit, of one family or (the kernel knows no such thing) of both."""
        if family == socket.AF_UNSPEC:
            rows = self.dump(socket.AF_INET, sport, dport, pause, **more)
            messages = self.messages
            rows += self.dump(socket.AF_INET6, sport, dport, pause, **more)
            self.messages += messages
            return rows
        self.messages = 0
        self.ask(SOCK_DIAG_BY_FAMILY, DUMP, family, sockid(sport=sport, dport=dport), **more)
        rows = []
        for kind, data in self.answers(pause):
            if kind in (NLMSG_ERROR, NLMSG_DONE):
                error = struct.unpack("i", data[:4])[0] if len(data) >= 4 else 0
                if error:
                    raise OSError(-error, os.strerror(-error))
            else:
                rows.append(Row(data))
        return rows

    def exact(self, ident, family, ext=0):
        """The one row of an address pair and cookie."""
        self.ask(SOCK_DIAG_BY_FAMILY, 0, family, ident, ext)
        kind, data = next(self.answers())
        if kind == NLMSG_ERROR:
            error = -struct.unpack("i", data[:4])[0]
            raise OSError(error, os.strerror(error))
        return Row(data)

    def destroy(self, ident, family):
        """Its end: 0 or an errno's name."""
        self.ask(SOCK_DESTROY, ACK, family, ident)
        _, data = next(self.answers())
        return errno.errorcode.get(-struct.unpack("i", data[:4])[0], 0)


def loaded(module="atcp_diag"):
    """Is the module loaded?"""
    with open("/proc/modules", encoding="ascii") as file:
        return any(line.split()[0] == module for line in file)


def load():
    """Loads atcp_diag.ko, that is in nobody's module path, or skips the test; it goes when
    the test ends, since rmmod(8) of atcp is refused while it is here."""
    if t.STACK == "tcp":
        t.sh("modprobe -q tcp_diag", check=False)
        return
    path = os.path.join(os.path.dirname(os.environ.get("ATCP_KO", "/mnt/atcp.ko")), "atcp_diag.ko")
    if loaded():
        return
    if not os.path.exists(path):
        t.skip_all(f"no {path}")
    t.sh(f"modprobe -q inet_diag; insmod {path}")
    # Not by the children that a test has, which end first.
    me = os.getpid()
    atexit.register(lambda: os.getpid() == me and unload())


def unload():
    """Unloads it."""
    for _ in range(100):
        if t.STACK == "tcp" or not loaded() or not t.sh("rmmod atcp_diag", check=False):
            return
        time.sleep(0.05)
