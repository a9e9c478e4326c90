#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Fast open, client: asking for a cookie, data in the SYN, what is lost, and blackholes."""
# timeout: 240
# platforms: stock uml
# check: uml
# clock: travel
import errno
import random
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

TFO = 34
CONNECT = 30
NO_COOKIE = 34
COOKIE = bytes(range(8))


def option(cookie):
    """A SYN-ACK's options with a cookie."""
    return r.option_mss(1460) + struct.pack("!BB", TFO, 2 + len(cookie)) + cookie


def client(v6):
    """A socket that does not wait, and whose end is a RST."""
    sock = t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.setblocking(False)
    return sock


def send(sock, peer, v6, data, address=None):
    """sendto(MSG_FASTOPEN) to a new port: (bytes that went, the port)."""
    port = r.new_port()
    address = address or peer.addresses(v6)[1]
    try:
        return sock.sendto(data, socket.MSG_FASTOPEN, (address, port)), port
    except BlockingIOError:
        return 0, port


def syn_of(peer, port, v6, source=None):
    """The SYN to PORT, and its flow."""
    syn = peer.receive(lambda s: s.dport == port and s.kind() == "S", 10)
    assert syn, "no SYN came"
    flow = r.Flow(peer, v6, port, syn.sport, source)
    flow.ack = (syn.seq + 1) & r.MASK
    return syn, flow


def established(sock):
    """Waits for ESTABLISHED."""
    assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED"), \
        t.tcp_state(sock)


def learn(peer, v6, cookie=COOKIE):
    """The stack asks for a cookie, and gets it."""
    with client(v6) as sock:
        _, port = send(sock, peer, v6, b"first")
        syn, flow = syn_of(peer, port, v6)
        flow.send("SA", options=option(cookie))
        established(sock)
        flow.send("R")
    return syn


def syn_data(sock):
    """Does TCP_INFO say that data in the SYN was acknowledged?"""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return bool(info[5] & 32)


def ask(peer, v6):
    """Without a cookie the SYN asks for one, without data."""
    with client(v6) as sock:
        sent, port = send(sock, peer, v6, b"first")
        syn, flow = syn_of(peer, port, v6)
        assert sent == 0, sent
        assert not syn.data and syn.options().get(TFO, b"no") in (b"", b"no")
        flow.send("SA", options=option(COOKIE))
        established(sock)
        assert sock.send(b"first") == 5
        assert flow.expect("A", skip="").data in (b"", b"first")
        assert not syn_data(sock)
        flow.send("R")


def use(peer, v6):
    """With one the SYN has cookie and data, all of it acknowledged."""
    learn(peer, v6)
    before = t.counter("TCPFastOpenActive")
    with client(v6) as sock:
        sent, port = send(sock, peer, v6, b"hello")
        syn, flow = syn_of(peer, port, v6)
        assert (sent, syn.data) == (5, b"hello"), (sent, syn.data)
        assert syn.options()[TFO] == COOKIE
        flow.ack += 5
        flow.send("SA", b"welcome", options=r.option_mss(1460))
        established(sock)
        assert t.wait_until(lambda: syn_data(sock))
        assert sock.recv(20) == b"welcome"
        segment = flow.expect("A")
        assert not segment.data and segment.ack == flow.nxt, segment
        flow.send("R")
    assert t.counter("TCPFastOpenActive") == before + 1


def large(peer, v6):
    """A segment's worth goes with the SYN, the rest after it."""
    learn(peer, v6)
    data = bytes(random.getrandbits(8) for _ in range(4000))
    with client(v6) as sock:
        sent, port = send(sock, peer, v6, data)
        syn, flow = syn_of(peer, port, v6)
        assert syn.data == data[:len(syn.data)] and 500 < sent < 1461, sent
        assert len(syn.data) == sent, (len(syn.data), sent)
        flow.ack = (flow.ack + sent) & r.MASK
        flow.send("SA", options=r.option_mss(1460))
        established(sock)
        assert sock.send(data[sent:]) == 4000 - sent
        got = bytearray(syn.data)
        while len(got) < 4000:
            segment = flow.expect("A", 10)
            got += segment.data
        assert got == data, "bytes differ"
        flow.send("R")


def not_taken(peer, v6):
    """A SYN-ACK of the SYN alone: the data is sent again at once."""
    learn(peer, v6)
    before = t.counter("TCPFastOpenActiveFail")
    with client(v6) as sock:
        _, port = send(sock, peer, v6, b"hello")
        syn, flow = syn_of(peer, port, v6)
        flow.send("SA", options=option(bytes(8)))
        segment = flow.expect("A")
        assert segment.data == b"hello" and segment.seq == flow.ack - 5 & r.MASK
        flow.send("A")
        established(sock)
        assert not syn_data(sock)
        flow.send("R")
    assert t.counter("TCPFastOpenActiveFail") == before + 1
    # The cookie that came with it is the one to use.
    with client(v6) as sock:
        _, port = send(sock, peer, v6, b"hello")
        assert syn_of(peer, port, v6)[0].options()[TFO] == bytes(8)


def syn_lost(peer, v6):
    """A lost SYN goes again without data and option; then the data."""
    learn(peer, v6)
    with client(v6) as sock:
        _, port = send(sock, peer, v6, b"hello")
        first, flow = syn_of(peer, port, v6)
        again, _ = syn_of(peer, port, v6)
        assert again.seq == first.seq and not again.data, again
        assert TFO not in again.options(), again.options()
        flow.send("SA", options=r.option_mss(1460))
        segment = flow.expect("A", 10, skip="S")
        assert segment.data == b"hello", segment
        flow.send("A")
        established(sock)
        flow.send("R")


def small_mss(peer, v6):
    """The MSS that the peer had bounds the SYN; a smaller one cuts its data."""
    with client(v6) as sock:
        _, port = send(sock, peer, v6, b"x")
        _, flow = syn_of(peer, port, v6)
        flow.send("SA", options=option(COOKIE).replace(
            r.option_mss(1460), r.option_mss(600)))
        established(sock)
        flow.send("R")
    data = bytes(random.getrandbits(8) for _ in range(1000))
    with client(v6) as sock:
        sent, port = send(sock, peer, v6, data)
        _, flow = syn_of(peer, port, v6)
        assert 400 < sent <= 560, sent
        flow.send("SA", options=r.option_mss(300))
        got = bytearray()
        while len(got) < sent:
            segment = flow.expect("A", 10)
            assert len(segment.data) <= 300, segment
            got += segment.data
            flow.send("A")
        assert got == data[:sent]
        flow.send("R")


def put_off(peer, v6):
    """TCP_FASTOPEN_CONNECT: connect() sends nothing, the first write all."""
    learn(peer, v6)
    port = r.new_port()
    with client(v6) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, CONNECT, 1)
        assert sock.connect_ex((peer.addresses(v6)[1], port)) == 0
        assert not peer.receive(lambda s: s.dport == port, 0.3)
        assert sock.send(b"hello") == 5
        syn, flow = syn_of(peer, port, v6)
        assert syn.data == b"hello" and syn.options()[TFO] == COOKIE
        flow.ack += 5
        flow.send("SA", options=r.option_mss(1460))
        established(sock)
        flow.send("R")
    # Without a cookie it is an ordinary connect that asks for one.
    with client(v6) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, CONNECT, 1)
        other = "fd99::77" if v6 else "10.99.0.77"
        assert sock.connect_ex((other, port)) == errno.EINPROGRESS
        syn = peer.receive(lambda s: s.dport == port and s.kind() == "S", 10)
        assert syn.options().get(TFO) == b"", syn.options()
    # Put off and closed: nothing was ever sent.
    peer.forget()
    with client(v6) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, CONNECT, 1)
        assert sock.connect_ex((peer.addresses(v6)[1], port)) == 0
    assert not peer.receive(lambda s: s.dport == port, 0.3)


def blackhole(peer, v6):
    """Three timeouts: that destination is spared, another is not."""
    t.sysctl("fastopen_blackhole_timeout_sec", 3600)
    try:
        learn(peer, v6)
        before = t.counter("TCPFastOpenBlackhole")
        with client(v6) as sock:
            _, port = send(sock, peer, v6, b"hello")
            assert t.wait_until(
                lambda: t.counter("TCPFastOpenBlackhole") == before + 1, 25)
        with client(v6) as sock:
            sent, port = send(sock, peer, v6, b"hello")
            syn, _ = syn_of(peer, port, v6)
            assert sent == 0 and not syn.data and TFO not in syn.options(), syn
        other = "fd99::78" if v6 else "10.99.0.78"
        with client(v6) as sock:
            _, port = send(sock, peer, v6, b"hello", other)
            syn, _ = syn_of(peer, port, v6)
            assert syn.options().get(TFO) == b"", syn.options()
        # A write of the knob forgets, as on Linux.
        t.sysctl("fastopen_blackhole_timeout_sec", 3600)
        with client(v6) as sock:
            sent, port = send(sock, peer, v6, b"hello")
            assert syn_of(peer, port, v6)[0].data == b"hello"
    finally:
        t.sysctl("fastopen_blackhole_timeout_sec", 0)


def bare(peer, v6):
    """Without cookies: bit 0x4 and TCP_FASTOPEN_NO_COOKIE; off without 0x1."""
    other = "fd99::79" if v6 else "10.99.0.79"
    with client(v6) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, NO_COOKIE, 1)
        sent, port = send(sock, peer, v6, b"hello", other)
        syn, _ = syn_of(peer, port, v6)
        assert (sent, syn.data) == (5, b"hello") and TFO not in syn.options()
    t.sysctl("fastopen", 5)
    with client(v6) as sock:
        sent, port = send(sock, peer, v6, b"hello", other)
        assert syn_of(peer, port, v6)[0].data == b"hello"
    t.sysctl("fastopen", 2)
    with client(v6) as sock:
        try:
            send(sock, peer, v6, b"hello")
            raise AssertionError("MSG_FASTOPEN went through")
        except OSError as error:
            assert error.errno == errno.EOPNOTSUPP, error


def errors(peer, v6):
    """EINPROGRESS, EALREADY, EISCONN, ECONNREFUSED as Linux has them."""
    learn(peer, v6)
    with client(v6) as sock:
        _, port = send(sock, peer, v6, b"hello")
        _, flow = syn_of(peer, port, v6)
        address = (peer.addresses(v6)[1], port)
        try:
            sock.sendto(b"x", socket.MSG_FASTOPEN, address)
            raise AssertionError("no EALREADY")
        except OSError as error:
            assert error.errno == errno.EALREADY, error
        flow.ack += 5
        flow.send("SA", options=r.option_mss(1460))
        established(sock)
        # It is connected to its file, too, once connect() has seen that.
        assert sock.connect_ex(address) in (0, errno.EISCONN)
        try:
            sock.sendto(b"x", socket.MSG_FASTOPEN, address)
            raise AssertionError("no EISCONN")
        except OSError as error:
            assert error.errno == errno.EISCONN, error
        flow.send("R")
    with client(v6) as sock:
        _, port = send(sock, peer, v6, b"hello")
        _, flow = syn_of(peer, port, v6)
        flow.ack += 5
        flow.send("RA", seq=0)
        assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE")
        try:
            sock.recv(1)
            raise AssertionError("no ECONNREFUSED")
        except OSError as error:
            assert error.errno == errno.ECONNREFUSED, error


def refused(_peer, v6):
    """Who waits is told that nobody listens, though data went with the SYN."""
    address = "::1" if v6 else "127.0.0.1"
    family = socket.AF_INET6 if v6 else socket.AF_INET
    with t.listener(address, 20900, setup=lambda s: s.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8)), t.make_socket(family) as sock:
        assert sock.sendto(b"x", socket.MSG_FASTOPEN, (address, 20900)) == 1
    for option in (0, 1):
        with t.make_socket(family) as sock:
            try:
                if option:
                    sock.setsockopt(socket.IPPROTO_TCP, CONNECT, 1)
                    sock.connect((address, 20901))
                    sock.send(b"x")
                else:
                    sock.sendto(b"x", socket.MSG_FASTOPEN, (address, 20901))
                raise AssertionError("no ECONNREFUSED")
            except OSError as error:
                assert error.errno == errno.ECONNREFUSED, error


def main():
    """Each behaviour, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (ask, use, large, not_taken, syn_lost, put_off, blackhole,
                     bare, errors, refused, small_mss):
            t.sysctl("fastopen", 3)
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
