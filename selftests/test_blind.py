#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Blind attacks (RFC 5961): SYN, RST and ACK with numbers that were guessed, in each state
that keeps some: nothing ends, and what could be the peer's own gets a challenge ACK."""
# timeout: 120
# platforms: stock uml
# check: uml
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20900
TFO_NO_COOKIE = 0x203
ATCP_SYN_BACKLOG = 1
QUIET = 0.1 if t.PLATFORM == "stock" else 0.3
WINDOW = 20000


def small_buffer(sock):
    """A window that never is what the field holds: its edge can be told from 65535."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)


class Victim:
    """A connection in some state, its flow, and what it offered last."""

    def __init__(self, peer, v6, port):
        self.peer, self.v6, self.port = peer, v6, port
        self.socks = []
        self.flow = r.Flow(peer, v6, dport=port)
        self.win = 0

    def listen(self, backlog=8, setup=None):
        """The listener."""
        def both(sock):
            small_buffer(sock)
            if setup:
                setup(sock)

        sock = t.listener(self.peer.addresses(self.v6)[0], self.port, backlog, setup=both)
        sock.settimeout(20)
        self.socks.append(sock)
        return sock

    def syn(self, data=b""):
        """A SYN and its SYN-ACK, whose window is known then."""
        self.flow.send("S", data, options=r.option_mss(1460))
        synack = self.flow.expect("SA")
        self.flow.nxt = synack.ack
        self.win = synack.win

    def close(self):
        """The end, without orphans."""
        self.flow.send("R", keep=True)
        for sock in self.socks:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()


def request(v):
    """A request in the SYN queue."""
    v.listen()
    v.syn()
    return ["LISTEN", "SYN_RECV"]


def parked(v):
    """A request in the park: another connection fills the accept queue."""
    v.listen(0).setsockopt(t.SOL_ATCP, ATCP_SYN_BACKLOG, 64)
    first = r.Flow(v.peer, v.v6, dport=v.port)
    first.connect()
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(v.port))
    v.syn()
    v.flow.send("A")
    return None


def fast_open(v, data=b"early"):
    """A fast open's child in SYN-RECEIVED, its SYN with data."""
    listener = v.listen(8, lambda s: s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8))
    v.syn(data)
    v.socks.append(listener.accept()[0])
    assert t.tcp_state(v.socks[-1]) == "SYN_RECV", t.tcp_state(v.socks[-1])
    return ["LISTEN", "SYN_RECV"]


def established(v):
    """An open connection."""
    listener = v.listen()
    v.syn()
    v.flow.send("A")
    v.socks.append(listener.accept()[0])
    return ["ESTABLISHED", "LISTEN"]


def close_wait(v):
    """One that the peer has closed."""
    established(v)
    v.flow.send("FA")
    v.win = v.flow.expect("A").win
    return ["CLOSE_WAIT", "LISTEN"]


def fin_wait1(v):
    """One that its program has closed."""
    established(v)
    v.socks[-1].shutdown(socket.SHUT_WR)
    v.flow.expect("FA")
    v.flow.ack -= 1
    return ["FIN_WAIT1", "LISTEN"]


def fin_wait2(v):
    """And its FIN was acknowledged."""
    fin_wait1(v)
    v.flow.ack += 1
    v.flow.send("A")
    assert t.wait_until(lambda: t.tcp_state(v.socks[-1]) == "FIN_WAIT2")
    return ["FIN_WAIT2", "LISTEN"]


def orphan(v):
    """FIN-WAIT-2 without a program."""
    fin_wait2(v)
    v.socks.pop().close()
    return ["FIN_WAIT2", "LISTEN"]


def time_wait(v):
    """TIME-WAIT."""
    fin_wait2(v)
    v.flow.send("FA")
    v.win = v.flow.expect("A", skip="FA").win
    v.socks.pop().close()
    return ["LISTEN", "TIME_WAIT"]


STATES = [request, parked, fast_open, established, close_wait, fin_wait1, fin_wait2, orphan,
          time_wait]


def attack(v, how):
    """Sends what a blind attacker might; what must come back."""
    nxt, ack, edge = v.flow.nxt, v.flow.ack, v.flow.nxt + v.win

    def send(flags, seq=nxt, **more):
        v.flow.send(flags, seq=seq, keep=True, **more)

    def syn(flags, seq, **more):
        send(flags, seq, options=r.option_mss(1460), **more)

    return {
        "SYN in the window": (syn, "S", nxt + 1000),
        "SYN at RCV.NXT": (syn, "S", nxt),
        "SYN-ACK in the window": (syn, "SA", nxt + 1000),
        "SYN and FIN in the window": (syn, "SF", nxt + 1000),
        "RST in the window": (send, "R", nxt + 1),
        "RST at the window's last number": (send, "R", edge - 1),
        "RST at its edge": (send, "R", edge),
        "RST before it": (send, "R", nxt - 2),
        "RST-ACK in the window": (send, "RA", nxt + 1000),
        "ACK of what was never sent": (lambda f, s: send(f, s, ack=ack + 100000), "A", nxt),
        "text with such an ACK": (lambda f, s: send(f, s, ack=ack + 100000, data=b"bad"), "A", nxt),
    }[how]


# Another answer than a challenge ACK ("A"): "-" silence, "R" a RST that ends nothing here.
ANSWERS = {
    ("RST at its edge", None): "-",
    ("RST before it", None): "-",
    # TIME-WAIT may be reopened by a SYN that is in no window of an attacker's choice.
    ("SYN in the window", "time_wait"): None,
    ("SYN and FIN in the window", "time_wait"): "A",
    # RFC 9293 3.10.7.4, fifth: before synchronisation.
    ("ACK of what was never sent", "request"): "R",
    ("text with such an ACK", "request"): "R",
    ("ACK of what was never sent", "fast_open"): "R",
    ("text with such an ACK", "fast_open"): "R",
    ("SYN-ACK in the window", "request"): "A",
}
ATTACKS = ["SYN in the window", "SYN at RCV.NXT", "SYN-ACK in the window",
           "SYN and FIN in the window", "RST in the window", "RST at the window's last number",
           "RST at its edge", "RST before it", "RST-ACK in the window",
           "ACK of what was never sent", "text with such an ACK"]


def wanted(state, how):
    """What must come back."""
    return ANSWERS.get((how, state.__name__), ANSWERS.get((how, None), "A"))


def survives(v, state, after):
    """It is as it was, and works."""
    if after:
        assert t.wait_until(lambda: v.flow.states() == after, 3), (v.flow.states(), after)
    if state is parked:
        v.socks[0].accept()[0].close()
        v.flow.send("A")
        sock = v.socks[0].accept()[0]
        v.flow.send("PA", b"text")
        assert sock.recv(10) == b"text"
        v.socks.append(sock)
    elif state in (request, fast_open, established):
        v.flow.send("A")
        v.flow.send("PA", b"text")
        sock = v.socks[0].accept()[0] if state is request else v.socks[-1]
        sock.settimeout(10)
        got = sock.recv(10)
        if got == b"early":
            got = sock.recv(10)
        assert got.endswith(b"text"), got


def case(peer, v6, state, port):
    """All attacks on one connection, and that it goes on."""
    v = Victim(peer, v6, port)
    after = state(v)
    for how in ATTACKS:
        want = wanted(state, how)
        if want is None:
            continue
        function, *args = attack(v, how)
        # What the connection repeats by itself is none.
        peer.forget()
        function(*args)
        skip = "FA" if state is fin_wait1 else "SA" if state in (request, fast_open) else ""
        got = v.flow.any(QUIET if want == "-" else 5, skip)
        kind = got.kind() if got else "-"
        assert kind == want, f"{how}: {got}, wanted {want}"
        if kind == "A":
            assert got.ack == v.flow.nxt & r.MASK, f"{how}: {got}"
    survives(v, state, after)
    v.close()


def family(ktap, v6):
    """Each state in one address family."""
    t.sysctl("fastopen", TFO_NO_COOKIE)
    # Each challenge is asked for by itself: no limit of their rate.
    t.sysctl("invalid_ratelimit", 0)
    peer = r.Peer()
    for i, state in enumerate(STATES):
        ktap.run(f"v{6 if v6 else 4} {state.__doc__}", case, peer, v6, state, PORT + i)


if __name__ == "__main__":
    t.side_by_side(family, False, True)
