#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A round trip beside a bulk connection through the same slow device, and what lies in its queue.

bench/beside.py [-v], run in selftests/. The device has tbf alone, or with fq_codel below; the path behind it is short,
or has 20 ms. What a connection has in its own host's queue is for small queues below to bound (module/output/pace.c):
beyond that it is cwnd, where the path is long. -v prints what the bulk connection is like while it runs.
"""
# clock: travel
import argparse
import json
import socket
import statistics
import struct
import sys
import time

sys.path[:0] = ["lib"]
import atcptest as t
import router

SECONDS = 3
DEVICES = (
    ("tbf, 10 Mbit/s", "tbf rate 10mbit burst 5k limit 4m"),
    ("tbf and fq_codel, 10 Mbit/s", "handle 1: tbf rate 10mbit burst 5k limit 4m;"
     "tc qdisc add dev eth0 parent 1:1 fq_codel"),
)


def below(net):
    """Bytes in that queue now."""
    return max(x.get("backlog", 0) for x in json.loads(net.sh("near", "tc -s -j qdisc show dev eth0")))


def watch(sock):
    """What the bulk connection is like."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    unacked, = struct.unpack_from("I", raw, 24)
    rtt, = struct.unpack_from("I", raw, 68)
    ssthresh, cwnd = struct.unpack_from("II", raw, 76)
    pacing, = struct.unpack_from("Q", raw, 104)
    min_rtt, = struct.unpack_from("I", raw, 148)
    return f"cwnd {cwnd} ssthresh {ssthresh} unacked {unacked} rtt {rtt} min {min_rtt} rate {pacing}"


def beside(stack, qdisc, delay, verbose):
    """Round trips, ms, and bytes below, while a bulk connection runs."""
    net = router.Router()
    net.shape(None, f"netem delay {delay} limit 10000" if delay else None)
    net.sh("near", "ethtool -K eth0 tso on")
    net.sh("near", f"tc qdisc add dev eth0 root {qdisc}")
    ping, pong = net.connect(stack, stack)
    ping.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    bulk, sink = net.connect(stack, stack)
    taker, giver = router.Receiver(sink), router.Sender(bulk, seconds=SECONDS)
    trips, queue = [], []
    time.sleep(1)
    end = time.monotonic() + SECONDS - 1.5
    while time.monotonic() < end:
        begun = time.monotonic()
        ping.send(b"x")
        pong.recv(1)
        pong.send(b"x")
        ping.recv(1)
        trips.append(1000 * (time.monotonic() - begun))
        queue.append(below(net))
        time.sleep(0.02)
        if verbose and len(trips) % 20 == 1:
            print(f"#   {stack} {trips[-1]:.1f} ms, {queue[-1]} below;", watch(bulk), flush=True)
    giver.join()
    taker.join()
    for sock in (ping, pong, bulk, sink):
        sock.close()
    net.close()
    return statistics.median(trips), max(trips), statistics.median(queue), max(queue), giver.sent


def main():
    """The table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="verbose", action="store_true")
    options = parser.parse_args()
    t.private_netns()
    print(f"{'':44}{'tcp':>10}{'atcp':>10}{'ratio':>8}")
    for name, qdisc in DEVICES:
        for delay in ("", "20ms"):
            a, b = (beside(stack, qdisc, delay, options.verbose) for stack in ("tcp", "atcp"))
            for i, what in enumerate(("round trip, ms", "at most", "bytes below", "at most", "bytes sent")):
                print(f"{f'{name}, {delay}: {what}':44}{a[i]:10.1f}{b[i]:10.1f}{b[i] / a[i] if a[i] else 0:8.2f}",
                      flush=True)


if __name__ == "__main__":
    main()
