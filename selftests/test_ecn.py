#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Explicit congestion notification (RFC 3168): who asks, what is marked, and what answers a mark."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import contextlib
import itertools
import shutil
import socket
import subprocess
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 21900
PORTS = itertools.count(PORT + 1)
ECN, SEEN = 8, 16           # in TCP_INFO's options
CE, ECT0 = 3, 2
MSS = r.option_mss(1000)


def options(sock):
    """What TCP_INFO says of ECN."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5] & (ECN | SEEN)


def window(sock):
    """(ssthresh, cwnd)"""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return tuple(int.from_bytes(info[o:o + 4], sys.byteorder) for o in (76, 80))


def offer(peer, flow, flags, ecn=0, data=b"", opts=MSS):
    """A SYN with FLAGS: the answer, which is never ECT."""
    peer.ecn = ecn
    flow.send(flags, data, options=opts)
    peer.ecn = 0
    synack = flow.expect("SA")
    assert synack.ecn == 0, "an ECT SYN-ACK"
    return synack.flags


def opened(peer, v6, listener, flags="SEC", ecn=0):
    """A connection from the peer: socket, flow and the SYN-ACK's flags."""
    flow = r.Flow(peer, v6, dport=PORT)
    got = offer(peer, flow, flags, ecn)
    flow.send("A")
    listener.settimeout(20)
    sock = listener.accept()[0]
    sock.settimeout(20)
    return sock, flow, got


def listen(peer, v6, setup=None):
    """A listener whose connections end by RST."""
    def both(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if setup:
            setup(sock)
    return t.listener(peer.addresses(v6)[0], PORT, setup=both)


def agreed(peer, v6, flags, ecn, want):
    """A SYN with FLAGS makes a connection with ECN, or one without; both work."""
    with listen(peer, v6) as listener:
        sock, flow, got = opened(peer, v6, listener, flags, ecn)
        with sock:
            assert ("E" in got) == want and "C" not in got, f"SYN-ACK {got}"
            assert options(sock) == (ECN if want else 0), options(sock)
            sock.sendall(b"x" * 100)
            data = flow.expect("A")
            assert data.data and data.ecn == (ECT0 if want else 0), data.ecn
            flow.send("PA", b"y")
            assert sock.recv(10) == b"y"
            ack = flow.expect("A")
            assert not ack.data and ack.ecn == 0, "an ECT ACK"


def passive(peer, v6):
    """It is agreed to, unless the knob is 0, or the SYN does not ask properly."""
    assert t.sysctl("ecn") == ["2"], t.sysctl("ecn")
    agreed(peer, v6, "SEC", 0, True)
    agreed(peer, v6, "S", 0, False)
    agreed(peer, v6, "SE", 0, False)
    agreed(peer, v6, "SC", 0, False)
    agreed(peer, v6, "SEC", ECT0, False)
    agreed(peer, v6, "SEC", CE, False)
    t.sysctl("ecn", 1)
    agreed(peer, v6, "SEC", 0, True)
    t.sysctl("ecn", 0)
    agreed(peer, v6, "SEC", 0, False)
    t.sysctl("ecn", 2)


def cookie(peer, v6):
    """A cookie keeps it, without timestamps."""
    t.sysctl("syncookies", 2)
    agreed(peer, v6, "SEC", 0, True)
    agreed(peer, v6, "S", 0, False)
    agreed(peer, v6, "SEC", CE, False)
    t.sysctl("ecn", 0)
    agreed(peer, v6, "SEC", 0, False)
    t.sysctl("ecn", 2)
    t.sysctl("syncookies", 1)


def guard(peer, v6):
    """So does the flood guard's."""
    t.sysctl("guard_devices", "peer0")
    t.sysctl("guard", 1)
    before = t.counter("GuardCookies")
    agreed(peer, v6, "SEC", 0, True)
    agreed(peer, v6, "S", 0, False)
    agreed(peer, v6, "SEC", ECT0, False)
    # A flow that is still known goes the normal way.
    assert t.counter("GuardCookies") > before, "the guard did not answer"
    t.sysctl("guard", 0)
    t.sysctl("guard_devices", "\n")


def fastopen(peer, v6):
    """And a connection that its SYN makes, whose SYN-ACK says it each time."""
    t.sysctl("fastopen", 1 + 2 + 512)
    with listen(peer, v6, lambda s: s.setsockopt(socket.IPPROTO_TCP,
                                                 socket.TCP_FASTOPEN, 8)) as listener:
        flow = r.Flow(peer, v6, dport=PORT)
        got = offer(peer, flow, "SEC", data=b"hello")
        assert "E" in got and "C" not in got, got
        listener.settimeout(20)
        with listener.accept()[0] as sock:
            assert sock.recv(10) == b"hello"
            assert options(sock) == ECN, options(sock)
            again = flow.expect("SA", 10)
            assert "E" in again.flags and again.ecn == 0, again
            flow.send("A")
    t.sysctl("fastopen", 1)


def answered(peer, v6, flags, want):
    """What a SYN-ACK with FLAGS makes of a SYN that asks."""
    sock, flow, syn = r.dial(peer, v6)
    assert "E" in syn.flags and "C" in syn.flags and syn.ecn == 0, syn
    flow.send(flags, options=MSS)
    ack = flow.expect("A")
    assert ack.ecn == 0 and "E" not in ack.flags, ack
    sock.settimeout(20)
    assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED")
    assert options(sock) == (ECN if want else 0), (flags, options(sock))
    sock.sendall(b"x")
    assert flow.expect("A").ecn == (ECT0 if want else 0)
    flow.send("RA")
    sock.close()


def active(peer, v6):
    """connect(2) asks if the knob is 1, and uses it if the SYN-ACK has ECE alone."""
    sock, _, syn = r.dial(peer, v6)
    assert syn.flags == "S", syn
    sock.close()
    t.sysctl("ecn", 1)
    answered(peer, v6, "SAE", True)
    answered(peer, v6, "SA", False)
    answered(peer, v6, "SAEC", False)
    t.sysctl("ecn", 2)


def fallback(peer, v6):
    """A SYN that is sent again asks no more, unless ecn_fallback is 0."""
    t.sysctl("ecn", 1)
    for keep in (0, 1):
        t.sysctl("ecn_fallback", keep)
        sock, flow, syn = r.dial(peer, v6)
        assert "E" in syn.flags and "C" in syn.flags, syn
        again = flow.expect("S", 20)
        assert again.seq == syn.seq
        assert ("E" in again.flags) == ("C" in again.flags) == (not keep), again
        flow.send("SAE", options=MSS)
        # The answer may be the first one's.
        assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED")
        assert options(sock) == ECN
        flow.send("RA")
        sock.close()
    t.sysctl("ecn", 2)


def crossed(peer, v6):
    """SYNs cross: both must ask."""
    t.sysctl("ecn", 1)
    for flags, want in (("SEC", True), ("S", False), ("SE", False)):
        sock, flow, _ = r.dial(peer, v6)
        flow.send(flags, options=MSS)
        synack = flow.expect("SA")
        assert ("E" in synack.flags) == want and "C" not in synack.flags, synack
        flow.send("A")
        assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED")
        assert options(sock) == (ECN if want else 0)
        flow.send("RA")
        sock.close()
    t.sysctl("ecn", 2)


def marked(peer, v6):
    """CE is answered by ECE on all that is sent, until CWR comes; and again."""
    with listen(peer, v6) as listener:
        sock, flow, _ = opened(peer, v6, listener)
        with sock:
            def data(flags, ecn):
                """Is what the socket answers to data with ECE?"""
                peer.ecn = ecn
                flow.send(flags, b"z" * 500)
                peer.ecn = 0
                assert len(sock.recv(1000)) == 500
                sock.sendall(b"answer")
                answer = peer.receive(lambda s: flow.mine(s) and s.data
                                      and s.seq == flow.ack, 10)
                assert answer, "no answer"
                flow.ack = (answer.seq + len(answer.data)) & r.MASK
                return "E" in answer.flags

            assert not data("PA", ECT0)
            assert options(sock) == ECN | SEEN
            for _ in range(2):
                assert data("PA", CE), "CE without ECE"
                assert data("PA", ECT0), "ECE ended without CWR"
                assert not data("PAC", ECT0), "ECE after CWR"
            # CWR and CE at once: it is to be said anew.
            assert data("PAC", CE)
            assert not data("PAC", ECT0)
            # Out of order, too, and on a bare ACK.
            peer.forget()
            peer.ecn = CE
            flow.send("PA", b"c", seq=flow.nxt + 1, keep=True)
            peer.ecn = 0
            assert peer.receive(lambda s: flow.mine(s) and "E" in s.flags
                                and not s.data, 10), "no ACK with ECE"


def segments(peer, flow, count):
    """The next COUNT segments with data."""
    got = []
    while len(got) < count:
        segment = peer.receive(lambda s: flow.mine(s) and s.data, 10)
        assert segment, f"{len(got)} segments of {count}"
        got.append(segment)
    return got


def told(peer, v6):
    """ECE reduces the window, once for each; CWR says so, once, with new data."""
    with listen(peer, v6) as listener:
        sock, flow, _ = opened(peer, v6, listener)
        with sock:
            sock.sendall(b"x" * 10000)
            first = segments(peer, flow, 10)
            assert all(s.ecn == ECT0 and "C" not in s.flags for s in first), first
            before = window(sock)
            flow.ack = first[0].seq + 1000
            flow.send("AE")
            assert t.wait_until(lambda: window(sock)[0] < before[1]), window(sock)
            cut = window(sock)
            flow.ack += 1000
            flow.send("AE")
            flow.ack = first[9].seq + 1000
            flow.send("AE")
            sock.sendall(b"y" * 20000)
            second = segments(peer, flow, 2)
            now = window(sock)
            assert now[0] == cut[0] and now[1] < before[1], (before, cut, now)
            assert "C" in second[0].flags and second[0].ecn == ECT0, second
            assert "C" not in second[1].flags, second
            assert t.counter("TCPDeliveredCE") >= 10, "not counted"
            # The next window may be told again.
            flow.ack = second[1].seq + 1000
            flow.send("AE")
            assert t.wait_until(lambda: window(sock)[0] < cut[0]), window(sock)
            # What was sent before is not ECT when it is sent again.
            seq = flow.ack & r.MASK
            again = peer.receive(lambda s: flow.mine(s) and s.seq == seq
                                 and s.ecn == 0, 20)
            assert again and "C" not in again.flags, again


def user_tos(peer, v6):
    """The ECN bits of IP_TOS and IPV6_TCLASS are not the user's."""
    level, name = ((socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if v6 else
                   (socket.IPPROTO_IP, socket.IP_TOS))
    with listen(peer, v6, lambda s: s.setsockopt(level, name, 0x23)) as listener:
        for flags, want in (("S", 0), ("SEC", ECT0)):
            sock, flow, _ = opened(peer, v6, listener, flags)
            with sock:
                sock.setsockopt(level, name, 0x1F)
                sock.sendall(b"x")
                assert flow.expect("A").ecn == want
                flow.send("PA", b"y")
                assert sock.recv(1) == b"y"
                assert flow.expect("A").ecn == 0


@contextlib.contextmanager
def pair(v6, server, client):
    """A connection over loopback between two stacks: (accepted, connected)."""
    address = "::1" if v6 else "127.0.0.1"
    port = next(PORTS)
    with t.listener(address, port, stack=server) as listener, \
            t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET, client) as sock:
        listener.settimeout(30)
        sock.settimeout(30)
        sock.connect((address, port))
        with listener.accept()[0] as child:
            child.settimeout(30)
            yield child, sock


def kernel_info(v6, server, client):
    """The ECN options at both ends of a connection between two stacks."""
    with pair(v6, server, client) as (child, sock):
        for one, other in ((sock, child), (child, sock)):
            one.sendall(b"ping")
            assert other.recv(10) == b"ping"
        return options(child), options(sock)


def with_kernel(v6):
    """Negotiated with the kernel's TCP both ways, by cookie too, or by neither."""
    both = (ECN | SEEN, ECN | SEEN)
    t.sh("sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_timestamps=0")
    assert kernel_info(v6, t.STACK, "tcp") == both
    t.sysctl("syncookies", 2)
    assert kernel_info(v6, t.STACK, "tcp") == both, "lost by the cookie"
    t.sysctl("syncookies", 1)
    assert kernel_info(v6, "tcp", t.STACK) == (0, 0), "not asked for, but used"
    t.sysctl("ecn", 1)
    assert kernel_info(v6, "tcp", t.STACK) == both
    t.sh("sysctl -qw net.ipv4.tcp_ecn=0")
    assert kernel_info(v6, "tcp", t.STACK) == (0, 0)
    t.sysctl("ecn", 0)
    t.sh("sysctl -qw net.ipv4.tcp_ecn=1")
    assert kernel_info(v6, t.STACK, "tcp") == (0, 0)
    t.sysctl("ecn", 2)


def transfer(v6, server, client, size):
    """SIZE bytes from CLIENT to SERVER, compared."""
    want = bytes(range(251)) * (size // 251)
    got = bytearray()
    with pair(v6, server, client) as (child, sock):
        def send():
            sock.sendall(want)
            sock.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=send)
        thread.start()
        while data := child.recv(1 << 16):
            got += data
        thread.join()
        assert window(sock)[1] < 10, window(sock)
    assert bytes(got) == want, f"{len(got)} bytes of {len(want)}, or wrong ones"


def mark_arrives(v6):
    """Is a datagram that was sent with ECT(0) one with CE where it arrives?"""
    family, level, ask, tos, address = (
        (socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, socket.IPV6_TCLASS, "::1")
        if v6 else (socket.AF_INET, socket.IPPROTO_IP, socket.IP_RECVTOS, socket.IP_TOS, "127.0.0.1"))
    with socket.socket(family, socket.SOCK_DGRAM) as rx, \
            socket.socket(family, socket.SOCK_DGRAM) as tx:
        rx.bind((address, 0))
        rx.settimeout(10)
        rx.setsockopt(level, ask, 1)
        tx.setsockopt(level, tos, ECT0)
        tx.sendto(b"marked?", rx.getsockname()[:2])
        told = rx.recvmsg(16, 64)[1]
    return [data[0] & 3 for _, kind, data in told if kind in (tos, ask)] == [CE]


def can_mark(v6):
    """From here on all ECT(0) that is sent becomes CE, if this kernel's nft does that."""
    ip = "ip6" if v6 else "ip"
    rules = ("add table inet router; add chain inet router out "
             "{ type filter hook output priority 0; }; "
             f"add rule inet router out {ip} ecn ect0 {ip} ecn set ce")
    return (shutil.which("nft") and not subprocess.run(
        ["nft", rules], check=False, capture_output=True).returncode
            and mark_arrives(v6))


def marking_path(v6):
    """A router marks all that can be marked: bytes arrive, and both ends tell and heed."""
    t.sh("ip link set lo mtu 1500; sysctl -qw net.ipv4.tcp_ecn=1")
    t.sysctl("ecn", 1)
    for server, client in (("tcp", t.STACK), (t.STACK, "tcp"), (t.STACK, t.STACK)):
        before = t.counter("TCPDeliveredCE", client)
        transfer(v6, server, client, 300000)
        told_of = t.counter("TCPDeliveredCE", client) - before
        assert told_of > 50, f"{client} to {server}: told of {told_of} segments"


def run(k, v6):
    """All of it with one address family."""
    peer = r.Peer()
    name = "IPv6" if v6 else "IPv4"
    steps = [passive, cookie, fastopen, active, fallback, crossed, marked, told, user_tos]
    if t.STACK != "tcp":
        steps.append(guard)
    for step in steps:
        k.run(f"{name}: {step.__doc__.splitlines()[0]}", step, peer, v6)
        peer.forget()
    if t.STACK == "tcp":
        return
    k.run(f"{name}: {with_kernel.__doc__.splitlines()[0]}", with_kernel, v6)
    if can_mark(v6):
        k.run(f"{name}: {marking_path.__doc__.splitlines()[0]}", marking_path, v6)
    else:
        k.skip(f"{name}: a router marks", "nft marks nothing here")


t.side_by_side(run, False, True)
