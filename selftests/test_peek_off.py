#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""SO_PEEK_OFF, as the kernel's TCP has it since 6.9: what MSG_PEEK shows, and what moves the offset."""
# timeout: 60
# platforms: stock uml
# check: uml
import contextlib
import errno
import socket
import struct
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t

PORT = 22300
SO_PEEK_OFF = 42
PEEK, NOWAIT = socket.MSG_PEEK, socket.MSG_DONTWAIT


@contextlib.contextmanager
def pair(v6, stack):
    """A connection of one stack with itself: (reader, writer)."""
    family, address = (socket.AF_INET6, "::1") if v6 else (socket.AF_INET, "127.0.0.1")
    with t.listener(address, PORT, stack=stack) as listener, t.make_socket(family, stack) as writer:
        writer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.connect((address, PORT))
        with listener.accept()[0] as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            # Python's own timeout would make MSG_DONTWAIT wait, and MSG_WAITALL not.
            reader.settimeout(None)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 20, 0))
            yield reader, writer


def offset(sock, value=None):
    """Set the offset, or tell it."""
    if value is not None:
        sock.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, value)
    return sock.getsockopt(socket.SOL_SOCKET, SO_PEEK_OFF)


def nothing(sock, flags):
    """There is nothing to be had."""
    try:
        return not sock.recv(64, flags | NOWAIT)
    except BlockingIOError as e:
        return e.errno == errno.EAGAIN


def filled(sock, count):
    """COUNT bytes have arrived behind what was read."""
    before = offset(sock)
    offset(sock, -1)
    assert len(sock.recv(count, PEEK | socket.MSG_WAITALL)) == count
    offset(sock, before)


def walk(reader, writer):
    """Each look goes on where the last one ended, and reading moves it back."""
    assert offset(reader) == -1, offset(reader)
    writer.sendall(b"0123456789")
    filled(reader, 10)
    assert [reader.recv(4, PEEK), reader.recv(4, PEEK), offset(reader)] == [b"0123", b"0123", -1]
    assert offset(reader, 0) == 0
    assert [reader.recv(4, PEEK), reader.recv(4, PEEK), offset(reader)] == [b"0123", b"4567", 8]
    assert [reader.recv(3), offset(reader)] == [b"012", 5]
    assert [reader.recv(9, PEEK), offset(reader)] == [b"89", 7]
    assert nothing(reader, PEEK) and offset(reader) == 7
    # More is read than was looked at.
    assert offset(reader, 2) == 2
    assert [reader.recv(64), offset(reader)] == [b"3456789", 0]
    assert nothing(reader, PEEK)
    offset(reader, -1)


def segments(reader, writer):
    """It goes over the border between segments, and over what is thrown away."""
    for part in (b"abc", b"def", b"ghi"):
        writer.sendall(part)
    filled(reader, 9)
    offset(reader, 2)
    assert [reader.recv(5, PEEK), offset(reader)] == [b"cdefg", 7]
    assert len(reader.recv_into(bytearray(4), 4, socket.MSG_TRUNC) * b".") == 4
    assert offset(reader) == 3
    assert [reader.recv(9, PEEK | socket.MSG_TRUNC) is not None, offset(reader)] == [True, 5]
    offset(reader, -1)
    assert reader.recv(64) == b"efghi"


def waits(reader, writer):
    """A look beyond what is here waits until it comes, and MSG_WAITALL for all of it."""
    writer.sendall(b"here")
    filled(reader, 4)
    offset(reader, 6)
    assert nothing(reader, PEEK)
    for flags, after in ((PEEK, 9), (PEEK | socket.MSG_WAITALL, 10)):
        got = []
        thread = threading.Thread(target=lambda f=flags, g=got: g.append(reader.recv(3, f)))
        thread.start()
        writer.sendall(b"__now")
        thread.join(20)
        assert got == [b"now"], got
        assert offset(reader) == after, offset(reader)
        assert reader.recv(5) == (b"here_" if flags == PEEK else b"_nowx")
        if flags == PEEK:
            writer.sendall(b"x")
            filled(reader, 5)
            offset(reader, 7)
    assert [len(reader.recv(64)), offset(reader)] == [5, 0]
    offset(reader, -1)


def urgent(reader, writer):
    """The urgent byte is stepped over and not counted."""
    writer.sendall(b"ab")
    writer.send(b"U", socket.MSG_OOB)
    writer.sendall(b"cd")
    assert t.wait_until(lambda: len(reader.recv(64, PEEK)) == 2)
    offset(reader, 0)
    assert [reader.recv(64, PEEK), offset(reader)] == [b"ab", 2]
    assert [reader.recv(64, PEEK), offset(reader)] == [b"cd", 4]
    assert [reader.recv(64), offset(reader)] == [b"ab", 2]
    assert [reader.recv(64), offset(reader)] == [b"cd", 0]
    offset(reader, -1)


def end(reader, writer):
    """At the end of the stream, and beyond it."""
    writer.sendall(b"last")
    writer.shutdown(socket.SHUT_WR)
    filled(reader, 4)
    offset(reader, 1)
    assert [reader.recv(64, PEEK), reader.recv(64, PEEK), offset(reader)] == [b"ast", b"", 4]
    assert offset(reader, 100) == 100
    assert [reader.recv(64, PEEK), offset(reader)] == [b"", 100]
    assert [reader.recv(64), offset(reader)] == [b"last", 96]
    assert reader.recv(64) == b""


def gone(_, writer):
    """Disconnecting takes it away."""
    offset(writer, 3)
    disconnect(writer)
    assert offset(writer) == -1, offset(writer)


def disconnect(sock):
    """connect(2) to nobody: struct sockaddr with AF_UNSPEC."""
    import ctypes  # pylint: disable=import-outside-toplevel
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.connect(sock.fileno(), b"\0" * 16, 16) == 0, ctypes.get_errno()


def supported(stack):
    """Has this stack's TCP the option?"""
    with t.make_socket(stack=stack) as sock:
        try:
            return offset(sock, -1) == -1
        except OSError as e:
            assert e.errno == errno.EOPNOTSUPP, e
            return False


def run(k, v6):
    """The same on atcp and, where it has it, on the kernel's TCP."""
    name = "IPv6" if v6 else "IPv4"
    for stack in dict.fromkeys((t.STACK, "tcp")):
        if stack == "tcp" and not supported(stack):
            k.skip(f"{name} {stack}", "this kernel's TCP has no SO_PEEK_OFF")
            continue
        for case in (walk, segments, waits, urgent, end, gone):
            def one(case=case, stack=stack):
                with pair(v6, stack) as (reader, writer):
                    case(reader, writer)

            k.run(f"{name} {stack}: {case.__doc__}", one)


t.side_by_side(run, False, True)
