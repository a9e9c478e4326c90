#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Fast open, server: cookies, data in the SYN, pending limit, and the life of what a SYN made."""
# timeout: 240
# platforms: stock debug uml
# check: uml
# clock: travel
import errno
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 21000
TFO = 34
ATCP_FASTOPEN = 9
KEY = bytes(range(16))
OTHER = bytes(range(16, 32))


def option(cookie=b"", exp=False):
    """The fast open option, in RFC 7413's or in the experimental form."""
    head = (struct.pack("!BBH", 254, 4 + len(cookie), 0xF989) if exp
            else struct.pack("!BB", TFO, 2 + len(cookie)))
    return r.option_mss(1460) + head + cookie


def server(peer, v6, qlen=8, setup=None):
    """A listener with fast open, and with resets in the place of orphans."""
    def both(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        if qlen:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, qlen)
        if setup:
            setup(sock)

    listener = t.listener(peer.addresses(v6)[0], PORT, setup=both)
    listener.settimeout(20)
    return listener


def set_key(sock, key):
    """TCP_FASTOPEN_KEY."""
    sock.setsockopt(socket.IPPROTO_TCP, 33, key)


def ask(peer, v6):
    """A cookie, by a connection that is then reset."""
    flow = r.Flow(peer, v6, dport=PORT)
    flow.send("S", options=option())
    cookie = flow.expect("SA").options().get(TFO)
    flow.send("R")
    assert cookie and len(cookie) == 8, f"cookie {cookie!r}"
    return cookie


def fast(peer, v6, cookie, data=b"hello", expect_taken=True, exp=False):
    """A SYN with COOKIE and DATA: the flow and the SYN-ACK."""
    flow = r.Flow(peer, v6, dport=PORT)
    isn = flow.nxt
    flow.send("S", data, options=option(cookie, exp))
    synack = flow.expect("SA")
    want = isn + 1 + (len(data) if expect_taken else 0)
    assert synack.ack == want & r.MASK, f"{synack}, wanted {want & r.MASK}"
    flow.nxt = synack.ack
    return flow, synack


def counted(name):
    """A counter's growth since the call."""
    before = t.counter(name)
    return lambda: t.counter(name) - before


def request(peer, v6):
    """A request gives a cookie; data without a cookie is not taken."""
    asked = counted("TCPFastOpenCookieReqd")
    with server(peer, v6) as listener:
        cookie = ask(peer, v6)
        assert cookie == ask(peer, v6)
        flow, synack = fast(peer, v6, b"", expect_taken=False)
        assert synack.options().get(TFO) == cookie
        flow.send("A")
        flow.send("PA", b"again")
        sock = listener.accept()[0]
        assert sock.recv(10) == b"again"
        flow.send("R")
        sock.close()
    assert asked() == 3, asked()


def taken(peer, v6):
    """Accepted with its data before the third ACK; the server speaks first."""
    opened = counted("TCPFastOpenPassive")
    with server(peer, v6) as listener:
        flow, synack = fast(peer, v6, ask(peer, v6))
        assert TFO not in synack.options()
        sock = listener.accept()[0]
        assert t.tcp_state(sock) == "SYN_RECV", t.tcp_state(sock)
        assert sock.recv(10) == b"hello"
        assert sock.send(b"early") == 5
        segment = flow.expect("A")
        assert segment.data == b"early", segment
        flow.send("PA", b"late")
        assert sock.recv(10) == b"late"
        assert t.tcp_state(sock) == "ESTABLISHED"
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        assert info[5] & 32, f"no TCPI_OPT_SYN_DATA in {info[5]}"
        flow.send("R")
        sock.close()
    assert opened() == 1, opened()


def poll_ready(peer, v6):
    """poll() says that it can be read and written at once."""
    import select
    with server(peer, v6) as listener:
        flow, _ = fast(peer, v6, ask(peer, v6))
        assert select.select([listener], [], [], 10)[0]
        sock = listener.accept()[0]
        ready = select.select([sock], [sock], [], 10)
        assert ready[0] and ready[1], ready
        flow.send("R")
        sock.close()


def invalid(peer, v6):
    """A wrong cookie: the handshake is a normal one and brings the right one."""
    failed = counted("TCPFastOpenPassiveFail")
    with server(peer, v6) as listener:
        cookie = ask(peer, v6)
        for wrong in (bytes(8), cookie[:4], cookie + b"\0\0", bytes(16)):
            flow, synack = fast(peer, v6, wrong, expect_taken=False)
            assert synack.options().get(TFO) == cookie
            flow.send("A")
            listener.accept()[0].close()
    assert failed() == 4, failed()


def experimental(peer, v6):
    """The experimental form of the option is answered in kind."""
    with server(peer, v6) as listener:
        flow = r.Flow(peer, v6, dport=PORT)
        flow.send("S", options=option(exp=True))
        answer = flow.expect("SA").options()
        flow.send("R")
        assert TFO not in answer and answer[254][:2] == b"\xf9\x89", answer
        flow, _ = fast(peer, v6, answer[254][2:], exp=True)
        listener.accept()[0].close()


def backup(peer, v6):
    """The backup key's cookies are good, and answered with the primary's."""
    alt = counted("TCPFastOpenPassiveAltKey")
    with server(peer, v6, setup=lambda s: set_key(s, KEY)) as listener:
        old = ask(peer, v6)
        set_key(listener, OTHER + KEY)
        flow, synack = fast(peer, v6, old)
        new = synack.options()[TFO]
        assert new != old and len(new) == 8
        flow, synack = fast(peer, v6, new)
        assert TFO not in synack.options()
        for _ in range(2):
            listener.accept()[0].close()
        set_key(listener, OTHER)
        fast(peer, v6, old, expect_taken=False)[0].send("R")
        got = listener.getsockopt(socket.IPPROTO_TCP, 33, 32)
        assert got == OTHER, got
    assert alt() == 1, alt()


def limit(peer, v6):
    """No more are pending than TCP_FASTOPEN allows; an ACK makes room."""
    over = counted("TCPFastOpenListenOverflow")
    with server(peer, v6, qlen=1) as listener:
        cookie = ask(peer, v6)
        first, _ = fast(peer, v6, cookie)
        second, synack = fast(peer, v6, cookie, expect_taken=False)
        assert TFO not in synack.options()
        assert over() == 1, over()
        first.send("A")
        sock = listener.accept()[0]
        assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED")
        fast(peer, v6, cookie)
        second.send("R")
        sock.close()


def newer(peer, v6):
    """TCP_FASTOPEN is the limit when it comes after ATCP_FASTOPEN."""
    over = counted("TCPFastOpenListenOverflow")
    with server(peer, v6) as listener:
        cookie = ask(peer, v6)
        listener.setsockopt(t.SOL_ATCP, ATCP_FASTOPEN, 7)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 2)
        assert listener.getsockopt(t.SOL_ATCP, ATCP_FASTOPEN) == 2
        flows = [fast(peer, v6, cookie)[0] for _ in range(2)]
        flows.append(fast(peer, v6, cookie, expect_taken=False)[0])
        assert over() == 1, over()
        for flow in flows:
            flow.send("R")


def held(peer, v6):
    """One that a RST ended goes on counting."""
    over = counted("TCPFastOpenListenOverflow")
    with server(peer, v6, qlen=1) as listener:
        cookie = ask(peer, v6)
        flow, _ = fast(peer, v6, cookie)
        sock = listener.accept()[0]
        flow.send("R")
        assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE")
        try:
            sock.send(b"x")
            raise AssertionError("sent on a reset connection")
        except OSError as error:
            assert error.errno in (errno.ECONNRESET, errno.EPIPE), error
        sock.close()
        fast(peer, v6, cookie, expect_taken=False)[0].send("R")
        assert over() == 1, over()


def lost(peer, v6):
    """A lost SYN-ACK is sent again, by its timer and when the SYN comes again."""
    with server(peer, v6) as listener:
        flow, synack = fast(peer, v6, ask(peer, v6))
        sock = listener.accept()[0]
        again = flow.expect("SA", 10)
        assert (again.seq, again.ack) == (synack.seq, synack.ack)
        flow.send("S", b"hello", seq=synack.ack - 6,
                  options=r.option_mss(1460), keep=True)
        again = flow.expect("SA", 10)
        assert (again.seq, again.ack) == (synack.seq, synack.ack)
        flow.send("A")
        assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED")
        assert sock.recv(10) == b"hello"
        flow.send("R")
        sock.close()


def silent(peer, v6):
    """A peer that never answers is given up after synack_retries and one more."""
    t.sysctl("synack_retries", 0)
    try:
        with server(peer, v6) as listener:
            flow, _ = fast(peer, v6, ask(peer, v6))
            sock = listener.accept()[0]
            assert sock.recv(10) == b"hello"
            sock.settimeout(20)
            flow.expect("SA", 10)
            try:
                sock.recv(10)
                raise AssertionError("received from a silent peer")
            except OSError as error:
                assert error.errno == errno.ETIMEDOUT, error
            sock.close()
    finally:
        t.sysctl("synack_retries", 5)


def early_data_lost(peer, v6):
    """What the server sent early is sent again until it is acknowledged."""
    with server(peer, v6) as listener:
        flow, _ = fast(peer, v6, ask(peer, v6))
        sock = listener.accept()[0]
        assert sock.send(b"early") == 5
        first = flow.expect("A")
        flow.ack = first.seq
        # Of the SYN-ACK alone.
        flow.send("A")
        again = flow.expect("A", 10, skip="SA")
        assert again.data == b"early" and again.seq == first.seq, again
        flow.send("A")
        flow.send("R")
        sock.close()


def closed(peer, v6):
    """Shut down before the third ACK: FIN after that and what it sent; no state is left."""
    with server(peer, v6) as listener:
        flow, _ = fast(peer, v6, ask(peer, v6))
        sock = listener.accept()[0]
        assert sock.recv(10) == b"hello"
        sock.send(b"bye")
        sock.shutdown(socket.SHUT_WR)
        segment = flow.expect("A")
        assert segment.data == b"bye", segment
        assert t.tcp_state(sock) == "SYN_RECV"
        flow.send("A")
        flow.expect("FA")
        assert t.tcp_state(sock) == "FIN_WAIT1"
        flow.send("A")
        assert t.wait_until(lambda: t.tcp_state(sock) == "FIN_WAIT2"), \
            t.tcp_state(sock)
        flow.send("FA")
        flow.expect("A", skip="FA")
        assert sock.recv(10) == b""
        sock.close()


def fin(peer, v6):
    """The third ACK lost: the peer's FIN completes the handshake."""
    with server(peer, v6) as listener:
        flow, _ = fast(peer, v6, ask(peer, v6))
        sock = listener.accept()[0]
        flow.send("FA")
        assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE_WAIT"), \
            t.tcp_state(sock)
        assert sock.recv(10) == b"hello" and sock.recv(10) == b""
        sock.close()


def unaccepted(peer, v6):
    """Nobody accepts: the listener's end resets it."""
    listener = server(peer, v6)
    flow, _ = fast(peer, v6, ask(peer, v6))
    listener.close()
    flow.expect("RA", skip="SA")


def full(peer, v6):
    """With the accept queue full there is no fast open."""
    with server(peer, v6) as listener:
        cookie = ask(peer, v6)
        listener.listen(0)
        fast(peer, v6, cookie)[0].send("A")
        flow = r.Flow(peer, v6, dport=PORT)
        isn = flow.nxt
        flow.send("S", b"hello", options=option(cookie))
        synack = flow.expect("SA")
        assert synack.ack == (isn + 1) & r.MASK, synack
        flow.send("R", seq=isn + 1)


def bare(peer, v6):
    """Without cookies: TCP_FASTOPEN_NO_COOKIE, and bit 0x200."""
    def no_cookie(sock):
        sock.setsockopt(socket.IPPROTO_TCP, 34, 1)

    with server(peer, v6, setup=no_cookie) as listener:
        fast(peer, v6, bytes(8))
        listener.accept()[0].close()
    t.sysctl("fastopen", 0x202)
    with server(peer, v6) as listener:
        flow = r.Flow(peer, v6, dport=PORT)
        isn = flow.nxt
        flow.send("S", b"plain", options=r.option_mss(1460))
        synack = flow.expect("SA")
        assert synack.ack == (isn + 6) & r.MASK, synack
        sock = listener.accept()[0]
        assert sock.recv(10) == b"plain"
        sock.close()


def bits(peer, v6):
    """Off without bit 0x2; on for every listener with 0x400."""
    t.sysctl("fastopen", 1)
    with server(peer, v6) as listener:
        # What is set is shown all the same.
        assert listener.getsockopt(t.SOL_ATCP, ATCP_FASTOPEN) == 8
        flow = r.Flow(peer, v6, dport=PORT)
        flow.send("S", options=option())
        assert TFO not in flow.expect("SA").options()
        flow.send("R")
    t.sysctl("fastopen", 0x402)
    with server(peer, v6, qlen=0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN) == 8
        fast(peer, v6, ask(peer, v6))
        listener.accept()[0].close()


def main():
    """Each behaviour, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (request, taken, poll_ready, invalid, experimental, backup,
                     limit, newer, held, lost, silent, early_data_lost, closed, fin,
                     unaccepted, full, bare, bits):
            t.sysctl("fastopen", 3)
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
