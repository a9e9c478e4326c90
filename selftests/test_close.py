#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Closing on the wire: four ways, at once, orphans, TIME_WAIT, resets."""
# timeout: 300
# platforms: stock debug uml
# check: uml
# clock: travel
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20300


def pair(peer, v6, options=None):
    """An accepted socket and its flow."""
    global PORT
    PORT += 1
    listener = t.listener(peer.addresses(v6)[0], PORT)
    sock, flow = r.accepted(peer, listener, PORT, v6, options)
    listener.close()
    return sock, flow


def becomes(flow, *states):
    """The port's rows become STATES."""
    want = sorted(states)
    assert t.wait_until(lambda: flow.states() == want), \
        f"{flow.states()}, wanted {want}"


def passive(peer, v6):
    """The peer closes first: CLOSE_WAIT, LAST_ACK, gone."""
    sock, flow = pair(peer, v6)
    flow.send("FA")
    flow.expect("A")
    becomes(flow, "CLOSE_WAIT")
    assert sock.recv(10) == b""
    sock.send(b"late")
    while not flow.expect("A").data:
        pass
    flow.send("A")
    sock.close()
    fin = flow.expect("FA")
    assert fin.ack == flow.nxt
    becomes(flow, "LAST_ACK")
    flow.send("A")
    becomes(flow)


def active(peer, v6):
    """We close first: FIN_WAIT1, FIN_WAIT2, TIME_WAIT, and it answers."""
    sock, flow = pair(peer, v6)
    sock.close()
    flow.expect("FA")
    becomes(flow, "FIN_WAIT1")
    flow.send("A")
    becomes(flow, "FIN_WAIT2")
    flow.send("FA", keep=True)
    flow.nxt += 1
    flow.expect("A", skip="FA")
    becomes(flow, "TIME_WAIT")
    flow.send("FA", seq=flow.nxt - 1)
    assert flow.expect("A", skip="FA").ack == flow.nxt & r.MASK


def simultaneous(peer, v6):
    """Both FINs cross: CLOSING, then TIME_WAIT."""
    sock, flow = pair(peer, v6)
    sock.close()
    fin = flow.expect("FA")
    flow.send("FA", ack=fin.seq)
    flow.expect("A", skip="FA")
    becomes(flow, "CLOSING")
    flow.send("A")
    becomes(flow, "TIME_WAIT")


def fin_with_data(peer, v6):
    """Data and FIN in one segment, both taken; ours carries data as well."""
    sock, flow = pair(peer, v6)
    flow.send("FPA", b"last words")
    assert flow.expect("A").ack == flow.nxt
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE_WAIT")
    assert sock.recv(100) == b"last words" and sock.recv(100) == b""
    sock.close()
    flow.expect("FA")
    flow.send("A")
    becomes(flow)


def fin_retransmitted(peer, v6):
    """A FIN that is not acknowledged is sent again."""
    sock, flow = pair(peer, v6)
    sock.close()
    first = flow.expect("FA")
    again = flow.expect("FA", 10)
    assert again.seq == first.seq
    assert 0.15 <= again.time - first.time <= 3, again.time - first.time
    flow.send("RA")
    becomes(flow)


def orphan_times_out(peer, v6):
    """FIN_WAIT2 of a closed socket ends after fin_timeout; RST follows it."""
    t.sysctl("fin_timeout", 2)
    sock, flow = pair(peer, v6)
    sock.close()
    flow.expect("FA")
    flow.send("A")
    start = time.monotonic()
    assert t.wait_until(lambda: not flow.states(), 10), \
        flow.states()
    assert time.monotonic() - start >= 1.5, "ended early"
    t.sysctl("fin_timeout", 60)
    flow.send("PA", b"late")
    flow.expect("R")


def linger2(peer, v6):
    """TCP_LINGER2 below zero: no FIN_WAIT2, the orphan is gone at once."""
    sock, flow = pair(peer, v6)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, -1)
    sock.close()
    flow.expect("FA")
    flow.send("A")
    becomes(flow)


def open_fin_wait2(peer, v6):
    """FIN_WAIT2 of an open socket does not end, and takes data."""
    t.sysctl("fin_timeout", 1)
    sock, flow = pair(peer, v6)
    sock.shutdown(socket.SHUT_WR)
    flow.expect("FA")
    flow.send("A")
    becomes(flow, "FIN_WAIT2")
    flow.any(2.5)
    becomes(flow, "FIN_WAIT2")
    t.sysctl("fin_timeout", 60)
    flow.send("PA", b"still here")
    assert t.wait_until(lambda: sock.recv(20) == b"still here") \
        if flow.expect("A") else False


def orphan_data(peer, v6):
    """Data to an orphan in FIN_WAIT2 is answered by RST."""
    sock, flow = pair(peer, v6)
    sock.close()
    flow.expect("FA")
    flow.send("A")
    becomes(flow, "FIN_WAIT2")
    flow.send("PA", b"nobody reads")
    flow.expect("R|RA")
    becomes(flow)


def unread(peer, v6):
    """Unread data at close: RST at once, not FIN."""
    sock, flow = pair(peer, v6)
    flow.send("PA", b"unread")
    flow.expect("A")
    sock.close()
    assert flow.expect("R|RA").seq == flow.ack
    becomes(flow)


def linger_zero(peer, v6):
    """SO_LINGER of zero: RST at once."""
    sock, flow = pair(peer, v6)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    assert flow.expect("R|RA").seq == flow.ack
    becomes(flow)


def listener_closes(peer, v6):
    """Closing a listener resets what is queued and drops the half-open."""
    listener = t.listener(peer.addresses(v6)[0], 20390)
    queued, half = (r.Flow(peer, v6, dport=20390) for _ in range(2))
    queued.connect()
    half.send("S", options=r.option_mss(1460))
    half.expect("SA")
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(20390))
    listener.close()
    queued.expect("R|RA")
    assert t.wait_until(lambda: not t.states_of(20390)), t.states_of(20390)
    half.send("A")
    half.expect("R")


def time_wait_reopens(peer, v6):
    """A SYN above the old numbers opens anew from TIME_WAIT (RFC 9293 3.10.7.4)."""
    socks, flow = r.reach(peer, "TIME_WAIT", 20391, v6)
    listener = t.listener(peer.addresses(v6)[0], 20391)
    flow.nxt = (flow.nxt + 100_000) & r.MASK
    flow.connect()
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(20391))
    listener.close()
    for sock in socks:
        sock.close()


def time_wait_unheard(peer, v6):
    """Such a SYN that nobody listens for is answered by an ACK, whose RST ends TIME_WAIT."""
    _, flow = r.reach(peer, "TIME_WAIT", 20392, v6)
    wanted = flow.nxt
    flow.send("S", seq=wanted + 100_000, keep=True)
    assert flow.expect("A").ack == wanted
    becomes(flow, "TIME_WAIT")
    flow.send("R")
    becomes(flow)


def acks_of_nothing(peer, v6):
    """An ACK of bytes below the first, that never were, carries no data in (RFC 5961 5.2)."""
    sock, flow = pair(peer, v6)
    flow.send("PA", b"blind", ack=flow.ack - 1, keep=True)
    assert flow.expect("A").ack == flow.nxt
    flow.send("PA", b"honest")
    assert flow.expect("A").ack == flow.nxt
    assert sock.recv(20) == b"honest"
    sock.close()


def reset_after_loss(peer, v6):
    """A RST that follows data beyond a hole, which SACK reported, is believed."""
    sock, flow = pair(peer, v6, r.option_mss(1460) + r.option_sack_ok())
    flow.send("PA", b"beyond", seq=flow.nxt + 100, keep=True)
    flow.expect("A")
    flow.send("R", seq=flow.nxt + 105, keep=True)
    flow.expect("A")
    flow.send("R", seq=flow.nxt + 106, keep=True)
    becomes(flow)
    sock.close()


def family(ktap, v6):
    """Each behaviour in one address family."""
    peer = r.Peer()
    for case in (passive, active, simultaneous, fin_with_data,
                 fin_retransmitted, orphan_times_out, linger2,
                 open_fin_wait2, orphan_data, unread, linger_zero,
                 listener_closes, time_wait_reopens, time_wait_unheard,
                 acks_of_nothing, reset_after_loss):
        peer.forget()
        ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)


if __name__ == "__main__":
    t.side_by_side(family, False, True)
