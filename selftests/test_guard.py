#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The flood guard, segment by segment: what it answers, how, and what it leaves alone."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import os
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20600
ATCP_GUARD = 20
ALL = (r.option_mss(1460) + r.option_sack_ok() + r.option_timestamps(7, 0)
       + r.option_wscale(7))
OPTIONS = {
    "all": ALL,
    "none": b"",
    "MSS": r.option_mss(1400),
    "no MSS": r.option_sack_ok() + r.option_wscale(3),
    "packed": b"\x08\x0a\0\0\0\x09\0\0\0\0\x03\x03\x05",
    "SACK": r.option_mss(536) + r.option_sack_ok(),
    "unknown": r.option_mss(1460) + b"\xfd\x06\0\0\0\0",
    "fast open": r.option_mss(1460) + b"\x22\x02",
}


class GuardPeer(r.Peer):
    """A peer that remembers the IP header of the last segment."""

    head = b""

    def sort_packet(self, packet):
        v6 = packet[0] >> 4 == 6
        if packet[6 if v6 else 9] == 6:
            self.head = packet[:40 if v6 else 20]
        super().sort_packet(packet)


def listen(peer, v6, port, guarded=True, backlog=64):
    """A listener that the guard answers for, or not."""
    return t.listener(peer.addresses(v6)[0], port, backlog,
                      setup=lambda s: s.setsockopt(t.SOL_ATCP, ATCP_GUARD, int(guarded)))


def changes(*names):
    """What counters are now; called again: by how much they have grown."""
    before = t.counters()
    return lambda: tuple(t.counter(n) - before.get(n, 0) for n in names)


def half_open():
    """Requests in the table."""
    return sum(row[2] == "SYN_RECV" for row in t.table())


def answered(peer, v6):
    """A SYN is answered by a cookie, without a request; its ACK connects, with data."""
    sock = listen(peer, v6, PORT)
    grown = changes("GuardSyns", "GuardCookies", "GuardPassed", "SyncookiesSent",
                    "ReqCreated")
    flow = r.Flow(peer, v6, dport=PORT)
    flow.send("S", options=ALL)
    synack = flow.expect("SA")
    assert synack.ack == flow.nxt, synack
    assert grown() == (1, 1, 0, 1, 0), grown()
    assert half_open() == 0
    options = synack.options()
    assert sorted(options) == [2, 3, 4, 8], options
    stamps = struct.unpack("!II", options[8])
    assert stamps[1] == 7, stamps
    flow.send("PA", b"hello", options=r.option_timestamps(8, stamps[0]))
    sock.settimeout(20)
    child = sock.accept()[0]
    child.settimeout(20)
    assert child.recv(10) == b"hello"
    child.sendall(b"world")
    data = peer.receive(lambda s: flow.mine(s) and s.data, 20)
    assert data and data.data == b"world", data
    info = child.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    assert info[5] & 7 == 7, f"options {info[5]:x}"      # TS, SACK, WSCALE
    assert info[6] & 15 == 7, f"window scale {info[6]:x}"
    child.close()
    sock.close()


def alike(peer, v6):
    """Its SYN-ACK is what the normal path sends as a cookie, whatever the SYN offers."""
    t.sysctl("syncookies", 2)
    socks = [listen(peer, v6, PORT + 1), listen(peer, v6, PORT + 2, False)]
    grown = changes("GuardCookies")
    for name, offer in OPTIONS.items():
        seen = []
        for port in (PORT + 1, PORT + 2):
            flow = r.Flow(peer, v6, dport=port)
            flow.send("S", options=offer)
            synack = flow.expect("SA")
            head = bytearray(peer.head)
            if v6:
                head[1:4] = bytes(3)        # flow label
            else:
                head[10:12] = bytes(2)      # checksum
            options = synack.options()
            if 8 in options:
                options[8] = options[8][4:]
            seen.append((synack.win, list(options.items()), bytes(head),
                         len(synack.raw_options), synack.flags, synack.data))
        assert seen[0] == seen[1], f"{name}: {seen}"
    assert grown() == (len(OPTIONS),), grown()
    t.sysctl("syncookies", 1)
    for sock in socks:
        sock.close()


def plain_only(peer, v6):
    """A SYN with data is answered without them; one that asks for ECN is one too."""
    sock = listen(peer, v6, PORT)
    for flags, data in (("S", b"early"), ("SEC", b"")):
        grown = changes("GuardCookies")
        flow = r.Flow(peer, v6, dport=PORT)
        start = flow.nxt
        flow.send(flags, data, options=r.option_mss(1460))
        synack = flow.expect("SA")
        assert synack.ack == (start + 1) & r.MASK, synack
        assert not synack.data and grown() == (1,), grown()
    sock.close()


def unprotected(peer, v6):
    """Others' listeners and connections are not looked at."""
    sock = listen(peer, v6, PORT + 3, False)
    grown = changes("GuardSyns", "ReqCreated")
    flow = r.Flow(peer, v6, dport=PORT + 3)
    flow.connect()
    sock.settimeout(20)
    sock.accept()[0].close()
    assert grown() == (0, 1), grown()
    nobody = r.Flow(peer, v6, dport=PORT + 4)
    nobody.send("S")
    nobody.expect("RA")
    assert grown() == (0, 1), grown()
    sock.close()


def passed_on(peer, v6, send, want, **why):
    """SEND(flow) is left to the normal path, which does WANT."""
    grown = changes("GuardCookies", "DropGuardRate", *why)
    flow = r.Flow(peer, v6, dport=PORT + 5)
    send(flow)
    if want == "silence":
        t.wait_until(lambda: grown()[2:] == tuple(why.values()))
    else:
        flow.expect(want)
    assert grown() == (0, 0) + tuple(why.values()), f"{grown()} of {why}"


def options4(flow):
    """A SYN with the router alert option."""
    flow.peer.write(r.packet4(flow.peer, r.bare_syn(flow, False), b"\x94\x04\0\0"))


def fragments4(flow):
    """A SYN in two fragments."""
    raw = r.bare_syn(flow, False)
    flow.peer.write(r.packet4(flow.peer, raw[:8], fragment=0x2000))
    flow.peer.write(r.packet4(flow.peer, raw[8:], fragment=1))


def extension6(flow):
    """A SYN behind a header of destination options."""
    raw = r.bare_syn(flow, True)
    flow.peer.send_ip(True, 60, raw, extension=b"\x06\0\x01\x04\0\0\0\0")


def unusual(peer, v6):
    """What is malformed or unusual goes the normal way."""
    sock = listen(peer, v6, PORT + 5)
    passed_on(peer, v6, lambda f: f.send("S", bad=True), "silence", InCsumErrors=1)
    passed_on(peer, v6, lambda f: f.send("S", offset=4), "silence", DropHdr=1)
    passed_on(peer, v6, lambda f: f.send("S", offset=9), "silence", DropHdr=1)
    passed_on(peer, v6, lambda f: f.send("SF"), "silence", DropSynFin=1)
    passed_on(peer, v6, lambda f: f.send("SU"), "SA", ReqCreated=1)
    if v6:
        passed_on(peer, v6, extension6, "SA", ReqCreated=1)
    else:
        passed_on(peer, v6, options4, "SA", ReqCreated=1)
        passed_on(peer, v6, fragments4, "SA", ReqCreated=1)
    t.sysctl("syncookies", 0)
    passed_on(peer, v6, lambda f: f.send("S"), "SA", ReqCreated=1, GuardPassed=1)
    t.sysctl("syncookies", 1)
    sock.close()


def known(peer, v6):
    """A SYN of a flow that is known is not answered in its place."""
    sock = listen(peer, v6, PORT + 6, False)
    flow = r.Flow(peer, v6, dport=PORT + 6)
    flow.send("S", keep=True)
    first = flow.expect("SA")
    sock.setsockopt(t.SOL_ATCP, ATCP_GUARD, 1)
    t.sysctl("invalid_ratelimit", 0)
    grown = changes("GuardPassed", "GuardCookies")
    flow.send("S")
    again = flow.expect("SA")
    assert again.seq == first.seq and grown() == (1, 0), f"{first} {again} {grown()}"
    t.sysctl("invalid_ratelimit", 500)
    sock.close()


def bucket(peer, v6):
    """Beyond its rate a prefix is dropped; another is not, nor is it after a while."""
    sock = listen(peer, v6, PORT + 7)
    t.sysctl("guard_rate", 1)
    t.sysctl("guard_burst", 3)
    grown = changes("GuardCookies", "DropGuardRate")
    base = "fd99:0:0:1::" if v6 else "198.18.7."

    def syns(prefix, count):
        for i in range(1, count + 1):
            r.Flow(peer, v6, dport=PORT + 7, source=prefix + str(i)).send("S")
        assert t.wait_until(lambda: sum(grown()) >= syns.sent + count), grown()
        syns.sent += count
        return grown()

    syns.sent = 0
    cookies, drops = syns(base, 30)
    # A slow machine may take some seconds for thirty.
    assert 3 <= cookies <= 20 and cookies + drops == 30, (cookies, drops)
    cookies2, _ = syns(base.replace("1::", "2::").replace("7.", "8."), 1)
    assert cookies2 == cookies + 1, grown()
    flow = r.Flow(peer, v6, dport=PORT + 7, source=base + "77")

    def once_more():
        before = grown()[0]
        flow.send("S", keep=True)
        return t.wait_until(lambda: grown()[0] > before, 0.3)

    assert t.wait_until(once_more, 20), grown()
    t.sysctl("guard_rate", 0)
    sock.close()


def main():
    """Each behaviour, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("the guard is atcp's")
    if not os.path.exists(t.sysctl_path("guard_devices")):
        t.skip_all("no flood guard")
    t.private_netns()
    peer = GuardPeer()
    # Answers to spoofed sources of the bucket test leave by the device too.
    t.sh("ip route add 198.18.0.0/15 dev peer0; sysctl -qw net.ipv4.conf.all.rp_filter=0")
    t.sysctl("guard_devices", "peer0")
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (answered, alike, plain_only, unprotected, unusual, known, bucket):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
