#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Goodput over paths of all kinds: atcp and the kernel's TCP in one boot.

bench/paths.py [-6] [-c] [-r ROUNDS] [-p PEER] [WORD ...], run in selftests/. A path is a router with netem, tbf, fq_codel or
a policer (lib/router.py): its rate and queue are one way, most of its delay is the other. netem has
no seed here, so the stacks take turns and each round is another draw; the means of the rounds are compared.
Above 1 atcp is the better. Bytes that come are compared with those that were sent, by a sum.

WORDs choose paths whose names have them. Both ends are of one stack; -p tcp or -p atcp has all receivers of
that one. -c prints what the sender counted. Without a WORD short transfers follow: flow completion at 2 % loss.
"""
# clock: travel
import argparse
import math
import statistics
import sys

sys.path[:0] = ["lib"]
import atcptest as t
import router

# Of a path: name, bytes of a transfer, qdisc to far, qdisc to near, more.
PATHS = (
    ("1 Gbit/s, 1 ms", 24e6, "netem rate 1gbit limit 200", "netem delay 1ms limit 10000"),
    ("100 Mbit/s, 10 ms", 16e6, "netem rate 100mbit limit 100", "netem delay 10ms limit 10000"),
    ("100 Mbit/s, 50 ms", 32e6, "netem rate 100mbit limit 400", "netem delay 50ms limit 10000"),
    ("20 Mbit/s, 200 ms", 16e6, "netem rate 20mbit limit 300", "netem delay 200ms limit 10000"),
    ("1 Mbit/s, 40 ms", 2e6, "netem rate 1mbit limit 30", "netem delay 40ms limit 10000"),
    ("0.1 % loss, 20 Mbit/s, 20 ms", 20e6, "netem rate 20mbit limit 100 loss 0.1%", "netem delay 20ms limit 10000"),
    ("1 % loss, 20 Mbit/s, 20 ms", 16e6, "netem rate 20mbit limit 100 loss 1%", "netem delay 20ms limit 10000"),
    ("3 % loss, 20 Mbit/s, 20 ms", 12e6, "netem rate 20mbit limit 100 loss 3%", "netem delay 20ms limit 10000"),
    ("5 % loss, 10 Mbit/s, 100 ms", 6e6, "netem rate 10mbit limit 100 loss 5%", "netem delay 100ms limit 10000"),
    ("bursts of loss, 20 Mbit/s, 30 ms", 16e6, "netem rate 20mbit limit 100 loss gemodel 0.3% 25% 100% 0%",
     "netem delay 30ms limit 10000"),
    ("bursts of loss, 50 Mbit/s, 100 ms", 20e6, "netem rate 50mbit limit 400 loss gemodel 0.05% 10% 70% 0%",
     "netem delay 100ms limit 10000"),
    ("1 % late by 5 ms, 20 Mbit/s, 20 ms", 12e6, "qdisc root handle 1: tbf rate 20mbit burst 5k limit 150k\n"
     "qdisc parent 1:1 netem delay 5ms reorder 99% limit 100", "netem delay 20ms limit 10000"),
    ("all early or late by 4 ms, 20 Mbit/s, 30 ms", 16e6, "qdisc root handle 1: netem delay 8ms 4ms limit 1000\n"
     "qdisc parent 1:1 tbf rate 20mbit burst 5k limit 150k", "netem delay 22ms limit 10000"),
    ("policer of 10 Mbit/s, 20 ms", 12e6, "netem limit 1000", "netem delay 20ms limit 10000\nqdisc ingress\n"
     "filter parent ffff: matchall action police rate 10mbit burst 64k conform-exceed drop"),
    ("tbf of 10 Mbit/s, 20 ms", 12e6, "tbf rate 10mbit burst 5k latency 60ms", "netem delay 20ms limit 10000"),
    ("fq_codel at 20 Mbit/s, 40 ms", 16e6, "qdisc root handle 1: tbf rate 20mbit burst 5k limit 1m\n"
     "qdisc parent 1:1 fq_codel", "netem delay 40ms limit 10000"),
    ("a queue of 12, 50 Mbit/s, 10 ms", 16e6, "netem rate 50mbit limit 12", "netem delay 10ms limit 10000"),
    ("outages of 0.4 and 2 s, 10 Mbit/s, 30 ms", 10e6, "netem rate 10mbit limit 60", "netem delay 30ms limit 10000",
     ((1.5, "tc qdisc change dev r1 root netem rate 10mbit limit 60 loss 100%"),
      (1.9, "tc qdisc change dev r1 root netem rate 10mbit limit 60 loss 0%"),
      (4.0, "tc qdisc change dev r1 root netem rate 10mbit limit 60 loss 100%"),
      (6.0, "tc qdisc change dev r1 root netem rate 10mbit limit 60 loss 0%"))),
    ("black hole of 1000 bytes, 10 Mbit/s, 20 ms", 8e6, "netem rate 10mbit limit 60", "netem delay 20ms limit 10000", (),
     1000),
    ("20 % of ACKs lost, 20 Mbit/s, 20 ms", 12e6, "netem rate 20mbit limit 60", "netem delay 20ms limit 10000 loss 20%"),
    ("50 Mbit/s there, 0.5 back, 30 ms", 16e6, "netem rate 50mbit limit 150", "netem delay 30ms rate 500kbit limit 30"),
)
# Short transfers: bytes, and how many of each.
SHORT = ((30000, 100), (150000, 30))
SHORT_PATH = "netem rate 50mbit limit 200 loss 2%", "netem delay 20ms limit 1000 loss 2%"
SHOWN = ("RetransSegs", "TCPTimeouts", "TCPLossProbes", "TCPLossProbeRecovery", "TCPSpuriousRTOs", "TCPDSACKUndo", "TCPLossUndo",
         "TCPFullUndo", "TCPPartialUndo", "TCPSACKReorder", "TCPLostRetransmit", "TCPSackRecovery", "TCPDSACKRecv",
         "TCPDSACKOfoRecv", "TCPHystartTrainCwnd", "TCPHystartDelayCwnd")


def black_hole(net, size):
    """mid does not let larger packets through, and does not say so; the senders find out."""
    net.sh("mid", f"ip link set r1 mtu {size}; nft 'add table inet hole; add chain inet hole out "
                  "{ type filter hook output priority 0; icmp type destination-unreachable drop; "
                  "icmpv6 type packet-too-big drop; }'")
    net.sh("near", "sysctl -qw net.ipv4.tcp_mtu_probing=1 net.atcp.mtu_probing=1")


def run(net, stack, options, size, events=()):
    """Mbit/s of one transfer."""
    before = net.counters(stack)
    seconds = router.transfer(net, stack, options.peer or stack, int(size), events)
    after = net.counters(stack)
    if options.counters:
        print(f"#   {stack}: {size * 8 / seconds / 1e6:.2f}", *(f"{name}={after[name] - before[name]}"
              for name in SHOWN if after.get(name, 0) != before.get(name, 0)), flush=True)
    return size * 8 / seconds / 1e6


def path(options, name, size, to_far, to_near, events=(), hole=0):
    """Prints a row; returns the ratio."""
    net = router.Router(options.ipv6)
    net.shape(to_far, to_near)
    if hole:
        black_hole(net, hole)
    found = {"tcp": [], "atcp": []}
    # The neighbours' addresses are asked for once, over the path as it is.
    for stack in found:
        router.transfer(net, stack, stack, 1)
    for number in range(options.rounds):
        for stack in ("tcp", "atcp") if number % 2 else ("atcp", "tcp"):
            found[stack].append(run(net, stack, options, size, events))
    net.close()
    mean = {stack: statistics.mean(found[stack]) for stack in found}
    ratio = mean["atcp"] / mean["tcp"]
    # How sure: the standard error of the ratio, from the rounds' scatter.
    error = ratio * math.hypot(*(statistics.stdev(found[s]) / mean[s] / math.sqrt(options.rounds)
                                 if options.rounds > 1 else 0 for s in found))
    print(f"{name:44}{mean['tcp']:10.2f}{mean['atcp']:10.2f}{ratio:8.2f}   +-{error:.2f}", flush=True)
    return ratio


def short(options):
    """Flow completion of short transfers: median and 99th percentile, ms."""
    net = router.Router(options.ipv6)
    net.shape(*SHORT_PATH)
    print(f"{'short transfers, 2 % loss each way, ms':44}{'tcp':>10}{'atcp':>10}{'ratio':>8}")
    for size, number in SHORT:
        found = {"tcp": [], "atcp": []}
        for _ in range(options.rounds):
            for stack in found:
                found[stack] += [1000 * router.transfer(net, stack, options.peer or stack, size)
                                 for _ in range(number)]
        for name, at in (("median", 0.5), ("mean", None), ("99 %", 0.99)):
            a, b = (sorted(found[s])[int(at * len(found[s]))] if at else statistics.mean(found[s])
                    for s in ("tcp", "atcp"))
            print(f"{f'{size} bytes, {name}':44}{a:10.1f}{b:10.1f}{a / b:8.2f}", flush=True)
    net.close()


def main():
    """The table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-6", dest="ipv6", action="store_true")
    parser.add_argument("-c", dest="counters", action="store_true")
    parser.add_argument("-r", dest="rounds", type=int, default=3)
    parser.add_argument("-p", dest="peer", choices=("tcp", "atcp"))
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    t.private_netns()
    print(f"{'goodput, Mbit/s':44}{'tcp':>10}{'atcp':>10}{'ratio':>8}")
    ratios = [path(options, *row) for row in PATHS
              if not options.words or any(word in row[0] for word in options.words)]
    if ratios:
        mean = math.exp(statistics.mean(math.log(x) for x in ratios))
        print(f"{f'geometric mean of {len(ratios)}':64}{mean:8.2f}")
    if not options.words or "short" in options.words:
        short(options)


if __name__ == "__main__":
    main()
