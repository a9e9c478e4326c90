#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""ICMP errors: what each does to a connecting and to a connected socket."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import errno
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

# type, code, errno: of SO_ERROR in SYN_SENT
ERRORS_V4 = [(3, 0, errno.ENETUNREACH), (3, 1, errno.EHOSTUNREACH),
             (3, 2, errno.ENOPROTOOPT), (3, 3, errno.ECONNREFUSED),
             (3, 13, errno.EHOSTUNREACH), (11, 0, errno.EHOSTUNREACH),
             (12, 0, errno.EPROTO)]
ERRORS_V6 = [(1, 0, errno.ENETUNREACH), (1, 1, errno.EACCES),
             (1, 3, errno.EHOSTUNREACH), (1, 4, errno.ECONNREFUSED),
             (100, 0, errno.EPROTO), (3, 0, errno.EHOSTUNREACH),
             (4, 0, errno.EPROTO)]


def icmp(peer, flow, v6, kind, code, seq, rest=0):
    """An ICMP error about a segment that the stack sent with SEQ."""
    stack, far = peer.addresses(v6)
    inner = struct.pack("!HHII", flow.dport, flow.sport, seq, 0) + bytes(8)
    if v6:
        quote = (struct.pack("!IHBB", 6 << 28, 20, 6, 64)
                 + socket.inet_pton(socket.AF_INET6, stack)
                 + socket.inet_pton(socket.AF_INET6, far) + inner)
        body = struct.pack("!BBHI", kind, code, 0, rest) + quote
        pseudo = (socket.inet_pton(socket.AF_INET6, far)
                  + socket.inet_pton(socket.AF_INET6, stack)
                  + struct.pack("!II", len(body), 58))
        total = r.checksum(pseudo + body)
    else:
        quote = (struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0x4000, 64, 6, 0,
                             socket.inet_aton(stack), socket.inet_aton(far))
                 + inner)
        body = struct.pack("!BBHI", kind, code, 0, rest) + quote
        total = r.checksum(body)
    body = body[:2] + struct.pack("!H", total) + body[4:]
    peer.send_ip(v6, 58 if v6 else 1, body)


def connecting(peer, v6, kind, code, want):
    """SYN_SENT ends with the errno."""
    sock, flow, syn = r.dial(peer, v6)
    icmp(peer, flow, v6, kind, code, syn.seq)
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE"), t.tcp_state(sock)
    got = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    assert got == want, f"{errno.errorcode.get(got)}, wanted " \
        f"{errno.errorcode[want]}"
    sock.close()


def told(peer, v6, kind, code, want):
    """IP_RECVERR: the error queue has it, with the quoted segment and who sent it."""
    level, name = (41, 25) if v6 else (0, 11)
    sock, flow, syn = r.dial(peer, v6, lambda s: s.setsockopt(level, name, 1))
    icmp(peer, flow, v6, kind, code, syn.seq)
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE"), t.tcp_state(sock)
    data, parts, flags, whom = sock.recvmsg(100, 200, socket.MSG_ERRQUEUE)
    assert flags & socket.MSG_ERRQUEUE and whom[:2] == (
        peer.addresses(v6)[1], flow.sport), (flags, whom)
    assert data[:8] == struct.pack("!HHI", flow.dport, flow.sport, syn.seq), data
    error = [value for at, which, value in parts if (at, which) == (level, name)][0]
    assert struct.unpack("=IBBBBII", error[:16]) == (
        want, 3 if v6 else 2, kind, code, 0, 0, 0), error
    offender = error[24:40] if v6 else error[20:24]
    assert socket.inet_ntop(socket.AF_INET6 if v6 else socket.AF_INET, offender) == \
        peer.addresses(v6)[1], offender
    try:
        sock.recvmsg(100, 200, socket.MSG_ERRQUEUE)
        raise AssertionError("a second one")
    except BlockingIOError:
        pass
    sock.close()


def wrong_sequence(peer, v6, kind, code, want):
    """An error about what was never sent is ignored (RFC 5927)."""
    sock, flow, syn = r.dial(peer, v6)
    icmp(peer, flow, v6, kind, code, syn.seq + 5000)
    flow.any(0.3)
    assert t.tcp_state(sock) == "SYN_SENT", f"{want}: {t.tcp_state(sock)}"
    sock.close()


def fragment_lost(peer, v6):
    """A fragment that did not arrive in time says nothing of the path."""
    sock, flow, syn = r.dial(peer, v6)
    icmp(peer, flow, v6, 11, 1, syn.seq)
    assert t.tcp_state(sock) == "SYN_SENT", t.tcp_state(sock)
    sock.close()


def connected(peer, v6, kind, code, want):
    """An established connection goes on (RFC 1122 4.2.3.9)."""
    port = 20700 + v6
    listener = t.listener(peer.addresses(v6)[0], port)
    sock, flow = r.accepted(peer, listener, port, v6)
    listener.close()
    sock.send(b"data")
    segment = flow.any(5)
    icmp(peer, flow, v6, kind, code, segment.seq)
    flow.any(0.3, "A")
    assert t.tcp_state(sock) == "ESTABLISHED", f"{want}: {t.tcp_state(sock)}"
    flow.ack = (segment.seq + 4) & r.MASK
    flow.send("PA", b"goes on")
    assert t.wait_until(lambda: sock.recv(20) == b"goes on") \
        if flow.expect("A") else False
    flow.send("RA")
    sock.close()


def packet_too_big(peer, v6):
    """The path's MTU shrinks: the data is sent again in smaller segments."""
    port = 20710 + v6
    listener = t.listener(peer.addresses(v6)[0], port)
    sock, flow = r.accepted(peer, listener, port, v6)
    listener.close()
    sock.send(b"m" * 1400)
    segment = flow.any(5)
    assert len(segment.data) == 1400, segment
    if v6:
        icmp(peer, flow, v6, 2, 0, segment.seq, 1280)
    else:
        icmp(peer, flow, v6, 3, 4, segment.seq, 800)
    limit = 1280 - 60 if v6 else 800 - 40
    again = flow.any(5)
    while again and (again.seq != segment.seq or len(again.data) > limit):
        again = flow.any(5)
    assert again, "never sent again in smaller segments"
    flow.send("RA")
    sock.close()


def main():
    """Each error, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6, errors in ((False, ERRORS_V4), (True, ERRORS_V6)):
        name = "v6" if v6 else "v4"
        for kind, code, want in errors:
            peer.forget()
            ktap.run(f"{name} type {kind} code {code} in SYN_SENT: "
                     f"{errno.errorcode[want]}", connecting, peer, v6, kind,
                     code, want)
        for case in (told, wrong_sequence, connected):
            peer.forget()
            ktap.run(f"{name} {case.__doc__}", case, peer, v6, *errors[-2])
        if not v6:
            ktap.run(f"{name} {fragment_lost.__doc__}", fragment_lost, peer, v6)
        ktap.run(f"{name} {packet_too_big.__doc__}", packet_too_big, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
