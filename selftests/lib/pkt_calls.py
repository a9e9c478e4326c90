# SPDX-License-Identifier: GPL-2.0
"""The system calls of packet scripts, on sockets of one stack."""
import ctypes
import errno
import fcntl
import os
import select
import socket
import struct

import atcptest as t
from pkt_info import CONSTANTS
from pkt_wire import pattern


class Mismatch(Exception):
    """What a call gave is not what the script says."""


class Handle:
    """A descriptor of the script's."""

    def __init__(self, sock, flow=None):
        self.sock = sock
        self.begin(flow)

    def begin(self, flow):
        """A connection begins, on a flow."""
        self.flow = flow
        self.stream = bytearray()   # what was written
        self.read = 0               # the next byte's place in the peer's stream
        if flow:
            flow.sent, flow.written = self.stream, True


def number(expression):
    """The value of words that are or'ed."""
    kind, words = expression
    if kind == "field":
        return number(words[1])
    if kind != "or":
        raise ValueError(f"a number wanted, not {expression}")
    total = 0
    for word in words:
        total |= word if isinstance(word, int) else CONSTANTS[word]
    return total


class Calls:
    """Makes calls; RUN is the runner, which knows addresses and flows."""

    def __init__(self, run):
        self.run = run
        self.handles = {}
        self.last = None        # the socket that was connected or accepted last

    def make(self, name, arguments, wanted, error):
        """Makes one call: what it gave, as text, and whether that is what is wanted."""
        method = getattr(self, "call_" + name, None)
        if not method:
            raise ValueError(f"no call {name}")
        try:
            got = method(wanted, *arguments)
        except OSError as failure:
            name = errno.errorcode.get(failure.errno, str(failure))
            return f"-1 {name}", bool(error) and CONSTANTS[error] == failure.errno and number(wanted) == -1
        return str(got), not error and (wanted[0] == "any" or got == number(wanted))

    def sock(self, fd):
        """The socket of a descriptor."""
        return self.handles[number(fd)].sock

    def address(self, expression):
        """A peer's address: that of flow 1, or @N."""
        if expression[0] == "or" and number(expression) == socket.AF_UNSPEC:
            return None
        flow = self.run.flow(expression[1] if expression[0] == "flow" else 1)
        return (self.run.host(flow.peer_text), flow.sport)

    # --- making connections

    def call_socket(self, wanted, _, kind, proto):
        """socket(..., SOCK_STREAM, IPPROTO_TCP) = 3"""
        family = socket.AF_INET if self.run.family == "v4" else socket.AF_INET6
        if number(proto) not in (0, socket.IPPROTO_TCP):
            raise ValueError("IPPROTO_TCP stands for the stack under test")
        sock = socket.socket(family, number(kind), socket.IPPROTO_TCP if self.run.stack == "tcp" else t.IPPROTO_ATCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.handles[number(wanted)] = Handle(sock)
        return number(wanted)

    def call_bind(self, _, fd, *__):
        """bind(3, ..., ...) = 0: to the script's port"""
        self.sock(fd).bind((self.run.host(self.run.here), self.run.port))
        return 0

    def call_listen(self, _, fd, backlog):
        """listen(3, 1) = 0"""
        self.sock(fd).listen(number(backlog))
        return 0

    def call_accept(self, wanted, fd, *_):
        """accept(3, ..., ...) = 4"""
        sock, address = self.sock(fd).accept()
        flow = self.run.flow(address[1] - self.run.peer_port)
        if address[0] != self.run.host(flow.peer_text):
            raise Mismatch(f"accept said that {address[0]} is the peer")
        self.handles[number(wanted)] = self.last = Handle(sock, flow)
        return number(wanted)

    def connecting(self, fd, address):
        """The flow that a socket begins; None for AF_UNSPEC."""
        handle = self.handles[number(fd)]
        self.last = handle
        where = self.address(address)
        flow = self.run.flow(where[1] - self.run.peer_port) if where else None
        if flow and handle.flow is not flow:
            handle.begin(flow)
        return handle, where

    def call_connect(self, _, fd, address, *__):
        """connect(3, ..., ...) = 0; @2 for another port of the peer's; AF_UNSPEC"""
        handle, where = self.connecting(fd, address)
        if where:
            handle.sock.connect(where)
        else:
            handle.flow = None
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.connect(handle.sock.fileno(), struct.pack("H14x", socket.AF_UNSPEC), 16):
                raise OSError(ctypes.get_errno(), "")
        return 0

    # --- data

    def put(self, handle, data, length, send):
        """Sends bytes, which are the stream's next unless the script says which."""
        length = number(length)
        data = pattern(len(handle.stream), length) if data[0] == "any" else data[1]
        at = len(handle.stream)
        handle.stream += data
        done = 0
        try:
            done = send(data)
        finally:
            del handle.stream[at + done:]
        return done

    def call_write(self, _, fd, data, length):
        """write(4, ..., 1000) = 1000"""
        handle = self.handles[number(fd)]
        return self.put(handle, data, length, lambda d: os.write(handle.sock.fileno(), d))

    def call_send(self, _, fd, data, length, flags):
        """send(4, ..., 1000, MSG_MORE) = 1000"""
        handle = self.handles[number(fd)]
        return self.put(handle, data, length, lambda d: handle.sock.send(d, number(flags)))

    def call_sendto(self, _, fd, data, length, flags, address, *__):
        """sendto(4, ..., 1000, MSG_FASTOPEN, ..., ...) = 1000"""
        handle, where = self.connecting(fd, address)
        return self.put(handle, data, length, lambda d: handle.sock.sendto(d, number(flags), where))

    def call_sendfile(self, _, fd, __, ___, length):
        """sendfile(4, ..., ..., 1000) = 1000: from a file in memory"""
        handle = self.handles[number(fd)]

        def send(data):
            file = os.memfd_create("sent")
            try:
                os.write(file, data)
                return os.sendfile(handle.sock.fileno(), file, 0, len(data))
            finally:
                os.close(file)
        return self.put(handle, ("any", None), length, send)

    def took(self, handle, data, flags, wanted):
        """Looks whether the peer's stream was read."""
        if wanted[0] == "bytes":
            if wanted[1] != data:
                raise Mismatch(f"read {data!r}")
        elif not (flags & socket.MSG_TRUNC or handle.flow is None or handle.flow.urgent) \
                and data != pattern(handle.read, len(data)):
            raise Mismatch(f"read what is not the peer's stream at {handle.read}")
        if not flags & (socket.MSG_PEEK | socket.MSG_OOB):
            handle.read += len(data)
        return len(data)

    def call_read(self, _, fd, data, length):
        """read(4, ..., 1000) = 1000"""
        handle = self.handles[number(fd)]
        return self.took(handle, os.read(handle.sock.fileno(), number(length)), 0, data)

    def call_recv(self, _, fd, data, length, flags):
        """recv(4, ..., 1000, MSG_PEEK) = 1000"""
        handle, flags = self.handles[number(fd)], number(flags)
        return self.took(handle, handle.sock.recv(number(length), flags), flags, data)

    # --- the end

    def call_shutdown(self, _, fd, how):
        """shutdown(4, SHUT_WR) = 0"""
        self.sock(fd).shutdown(number(how))
        return 0

    def call_close(self, _, fd):
        """close(4) = 0"""
        # Not the object's: it would say nothing of an error.
        handle = self.handles.pop(number(fd))
        if self.last is handle:
            self.last = next((h for h in reversed(self.handles.values()) if h.flow), None)
        os.close(handle.sock.detach())
        return 0

    # --- options and state

    def call_fcntl(self, _, fd, command, *rest):
        """fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0"""
        got = fcntl.fcntl(self.sock(fd).fileno(), number(command), *(number(r) for r in rest))
        return got

    @staticmethod
    def value(expression):
        """An option's value: an int, or bytes."""
        kind, inside = expression
        if kind == "list":
            return number(inside[0]) if len(inside) == 1 else struct.pack(f"{len(inside)}i", *map(number, inside))
        if kind == "struct":
            wide = "q" if inside and inside[0][1][0] == "tv_sec" else "i"
            return struct.pack(f"{len(inside)}{wide}", *map(number, inside))
        return inside

    def call_setsockopt(self, _, fd, level, name, value, length):
        """setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0"""
        value, length = self.value(value), number(length)
        if isinstance(value, int):
            value = value.to_bytes(max(length, 0), "little", signed=value < 0)
        self.sock(fd).setsockopt(number(level), number(name), value)
        return 0

    def call_getsockopt(self, _, fd, level, name, value, length):
        """getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0"""
        room = number(length[1][0]) if length[0] == "list" else number(length)
        got = self.sock(fd).getsockopt(number(level), number(name), room)
        if value == ("any", None) or value == ("list", [("any", None)]):
            return 0
        wanted = self.value(value)
        if isinstance(wanted, int):
            got = int.from_bytes(got, "little", signed=wanted < 0)
        elif value[0] == "bytes":
            got = got.rstrip(b"\0")
        if got != wanted:
            raise Mismatch(f"the value is {got}")
        return 0

    def call_ioctl(self, _, fd, request, value):
        """ioctl(4, SIOCINQ, [1000]) = 0"""
        room = fcntl.ioctl(self.sock(fd).fileno(), number(request), struct.pack("i", 0))
        got, = struct.unpack("i", room)
        if got != number(value[1][0]):
            raise Mismatch(f"the value is {got}")
        return 0

    def call_poll(self, _, rows, __, timeout):
        """poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 1"""
        poller, wanted = select.poll(), {}
        for _, row in rows[1]:
            fields = {inside[0]: number(inside[1]) for _, inside in row}
            fd = self.handles[fields["fd"]].sock.fileno()
            poller.register(fd, fields["events"])
            wanted[fd] = fields.get("revents", 0)
        got = dict(poller.poll(number(timeout)))
        for fd, bits in wanted.items():
            if got.get(fd, 0) != bits:
                names = [n for n in ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLRDHUP", "POLLRDNORM",
                                     "POLLWRNORM") if got.get(fd, 0) & CONSTANTS[n]]
                raise Mismatch(f"revents={'|'.join(names) or 0}")
        return len(got)

    def end(self):
        """Closes what is open, by RST where there is a connection."""
        for handle in self.handles.values():
            try:
                handle.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
            handle.sock.close()
        self.handles.clear()
