#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""IPv4 options that a socket is given go with each of its packets, and fit in."""
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

PORT = 21960
STACK, PEER = r.Peer.addresses(r.Peer, False)
HOPS = "10.99.0.7", "10.99.0.8"
US, THEM, HOP1, HOP2 = (socket.inet_aton(a) for a in (STACK, PEER) + HOPS)
NONE = bytes(4)
RECORD = bytes([7, 11, 4]) + 2 * NONE + b"\1"       # record route, room for two; and no-operation
STAMP = bytes([68, 12, 5, 0]) + 2 * NONE            # timestamps, room for two
BOTH = bytes([68, 12, 5, 1]) + 2 * NONE             # address and timestamp, for one


def loose(*hops, pointer=4):
    """A loose source route, padded."""
    return bytes([131, 3 + 4 * len(hops), pointer]) + b"".join(hops) + b"\0"


class Peer(r.Peer):
    """A peer that sees the IP options of each segment and may send some itself."""

    options = b""

    def sort_packet(self, packet):
        if packet[0] >> 4 != 4 or packet[9] != 6:
            return
        head = (packet[0] & 15) * 4
        super().sort_packet(packet)
        self.queue[-1].ip = packet[20:head]
        self.queue[-1].to = packet[16:20]
        self.queue[-1].size = len(packet)
        assert r.checksum(packet[:head]) == 0, "the IP header's checksum"
        # That of TCP is of the segment's last destination (RFC 1122 section 4.2.3.8).
        last = packet[16:20] if packet[20:21] != b"\x83" else packet[16 + packet[21]:][:4]
        pseudo = packet[12:16] + last + struct.pack("!HH", 6, len(packet) - head)
        assert r.checksum(pseudo + packet[head:]) == 0, "TCP's checksum"

    def write(self, packet):
        if packet[0] == 0x45 and self.options:
            length = struct.pack("!H", len(packet) + len(self.options))
            head = bytes([0x45 + len(self.options) // 4]) + packet[1:2] + length
            head += packet[4:10] + NONE[:2] + packet[12:20] + self.options
            head = head[:10] + struct.pack("!H", r.checksum(head)) + head[12:]
            packet = head + packet[20:]
        super().write(packet)


def give(sock, options):
    """Sets them; nothing takes them away."""
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, options)


def mss(sock):
    """tcpi_snd_mss"""
    return struct.unpack_from("=I", sock.getsockopt(socket.IPPROTO_TCP,
                                                    socket.TCP_INFO, 104), 16)[0]


def full(peer, sock, flow, want, to=THEM):
    """A full segment comes by TO with the options that WANT takes, as large as may be."""
    sock.sendall(b"x" * 4000)
    segment = peer.receive(lambda s: flow.mine(s) and len(s.data) > 500, 10)
    assert segment and segment.size == 1500 and segment.to == to and want(segment.ip), \
        (segment, segment and (segment.to, segment.ip, segment.size))
    flow.ack = (flow.ack + 4000) & r.MASK
    flow.send("A")
    peer.forget()


def recorded(ip):
    """Our address is in the first place, and the pointer says so."""
    return ip == bytes([7, 11, 8]) + US + NONE + b"\1"


def stamped(ip):
    """A time is in the first place, of milliseconds since midnight."""
    return ip[:4] == bytes([68, 12, 9, 0]) and \
        0 < int.from_bytes(ip[4:8], "big") < 86400000 and ip[8:] == NONE


def both(ip):
    """Address and time."""
    return ip[:8] == bytes([68, 12, 13, 1]) + US and int.from_bytes(ip[8:12], "big") > 0


def set_and_got(_):
    """They are checked when set, and given back as they were."""
    for domain in (socket.AF_INET, socket.AF_INET6):
        with t.make_socket(domain) as sock:
            def got():
                return sock.getsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, 40)

            assert got() == b""
            for options in (RECORD, STAMP, loose(HOP1, HOP2), RECORD + STAMP):
                give(sock, options)
                assert got() == options, (options, got())
            for bad in (bytes(41), bytes([7, 2, 4, 0]), bytes([7, 11, 3]) + bytes(9),
                        RECORD + RECORD, bytes([131, 7, 8]) + HOP1 + b"\0"):
                try:
                    give(sock, bad)
                except OSError as err:
                    assert err.errno == 22, err
                else:
                    raise AssertionError(f"{bad} was taken")
            assert got() == RECORD + STAMP
            give(sock, b"")
            assert got() == b""


def active(peer):
    """From the SYN on; then others, and none."""
    sock, flow, syn = r.dial(peer, False, lambda s: give(s, RECORD))
    assert recorded(syn.ip), syn.ip
    flow.send("SA", options=r.option_mss(1460))
    assert recorded(flow.expect("A").ip)
    sock.settimeout(20)
    for options, want in ((RECORD, recorded), (STAMP, stamped), (BOTH, both),
                          (RECORD + STAMP, lambda ip: recorded(ip[:12]) and stamped(ip[12:])),
                          (b"", lambda ip: ip == b"")):
        give(sock, options)
        assert mss(sock) == 1460 - len(options), (options, mss(sock))
        full(peer, sock, flow, want)
    flow.send("RA")
    sock.close()


def routed(peer):
    """A source route: the packets go to its first hop, and name the peer last."""
    sock, flow, syn = r.dial(peer, False, lambda s: give(s, loose(HOP1, HOP2)))
    assert syn.to == HOP1 and syn.ip == loose(HOP2, THEM), (syn.to, syn.ip)
    flow.send("SA", options=r.option_mss(1460))
    ack = flow.expect("A")
    assert ack.to == HOP1 and ack.ip == loose(HOP2, THEM), (ack.to, ack.ip)
    sock.settimeout(20)
    assert sock.getpeername()[0] == PEER
    full(peer, sock, flow, lambda ip: ip == loose(HOP2, THEM), HOP1)
    flow.send("RA")
    sock.close()


def answered(peer):
    """A listener's connection answers with what its peer's packets recorded."""
    t.sh("sysctl -qw net.ipv4.conf.all.accept_source_route=1"
         " net.ipv4.conf.peer0.accept_source_route=1")
    ways = ((bytes([7, 15, 8]) + HOP1 + 2 * NONE + b"\0", None,
             lambda ip: ip == bytes([7, 15, 16]) + HOP1 + US + US + b"\0"),
            (loose(HOP2, HOP1, pointer=12), HOP1, lambda ip: ip == loose(HOP2, THEM)),
            (loose(THEM, HOP1, pointer=12), HOP1, lambda ip: ip == loose(THEM)))
    for cookies in (1, 2):
        t.sysctl("syncookies", cookies)
        for options, to, want in ways:
            with t.listener(STACK, PORT) as listener:
                flow = r.Flow(peer, False, dport=PORT)
                flow.send("S", options=r.option_mss(1460))
                flow.expect("SA")
                peer.options = options
                flow.send("A", b"hello")
                listener.settimeout(20)
                with listener.accept()[0] as sock:
                    sock.settimeout(20)
                    assert sock.recv(5) == b"hello"
                    peer.options = b""
                    peer.forget()
                    full(peer, sock, flow, want, to or THEM)
                    flow.send("RA")
    t.sysctl("syncookies", 1)


def kernel_takes(_):
    """The kernel's TCP takes many and large segments of such a socket."""
    with t.listener("127.0.0.1", PORT + 1, stack="tcp") as listener, \
            t.make_socket(socket.AF_INET) as sock:
        give(sock, RECORD + STAMP)
        sock.settimeout(20)
        listener.settimeout(20)
        sock.connect(("127.0.0.1", PORT + 1))
        with listener.accept()[0] as child:
            child.settimeout(20)
            r.carry(sock, child)


t.private_netns()
t.sysctl("timestamps", 0)
k = t.Ktap()
tun = Peer()
for test in (set_and_got, active, routed, answered, kernel_takes):
    k.run(test.__doc__, test, tun)
    tun.options = b""
    tun.forget()
k.end()
