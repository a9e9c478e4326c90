# SPDX-License-Identifier: GPL-2.0
"""Checkpoint and restore of a connection by TCP_REPAIR, in the order that CRIU has."""
import array
import fcntl
import socket
import struct

TCP = socket.IPPROTO_TCP
TCP_MAXSEG, TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 2, 19, 20, 21
TCP_REPAIR_OPTIONS, TCP_TIMESTAMP, TCP_REPAIR_WINDOW = 22, 24, 29
TCP_AO_REPAIR = 42
OFF_NO_WP, OFF, ON = -1, 0, 1
NO_QUEUE, RECV_QUEUE, SEND_QUEUE = 0, 1, 2
OPT_MSS, OPT_WINDOW, OPT_SACK, OPT_TS = 2, 3, 4, 8
SIOCINQ, SIOCOUTQ, SIOCOUTQNSD = 0x541b, 0x5411, 0x894b
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33


def queued(sock, request):
    """What an ioctl(2) says of a queue, bytes."""
    value = array.array("i", [0])
    fcntl.ioctl(sock, request, value)
    return value[0]


def unsigned(sock, option):
    """An option that is a number of 32 bits."""
    return struct.unpack("I", sock.getsockopt(TCP, option, 4))[0]


def set_unsigned(sock, option, value):
    """The same, set."""
    sock.setsockopt(TCP, option, struct.pack("I", value & 0xffffffff))


def agreed(sock):
    """Of TCP_INFO, what the handshake agreed on: (timestamps, SACK, scale of sending, of receiving or None)."""
    info = sock.getsockopt(TCP, socket.TCP_INFO, 104)
    options, scales = info[5], info[6]
    return (bool(options & 1), bool(options & 2),
            (scales & 15, scales >> 4) if options & 4 else None)


def checkpoint(sock):
    """All of a connection, whose segments do not arrive at the moment; the socket is closed, and the peer not told."""
    sock.setsockopt(TCP, TCP_REPAIR, ON)
    image = {"local": sock.getsockname()[:2], "peer": sock.getpeername()[:2], "agreed": agreed(sock),
             "mss": sock.getsockopt(TCP, TCP_MAXSEG), "timestamp": unsigned(sock, TCP_TIMESTAMP),
             "window": sock.getsockopt(TCP, TCP_REPAIR_WINDOW, 20),
             "inq": queued(sock, SIOCINQ), "outq": queued(sock, SIOCOUTQ), "unsent": queued(sock, SIOCOUTQNSD)}
    for name, queue, length in (("recv", RECV_QUEUE, image["inq"]), ("send", SEND_QUEUE, image["outq"])):
        sock.setsockopt(TCP, TCP_REPAIR_QUEUE, queue)
        image[name + "_seq"] = (unsigned(sock, TCP_QUEUE_SEQ) - length) & 0xffffffff
        image[name] = sock.recv(length + 1, socket.MSG_PEEK | socket.MSG_DONTWAIT) if length else b""
        assert len(image[name]) == length, f"{name}: {len(image[name])} of {length} bytes"
    sock.close()
    return image


def fill(sock, data):
    """Puts DATA into the queue that is chosen."""
    at = 0
    while at < len(data):
        at += sock.send(data[at:at + 30000])


def restore(sock, image):
    """The connection of IMAGE on a new socket; what was not sent before goes now."""
    sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 * len(image["send"]) + 100000)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 * len(image["recv"]) + 100000)
    sock.setsockopt(TCP, TCP_REPAIR, ON)
    for name, queue in (("recv", RECV_QUEUE), ("send", SEND_QUEUE)):
        sock.setsockopt(TCP, TCP_REPAIR_QUEUE, queue)
        set_unsigned(sock, TCP_QUEUE_SEQ, image[name + "_seq"])
    sock.bind(image["local"])
    sock.connect(image["peer"])
    # What makes its traffic keys; the keys themselves the caller has set.
    if "ao" in image:
        sock.setsockopt(TCP, TCP_AO_REPAIR, image["ao"])
    stamps, sack, scales = image["agreed"]
    options = struct.pack("II", OPT_MSS, image["mss"])
    if scales:
        options += struct.pack("II", OPT_WINDOW, scales[0] | scales[1] << 16)
    if sack:
        options += struct.pack("II", OPT_SACK, 0)
    if stamps:
        options += struct.pack("II", OPT_TS, 0)
    sock.setsockopt(TCP, TCP_REPAIR_OPTIONS, options)
    set_unsigned(sock, TCP_TIMESTAMP, image["timestamp"])
    sock.setsockopt(TCP, TCP_REPAIR_QUEUE, RECV_QUEUE)
    fill(sock, image["recv"])
    sock.setsockopt(TCP, TCP_REPAIR_QUEUE, SEND_QUEUE)
    sent = len(image["send"]) - image["unsent"]
    fill(sock, image["send"][:sent])
    sock.setsockopt(TCP, TCP_REPAIR_WINDOW, image["window"])
    # What was never sent needs no repair.
    sock.setsockopt(TCP, TCP_REPAIR, OFF_NO_WP)
    fill(sock, image["send"][sent:])
    sock.setsockopt(TCP, TCP_REPAIR, ON)
    sock.setsockopt(TCP, TCP_REPAIR, OFF)
