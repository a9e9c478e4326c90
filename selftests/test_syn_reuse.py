#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A cookie's SYN-ACK in the SYN's own buffer: the same as in one of its own, and no less seen."""
# timeout: 120
# platforms: stock debug uml
# check: uml
# clock: travel
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20700
ALL = (r.option_mss(1460) + r.option_sack_ok() + r.option_timestamps(7, 0)
       + r.option_wscale(7))
OFFERS = {
    "all": ALL,
    "none": b"",
    "no MSS": r.option_sack_ok() + r.option_wscale(3),
    "MSS alone": r.option_mss(1400),
    "Windows": b"\x02\x04\x05\xb4\x01\x03\x03\x08\x01\x01\x04\x02",
    "macOS": b"\x02\x04\x05\xb4\x01\x03\x03\x06\x01\x01\x08\x0a\0\0\0\x07\0\0\0\0\x04\x02\0\0",
    "packed": b"\x08\x0a\0\0\0\x09\0\0\0\0\x03\x03\x05",
}


class HeadPeer(r.Peer):
    """A peer that remembers the last segment's packet."""

    last = b""

    def sort_packet(self, packet):
        if packet[6 if packet[0] >> 4 == 6 else 9] == 6:
            self.last = packet
        super().sort_packet(packet)


def checked(peer, v6):
    """Whether the checksums of the last packet are right; the rest of it without what varies."""
    packet = bytearray(peer.last)
    size = 40 if v6 else 20
    raw = bytes(packet[size:])
    assert r.checksum(peer.pseudo(v6, len(raw)) + raw) == 0, raw.hex()
    if v6:
        packet[1:4] = bytes(3)                  # flow label
    else:
        assert r.checksum(bytes(packet[:20])) == 0, packet[:20].hex()
        packet[10:12] = bytes(2)
    packet[size + 2:size + 12] = bytes(10)      # ports, numbers
    packet[size + 16:size + 18] = bytes(2)      # checksum
    return packet


def without_stamp(packet, size):
    """PACKET without its timestamp."""
    at = packet.find(b"\x08\x0a", size + 20)
    if at >= 0:
        packet[at + 2:at + 6] = bytes(4)
    return bytes(packet)


def alike(peer, v6, port):
    """Whatever the SYN offers, and when a tap holds it and it cannot be written to."""
    for name, offer in OFFERS.items():
        seen = []
        for tapped in (False, True, True, False):
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                socket.htons(3)) if tapped else None
            flow = r.Flow(peer, v6, dport=port)
            flow.send("S", options=offer)
            assert flow.expect("SA").ack == flow.nxt
            seen.append(without_stamp(checked(peer, v6), 40 if v6 else 20))
            if tap:
                tap.close()
        assert len(set(seen)) == 1, f"{name}: {[s.hex() for s in seen]}"


def talk(flow, sock, stamp=None):
    """The cookie of the last SYN-ACK is good, and its connection carries data both ways."""
    options = r.option_timestamps(8, stamp) if stamp else b""
    flow.send("PA", b"hello", options=options)
    sock.settimeout(20)
    child = sock.accept()[0]
    child.settimeout(20)
    assert child.recv(10) == b"hello"
    child.sendall(b"world")
    data = flow.peer.receive(lambda s: flow.mine(s) and s.data, 20)
    assert data and data.data == b"world", data
    child.close()


def connects(peer, v6, sock, port):
    """It makes a connection, from SYNs with and without data."""
    for data in (b"", b"early data"):
        flow = r.Flow(peer, v6, dport=port)
        start = flow.nxt
        flow.send("S", data, options=ALL)
        synack = flow.expect("SA")
        assert synack.ack == (start + 1) & r.MASK and not synack.data, synack
        flow.nxt = (start + 1) & r.MASK
        talk(flow, sock, struct.unpack("!II", synack.options()[8])[0])


def unusual(peer, v6, sock, port):
    """SYNs behind IP options or extension headers, and in fragments, connect too."""
    ways = (lambda raw: peer.send_ip(True, 60, raw, extension=b"\x06\0\x01\x04\0\0\0\0"),) if v6 \
        else (lambda raw: peer.write(r.packet4(peer, raw, b"\x94\x04\0\0")),
              lambda raw: (peer.write(r.packet4(peer, raw[:8], fragment=0x2000)),
                           peer.write(r.packet4(peer, raw[8:], fragment=1))))
    for send in ways:
        flow = r.Flow(peer, v6, dport=port)
        send(r.bare_syn(flow, v6))
        assert flow.expect("SA").ack == flow.nxt
        checked(peer, v6)
        talk(flow, sock)


RULES = """
table inet reuse {
    chain in {
        type filter hook input priority 0
        tcp dport %d tcp flags syn ct state new counter
        tcp dport %d meta mark set 0x77
    }
    chain out {
        type filter hook output priority 0
        tcp sport %d tcp flags == 0x12 ct direction reply ct state established meta mark 0 counter
    }
    chain post {
        type filter hook postrouting priority 0
        tcp sport %d tcp flags == 0x12 ct direction reply counter
    }
}"""


def firewall(port):
    """Loads the rules; they are nothing on their own."""
    t.sh("nft -f - <<'NFT'\n" + RULES % (port, port, port, port) + "\nNFT")


def rules(peer, v6, sock, port):
    """Conntrack and OUTPUT rules see it as the answer to the SYN; no mark stays."""
    firewall(port)
    for _ in range(3):
        flow = r.Flow(peer, v6, dport=port)
        flow.send("S", options=ALL)
        stamp = struct.unpack("!II", flow.expect("SA").options()[8])[0]
        talk(flow, sock, stamp)
    listing = t.sh("nft list table inet reuse")
    t.sh("nft delete table inet reuse")
    assert listing.count("packets 3 ") == 3, listing


def main():
    """Each behaviour, IPv4 and IPv6."""
    t.private_netns()
    peer = HeadPeer()
    t.sysctl("syncookies", 2)
    try:
        firewall(PORT)
        t.sh("nft delete table inet reuse")
        nft = True
    except OSError:
        nft = False
    ktap = t.Ktap()
    for v6 in (False, True):
        port = PORT + v6
        sock = t.listener(peer.addresses(v6)[0], port, 16)
        name = "v6" if v6 else "v4"
        ktap.run(f"{name} {alike.__doc__}", alike, peer, v6, port)
        for case in (connects, unusual, rules):
            if case is rules and not nft:
                ktap.skip(f"{name} {case.__doc__}", "no nftables with ct")
                continue
            peer.forget()
            ktap.run(f"{name} {case.__doc__}", case, peer, v6, sock, port)
        sock.close()
    ktap.end()


if __name__ == "__main__":
    main()
