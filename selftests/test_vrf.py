#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""VRFs: with l3mdev_accept an unbound listener hears them all, and each connection stays within
its own, whatever becomes of it: kept, a cookie's, the guard's, fast open's, parked, migrated,
in TIME-WAIT; and RSTs."""
# timeout: 90
# platforms: stock uml
# check: uml
#
#   +-- VRF red ----------------+   +-- VRF blue ---------------+
#   | peer0 10.99.0.1 fd99::1   |   | peer1 10.99.0.1 fd99::1   |   the same addresses
#   +-------------+-------------+   +-------------+-------------+
#                 | 10.99.0.2 fd99::2             |
#        this process' Peer              this process' Peer
#
# Outside of the VRFs is no route: what leaves them is not sent at all.
import errno
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

TCP_FASTOPEN = 23
ATCP_SYNCOOKIES = 3
ANY = {False: "0.0.0.0", True: "::"}


def bound(sock):
    """The device that a socket is bound to."""
    name = sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
    return name.rstrip(b"\0").decode()


def listen(v6, port, device=None, **more):
    """A listener for all addresses, of a device or of none."""
    def setup(sock):
        if device:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    lsock = t.listener(ANY[v6], port, setup=setup, **more)
    lsock.settimeout(10)
    return lsock


def carry(sock, flow, device):
    """The connection is in the VRF, and data goes both ways there."""
    assert bound(sock) == device, f"bound to {bound(sock)!r}"
    sock.settimeout(10)
    flow.send("PA", b"question")
    assert sock.recv(100) == b"question"
    sock.sendall(b"answer")
    while True:
        segment = flow.expect("A")
        if segment.data:
            break
    assert segment.data == b"answer", segment
    flow.send("A")


def end(sock, flow):
    """Nothing of it stays behind."""
    flow.send("R")
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE"), t.tcp_state(sock)
    sock.close()


def served(lsock, peer, v6, port, device="red"):
    """A whole connection."""
    flow = r.Flow(peer, v6, dport=port)
    flow.connect()
    sock = lsock.accept()[0]
    carry(sock, flow, device)
    end(sock, flow)


def default(v6, red):
    """Without the knob a VRF's ports are not those of unbound sockets."""
    lsock = listen(v6, 80)
    flow = r.Flow(red, v6, dport=80)
    flow.send("S")
    flow.expect("RA")
    with listen(v6, 80, "red") as own:
        served(own, red, v6, 80)
    lsock.close()


def specific(v6, red, blue):
    """Who is bound to a VRF has the same port there, and comes first."""
    with listen(v6, 91) as lsock, listen(v6, 91, "red") as own:
        served(own, red, v6, 91)
        served(lsock, blue, v6, 91, "blue")
    t.sysctl("l3mdev_accept", 1, stack="tcp")
    with listen(v6, 91):
        try:
            listen(v6, 91, "red").close()
            assert False, "an unbound one's port was not taken in all VRFs"
        except OSError as error:
            assert error.errno == errno.EADDRINUSE, error
    t.sysctl("l3mdev_accept", 0, stack="tcp")


def kept(v6, red, blue):
    """The plain way; the same addresses and ports in two VRFs are two connections."""
    with listen(v6, 81) as lsock:
        sock, flow = r.accepted(red, lsock, 81, v6)
        carry(sock, flow, "red")
        twin = r.Flow(blue, v6, sport=flow.sport, dport=81)
        twin.connect()
        other = lsock.accept()[0]
        carry(other, twin, "blue")
        carry(sock, flow, "red")
    # TIME-WAIT acknowledges a FIN that comes again.
    sock.close()
    flow.expect("FA")
    flow.send("FA")
    flow.expect("A")
    flow.send("FA", seq=flow.nxt - 1, keep=True)
    flow.expect("A")
    # A tombstone's RST stays within as well.
    twin.send("R")
    t.wait_until(lambda: t.tcp_state(other) == "CLOSE")
    other.close()
    blue.forget()
    twin.send("A")
    twin.expect("R")


def again(v6, red):
    """The SYN-ACK is repeated there; what fits nothing has a RST, a challenge its ACK."""
    with listen(v6, 82) as lsock:
        flow = r.Flow(red, v6, dport=82)
        flow.send("S")
        first = flow.expect("SA")
        second = flow.expect("SA")
        assert second.seq == first.seq
        # Out of the window: an ACK of the request's.
        flow.send("A", b"x", seq=flow.nxt + 100000, keep=True)
        flow.expect("A", skip="SA")
        flow.send("A")
        sock = lsock.accept()[0]
        carry(sock, flow, "red")
        end(sock, flow)
        stranger = r.Flow(red, v6, dport=82)
        stranger.send("A")
        stranger.expect("R")


def cookie(v6, red):
    """A cookie's SYN-ACK, and what its ACK makes."""
    def setup(lsock):
        lsock.setsockopt(t.SOL_ATCP, ATCP_SYNCOOKIES, 2)
    with listen(v6, 83) as lsock:
        setup(lsock)
        before = t.counter("SyncookiesRecv")
        served(lsock, red, v6, 83)
        assert t.counter("SyncookiesRecv") > before, "no cookie came back"


def guard(v6, red):
    """The same of the guard, before the VRF's device."""
    t.sysctl("guard_devices", "peer0")
    t.sysctl("guard", 1)
    with listen(v6, 84) as lsock:
        before = t.counter("GuardCookies")
        served(lsock, red, v6, 84)
        assert t.counter("GuardCookies") > before, "the guard did not answer"
    t.sysctl("guard", 0)


def fastopen(v6, red):
    """Data in the SYN."""
    # 2: servers; 0x200: without a cookie
    t.sysctl("fastopen", 0x202)
    with listen(v6, 85) as lsock:
        lsock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 10)
        flow = r.Flow(red, v6, dport=85)
        flow.send("S", b"early", options=r.option_mss(1460))
        segment = flow.expect("SA")
        assert segment.ack == flow.nxt, "the data was not taken"
        sock = lsock.accept()[0]
        assert sock.recv(100) == b"early"
        flow.send("A")
        carry(sock, flow, "red")
        end(sock, flow)


def parked(v6, red):
    """A full accept queue keeps one back; accept(2) makes the connection."""
    with listen(v6, 86, backlog=1) as lsock:
        flows = []
        for _ in range(4):
            flows.append(r.Flow(red, v6, dport=86))
            flows[-1].connect()
        for _ in flows:
            sock, name = lsock.accept()
            flow = next(f for f in flows if f.sport == name[1])
            carry(sock, flow, "red")
            end(sock, flow)


def migrated(v6, red):
    """A half-open one whose listener closes goes to another of its group."""
    def member():
        sock = t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((ANY[v6], 87))
        sock.listen(8)
        sock.settimeout(10)
        return sock
    old = member()
    flow = r.Flow(red, v6, dport=87)
    flow.send("S")
    flow.expect("SA")
    new = member()
    old.close()
    flow.send("A")
    sock = new.accept()[0]
    carry(sock, flow, "red")
    end(sock, flow)
    new.close()


def mss(sock):
    """tcpi_snd_mss"""
    return struct.unpack_from("=I", sock.getsockopt(socket.IPPROTO_TCP,
                                                    socket.TCP_INFO, 104), 16)[0]


def error(v6, red):
    """An ICMP error that comes by the VRF finds its connection: the path is narrow."""
    stack, peer = red.addresses(v6)
    with listen(v6, 88) as lsock:
        sock, flow = r.accepted(red, lsock, 88, v6)
    carry(sock, flow, "red")
    sock.sendall(b"x")
    ports = struct.pack("!HHI", 88, flow.sport, flow.expect("A").seq) + bytes(12)
    if v6:
        ends = [socket.inet_pton(socket.AF_INET6, a) for a in (stack, peer)]
        icmp = struct.pack("!BBHIIHBB", 2, 0, 0, 1300, 6 << 28, 20, 6, 64) + b"".join(ends) + ports
        total = b"".join(ends) + struct.pack("!II", len(icmp), 58)
    else:
        ends = [socket.inet_aton(a) for a in (stack, peer)]
        icmp = (struct.pack("!BBHHHBBHHHBBH", 3, 4, 0, 0, 1300, 0x45, 0, 40, 1, 0x4000, 64, 6, 0)
                + b"".join(ends) + ports)
        total = b""
    icmp = icmp[:2] + struct.pack("!H", r.checksum(total + icmp)) + icmp[4:]
    red.send_ip(v6, 58 if v6 else 1, icmp)
    assert t.wait_until(lambda: mss(sock) <= 1300 - 40), f"MSS {mss(sock)}"
    end(sock, flow)


def story(ktap, v6):
    """All of them over one family."""
    name = "IPv6" if v6 else "IPv4"
    red, blue = r.vrf_peers()
    ktap.run(f"{name}: without l3mdev_accept", default, v6, red)
    t.sysctl("l3mdev_accept", 1, stack="tcp")
    with listen(v6, 90) as lsock:
        ktap.run(f"{name}: with the kernel's l3mdev_accept", served, lsock, red, v6, 90)
    t.sysctl("l3mdev_accept", 0, stack="tcp")
    t.sysctl("l3mdev_accept", 1)
    ktap.run(f"{name}: who is bound to a VRF comes first", specific, v6, red, blue)
    ktap.run(f"{name}: kept in two VRFs, TIME-WAIT, tombstone", kept, v6, red, blue)
    ktap.run(f"{name}: SYN-ACK again, ACK of a request, RST", again, v6, red)
    ktap.run(f"{name}: cookie", cookie, v6, red)
    ktap.run(f"{name}: flood guard", guard, v6, red)
    ktap.run(f"{name}: fast open", fastopen, v6, red)
    ktap.run(f"{name}: parked", parked, v6, red)
    ktap.run(f"{name}: migrated", migrated, v6, red)
    ktap.run(f"{name}: ICMP error", error, v6, red)


t.side_by_side(story, False, True)
