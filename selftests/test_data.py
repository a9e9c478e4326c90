#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Data on the wire: reassembly, SACK, PAWS, windows, Nagle, MSS, scaling."""
# timeout: 200
# platforms: stock uml
# check: uml
# clock: travel
import random
import select
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

TCP = socket.IPPROTO_TCP
TCP_NOTSENT_LOWAT = 25
PORT = 20800
FULL = (r.option_mss(1000) + r.option_sack_ok() + r.option_wscale(4)
        + r.option_timestamps(1000, 0))


def pair(peer, v6, options=None, setup=None):
    """An accepted socket, its flow and the SYN-ACK."""
    global PORT
    PORT += 1
    listener = t.listener(peer.addresses(v6)[0], PORT, setup=setup)
    flow = r.Flow(peer, v6, dport=PORT)
    flow.stamp = 1000
    flow.send("S", options=r.option_mss(1460) if options is None else options)
    synack = flow.expect("SA")
    stamps = synack.options().get(8)
    flow.echo = int.from_bytes(stamps[:4], "big") if stamps else 0
    flow.send("A", options=stamped(flow) if stamps else b"")
    listener.settimeout(20)
    sock = listener.accept()[0]
    sock.setblocking(False)
    listener.close()
    return sock, flow, synack


def stamped(flow, step=1):
    """A timestamps option, the clock moved on by STEP."""
    flow.stamp += step
    return r.option_timestamps(flow.stamp, flow.echo)


def info(sock, offset):
    """A figure of struct tcp_info."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    return int.from_bytes(raw[offset:offset + 4], sys.byteorder)


def read_all(sock, count):
    """COUNT bytes of the socket."""
    got = b""
    end = time.monotonic() + 10
    while len(got) < count and time.monotonic() < end:
        try:
            got += sock.recv(count - len(got))
        except BlockingIOError:
            time.sleep(0.005)
    return got


def reassembly(peer, v6):
    """Overlapping pieces in any order come out as the stream."""
    sock, flow, _ = pair(peer, v6)
    rng = random.Random(7)
    stream = rng.randbytes(20000)
    pieces = [(at, at + rng.randint(100, 900))
              for at in range(0, 20000, 100)]
    rng.shuffle(pieces)
    base = flow.nxt
    for start, end in pieces:
        flow.send("A", stream[start:end], seq=base + start, keep=True)
        peer.forget()
    # A receiver may drop what is out of order: all of it comes once more.
    got = b""
    for start in range(0, 20000, 1000):
        flow.send("A", stream[start:start + 1000], seq=base + start, keep=True)
        peer.forget()
        got += read_all(sock, start + 1000 - len(got))
    assert got == stream, f"{len(got)} bytes, equal: {got == stream[:len(got)]}"
    flow.send("RA", seq=base + 20000)


def sack_blocks(peer, v6):
    """A hole: duplicate ACK with the block; filled: one ACK of all; DSACK."""
    sock, flow, _ = pair(peer, v6, FULL)
    base = flow.nxt
    flow.send("A", b"b" * 100, seq=base + 100, keep=True, options=stamped(flow))
    segment = flow.expect("A")
    block = segment.options()[5]
    edges = [int.from_bytes(block[i:i + 4], "big") for i in (0, 4)]
    assert segment.ack == base, segment
    assert edges == [(base + 100) & r.MASK, (base + 200) & r.MASK], edges
    flow.send("A", b"a" * 100, seq=base, keep=True, options=stamped(flow))
    segment = flow.expect("A")
    assert segment.ack == (base + 200) & r.MASK, segment
    assert read_all(sock, 200) == b"a" * 100 + b"b" * 100
    flow.send("A", b"a" * 100, seq=base, keep=True, options=stamped(flow))
    block = flow.expect("A").options()[5]
    edges = [int.from_bytes(block[i:i + 4], "big") for i in (0, 4)]
    assert edges == [base, (base + 100) & r.MASK], f"DSACK {edges}"
    flow.send("RA", seq=base + 200, options=stamped(flow))


def dsack_beyond(peer, v6):
    """DSACK of what is beyond a hole: its block second; none if the knob is off."""
    sock, flow, _ = pair(peer, v6, FULL)
    base = flow.nxt

    def blocks(start, end):
        flow.send("A", b"d" * (end - start), seq=base + start, keep=True,
                  options=stamped(flow))
        option = flow.expect("A").options()[5]
        edges = [(int.from_bytes(option[i:i + 4], "big") - base) & r.MASK
                 for i in range(0, len(option), 4)]
        return list(zip(edges[::2], edges[1::2]))

    steps = [(1000, 1100, [(1000, 1100)]),
             (1000, 1200, [(1000, 1100), (1000, 1200)]),
             (1050, 1080, [(1050, 1080), (1000, 1200)]),
             (1150, 1300, [(1150, 1200), (1000, 1300)])]
    for start, end, want in steps:
        got = blocks(start, end)
        assert got == want, f"{start}-{end}: {got}, wanted {want}"
    t.sysctl("dsack", 0)
    got = blocks(1050, 1080)
    t.sysctl("dsack", 1)
    assert got == [(1000, 1300)], f"off: {got}"
    flow.send("RA", options=stamped(flow))
    sock.close()


def in_order(peer, v6):
    """ACKs in order show no reordering, wherever the sequence numbers begin."""
    before = t.counter("TCPSACKReorder")
    for _ in range(16):
        sock, flow, _ = pair(peer, v6, FULL)
        sock.send(b"o" * 100)
        segment = flow.expect("A")
        flow.send("A", options=stamped(flow))
        assert t.wait_until(lambda: info(sock, 24) == 0)
        assert info(sock, 220) == 0, f"reordering from {segment.seq:#x} on"
        flow.send("RA", options=stamped(flow))
    assert t.counter("TCPSACKReorder") == before


def paws(peer, v6):
    """An old timestamp: the segment is dropped and acknowledged (RFC 7323)."""
    sock, flow, _ = pair(peer, v6, FULL)
    flow.send("PA", b"new", options=stamped(flow, 5000))
    flow.expect("A")
    assert read_all(sock, 3) == b"new"
    flow.send("PA", b"old", keep=True,
              options=r.option_timestamps(flow.stamp - 4000, flow.echo))
    assert flow.expect("A").ack == flow.nxt
    time.sleep(0.05)
    try:
        assert not sock.recv(10), "the old segment was taken"
    except BlockingIOError:
        pass
    flow.send("PA", b"ok!", options=stamped(flow))
    assert read_all(sock, 3) == b"ok!"
    flow.send("RA", options=stamped(flow))


def window_closes(peer, v6):
    """A reader that stops: the window closes; reading opens it by an update."""
    sock, flow, synack = pair(
        peer, v6, FULL, lambda s: s.setsockopt(socket.SOL_SOCKET,
                                               socket.SO_RCVBUF, 20000))
    shift = synack.options()[3][0]
    win, sent, segment = synack.win, 0, synack
    while win >= 1000 and sent < 1_000_000:
        flow.send("PA", b"w" * 1000, options=stamped(flow))
        sent += 1000
        while segment and segment.ack != flow.nxt:
            segment = flow.any(2)
        if segment is None:
            # Its memory was full before its window was.
            sent -= 1000
            flow.nxt = (flow.nxt - 1000) & r.MASK
            break
        win = segment.win << shift
    assert 2000 <= sent < 100_000, f"{sent} bytes fitted"
    flow.any(0.2)
    assert len(read_all(sock, sent)) == sent
    update = flow.any(5)
    assert update and update.win << shift >= 2000, update
    flow.send("RA", options=stamped(flow))


def nagle(peer, v6):
    """Small writes wait for the ACK of the first; TCP_NODELAY does not."""
    sock, flow, _ = pair(peer, v6)
    sock.send(b"1")
    flow.expect("A")
    sock.send(b"2")
    sock.send(b"3")
    flow.silence(0.1)
    flow.send("A")
    assert flow.expect("A").data == b"23"
    flow.send("A")
    sock.setsockopt(TCP, socket.TCP_NODELAY, 1)
    for text in (b"4", b"5", b"6"):
        sock.send(text)
        assert flow.expect("A").data == text
    flow.send("RA")


def cork(peer, v6):
    """TCP_CORK holds a partial segment 200 ms at most, and full ones never."""
    sock, flow, _ = pair(peer, v6)
    sock.setsockopt(TCP, socket.TCP_CORK, 1)
    start = time.monotonic()
    sock.send(b"c" * 100)
    segment = flow.expect("A", 3)
    assert 0.1 < segment.time - start < 0.4 + t.LATE, segment.time - start
    flow.send("A")
    full = 1440 if v6 else 1460
    sock.send(b"d" * full)
    assert len(flow.expect("A").data) == full
    sock.send(b"e")
    sock.setsockopt(TCP, socket.TCP_CORK, 0)
    flow.send("A")
    assert flow.expect("A", 1).data == b"e"
    flow.send("RA")


def notsent_lowat(peer, v6):
    """A writer that waits for what is not sent is woken when it is sent."""
    sock, flow, _ = pair(peer, v6, r.option_mss(1000))
    # A smaller window than before counts if its segment is newer.
    for _ in range(2):
        flow.send("PA", b"x", win=1000)
        assert flow.expect("A").ack == flow.nxt
    sock.setsockopt(TCP, TCP_NOTSENT_LOWAT, 1000)
    sock.send(b"n" * 2200)
    assert len(flow.expect("A").data) == 1000
    with select.epoll() as poll:
        poll.register(sock, select.EPOLLOUT)
        assert not poll.poll(0), "1200 bytes are not sent"
        flow.send("A")
        assert poll.poll(5), "nobody woke the writer"
    flow.send("RA")


def maxseg(peer, v6):
    """TCP_MAXSEG is offered, and the peer's MSS is kept."""
    sock, flow, synack = pair(peer, v6, r.option_mss(700), lambda s:
                              s.setsockopt(TCP, socket.TCP_MAXSEG, 900))
    assert int.from_bytes(synack.options()[2], "big") == 900, synack.options()
    sock.send(b"m" * 5000)
    got = 0
    while got < 5000:
        segment = flow.expect("A")
        assert len(segment.data) <= 700 or segment.seq != flow.ack, segment
        got += len(segment.data)
        flow.send("A")
    flow.send("RA")


def options_agree(peer, v6):
    """Options are used only when both ends have them."""
    for mine, want in ((r.option_mss(1460), {2}),
                       (r.option_mss(1460) + r.option_sack_ok(), {2, 4}),
                       (r.option_mss(1460) + r.option_wscale(2), {2, 3}),
                       (FULL, {2, 3, 4, 8})):
        _, flow, synack = pair(peer, v6, mine)
        assert set(synack.options()) == want, synack.options()
        flow.send("RA", options=stamped(flow) if 8 in want else b"")


def minimum_ttl(peer, v6):
    """IP_MINTTL: a SYN from too far is not answered."""
    level, option = ((socket.IPPROTO_IPV6, 73) if v6 else
                     (socket.IPPROTO_IP, 21))
    listener = t.listener(peer.addresses(v6)[0], 20899, setup=lambda s:
                          s.setsockopt(level, option, 100))
    flow = r.Flow(peer, v6, dport=20899)
    flow.send("S", options=r.option_mss(1460), keep=True)
    flow.silence(0.3)
    listener.setsockopt(level, option, 0)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    listener.close()


def main():
    """Each behaviour, IPv4 and IPv6."""
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (reassembly, sack_blocks, dsack_beyond, in_order, paws, window_closes,
                     nagle, cork, notsent_lowat, maxseg, options_agree, minimum_ttl):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
