#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Path MTU probing (RFC 4821): data gets through a black hole, and segments become as large as may be."""
# clock: travel
# check: uml
# timeout: 120
import socket
import sys
import time

sys.path[:0] = ["lib"]
import atcptest as t
import rawpeer as r

PORT = 20790
OPTIONS = r.option_mss(1460) + r.option_sack_ok() + bytes((1, 3, 3, 7))


def pair(peer, v6):
    """An accepted socket and its flow."""
    global PORT
    PORT += 1
    with t.listener(peer.addresses(v6)[0], PORT) as listener:
        flow = r.Flow(peer, v6, dport=PORT)
        flow.connect(OPTIONS)
        listener.settimeout(20)
        sock = listener.accept()[0]
    sock.setblocking(False)
    return sock, flow


def receive(sock, flow, hole, size, seconds):
    """SIZE bytes through a path that swallows packets of more than HOLE bytes: sizes that came."""
    header = 60 if flow.v6 else 40
    base, got, sizes, end = flow.ack, {}, [], time.monotonic() + seconds
    left = size
    acked = 0
    while acked < size:
        assert time.monotonic() < end, f"{acked} bytes came, of {sorted(set(sizes))}"
        if left:
            try:
                left -= sock.send(bytes(min(left, 65536)))
            except BlockingIOError:
                pass
        s = flow.any(0.05)
        if not s or not s.data:
            continue
        if len(s.data) + header > hole:
            continue
        sizes.append(len(s.data))
        got[(s.seq - base) & r.MASK] = len(s.data)
        while acked in got:
            acked += got.pop(acked)
        later = sorted(got)
        options = b""
        if later:
            start, stop = later[0], later[0] + got[later[0]]
            while stop in got:
                stop += got[stop]
            options = b"\1\1\5\12" + ((base + start) & r.MASK).to_bytes(4, "big") \
                + ((base + stop) & r.MASK).to_bytes(4, "big")
        flow.ack = (base + acked) & r.MASK
        flow.send("A", options=options)
    return sizes


def black_hole(peer, v6):
    """mtu_probing 1: through a black hole of 1000 bytes (IPv6 of 1280)."""
    t.sysctl("mtu_probing", 1)
    hole = 1280 if v6 else 1000
    if v6:
        t.sysctl("base_mss", 1300)
    sock, flow = pair(peer, v6)
    sizes = receive(sock, flow, hole, 60000, 60)
    assert max(sizes) > 480, max(sizes)
    flow.send("RA")
    sock.close()


def off(peer, v6):
    """mtu_probing 0: the segments stay as they are."""
    t.sysctl("mtu_probing", 0)
    sock, flow = pair(peer, v6)
    sock.send(bytes(5000))
    end = time.monotonic() + 8
    while time.monotonic() < end:
        s = flow.any(1)
        assert not s or not s.data or len(s.data) > 1200 or len(s.data) < 1000, s
    flow.send("RA")
    sock.close()


def search(peer, v6):
    """mtu_probing 2: from base_mss up to what the path takes, and cwnd is not cut for it."""
    t.sysctl("mtu_probing", 2)
    t.sysctl("base_mss", 600)
    before = t.counters()
    sock, flow = pair(peer, v6)
    sizes = receive(sock, flow, 1300, 2000000, 100)
    most = 1300 - (60 if v6 else 40)
    assert sizes[0] == 600, sizes[:4]
    assert most - 16 < max(sizes) <= most, max(sizes)
    after = t.counters()
    grown = {n: after[n] - before[n] for n in ("TCPMTUPSuccess", "TCPMTUPFail", "TCPTimeouts")}
    assert grown["TCPMTUPSuccess"] >= 3 and grown["TCPMTUPFail"] >= 1, grown
    flow.send("RA")
    sock.close()


def family(ktap, v6):
    """All of them, for one family."""
    peer = r.Peer()
    name = "v6" if v6 else "v4"
    for case in (off, black_hole, search):
        ktap.run(f"{name} {case.__doc__}", case, peer, v6)
        peer.forget()


if __name__ == "__main__":
    t.side_by_side(family, False, True)
