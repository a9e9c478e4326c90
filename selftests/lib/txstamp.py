# SPDX-License-Identifier: GPL-2.0
"""What SO_TIMESTAMPING tells of bytes that were sent."""
import errno
import socket
import struct

SO_TIMESTAMPING = 37
KINDS = {0: "sent", 1: "queued", 2: "acked"}
IP_RECVERR, IPV6_RECVERR, ORIGIN_TIMESTAMPING = 11, 25, 4


def told(sock):
    """The next of the error queue: kind, number, bytes that came with it, time; or None. SOCK has no timeout."""
    try:
        data, parts, bits, _ = sock.recvmsg(300000, 512, socket.MSG_ERRQUEUE)
    except BlockingIOError:
        return None
    assert bits & socket.MSG_ERRQUEUE
    kind = number = when = None
    for level, name, value in parts:
        if (level, name) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            when = struct.unpack("qq", value[:16])
        elif name in (IP_RECVERR, IPV6_RECVERR):
            error, origin, kind, number = struct.unpack("=IB3xII", value[:16])
            assert (error, origin) == (errno.ENOMSG, ORIGIN_TIMESTAMPING), (error, origin)
    return KINDS[kind], number, len(data), when


def all_told(sock):
    """All that is there: kind and number of each."""
    return [one[:2] for one in iter(lambda: told(sock), None)]
