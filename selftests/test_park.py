#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Parked requests: order, data, RST, expiry, cookies, and the listener's end."""
# timeout: 240
# platforms: stock debug uml
# check: uml
# clock: travel
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20300


def abrupt(sock):
    """Connections end with a RST when they are closed: no orphans stay."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def row(port):
    """The listener's row of /proc/net/atcp/listen: ints where it has them."""
    with open("/proc/thread-self/net/atcp/listen", encoding="ascii") as file:
        lines = file.read().splitlines()
    for line in lines[1:]:
        found = dict(zip(lines[0].split(), line.split()))
        if found["local"].endswith(f":{port}"):
            return {k: int(v) if v.isdigit() else v for k, v in found.items()}
    raise AssertionError(f"no row for {port}")


def crowd(peer, v6, parked, backlog=0):
    """A full listener of BACKLOG, and PARKED flows in its park, in order."""
    listener = t.listener(peer.addresses(v6)[0], PORT, backlog, setup=abrupt)
    listener.settimeout(10)
    # The SYN queue's limit would be the backlog.
    listener.setsockopt(t.SOL_ATCP, 1, 64)
    for _ in range(backlog + 1):
        r.Flow(peer, v6, dport=PORT).connect()
    assert t.wait_until(lambda: row(PORT)["acceptq"] == backlog + 1)
    flows = [r.Flow(peer, v6, dport=PORT) for _ in range(parked)]
    for i, flow in enumerate(flows):
        flow.connect()
        assert t.wait_until(lambda: row(PORT)["parked"] == i + 1), row(PORT)
    return listener, flows


def order(peer, v6):
    """They complete in the order of their ACKs, with the data they sent."""
    listener, flows = crowd(peer, v6, 4)
    for i, flow in enumerate(flows):
        # Kept and not acknowledged; what is sent again is not kept twice.
        flow.send("PA", b"par%d" % i, keep=True)
        flow.send("PA", b"par%d" % i)
        flow.silence(0.05)
    assert t.counter("ParkKept") >= 4
    listener.accept()[0].close()
    for i, flow in enumerate(flows):
        sock, addr = listener.accept()
        assert addr[1] == flow.sport, (addr, flow.sport)
        # Without a segment of the peer's.
        assert receive(sock, 4) == b"par%d" % i
        assert flow.expect("A").ack == flow.nxt
        flow.send("PA", b"more")
        flow.expect("A")
        assert receive(sock, 4) == b"more"
        sock.sendall(b"reply")
        segment = flow.expect("A")
        assert segment.data == b"reply", segment
        sock.close()
    assert row(PORT)["parked"] == 0 and row(PORT)["synq"] == 0, row(PORT)
    listener.close()


def ended(peer, v6):
    """Text out of order and a FIN wait too: all is there at the end."""
    listener, (flow,) = crowd(peer, v6, 1)
    start = flow.nxt
    flow.send("A", b"defg", seq=start + 3)
    flow.send("A", b"abc")
    flow.nxt = start + 7
    flow.send("FA", b"h")
    flow.silence(0.05)
    listener.accept()[0].close()
    sock = listener.accept()[0]
    assert receive(sock, 9) == b"abcdefgh"
    # The last of the ACKs is for all, the FIN too.
    while flow.expect("A").ack != flow.nxt:
        pass
    assert t.tcp_state(sock) == "CLOSE_WAIT"
    sock.close()
    listener.close()


def bounded(peer, v6):
    """More than the buffer of a socket is not kept for one; the rest is sent again."""
    listener, (flow,) = crowd(peer, v6, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    start = flow.nxt
    text = bytes(range(40)) * 25
    for i in range(40):
        flow.send("A", text[i * 25:i * 25 + 25])
    listener.accept()[0].close()
    sock = listener.accept()[0]
    segment = flow.expect("A")
    got = segment.ack - start
    while (later := flow.any(0.3)) is not None:
        got = max(got, later.ack - start)
    assert 25 <= got < 1000, got
    flow.send("PA", text[got:], seq=start + got)
    assert receive(sock, 1000) == text
    sock.close()
    listener.close()


def receive(sock, size):
    """What comes until SIZE bytes or the end."""
    sock.settimeout(10)
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            break
        data += more
    return data


def window(peer, v6):
    """The window of the third ACK counts, though it was long ago."""
    listener, (flow,) = crowd(peer, v6, 0)[0], (r.Flow(peer, v6, dport=PORT),)
    flow.send("S", options=r.option_mss(1000))
    flow.expect("SA")
    flow.send("A", win=500)
    assert t.wait_until(lambda: row(PORT)["parked"] == 1), row(PORT)
    listener.accept()[0].close()
    sock = listener.accept()[0]
    sock.sendall(b"w" * 3000)
    got = len(flow.expect("A").data)
    assert got <= 500, f"{got} bytes into a window of 500"
    sock.close()
    listener.close()


def reset(peer, v6):
    """A parked request that its peer resets is gone from the middle."""
    listener, flows = crowd(peer, v6, 3)
    flows[1].send("R")
    assert t.wait_until(lambda: row(PORT)["parked"] == 2), row(PORT)
    ports = [listener.accept()[1][1] for _ in range(3)][1:]
    assert ports == [flows[0].sport, flows[2].sport], ports
    listener.close()


def expiry(peer, v6):
    """They end after the time of all SYN-ACK retries: 3 s with one retry."""
    before = t.counter("ParkExpired")
    listener, flows = crowd(peer, v6, 2)
    listener.setsockopt(t.SOL_ATCP, 4, 1)
    assert t.wait_until(lambda: row(PORT)["parked"] == 0, 10), row(PORT)
    assert t.counter("ParkExpired") == before + 2
    for flow in flows:
        flow.silence(0)
    flows[0].send("PA", b"late")
    flows[0].expect("R")
    listener.close()


def policy(peer, v6):
    """The namespace's new policy holds at once for those who wait already."""
    before = t.counter("OverflowReset")
    listener, flows = crowd(peer, v6, 2)
    t.sysctl("overflow_policy", "reset_after:50")
    for flow in flows:
        flow.expect("RA")
    assert t.counter("OverflowReset") == before + 2
    t.sysctl("overflow_policy", "park")
    listener.close()


def closed(peer, v6):
    """With the listener everything goes at once: queue, park, SYN queue."""
    listener, _ = crowd(peer, v6, 2)
    half = r.Flow(peer, v6, dport=PORT)
    half.send("S", options=r.option_mss(1460))
    half.expect("SA")
    listener.close()
    left = [s for s in t.states_of(PORT) if s != "TIME_WAIT"]
    assert not left, left
    half.send("A")
    half.expect("R")


def cookie(peer, v6):
    """A cookie's ACK that finds the accept queue full is parked too."""
    before = t.counter("CookieAckOverflow")
    t.sysctl("syncookies", 2)
    listener, flows = crowd(peer, v6, 2)
    assert t.counter("CookieAckOverflow") == before + 2
    listener.accept()[0].close()
    for flow in flows:
        assert listener.accept()[1][1] == flow.sport
    listener.close()
    t.sysctl("syncookies", 1)


def main():
    """Each behaviour, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP has no park")
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (order, ended, bounded, window, reset, expiry, policy, closed,
                     cookie):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
