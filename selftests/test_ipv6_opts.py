#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""IPv6 extension headers that a socket is given go with each of its packets, and fit in."""
# timeout: 90
# platforms: stock uml
# check: uml
# clock: travel
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 21950
IPV6_2292PKTOPTIONS = 6
HOP, ROUTE, DEST = 0, 43, 60
OPTIONS = {HOP: socket.IPV6_HOPOPTS, DEST: socket.IPV6_DSTOPTS}
PAD = bytes([0, 0, 1, 4]) + bytes(4)        # a header of 8 bytes with nothing in it
LONG = bytes([0, 1, 0x1E, 12]) + bytes(12)  # 16 bytes; who does not know it skips it


class Peer(r.Peer):
    """A peer that takes extension headers off, and remembers them for each segment."""

    def sort_packet(self, packet):
        heads, kind, at = [], packet[6], 40
        if packet[0] >> 4 != 6:
            return
        while kind in (HOP, ROUTE, DEST):
            heads.append(kind)
            kind, at = packet[at], at + packet[at + 1] * 8 + 8
        super().sort_packet(packet[:6] + bytes([kind]) + packet[7:40] + packet[at:])
        if kind == 6:
            self.queue[-1].heads = heads
            self.queue[-1].size = len(packet)


def give(sock, kind, header=PAD):
    """Sets one; an empty HEADER takes it away."""
    sock.setsockopt(socket.IPPROTO_IPV6, OPTIONS[kind], header)


def mss(sock):
    """tcpi_snd_mss"""
    return struct.unpack_from("=I", sock.getsockopt(socket.IPPROTO_TCP,
                                                    socket.TCP_INFO, 104), 16)[0]


def full(peer, flow, heads):
    """A full segment with HEADS comes, as large as the path lets it be."""
    segment = peer.receive(lambda s: flow.mine(s) and len(s.data) > 500, 10)
    assert segment and segment.heads == heads and segment.size == 1500, \
        (segment, segment and (segment.heads, segment.size))
    flow.ack = (flow.ack + 4000) & r.MASK
    flow.send("A")
    peer.forget()


def active(peer):
    """From the SYN on; then another, and none."""
    big = r.option_mss(1440)
    sock, flow, syn = r.dial(peer, True, lambda s: give(s, HOP))
    assert syn.heads == [HOP], syn.heads
    flow.send("SA", options=big)
    assert flow.expect("A").heads == [HOP]
    sock.settimeout(20)
    assert mss(sock) == 1432, mss(sock)
    sock.sendall(b"x" * 4000)
    full(peer, flow, [HOP])
    give(sock, DEST, LONG)
    assert mss(sock) == 1416, mss(sock)
    got = sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, 64)
    assert len(got) == 16, got
    sock.sendall(b"x" * 4000)
    full(peer, flow, [HOP, DEST])
    give(sock, HOP, b"")
    give(sock, DEST, b"")
    assert mss(sock) == 1440, mss(sock)
    sock.sendall(b"x" * 4000)
    full(peer, flow, [])
    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_2292PKTOPTIONS, b"")
    sock.close()


def passive(peer):
    """A listener's are on its SYN-ACKs and its connections'."""
    for cookies in (1, 2):
        t.sysctl("syncookies", cookies)
        with t.listener("fd99::1", PORT, setup=lambda s: give(s, DEST)) as listener:
            flow = r.Flow(peer, True, dport=PORT)
            assert flow.connect(r.option_mss(1440)).heads == [DEST]
            listener.settimeout(20)
            with listener.accept()[0] as sock:
                sock.sendall(b"x" * 4000)
                full(peer, flow, [DEST])
                flow.send("RA")
    t.sysctl("syncookies", 1)


def routed(peer):
    """A routing header goes by way of the address in it."""
    route = struct.pack("!BBBBI", 0, 2, 2, 1, 0) + socket.inet_pton(socket.AF_INET6, "fd99::7")
    with t.make_socket(socket.AF_INET6) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, route)
        sock.setblocking(False)
        sock.connect_ex(("fd99::2", PORT))
        syn = peer.receive(lambda s: s.dport == PORT and s.kind() == "S", 10)
        assert syn and syn.heads == [ROUTE], syn


def kernel_takes(_):
    """The kernel's TCP takes many and large segments of such a socket."""
    with t.listener("::1", PORT + 1, stack="tcp") as listener, \
            t.make_socket(socket.AF_INET6) as sock:
        give(sock, HOP)
        give(sock, DEST, LONG)
        sock.settimeout(20)
        listener.settimeout(20)
        sock.connect(("::1", PORT + 1))
        with listener.accept()[0] as child:
            child.settimeout(20)
            r.carry(sock, child)


def can_route():
    """Type 2 routing headers are of mobile IPv6, which may be off."""
    with t.make_socket(socket.AF_INET6) as sock:
        try:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR,
                            struct.pack("!BBBBI", 0, 2, 2, 1, 0) + bytes(16))
        except OSError:
            return False
    return True


t.private_netns()
t.sysctl("timestamps", 0)
k = t.Ktap()
tun = Peer()
for test in (active, passive, kernel_takes):
    k.run(test.__doc__, test, tun)
    tun.forget()
if can_route():
    k.run(routed.__doc__, routed, tun)
else:
    k.skip(routed.__doc__, "no mobile IPv6")
k.end()
