#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""SOF_TIMESTAMPING_OPT_STATS: what comes with a stamp is what the kernel's TCP gives, and true."""
# clock: travel
# timeout: 120
# platforms: stock uml
# check: uml
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t

SO_TIMESTAMPING, OPT_STATS = 37, 54
SOFT, SENT, QUEUED, ACKED, CMSG, ONLY, STATS, ID = 16, 2, 256, 512, 1024, 2048, 4096, 128
ALL = SOFT | SENT | QUEUED | ACKED | CMSG | ONLY | STATS | ID
PAD, DATA_SEGS, SNDQ, DELIVERED, BYTES_SENT, RETRANS, SRTT, NOTSENT, EDT, TTL = 0, 4, 13, 16, 18, 19, 22, 24, 25, 26
KINDS = {0: "sent", 1: "queued", 2: "acked"}
PORT = 23800


def attributes(data):
    """{type: value} of netlink attributes, and {type: length}."""
    values, lengths, at = {}, {}, 0
    while at < len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if kind != PAD:
            values[kind] = int.from_bytes(data[at + 4:at + length], sys.byteorder)
            lengths[kind] = length - 4
        at += (length + 3) & ~3
    return values, lengths


def stamps(sock):
    """One of each kind: {kind: attributes}."""
    got = {}

    def more():
        try:
            _, parts, _, _ = sock.recvmsg(0, 2048, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return len(got) == 3
        kind = stats = None
        for level, name, value in parts:
            if (level, name) == (socket.SOL_SOCKET, OPT_STATS):
                stats = value
            elif name in (11, 25):
                kind = KINDS[struct.unpack_from("=IB3xI", value)[2]]
        got.setdefault(kind, attributes(stats) if stats is not None else None)
        return len(got) == 3

    assert t.wait_until(more, 20), got
    return got


def told(stack, address, hops):
    """What is given for a send of 5 bytes, and for one of 7 after it."""
    def setup(listener):
        if ":" in address:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
        else:
            listener.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)

    sock, child = t.pair(stack, stack, address, PORT, setup)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, ALL)
    sock.send(b"first")
    child.recv(5)
    first = stamps(sock)
    sock.send(b"another")
    child.recv(7)
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    second = stamps(sock)
    sock.close(), child.close()
    return first, second, now


def case(ktap, address):
    """Beside the kernel's TCP."""
    want, _, _ = told("tcp", address, 33)
    first, second, now = told(t.STACK, address, 33)
    for kind in KINDS.values():
        ktap.equal(first[kind] and first[kind][1], want[kind][1], f"{address}, {kind}: the same attributes, of the same lengths")
    values = {kind: second[kind][0] for kind in KINDS.values()}
    ktap.equal([values[kind][BYTES_SENT] for kind in ("queued", "sent", "acked")], [12, 12, 12], f"{address}: bytes sent")
    ktap.equal([values[kind][DATA_SEGS] for kind in ("queued", "sent", "acked")], [2, 2, 2], f"{address}: segments sent")
    ktap.equal((values["queued"][SNDQ], values["acked"][SNDQ]), (7, 0), f"{address}: bytes that are not acknowledged")
    ktap.equal(values["acked"][DELIVERED] - first["acked"][0][DELIVERED], 1, f"{address}: segments delivered")
    ktap.equal((values["acked"][TTL], values["acked"][RETRANS], values["acked"][NOTSENT]), (33, 0, 0),
               f"{address}: the ACK's hops, and nothing sent again or kept back")
    ktap.result(all(now - 10 ** 10 < v[EDT] <= now + 10 ** 9 for v in values.values()) and values["acked"][SRTT] > 0,
                f"{address}: when it left, and a round trip", [(v[EDT] - now, v[SRTT]) for v in values.values()])
    # Without the flag nothing comes with the stamp.
    sock, child = t.pair(t.STACK, t.STACK, address, PORT + 1)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, ALL & ~STATS)
    sock.send(b"first")
    ktap.equal(set(stamps(sock).values()), {None}, f"{address}: none without the flag")
    sock.close(), child.close()


def main():
    t.side_by_side(case, "127.0.0.1", "::1")


if __name__ == "__main__":
    main()
