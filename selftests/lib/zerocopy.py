# SPDX-License-Identifier: GPL-2.0
"""MSG_ZEROCOPY of either stack: how it is asked for, and what the error queue tells of it."""
import errno
import select
import socket
import struct

SO_ZEROCOPY, ATCP_ZEROCOPY, SOL_ATCP, MSG_ZEROCOPY = 60, 64, 253, 0x4000000
SO_EE_ORIGIN_ZEROCOPY, COPIED = 5, 1


def ask(sock):
    """SO_ZEROCOPY, or what stands in its place before 6.12."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    except OSError as e:
        assert e.errno == errno.EOPNOTSUPP, e
        sock.setsockopt(SOL_ATCP, ATCP_ZEROCOPY, 1)
        assert sock.getsockopt(SOL_ATCP, ATCP_ZEROCOPY) == 1
    assert sock.getsockopt(socket.SOL_SOCKET, SO_ZEROCOPY) == 1


def told(sock):
    """The calls that the error queue tells of now, [(first, last, copied)]."""
    ranges = []
    while True:
        try:
            _, control, _, _ = sock.recvmsg(0, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return ranges
        for _, _, data in control:
            error, origin, _, code, _, first, last = struct.unpack_from("IBBBBII", data)
            assert error == 0 and origin == SO_EE_ORIGIN_ZEROCOPY, (error, origin)
            ranges.append((first, last, code & COPIED))


def numbers(ranges):
    """The calls of such RANGES, one by one."""
    return [n for first, last, _ in ranges for n in range(first, last + 1)]


def send_all(sock, view, ranges=None):
    """A call after the other until all is sent: how many calls. What is told meanwhile goes to RANGES."""
    calls = 0
    while view:
        try:
            view = view[sock.send(view, MSG_ZEROCOPY):]
        except OSError as e:
            # As many as may be owed: wait for some to be told of.
            assert e.errno == errno.ENOBUFS, e
            if ranges is None:
                select.select([], [], [], 0.01)
            else:
                ranges += told(sock)
            continue
        calls += 1
    return calls
