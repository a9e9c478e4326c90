#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP-AO (RFC 5925) on the wire: what is signed and how, by which key, and how that changes."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 300
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import tcpao as a


def passive(peer, v6):
    """A listener's: SYN-ACK, data, FIN and the ACKs of TIME-WAIT are signed."""
    for alg, mac, exclude in (("hmac(sha1)", 12, False), ("cmac(aes128)", 12, True), ("hmac(sha256)", 16, False),
                              ("hmac(sha1)", 4, True), ("hmac(sha1)", 15, False)):
        key = dict(alg=alg, maclen=mac, keyflags=a.EXCLUDE_OPT if exclude else 0)
        sock, flow, lsock = a.opened(peer, v6, key, alg=alg, mac=mac, exclude=exclude)
        a.exchange(sock, flow)
        sock.shutdown(socket.SHUT_WR)
        flow.expect("FA", skip="A")
        flow.send("FA")
        flow.expect("A", skip="FA")
        assert flow.states() == ["LISTEN", "TIME_WAIT"], flow.states()
        flow.send("FA", seq=flow.nxt - 1)
        flow.expect("A")
        sock.close(), lsock.close()


def active(peer, v6):
    """A client's: SYN, ACK and data; options as without, MSS less."""
    sock, flow, syn = a.dial(peer, v6, lambda s: s.setsockopt(a.TCP, a.ADD_KEY, a.add_key(peer.addresses(v6)[1])))
    assert syn.keys == (100, 100), syn.keys
    assert set(syn.options()) >= {2, 3, 4, 8, 29}, syn.options()
    flow.send("SA", options=r.option_mss(1460) + r.option_timestamps(1, 0) + r.option_sack_ok())
    flow.their_isn = syn.seq
    flow.send("SA", seq=flow.isn, options=r.option_mss(1460))
    flow.expect("A")
    sock.settimeout(20)
    sock.close()


def rotation(peer, v6):
    """The peer asks for another key, and gets it; so may we; who is asked for an unknown one does nothing."""
    other = b"another secret"
    sock, flow, lsock = a.opened(peer, v6, {}, dict(secret=other, sndid=101, rcvid=201))
    assert a.exchange(sock, flow).keys == (100, 100)
    flow.rnext = 9
    assert a.exchange(sock, flow).keys == (100, 100)
    # Our next segments still have the old key; the answers have the new one.
    flow.rnext = 101
    flow.send("PA", b"question")
    assert sock.recv(100) == b"question"
    assert t.wait_until(lambda: a.get_info(sock)["current"] == 101), a.get_info(sock)
    flow.secret = other
    sock.sendall(b"answer")
    while not (segment := flow.expect("A")).data:
        pass
    assert segment.keys == (101, 100), segment.keys
    flow.send("A", keyid=201)
    # We ask for the other one, too.
    sock.setsockopt(a.TCP, a.INFO, a.info("rnext", rnext=201))
    flow.keyid = 201
    assert a.exchange(sock, flow).keys == (101, 201)
    # What is used cannot be taken away, but for another.
    for wanted, more in ((16, {}), (0, dict(flags=a.CURRENT | a.RNEXT, current=100, rnext=100))):
        assert a.outcome(sock.setsockopt, a.TCP, a.DEL_KEY,
                       a.del_key(peer.addresses(v6)[1], 101, 201, **more)) == wanted
    assert a.get_info(sock)["current"] == 100
    flow.secret, flow.keyid, flow.rnext = a.SECRET, 100, 100
    assert a.exchange(sock, flow).keys == (100, 100)
    sock.close(), lsock.close()


def asked_for(peer, v6):
    """A SYN asks for the key of the SYN-ACK; without that key there is none."""
    lsock, port = a.listener(peer, v6, {}, dict(secret=b"second", sndid=101, rcvid=201))
    flow = a.AoFlow(peer, v6, dport=port, rnext=9)
    flow.send("S", options=r.option_mss(1460))
    flow.silence(0.5)
    flow = a.AoFlow(peer, v6, dport=port, secret=b"second", keyid=201, rnext=101)
    assert flow.connect().keys == (101, 201)
    sock = lsock.accept()[0]
    sock.settimeout(20)
    info = a.get_info(sock)
    assert (info["current"], info["rnext"]) == (101, 201), info
    a.exchange(sock, flow)
    sock.close(), lsock.close()


def resets(peer, v6):
    """RSTs of ours are signed: of a connection that is closed unread, of a request that is given up."""
    sock, flow, lsock = a.opened(peer, v6)
    flow.send("PA", b"never read")
    flow.expect("A")
    assert t.wait_until(lambda: sock.recv(20, socket.MSG_PEEK))
    sock.close()
    flow.expect("R|RA", skip="A FA")
    flow = a.AoFlow(peer, v6, dport=lsock.getsockname()[1])
    flow.send("S")
    flow.expect("SA")
    flow.send("A", ack=flow.ack + 1000, keep=True)
    assert flow.expect("R").seq == (flow.ack + 1000) & r.MASK
    lsock.close()


def late(peer, v6):
    """So are those of who has closed: to what comes after that, and to who was not accepted."""
    sock, flow, lsock = a.opened(peer, v6)
    sock.close()
    flow.expect("FA", skip="A")
    flow.send("A")
    flow.send("PA", b"too late")
    flow.expect("R|RA", skip="A FA")
    flow = a.AoFlow(peer, v6, dport=lsock.getsockname()[1])
    flow.connect()
    assert t.wait_until(lambda: "ESTABLISHED" in flow.states()), flow.states()
    lsock.close()
    flow.expect("R|RA", skip="A FA")


def own_peer(peer, v6):
    """A socket that connects to itself."""
    address = peer.addresses(v6)[0], next(a.PORTS)
    with t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET) as sock:
        sock.settimeout(20)
        sock.setsockopt(a.TCP, a.ADD_KEY, a.add_key(address[0], sndid=1, rcvid=1))
        sock.bind(address)
        sock.connect(address)
        sock.sendall(b"to myself")
        assert sock.recv(20) == b"to myself"
        info = a.get_info(sock)
        assert info["good"] >= 3 and not info["bad"] and not info["missing"], info


def cookies(peer, v6):
    """By a cookie as by a request."""
    t.sysctl("syncookies", 2)
    sock, flow, lsock = a.opened(peer, v6)
    a.exchange(sock, flow)
    sock.close()
    before = a.count("bad")
    flow = a.AoFlow(peer, v6, dport=lsock.getsockname()[1])
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    flow.send("A", spoil=True)
    a.counted("bad", before, lsock)
    lsock.close()
    t.sysctl("syncookies", 1)


def wraps(peer, v6):
    """Numbers go round: the extension is 1 from there on, also for what comes again from before."""
    lsock, port = a.listener(peer, v6, {})
    flow = a.AoFlow(peer, v6, dport=port)
    flow.nxt = flow.isn = 0xfffffff0
    flow.connect()
    sock = lsock.accept()[0]
    sock.settimeout(20)
    for step in range(8):
        data = bytes([step]) * 5
        flow.send("PA", data)
        assert sock.recv(5) == data
        flow.expect("A")
    assert flow.nxt < 0x100
    before = a.count("good")
    flow.send("PA", b"00000", seq=0xfffffff1, keep=True)
    flow.expect("A")
    assert a.count("good") > before
    a.exchange(sock, flow)
    sock.close(), lsock.close()


def keys_change(peer, v6):
    """A listener's key that goes, and one that comes, are the next connection's."""
    lsock, port = a.listener(peer, v6, {})
    address = peer.addresses(v6)[1]
    flow = a.AoFlow(peer, v6, dport=port)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    lsock.setsockopt(a.TCP, a.DEL_KEY, a.del_key(address, flags=a.ASYNC))
    before = a.count("key_not_found")
    flow.send("A", keep=True)
    a.counted("key_not_found", before, lsock)
    lsock.setsockopt(a.TCP, a.ADD_KEY, a.add_key(address, b"new one", 5, 6))
    flow = a.AoFlow(peer, v6, dport=port, secret=b"new one", keyid=6, rnext=5)
    flow.connect()
    sock = lsock.accept()[0]
    sock.settimeout(20)
    a.exchange(sock, flow)
    # A connection gets another one while it lasts.
    sock.setsockopt(a.TCP, a.ADD_KEY, a.add_key(address, b"third", 7, 8, flags=a.CURRENT | a.RNEXT))
    flow.secret, flow.keyid, flow.rnext = b"third", 8, 7
    assert a.exchange(sock, flow).keys == (7, 8)
    sock.close(), lsock.close()


def simultaneous(peer, v6):
    """SYNs cross, both signed."""
    sock, flow, syn = a.dial(peer, v6, lambda s: s.setsockopt(a.TCP, a.ADD_KEY, a.add_key(peer.addresses(v6)[1])))
    flow.send("S", options=r.option_mss(1460), keep=True)
    flow.expect("SA")
    flow.send("SA", options=r.option_mss(1460))
    assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED"), t.tcp_state(sock)
    peer.forget()
    sock.settimeout(20)
    a.exchange(sock, flow)
    sock.close()


def room(peer, v6):
    """Full segments are as long as the path allows with the option, and SACK blocks find what is left."""
    sock, flow, lsock = a.opened(peer, v6)
    sock.send(bytes(5000))
    segment = flow.expect("A")
    assert len(segment.data) + len(segment.raw_options) == (1440 if v6 else 1460), segment
    flow.ack += 5000 - len(segment.data)
    flow.send("A")
    peer.forget()
    flow.send("PA", b"later", seq=flow.nxt + 100, keep=True)
    assert 29 in flow.expect("A").options()
    sock.close(), lsock.close()


def main():
    t.private_netns()
    ktap = t.Ktap()
    peer = r.Peer()
    for case in (passive, active, rotation, asked_for, resets, late, own_peer, cookies, wraps, keys_change, simultaneous,
                 room):
        for v6 in (False, True):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
