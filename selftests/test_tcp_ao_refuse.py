#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP-AO (RFC 5925) on the wire: what is not signed as it should be is refused in silence, and counted."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 300
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import tcpao as a


def refusals(peer, v6):
    """A wrong MAC, none, another length, an unknown key, two options: no answer, and counted."""
    lsock, port = a.listener(peer, v6, {})
    for name, more in (("bad", dict(spoil=True)), ("missing", dict(sign=False)), ("key_not_found", dict(keyid=7))):
        before = a.count(name)
        flow = a.AoFlow(peer, v6, dport=port)
        flow.send("S", options=r.option_mss(1460), **more)
        a.counted(name, before, lsock)
        flow.silence(0.3)
    before = a.count("bad")
    flow = a.AoFlow(peer, v6, dport=port, mac=16)
    flow.send("S")
    a.counted("bad", before, lsock)
    flow.silence(0.3)
    flow = a.AoFlow(peer, v6, dport=port)
    dropped = t.counter("DropAo")
    flow.send("S", options=struct.pack("BBBB8s", 29, 12, 100, 100, bytes(8)))
    assert t.wait_until(lambda: t.counter("DropAo") > dropped)
    flow.silence(0.3)
    lsock.close()
    # A listener without keys is not asked, as Linux has it.
    plain = t.listener(peer.addresses(v6)[0], port + 5000)
    before = a.count("key_not_found")
    flow = a.AoFlow(peer, v6, dport=port + 5000)
    flow.send("S")
    a.counted("key_not_found", before)
    flow.silence(0.3)
    plain.close()


def connection_refusals(peer, v6):
    """The same on a connection, which lives on: text, RST, SYN."""
    sock, flow, lsock = a.opened(peer, v6)
    for name, more in (("bad", dict(spoil=True)), ("missing", dict(sign=False)), ("key_not_found", dict(keyid=7))):
        for flags in ("PA", "R", "FA", "S"):
            before = a.count(name)
            flow.send(flags, b"x" if flags == "PA" else b"", keep=True, **more)
            a.counted(name, before, sock)
    peer.forget()
    assert t.tcp_state(sock) == "ESTABLISHED", t.tcp_state(sock)
    a.exchange(sock, flow)
    info = a.get_info(sock)
    assert info["good"] >= 2 and info["bad"] == 4 and info["missing"] == 4 and info["key_not_found"] == 4, info
    # And a RST that is signed well ends it.
    flow.send("R")
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE"), t.tcp_state(sock)
    sock.close(), lsock.close()


def handshake_refusals(peer, v6):
    """A request goes on as it began: an ACK that is not signed is none."""
    lsock, port = a.listener(peer, v6, {})
    flow = a.AoFlow(peer, v6, dport=port)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    before = a.count("bad")
    flow.send("A", sign=False, keep=True)
    a.counted("bad", before)
    flow.send("A", spoil=True, keep=True)
    a.counted("bad", before + 1)
    assert "ESTABLISHED" not in flow.states(), flow.states()
    flow.send("A", keep=True)
    sock = lsock.accept()[0]
    sock.settimeout(20)
    a.exchange(sock, flow)
    sock.close(), lsock.close()
    # The client's: a SYN-ACK that is not signed, or not well.
    sock, flow, syn = a.dial(peer, v6, lambda s: s.setsockopt(a.TCP, a.ADD_KEY, a.add_key(peer.addresses(v6)[1])))
    for name, more in (("missing", dict(sign=False)), ("bad", dict(spoil=True))):
        before = a.count(name)
        flow.send("SA", keep=True, **more)
        a.counted(name, before, sock)
        before = a.count(name)
        flow.send("RA", keep=True, **more)
        a.counted(name, before, sock)
    assert t.tcp_state(sock) == "SYN_SENT", t.tcp_state(sock)
    peer.forget()
    flow.send("SA")
    flow.expect("A", skip="S")
    sock.close()


def time_wait(peer, v6):
    """Nothing that is not signed touches a TIME-WAIT."""
    sock, flow, lsock = a.opened(peer, v6)
    sock.close()
    flow.expect("FA", skip="A")
    flow.send("FA")
    flow.expect("A", skip="FA")
    for name, more in (("missing", dict(sign=False)), ("bad", dict(spoil=True)), ("key_not_found", dict(keyid=7))):
        before = a.count(name)
        flow.send("R", keep=True, **more)
        a.counted(name, before)
        assert "TIME_WAIT" in flow.states(), flow.states()
    flow.send("R", keep=True)
    assert t.wait_until(lambda: "TIME_WAIT" not in flow.states()), flow.states()
    lsock.close()


def shared(peer, v6):
    """A key that the socket gets after it has left a TIME-WAIT is nobody's there."""
    sock, flow, lsock = a.opened(peer, v6)
    sock.shutdown(socket.SHUT_WR)
    flow.expect("FA", skip="A")
    flow.send("FA")
    flow.expect("A", skip="FA")
    assert "TIME_WAIT" in flow.states(), flow.states()
    sock.setsockopt(a.TCP, a.ADD_KEY, a.add_key(peer.addresses(v6)[1], b"late", 7, 8))
    before = a.count("bad")
    flow.tkey = lambda sent, alone=False: bytes(20)
    flow.send("R", keyid=8, keep=True)
    a.counted("bad", before)
    assert "TIME_WAIT" in flow.states(), flow.states()
    sock.close(), lsock.close()


def icmps(peer, v6):
    """Hard errors are not believed, unless it is said so; of a SYN they are."""
    sock, flow, lsock = a.opened(peer, v6)
    sock.send(b"x")
    sent = flow.expect("A")

    def unreachable():
        stack, own = peer.addresses(v6)
        quote = struct.pack("!HHII", flow.dport, flow.sport, sent.seq, 0)
        if v6:
            inner = struct.pack("!IHBB", 6 << 28, 20, 6, 64) + socket.inet_pton(socket.AF_INET6, stack) + \
                socket.inet_pton(socket.AF_INET6, own) + quote + bytes(8)
            message = struct.pack("!BBHI", 1, 4, 0, 0) + inner
            pseudo = socket.inet_pton(socket.AF_INET6, own) + socket.inet_pton(socket.AF_INET6, stack) + \
                struct.pack("!II", len(message), 58)
            total = r.checksum(pseudo + message)
        else:
            inner = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0x4000, 64, 6, 0, socket.inet_aton(stack),
                                socket.inet_aton(own)) + quote + bytes(8)
            message = struct.pack("!BBHI", 3, 3, 0, 0) + inner
            total = r.checksum(message)
        peer.send_ip(v6, 58 if v6 else 1, message[:2] + struct.pack("!H", total) + message[4:])

    before, soft = a.count("icmp"), t.counter("IcmpSoftError")
    unreachable()
    a.counted("icmp", before, sock)
    assert t.counter("IcmpSoftError") == soft
    sock.setsockopt(a.TCP, a.INFO, a.info("icmps"))
    unreachable()
    assert t.wait_until(lambda: t.counter("IcmpSoftError") > soft)
    assert a.count("icmp") == before + 1
    sock.close(), lsock.close()


def required(peer, v6):
    """ao_required: nobody unsigned comes in, whatever keys there are; counters can be set."""
    lsock, port = a.listener(peer, v6, info=a.info("required counters", counts=(1, 2, 3, 4, 5)))
    told = a.get_info(lsock)
    assert [told[name] for name in a.COUNTS] == [1, 2, 3, 4, 5] and told["required"], told
    before = a.count("missing")
    flow = r.Flow(peer, v6, dport=port)
    flow.send("S")
    a.counted("missing", before, lsock)
    assert a.get_info(lsock)["missing"] == 5
    flow.silence(0.3)
    lsock.close()
    # And who has no key for whom it connects to does not.
    with t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET) as sock:
        sock.setsockopt(a.TCP, a.INFO, a.info())
        assert a.outcome(sock.connect, (peer.addresses(v6)[1], 9)) == 129
        sock.setsockopt(a.TCP, a.ADD_KEY, a.add_key("fd00::9" if v6 else "10.1.1.1"))
        assert a.outcome(sock.connect, (peer.addresses(v6)[1], 9)) == 129


def main():
    t.private_netns()
    ktap = t.Ktap()
    peer = r.Peer()
    for case in (refusals, connection_refusals, handshake_refusals, time_wait, shared, icmps, required):
        for v6 in (False, True):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
