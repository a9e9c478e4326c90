#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Socket filters: who has no CAP_NET_ADMIN may attach one that drops, and none that cuts; who has
it cuts as with the kernel's TCP."""
# timeout: 60
# platforms: stock uml
# check: uml
import ctypes
import os
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
USER = 1000
DATA = bytes(i % 251 for i in range(1000))


def attach(sock, keep):
    """A filter that leaves KEEP bytes of a segment, TCP header included; 0 drops it."""
    code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, keep))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))


def drops_syn(sock):
    """A filter that drops what has the SYN bit."""
    code = ctypes.create_string_buffer(struct.pack(
        "HBBIHBBIHBBIHBBI", 0x30, 0, 0, 13, 0x45, 0, 1, 2, 6, 0, 0, 0, 6, 0, 0, 65535))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HxxxxxxQ", 4, ctypes.addressof(code)))


class Someone:
    """The user that these calls are made as."""

    def __init__(self, uid):
        self.uid = uid

    def __enter__(self):
        if self.uid:
            os.setresuid(self.uid, self.uid, 0)

    def __exit__(self, *_):
        if self.uid:
            os.setresuid(0, 0, 0)


def acked(flow, data, **more):
    """Sends DATA; how much of it is acknowledged."""
    base = more.get("seq", flow.nxt)
    flow.send("PA", data, **more)
    segment = flow.any(2)
    return (segment.ack - base) & r.MASK if segment else None


def child(peer, v6, port, keep, who):
    """A connection of a listener whose filter, of WHO, leaves KEEP bytes."""
    with Someone(who):
        lsock = t.listener(peer.addresses(v6)[0], port, setup=lambda s: attach(s, keep))
    sock, flow = r.accepted(peer, lsock, port, v6)
    lsock.close()
    return sock, flow


def whole(ktap, v6, peer):
    """A user's filter on the listener, on the accepted socket, and on an own one."""
    name = "IPv6" if v6 else "IPv4"
    for keep in (20, 24, 520):
        sock, flow = child(peer, v6, 2000 + keep, keep, USER)
        ktap.equal(acked(flow, DATA), 1000, f"{name}: a user's listener keeps {keep}")
        ktap.equal(sock.recv(2000), DATA, f"{name}: all of it is read")
        flow.send("R")
        sock.close()

    with Someone(USER):
        lsock = t.listener(peer.addresses(v6)[0], 2001)
        sock, flow = r.accepted(peer, lsock, 2001, v6)
        attach(sock, 24)
    ktap.equal(acked(flow, DATA), 1000, f"{name}: a user's accepted socket")
    flow.send("R")

    with Someone(USER):
        sock, flow, _ = r.dial(peer, v6, setup=lambda s: attach(s, 24))
        flow.send("SA", options=r.option_mss(1460))
        flow.expect("A")
    ktap.equal(acked(flow, DATA), 1000, f"{name}: a user's own connection")
    flow.send("R")

    # Made by root, who is a user by now, and calls once more.
    lsock = t.listener(peer.addresses(v6)[0], 2002)
    with Someone(USER):
        attach(lsock, 24)
        sock, flow = r.accepted(peer, lsock, 2002, v6)
    ktap.equal(acked(flow, DATA), 1000, f"{name}: of who is root no more")
    flow.send("R")


def dropped(ktap, v6, peer):
    """A user's filter drops."""
    name = "IPv6" if v6 else "IPv4"
    with Someone(USER):
        lsock = t.listener(peer.addresses(v6)[0], 2003, setup=drops_syn)
    flow = r.Flow(peer, v6, dport=2003)
    flow.send("S")
    ktap.result(flow.any(0.3) is None, f"{name}: a user's filter drops a SYN")
    lsock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
    flow.send("S", seq=flow.nxt - 1)
    ktap.run(f"{name}: and lets it pass when it is gone", flow.expect, "SA")
    flow.send("R")
    lsock.close()


def cut(ktap, v6, peer):
    """Root's cuts, and the rest comes when it is sent again."""
    name = "IPv6" if v6 else "IPv4"
    for keep, want in ((24, 4), (520, 500)):
        sock, flow = child(peer, v6, 2100 + keep, keep, 0)
        base = flow.nxt
        ktap.equal(acked(flow, DATA, seq=base, keep=True), want, f"{name}: root's keeps {keep}")
        ktap.equal(sock.recv(2000), DATA[:want], f"{name}: so much is read")
        sock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        ktap.equal(acked(flow, DATA[want:], seq=base + want, keep=True), 1000 - want,
                   f"{name}: the rest")
        ktap.equal(sock.recv(2000), DATA[want:], f"{name}: and is right")
        flow.send("R", seq=base + 1000)
        sock.close()


def story(ktap, v6):
    """All of them over one family."""
    peer = r.Peer()
    cut(ktap, v6, peer)
    if t.STACK == "tcp":
        return
    whole(ktap, v6, peer)
    dropped(ktap, v6, peer)


t.side_by_side(story, False, True)
