#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Signed segments and VRFs: each has keys of its own for the same peer, by MD5 and TCP-AO; MD5's late answers."""
# platforms: stock uml
# check: uml
# clock: travel
# timeout: 120
#
#   +-- VRF red ----------------+   +-- VRF blue ---------------+
#   | peer0 10.99.0.1 fd99::1   |   | peer1 10.99.0.1 fd99::1   |   the same addresses
#   +-------------+-------------+   +-------------+-------------+
#                 | 10.99.0.2 fd99::2             |
#        this process' Peer              this process' Peer
import hashlib
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import tcpao as a

MD5SIG_EXT, MD5_IFINDEX = 32, 2
ANY = {False: "0.0.0.0", True: "::"}
RED, BLUE = b"the red one", b"blue"


class Md5Flow(r.Flow):
    """A flow of the raw peer's whose segments have RFC 2385's signature."""

    def __init__(self, peer, v6=False, secret=RED, **more):
        super().__init__(peer, v6, **more)
        self.secret = secret
        family = socket.AF_INET6 if v6 else socket.AF_INET
        self.stack, self.own = (socket.inet_pton(family, x) for x in peer.addresses(v6))

    def digest(self, src, dst, header, data, options):
        """Of a segment, whose header is without options."""
        length = len(header) + options + len(data)
        pseudo = struct.pack("!II", length, 6) if self.v6 else struct.pack("!HH", 6, length)
        return hashlib.md5(src + dst + pseudo + header + data + self.secret).digest()

    def send(self, flags, data=b"", seq=None, ack=None, options=b"", **more):
        """Signed."""
        seq = self.nxt if seq is None else seq
        ack = self.ack if ack is None else ack
        options += b"\1" * (-len(options) % 4)
        header = struct.pack("!HHIIBBHHH", self.sport, self.dport, seq & r.MASK, ack & r.MASK if "A" in flags else 0,
                             (10 + len(options) // 4) << 4, sum(r.FLAGS[f] for f in flags), self.win, 0, 0)
        tag = self.digest(self.own, self.stack, header, data, len(options) + 20)
        super().send(flags, data, seq, ack, None, options + struct.pack("BBBB", 1, 1, 19, 18) + tag, **more)

    def expect(self, kinds, timeout=5.0, skip=""):
        """The same, and it must be signed well."""
        segment = super().expect(kinds, timeout, skip)
        header = struct.pack("!HHIIBBHHH", segment.sport, segment.dport, segment.seq, segment.ack,
                             (5 + len(segment.raw_options) // 4) << 4, sum(r.FLAGS[f] for f in segment.flags),
                             segment.win, 0, segment.urg)
        tag = self.digest(self.stack, self.own, header, segment.data, len(segment.raw_options))
        assert segment.options().get(19) == tag, f"{segment}: {segment.options()}"
        return segment


def md5_key(address, secret, device=None):
    """A struct tcp_md5sig, for one VRF or for all."""
    index = socket.if_nametoindex(device) if device else 0
    return (a.peers(address) + struct.pack("=BBHi", MD5_IFINDEX if device else 0, 0, len(secret), index) +
            secret.ljust(80, b"\0"))


def md5_setup(address, device, secret):
    """What to set for that."""
    return MD5SIG_EXT, md5_key(address, secret, device)


def ao_setup(address, device, secret):
    """The same of TCP-AO, always with the same IDs."""
    return a.ADD_KEY, a.add_key(address, secret, keyflags=a.IFINDEX, ifindex=socket.if_nametoindex(device))


def own_keys(v6, red, blue, setup, flow_of, port):
    """An unbound listener: each VRF's key is good there, and not in the other."""
    def keys(sock):
        for device, secret in (("red", RED), ("blue", BLUE)):
            sock.setsockopt(a.TCP, *setup(red.addresses(v6)[1], device, secret))
    with t.listener(ANY[v6], port, setup=keys) as lsock:
        lsock.settimeout(20)
        for peer, secret, wrong in ((red, RED, BLUE), (blue, BLUE, RED)):
            flow = flow_of(peer, v6, secret=wrong, dport=port)
            flow.send("S", options=r.option_mss(1460))
            flow.silence(0.5)
            flow = flow_of(peer, v6, secret=secret, dport=port)
            flow.connect()
            with lsock.accept()[0] as sock:
                sock.settimeout(20)
                a.exchange(sock, flow)
                flow.send("FA")
                flow.expect("A")
            flow.expect("FA")
            flow.send("A")


def default_key(v6, red, port):
    """A key for no VRF (index 0) is for none of them."""
    address = red.addresses(v6)[1]
    with t.listener(ANY[v6], port, setup=lambda sock: sock.setsockopt(
            a.TCP, a.ADD_KEY, a.add_key(address, RED, keyflags=a.IFINDEX))) as lsock:
        before = a.count("key_not_found")
        flow = a.AoFlow(red, v6, secret=RED, dport=port)
        flow.send("S")
        a.counted("key_not_found", before, lsock)
        flow.silence(0.5)


def md5_late(v6, red, port):
    """TIME-WAIT's ACKs are signed by MD5, and a tombstone's RST by the key of who listens at the peer's own port."""
    address = red.addresses(v6)[1]

    def key(sock):
        sock.setsockopt(a.TCP, *md5_setup(address, None, RED))
    with t.listener(ANY[v6], port, setup=key) as lsock:
        lsock.settimeout(20)
        flow = Md5Flow(red, v6, dport=port)
        flow.connect()
        lsock.accept()[0].close()
        flow.expect("FA")
        flow.send("FA")
        flow.expect("A")
        flow.send("FA", seq=flow.nxt - 1)
        flow.expect("A")
        # BGP has one port at both ends.
        flow = Md5Flow(red, v6, sport=port, dport=port)
        flow.connect()
        sock = lsock.accept()[0]
        flow.send("PA", b"unread")
        flow.expect("A")
        assert t.wait_until(lambda: sock.recv(9, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        sock.close()
        flow.expect("R|RA")
        flow.send("PA", b"late")
        flow.expect("R")
        red.forget()
        # By another key nothing is said.
        flow.secret = BLUE
        flow.send("PA", b"later")
        flow.silence(0.5)


def story(ktap, v6):
    """All of them over one family."""
    name = "IPv6" if v6 else "IPv4"
    red, blue = r.vrf_peers()
    t.sysctl("l3mdev_accept", 1)
    ktap.run(f"{name}: MD5, a key for each VRF", own_keys, v6, red, blue, md5_setup, Md5Flow, 20081)
    ktap.run(f"{name}: TCP-AO, a key for each VRF", own_keys, v6, red, blue, ao_setup, a.AoFlow, 20082)
    ktap.run(f"{name}: TCP-AO, a key for none", default_key, v6, red, 20083)
    ktap.run(f"{name}: MD5, TIME-WAIT and tombstone", md5_late, v6, red, 20084)


if __name__ == "__main__":
    t.side_by_side(story, False, True)
