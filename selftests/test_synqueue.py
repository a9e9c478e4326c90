#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The SYN queue: its limit, cookies, SYN-ACK times, young, and overflow."""
# timeout: 400
# platforms: stock uml
# check: uml
# clock: travel
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

ATCP = t.STACK != "tcp"


def listen_row(port):
    """A listener's row of /proc/net/atcp/listen, by column."""
    with open("/proc/thread-self/net/atcp/listen", encoding="ascii") as file:
        lines = file.read().splitlines()
    for line in lines[1:]:
        row = dict(zip(lines[0].split(), line.split()))
        if row["local"].endswith(f":{port}"):
            return row
    raise AssertionError(f"no row for {port}")


def half_open(peer, port, v6=False, options=None):
    """A request: its flow after the SYN-ACK."""
    flow = r.Flow(peer, v6, dport=port)
    flow.send("S", options=r.option_mss(1460) if options is None else options)
    flow.expect("SA")
    return flow


def synack_times(peer, v6):
    """SYN-ACKs come at 0, 1, 3, 7 s with 3 retries, then the request ends."""
    t.sysctl("synack_retries", 3)
    listener = t.listener(peer.addresses(v6)[0], 20100)
    flow = half_open(peer, 20100, v6)
    start, times = time.monotonic(), []
    while len(times) < 4:
        segment = flow.any(12)
        if segment is None:
            break
        assert segment.kind() == "SA" and segment.ack == flow.nxt, segment
        times.append(segment.time - start)
    assert len(times) == 3, f"SYN-ACKs at {times}"
    for got, want in zip(times, (1, 3, 7)):
        assert want - 0.05 - t.EARLY <= got <= want + t.LATE, f"SYN-ACKs at {times}"
    assert t.wait_until(lambda: "SYN_RECV" not in t.states_of(20100), 12)
    listener.close()


def young(peer, v6):
    """A request is young until its first SYN-ACK retransmission."""
    listener = t.listener(peer.addresses(v6)[0], 20101, 16)
    for _ in range(3):
        half_open(peer, 20101, v6)
    row = listen_row(20101)
    assert (row["synq"], row["young"]) == ("3", "3"), row
    assert t.wait_until(lambda: listen_row(20101)["young"] == "0", 5)
    assert listen_row(20101)["synq"] == "3", listen_row(20101)
    listener.close()
    assert not t.states_of(20101), t.states_of(20101)


def duplicate_syn(peer, v6):
    """The same SYN again: the same SYN-ACK, and still one request."""
    listener = t.listener(peer.addresses(v6)[0], 20102)
    flow = r.Flow(peer, v6, dport=20102)
    flow.send("S", options=r.option_mss(1460), keep=True)
    first = flow.expect("SA")
    flow.send("S", options=r.option_mss(1460))
    again = flow.expect("SA")
    assert (first.seq, first.ack) == (again.seq, again.ack), (first, again)
    assert t.states_of(20102).count("SYN_RECV") == 1
    flow.send("A")
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(20102))
    listener.close()


def noise(peer, v6):
    """Who repeats SYNs of its own takes no answer from others that repeat theirs."""
    net = "fdaa:0:0:{:x}::{:x}" if v6 else "198.18.{}.{}"
    t.sh("ip route replace 198.18.0.0/15 dev peer0; ip -6 route replace fdaa::/16 dev peer0")
    t.sysctl("invalid_ratelimit", 60000)
    t.sysctl("synack_rto", 120000)
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 100000)
    listener = t.listener(peer.addresses(v6)[0], 20130, 4000)
    for i in range(3000):
        flow = r.Flow(peer, v6, 20000 + i, 20130, net.format(i % 250, i // 250 + 1))
        for _ in range(2):
            flow.send("S", seq=i << 16, options=r.option_mss(1460))
        if not i % 100:
            peer.forget()
    peer.forget()
    flows = [half_open(peer, 20130, v6) for _ in range(20)]
    for flow in flows:
        for _ in range(3):
            flow.send("S", seq=flow.nxt - 1, options=r.option_mss(1460))
    for flow in flows:
        assert flow.any(5), "its SYN was not answered again"
        flow.silence(0)
    listener.close()
    for name, value in (("invalid_ratelimit", 500), ("synack_rto", 1000), ("syncookies", 1),
                        ("max_syn_backlog", 4096)):
        t.sysctl(name, value)


def embryonic_reset(peer, v6):
    """RST on a half-open request frees it, one off its window does not."""
    before = t.counter("EmbryonicRsts")
    listener = t.listener(peer.addresses(v6)[0], 20103)
    flow = half_open(peer, 20103, v6)
    flow.send("R", seq=flow.nxt + 200_000, keep=True)
    flow.any(0.2)
    assert "SYN_RECV" in t.states_of(20103), t.states_of(20103)
    flow.send("R")
    assert t.wait_until(lambda: t.states_of(20103) == ["LISTEN"])
    assert t.counter("EmbryonicRsts") == before + 1
    listener.close()


def limit_drops(peer, v6):
    """Without cookies a full SYN queue drops SYNs, and says so."""
    t.sysctl("syncookies", 0)
    before = t.counter("TCPReqQFullDrop")
    backlog = 4

    def setup(sock):
        if ATCP:
            sock.setsockopt(t.SOL_ATCP, 1, 4)

    listener = t.listener(peer.addresses(v6)[0], 20104, backlog, setup=setup)
    answers = 0
    for _ in range(10):
        flow = r.Flow(peer, v6, dport=20104)
        flow.send("S", options=r.option_mss(1460))
        answers += flow.any(0.4) is not None
    assert answers in (4, 5), f"{answers} of 10 SYNs were answered"
    assert t.counter("TCPReqQFullDrop") > before
    listener.close()
    t.sysctl("syncookies", 1)


def cookies(peer, v6):
    """A full SYN queue answers with cookies, and a cookie's ACK connects."""
    sent, took = t.counter("SyncookiesSent"), t.counter("SyncookiesRecv")
    listener = t.listener(peer.addresses(v6)[0], 20105, 2)
    options = (r.option_mss(1400) + r.option_sack_ok() + r.option_wscale(7)
               + r.option_timestamps(1000, 0))
    for _ in range(8):
        half_open(peer, 20105, v6, options)
    flow = r.Flow(peer, v6, dport=20105)
    flow.send("S", options=options)
    segment = flow.expect("SA")
    stamp = int.from_bytes(segment.options()[8][:4], "big")
    assert t.counter("SyncookiesSent") > sent
    flow.send("A", options=r.option_timestamps(1001, stamp))
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(20105))
    assert t.counter("SyncookiesRecv") == took + 1
    sock = listener.accept()[0]
    flow.send("PA", b"cookie", options=r.option_timestamps(1002, stamp))
    sock.settimeout(10)
    assert sock.recv(10) == b"cookie"
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    assert info[5] & 7 == 7, f"options {info[5]:#x} did not survive"
    forged = r.Flow(peer, v6, dport=20105)
    forged.send("A", ack=123456789)
    assert forged.expect("R").seq == 123456789
    listener.close()


def always_cookies(peer, v6):
    """syncookies 2: no request is ever kept."""
    t.sysctl("syncookies", 2)
    listener = t.listener(peer.addresses(v6)[0], 20106)
    flow = half_open(peer, 20106, v6)
    assert t.states_of(20106) == ["LISTEN"], t.states_of(20106)
    flow.send("A")
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(20106))
    listener.close()
    t.sysctl("syncookies", 1)


def deferred_cookie(peer, v6):
    """TCP_DEFER_ACCEPT holds for cookies: the bare ACK waits for data."""
    def setup(sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)

    t.sysctl("syncookies", 2)
    before = t.counter("CookieDeferred")
    listener = t.listener(peer.addresses(v6)[0], 20107, setup=setup)
    flow = half_open(peer, 20107, v6)
    assert t.states_of(20107) == ["LISTEN"], t.states_of(20107)
    flow.send("A")
    assert t.wait_until(lambda: "SYN_RECV" in t.states_of(20107))
    assert t.counter("CookieDeferred") == before + 1
    flow.send("PA", b"at last")
    listener.settimeout(10)
    sock = listener.accept()[0]
    sock.settimeout(10)
    assert sock.recv(10) == b"at last"
    assert "SYN_RECV" not in t.states_of(20107), t.states_of(20107)
    listener.close()
    t.sysctl("syncookies", 1)


def family(ktap, v6):
    """Each behaviour in one address family."""
    peer = r.Peer()
    name = "v6" if v6 else "v4"
    for case in (duplicate_syn, noise, embryonic_reset, limit_drops, cookies,
                 always_cookies, deferred_cookie, synack_times, young):
        peer.forget()
        if case in (young, deferred_cookie, noise) and not ATCP:
            continue
        ktap.run(f"{name} {case.__doc__.splitlines()[0]}", case, peer, v6)


if __name__ == "__main__":
    t.side_by_side(family, False, True)
