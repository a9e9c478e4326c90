#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Opening on the wire: active, simultaneous, refused, odd answers, ISNs."""
# timeout: 200
# platforms: stock uml
# check: uml
# clock: travel
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r


def active(peer, v6):
    """SYN with its options, SYN-ACK, ACK, data both ways."""
    sock, flow, syn = r.dial(peer, v6)
    options = syn.options()
    assert int.from_bytes(options[2], "big") == (1440 if v6 else 1460), options
    assert set(options) >= {2, 3, 4, 8}, options
    assert syn.ack == 0 and not syn.data
    flow.send("SA", options=r.option_mss(1200))
    ack = flow.expect("A")
    assert ack.ack == flow.nxt and ack.seq == flow.ack
    assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED")
    sock.send(b"x" * 3000)
    assert len(flow.expect("A").data) <= 1200
    sock.close()


def simultaneous(peer, v6):
    """SYNs cross: SYN-ACK, SYN_RECV, and ESTABLISHED by the peer's SYN-ACK."""
    sock, flow, syn = r.dial(peer, v6)
    flow.send("S", options=r.option_mss(1460), keep=True)
    answer = flow.expect("SA")
    assert answer.seq == syn.seq and answer.ack == (flow.nxt + 1) & r.MASK
    assert t.tcp_state(sock) == "SYN_RECV", t.tcp_state(sock)
    flow.send("SA", options=r.option_mss(1460))
    assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED"), \
        t.tcp_state(sock)
    peer.forget()
    flow.send("PA", b"crossed")
    assert flow.expect("A", skip="SA").ack == flow.nxt
    assert sock.recv(20) == b"crossed"
    sock.close()


def simultaneous_ack(peer, v6):
    """SYNs cross, and a bare ACK completes it."""
    sock, flow, _ = r.dial(peer, v6)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    flow.send("A")
    assert t.wait_until(lambda: t.tcp_state(sock) == "ESTABLISHED")
    sock.close()


def refused(peer, v6):
    """RST with the right ACK: ECONNREFUSED; with a wrong one: nothing."""
    sock, flow, _ = r.dial(peer, v6)
    flow.send("RA", ack=flow.ack + 77, keep=True)
    flow.send("R", keep=True)
    flow.any(0.2)
    assert t.tcp_state(sock) == "SYN_SENT", t.tcp_state(sock)
    flow.send("RA")
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 111
    sock.close()


def wrong_ack(peer, v6):
    """A SYN-ACK of something else is reset, and the open goes on: with a SYN at once."""
    sock, flow, _ = r.dial(peer, v6)
    flow.send("SA", ack=flow.ack + 1000, keep=True, options=r.option_mss(1460))
    assert flow.expect("R").seq == (flow.ack + 1000) & r.MASK
    assert t.tcp_state(sock) == "SYN_SENT"
    assert flow.expect("S", 0.9).seq == (flow.ack - 1) & r.MASK
    flow.send("SA", options=r.option_mss(1460))
    flow.expect("A")
    sock.close()


def duplicate_synack(peer, v6):
    """A SYN-ACK that comes twice is acknowledged twice."""
    sock, flow, _ = r.dial(peer, v6)
    flow.send("SA", options=r.option_mss(1460), keep=True)
    flow.expect("A")
    flow.send("SA", options=r.option_mss(1460))
    assert flow.expect("A").ack == flow.nxt
    sock.close()


def data_on_synack(peer, v6):
    """No options at all: default MSS, no scaling, plain segments."""
    sock, flow, _ = r.dial(peer, v6)
    flow.send("SA")
    flow.expect("A")
    sock.send(b"y" * 5000)
    segment = flow.expect("A")
    assert len(segment.data) <= (1220 if v6 else 536), segment
    assert not segment.raw_options, segment.options()
    sock.close()


def beyond_window(peer, v6):
    """A third ACK with text beyond the window: established, and an old SYN gets an ACK."""
    window_clamp = (socket.IPPROTO_TCP, 10, 2000)
    listener = t.listener(peer.addresses(v6)[0], 20401,
                          setup=lambda sock: sock.setsockopt(*window_clamp))
    flow = r.Flow(peer, v6, dport=20401)
    syn = flow.nxt
    flow.send("S", options=r.option_mss(1460))
    assert flow.expect("SA").win <= 2000
    flow.send("PA", b"early", seq=flow.nxt + 9000)
    assert flow.expect("A").ack == flow.nxt
    sock = listener.accept()[0]
    assert t.tcp_state(sock) == "ESTABLISHED", t.tcp_state(sock)
    t.sysctl("invalid_ratelimit", 0)
    flow.send("S", seq=syn, options=r.option_mss(1460), keep=True)
    assert flow.expect("A").ack == flow.nxt
    t.sysctl("invalid_ratelimit", 500)
    flow.send("PA", b"in time")
    assert sock.recv(20) == b"in time"
    sock.send(b"and back")
    back = peer.receive(lambda s: flow.mine(s) and s.data, 5)
    assert back and back.data == b"and back", back
    sock.close()
    listener.close()


def isns_differ(peer, v6):
    """ISNs of different peers do not follow from one another (RFC 6528)."""
    isns = []
    listener = t.listener(peer.addresses(v6)[0], 20400, 64)
    for _ in range(16):
        flow = r.Flow(peer, v6, dport=20400)
        flow.send("S", options=r.option_mss(1460))
        isns.append(flow.expect("SA").seq)
        flow.send("R")
    gaps = {(b - a) & r.MASK for a, b in zip(isns, isns[1:])}
    assert len(gaps) == 15, f"gaps {sorted(gaps)}"
    assert sum(g > 1 << 24 for g in gaps) > 8, f"gaps {sorted(gaps)}"
    # The same four numbers again: only the clock moves it on.
    flow.send("S", options=r.option_mss(1460))
    first = flow.expect("SA").seq
    flow.send("R")
    flow.send("S", options=r.option_mss(1460))
    again = flow.expect("SA").seq
    assert 0 < (again - first) & r.MASK < 1 << 30, (first, again)
    flow.send("R")
    listener.close()


def main():
    """Each behaviour, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (active, simultaneous, simultaneous_ack, refused, wrong_ack,
                     duplicate_synack, data_on_synack, beyond_window, isns_differ):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
