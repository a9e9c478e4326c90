#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a route's metrics say holds, and what connections learn of their peers is used."""
# check: uml
# clock: travel
# timeout: 120
import socket
import sys
import time

sys.path[:0] = ["lib"]
import atcptest as t
import rawpeer as r

PORT = 20700
SACK = r.option_mss(1000) + r.option_sack_ok() + bytes((1, 3, 3, 7))
RTO, SSTHRESH, CWND, REORDERING = 8, 76, 80, 88
LOCAL = {False: "10.99.0.2/32", True: "fd99::2/128"}


def info(sock, offset):
    """A figure of struct tcp_info."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    return int.from_bytes(raw[offset:offset + 4], sys.byteorder)


def route(v6, metrics):
    """The route to the peer with METRICS; none of what was learned is left."""
    ip = "ip -6" if v6 else "ip"
    t.sh(f"{ip} route replace {LOCAL[v6]} dev peer0 {metrics}")
    t.sysctl("metrics_flush", "all")


def passive(peer, v6, rtt=0):
    """A connection that the peer opened: its socket, flow and SYN-ACK."""
    global PORT
    PORT += 1
    with t.listener(peer.addresses(v6)[0], PORT) as listener:
        flow = r.Flow(peer, v6, dport=PORT)
        flow.send("S", options=SACK)
        synack = flow.expect("SA")
        time.sleep(rtt)
        flow.send("A")
        listener.settimeout(20)
        sock = listener.accept()[0]
    sock.setblocking(False)
    return sock, flow, synack


def end(sock, flow):
    """By RST of the peer: nothing is learned."""
    flow.send("RA")
    sock.close()
    flow.peer.forget()


def sent(flow):
    """Segments' bytes that came until nothing does."""
    total = 0
    while True:
        s = flow.any(0.1)
        if not s:
            return total
        total += len(s.data)


def initcwnd(peer, v6):
    """initcwnd: as many segments leave at first."""
    route(v6, "initcwnd 30")
    sock, flow, _ = passive(peer, v6)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200000)
    assert info(sock, CWND) == 30, info(sock, CWND)
    sock.send(bytes(60000))
    assert sent(flow) == 30000
    end(sock, flow)


def initcwnd_active(peer, v6):
    """initcwnd of an active open."""
    sock, flow, _ = r.dial(peer, v6)
    flow.send("SA", options=SACK)
    flow.expect("A")
    assert info(sock, CWND) == 30, info(sock, CWND)
    end(sock, flow)


def initrwnd(peer, v6):
    """initrwnd: the first window, of SYN and SYN-ACK."""
    route(v6, "initrwnd 5")
    sock, flow, synack = passive(peer, v6)
    mss = 1440 if v6 else 1460
    assert synack.win == 5 * mss, synack.win
    end(sock, flow)
    sock, flow, syn = r.dial(peer, v6)
    assert syn.win == 5 * mss, syn.win
    end(sock, flow)


def window(peer, v6):
    """window: the most that is ever offered."""
    route(v6, "window 9000")
    sock, flow, syn = r.dial(peer, v6)
    assert syn.win <= 9000 and syn.options()[3] == b"\0", (syn.win, syn.options())
    end(sock, flow)
    sock, flow, synack = passive(peer, v6)
    assert synack.win <= 9000, synack.win
    end(sock, flow)


def rto_min(peer, v6):
    """rto_min: the floor of the timeout."""
    route(v6, "rto_min 30ms")
    sock, flow, _ = passive(peer, v6)
    assert info(sock, RTO) < 199000, info(sock, RTO)
    end(sock, flow)
    route(v6, "rto_min 900ms")
    sock, flow, _ = passive(peer, v6)
    assert info(sock, RTO) >= 900000, info(sock, RTO)
    end(sock, flow)


def quickack(peer, v6):
    """quickack 1: no ACK waits."""
    route(v6, "quickack 1")
    sock, flow, _ = passive(peer, v6)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    before = t.counter("DelayedACKs")
    flow.send("PA", b"x" * 100)
    flow.expect("A")
    assert t.counter("DelayedACKs") == before, "the ACK waited"
    end(sock, flow)


def congctl(peer, v6):
    """congctl: the route's choice, and its last word with lock."""
    def name(sock):
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0")

    route(v6, "congctl reno")
    sock, flow, _ = passive(peer, v6)
    assert name(sock) == b"reno", name(sock)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    assert name(sock) == b"cubic", name(sock)
    end(sock, flow)
    sock, flow, _ = r.dial(peer, v6)
    assert name(sock) == b"reno", name(sock)
    end(sock, flow)
    route(v6, "congctl lock reno")
    sock, flow, _ = passive(peer, v6)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        assert False, "it was changed"
    except PermissionError:
        pass
    end(sock, flow)


def advmss(peer, v6):
    """advmss is announced, and follows the path's MTU while the SYN is sent again."""
    route(v6, "advmss 700")
    sock, flow, syn = r.dial(peer, v6)
    assert syn.options()[2] == (700).to_bytes(2, "big"), syn.options()
    end(sock, flow)
    sock, flow, synack = passive(peer, v6)
    assert synack.options()[2] == (700).to_bytes(2, "big"), synack.options()
    end(sock, flow)
    route(v6, "")
    sock, flow, syn = r.dial(peer, v6)
    route(v6, "mtu 1300")
    syn = flow.any(10)
    assert syn.options()[2] == (1240 if v6 else 1260).to_bytes(2, "big"), syn.options()
    end(sock, flow)


def mtu_lock(peer, v6):
    """mtu lock: routers may cut what is sent (IPv4: no DF)."""
    if v6:
        return
    for words, df in (("mtu 800", 0x4000), ("mtu lock 800", 0)):
        route(v6, words)
        sock, flow, _ = passive(peer, v6)
        peer.forget()
        sock.send(bytes(5000))
        packet = peer.packet(5)
        assert len(packet) <= 800, len(packet)
        assert int.from_bytes(packet[6:8], "big") == df, packet[6:8]
        end(sock, flow)


def cwnd_lock(peer, v6):
    """cwnd lock, ssthresh and reordering."""
    route(v6, "cwnd lock 4 ssthresh 77 reordering 9")
    sock, flow, _ = passive(peer, v6)
    sock.send(bytes(14000))
    assert sent(flow) == 4000
    assert info(sock, SSTHRESH) >= 1 << 30, info(sock, SSTHRESH)
    assert info(sock, REORDERING) == 9, info(sock, REORDERING)
    end(sock, flow)
    t.sysctl("no_ssthresh_metrics_save", 0)
    route(v6, "ssthresh 77")
    sock, flow, _ = passive(peer, v6)
    assert info(sock, SSTHRESH) == 77, info(sock, SSTHRESH)
    end(sock, flow)
    t.sysctl("no_ssthresh_metrics_save", 1)


def good_end(sock, flow):
    """FIN and FIN, ours last."""
    flow.send("FA")
    flow.expect("A")
    sock.close()
    flow.expect("FA")
    flow.send("A")
    assert t.wait_until(lambda: not [x for x in t.table() if flow.sport in x[:2]])
    flow.peer.forget()


def learned(peer, v6):
    """A slow peer is remembered: the next connection's first timeout knows it."""
    route(v6, "")
    sock, flow, _ = passive(peer, v6, 0.5)
    good_end(sock, flow)
    sock, flow, _ = passive(peer, v6)
    assert info(sock, RTO) > 1000000, info(sock, RTO)
    end(sock, flow)
    t.sysctl("metrics_flush", peer.addresses(v6)[1])
    sock, flow, _ = passive(peer, v6)
    assert info(sock, RTO) < 600000, info(sock, RTO)
    end(sock, flow)


def not_learned(peer, v6):
    """no_metrics_save 1: it is not."""
    route(v6, "")
    t.sysctl("no_metrics_save", 1)
    sock, flow, _ = passive(peer, v6, 0.5)
    good_end(sock, flow)
    sock, flow, _ = passive(peer, v6)
    assert info(sock, RTO) < 1000000, info(sock, RTO)
    end(sock, flow)
    t.sysctl("no_metrics_save", 0)


def knobs(peer, v6):
    """metrics_flush takes an address or all; fastopen takes any bits."""
    for bad in ("", "none", "10.0.0", "10.0.0.1 10.0.0.2", "::g"):
        try:
            t.sysctl("metrics_flush", bad)
            assert not bad, f"{bad} was taken"
        except OSError:
            pass
    for good in ("all", peer.addresses(v6)[1]):
        t.sysctl("metrics_flush", good)
    t.sysctl("fastopen", 0x30403)
    assert t.sysctl("fastopen") == [str(0x30403)]


def family(ktap, v6):
    """All of them, for one family."""
    peer = r.Peer()
    # What leaves at first is counted, without the probe that follows when no ACK comes.
    t.sysctl("early_retrans", 0)
    name = "v6" if v6 else "v4"
    for case in (initcwnd, initcwnd_active, initrwnd, window, rto_min, quickack, congctl, advmss,
                 mtu_lock, cwnd_lock, learned, not_learned, knobs):
        ktap.run(f"{name} {case.__doc__}", case, peer, v6)
        peer.forget()


if __name__ == "__main__":
    t.side_by_side(family, False, True)
