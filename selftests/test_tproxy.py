#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A transparent proxy: nft's tproxy gives connections for foreign addresses to a listener with
IP_TRANSPARENT, by every way that one is made; the socket match diverts; the proxy dials out as
its client."""
# timeout: 90
# platforms: stock uml
# check: uml
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 15001
TCP_FASTOPEN, ATCP_SYNCOOKIES = 23, 3
FOREIGN = {False: "192.0.2.7", True: "2001:db8::7"}
ANY = {False: "0.0.0.0", True: "::"}
LEVEL = {False: (socket.SOL_IP, 19), True: (socket.IPPROTO_IPV6, 75)}


class Peer(r.Peer):
    """A peer that talks to somebody else, through this host."""

    foreign = True

    def addresses(self, v6):
        stack, peer = super().addresses(v6)
        return FOREIGN[v6] if self.foreign else stack, peer


def transparent(v6, value=1):
    """What makes a socket transparent, before it listens."""
    return lambda sock: sock.setsockopt(*LEVEL[v6], value)


def rule(v6, text):
    """The one rule in PREROUTING."""
    family = "ip6" if v6 else "ip"
    t.sh("nft flush ruleset")
    t.sh(f"nft 'table {family} m {{ chain p {{ type filter hook prerouting priority -150;"
         f" {family} daddr {FOREIGN[v6]} {text}; }}; }}'")


def proxied(v6):
    """Every packet goes by tproxy."""
    rule(v6, f"tcp dport 80 tproxy to :{PORT} meta mark set 1 accept")


def talk(sock, flow):
    """Data both ways."""
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
    """Nothing stays behind."""
    flow.send("R")
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE"), t.tcp_state(sock)
    sock.close()


def accepted(lsock, flow, v6, port=80):
    """What the listener accepts is the foreign address' connection."""
    lsock.settimeout(10)
    sock, peer = lsock.accept()
    name = sock.getsockname()
    assert name[:2] == (FOREIGN[v6], port), name
    assert peer[1] == flow.sport, peer
    return sock


def served(peer, lsock, v6, port=80):
    """A whole connection."""
    flow = r.Flow(peer, v6, dport=port)
    flow.connect()
    sock = accepted(lsock, flow, v6, port)
    talk(sock, flow)
    return sock, flow


def plain(peer, v6):
    """The SYN-ACK is repeated, the connection talks and ends; strangers have a RST."""
    proxied(v6)
    with t.listener(ANY[v6], PORT, setup=transparent(v6)) as lsock:
        flow = r.Flow(peer, v6)
        flow.send("S")
        first = flow.expect("SA")
        assert flow.expect("SA").seq == first.seq, "another SYN-ACK"
        # Out of the window: answered by the request.
        flow.send("A", b"x", seq=flow.nxt + 100000, keep=True)
        flow.expect("A", skip="SA")
        flow.send("A")
        sock = accepted(lsock, flow, v6)
        talk(sock, flow)
        sock.close()
        flow.expect("FA")
        flow.send("FA")
        flow.expect("A")
        # TIME-WAIT acknowledges it again, and gives way to a new connection.
        flow.send("FA", seq=flow.nxt - 1, keep=True)
        flow.expect("A")
        again = r.Flow(peer, v6, sport=flow.sport)
        again.nxt = (flow.nxt + 100000) & r.MASK
        again.connect()
        sock = accepted(lsock, again, v6)
        talk(sock, again)
        end(sock, again)
        stranger = r.Flow(peer, v6)
        stranger.send("A")
        stranger.expect("R")
    assert t.wait_until(lambda: not [x for x in t.table("tcp") if x[0] == PORT]), \
        "something of it listens still"


def gone(peer, v6):
    """Nobody listens, or nobody who is transparent: nobody answers."""
    proxied(v6)
    flow = r.Flow(peer, v6)
    flow.send("S")
    flow.silence(0.3)
    with t.listener(ANY[v6], PORT) as lsock:
        flow.send("S", seq=flow.nxt - 1)
        flow.silence(0.3)
        # It becomes one while it listens, and ceases to be.
        transparent(v6)(lsock)
        end(*served(peer, lsock, v6))
        transparent(v6, 0)(lsock)
        flow = r.Flow(peer, v6)
        flow.send("S")
        flow.silence(0.3)


def cookies(peer, v6):
    """A cookie's connection."""
    proxied(v6)
    with t.listener(ANY[v6], PORT, setup=transparent(v6)) as lsock:
        if t.STACK == "tcp":
            t.sysctl("syncookies", 2)
        else:
            lsock.setsockopt(t.SOL_ATCP, ATCP_SYNCOOKIES, 2)
        before = t.counter("SyncookiesRecv")
        end(*served(peer, lsock, v6))
        assert t.counter("SyncookiesRecv") > before, "no cookie came back"
    t.sysctl("syncookies", 1)


def fastopen(peer, v6):
    """Data in the SYN."""
    proxied(v6)
    t.sysctl("fastopen", 0x202)
    with t.listener(ANY[v6], PORT, setup=transparent(v6)) as lsock:
        lsock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 10)
        flow = r.Flow(peer, v6)
        flow.send("S", b"early", options=r.option_mss(1460))
        assert flow.expect("SA").ack == flow.nxt, "the data was not taken"
        sock = accepted(lsock, flow, v6)
        assert sock.recv(100) == b"early"
        flow.send("A")
        talk(sock, flow)
        end(sock, flow)


def parked(peer, v6):
    """More than the accept queue holds."""
    proxied(v6)
    with t.listener(ANY[v6], PORT, backlog=1, setup=transparent(v6)) as lsock:
        flows = [r.Flow(peer, v6) for _ in range(4)]
        for flow in flows:
            flow.connect()
        lsock.settimeout(10)
        for _ in flows:
            sock, name = lsock.accept()
            flow = next(f for f in flows if f.sport == name[1])
            talk(sock, flow)
            end(sock, flow)


def group(peer, v6):
    """A SO_REUSEPORT group; a half-open connection outlives its listener."""
    proxied(v6)

    def member():
        def setup(sock):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            transparent(v6)(sock)
        return t.listener(ANY[v6], PORT, setup=setup)
    old = member()
    flow = r.Flow(peer, v6)
    flow.send("S")
    flow.expect("SA")
    new = member()
    if t.STACK != "tcp":
        old.close()
        flow.send("A")
        sock = accepted(new, flow, v6)
        talk(sock, flow)
        end(sock, flow)
        end(*served(peer, new, v6))
    old.close()
    new.close()


def one_address(peer, v6):
    """A listener of one address; one of another family takes IPv4 too."""
    own = r.Peer.addresses(peer, v6)[0]
    to = f"[{own}]" if v6 else own
    rule(v6, f"tcp dport 80 tproxy to {to}:{PORT} meta mark set 1 accept")
    with t.listener(own, PORT, setup=transparent(v6)) as lsock:
        end(*served(peer, lsock, v6))
    if v6:
        return
    with t.listener("::", PORT, setup=transparent(True)) as lsock:
        flow = r.Flow(peer, False)
        flow.connect()
        lsock.settimeout(10)
        sock = lsock.accept()[0]
        assert sock.getsockname()[:2] == ("::ffff:" + FOREIGN[False], 80), sock.getsockname()
        talk(sock, flow)
        end(sock, flow)


def diverted(peer, v6):
    """The socket match alone marks what is a transparent socket's; AnyIP without either."""
    rule(v6, f"tcp dport {PORT} meta mark set 1 accept")
    with t.listener(ANY[v6], PORT, setup=transparent(v6)) as lsock:
        end(*served(peer, lsock, v6, PORT))
        rule(v6, f"tcp dport {PORT} socket transparent 1 meta mark set 1 accept")
        sock, flow = served(peer, lsock, v6, PORT)
        # The listener goes, the connection stays marked.
    talk(sock, flow)
    sock.close()
    flow.expect("FA")
    flow.send("A")
    flow.send("R")
    with t.listener(ANY[v6], PORT):
        flow = r.Flow(peer, v6, dport=PORT)
        flow.send("S")
        flow.silence(0.3)


def dialled(peer, v6):
    """Out with an address that is not ours."""
    rule(v6, "meta mark set 1 accept")
    peer.foreign = False
    sock = t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET)
    transparent(v6)(sock)
    sock.bind((FOREIGN[v6], 0))
    sock.setblocking(False)
    sock.connect_ex((peer.addresses(v6)[1], 81))
    syn = peer.receive(lambda s: s.dport == 81 and s.kind() == "S", 10)
    assert syn, "no SYN came"
    peer.foreign = True
    flow = r.Flow(peer, v6, 81, syn.sport)
    flow.ack = (syn.seq + 1) & r.MASK
    flow.send("SA", options=r.option_mss(1460))
    flow.expect("A")
    sock.setblocking(True)
    talk(sock, flow)
    end(sock, flow)


def story(ktap, v6):
    """All of them over one family."""
    name = "IPv6" if v6 else "IPv4"
    peer = Peer()
    ip = "ip -6" if v6 else "ip"
    t.sh(f"{ip} rule add fwmark 1 lookup 100; {ip} route add local default dev lo table 100;"
         "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.peer0.rp_filter=0")
    try:
        proxied(v6)
        rule(v6, "socket transparent 1 accept")
    except OSError as error:
        t.skip_all(f"no tproxy or socket match: {str(error).splitlines()[-1]}")
    for what, job in (("every packet by tproxy", plain), ("nobody transparent listens", gone),
                      ("cookie", cookies), ("fast open", fastopen), ("parked", parked),
                      ("group", group), ("one address", one_address),
                      ("diverted by the socket match", diverted), ("dialled out", dialled)):
        ktap.run(f"{name}: {what}", job, peer, v6)
        peer.forget()


t.side_by_side(story, False, True)
