#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Congestion controls in modules: atcp's dctcp and bbr beside the kernel's own, in one boot.

bench/cc.py [-6] [-s SECONDS] [-r ROUNDS] [WORD ...], run in selftests/. Goodput and what the queue adds to the RTT (the sender's
smoothed RTT less that of the empty path), of one flow and of two that begin half a second apart, over paths whose
queue marks early, is shallow, or deep (lib/router.py). What came in the first quarter is not counted. WORDs choose rows. The
kernel's bbr is BBR's first version, and takes no notice of marks.
"""
# clock: travel
import argparse
import statistics
import sys

sys.path[:0] = ["lib"]
import atcptest as t
import ccpath
import router

MARKS = "qdisc root handle 1: tbf rate 20mbit burst 5k limit 1m\nqdisc parent 1:1 fq_codel ce_threshold 2ms"
MARKS_SHARED = "qdisc root handle 1: tbf rate 20mbit burst 5k limit 1m\nqdisc parent 1:1 codel ecn limit 1000 ce_threshold 2ms"
# Of a row: name, control, qdisc to far, one-way delay back in ms, flows, net.*.ecn.
ROWS = (
    ("dctcp, marks from 2 ms on, 10 ms", "dctcp", MARKS, 10, 1, 2),
    ("dctcp, marks from 2 ms on, 2 ms", "dctcp", MARKS, 2, 1, 2),
    ("dctcp, a queue of 12, 10 ms", "dctcp", "netem rate 20mbit limit 12", 10, 1, 2),
    ("dctcp, two flows, marks from 2 ms on, 10 ms", "dctcp", MARKS_SHARED, 10, 2, 2),
    ("bbr, fq_codel, 10 ms", "bbr", MARKS, 10, 1, 2),
    ("bbr with ECN, marks from 2 ms on, 10 ms", "bbr", MARKS, 10, 1, 1),
    ("bbr, a queue of 12, 10 ms", "bbr", "netem rate 20mbit limit 12", 10, 1, 2),
    ("bbr, a queue of 1000, 10 ms", "bbr", "netem rate 20mbit limit 1000", 10, 1, 2),
    ("bbr, 1 % loss, a queue of 200, 10 ms", "bbr", "netem rate 20mbit limit 200 loss 1%", 10, 1, 2),
    ("bbr, two flows, a queue of 100, 10 ms", "bbr", "netem rate 20mbit limit 100", 10, 2, 2),
)


def row(options, name, control, to_far, delay, flows, ecn):
    """Prints one."""
    net = router.Router(options.ipv6)
    net.shape(to_far, f"netem delay {delay}ms limit 10000")
    for end in ("near", "far"):
        net.sh(end, f"sysctl -qw net.ipv4.tcp_ecn={ecn} net.atcp.ecn={ecn}")
    cells = ""
    for stack in ("tcp", "atcp"):
        # The neighbours' addresses are asked for once.
        router.transfer(net, stack, stack, 1)
        rounds = [ccpath.run(net, stack, control, options.seconds, flows) for _ in range(options.rounds)]
        rates = [statistics.mean(r[n][0] for r in rounds) for n in range(flows)]
        queue = statistics.mean(ms for r in rounds for _, ms in r) - delay
        cells += f"{' + '.join(f'{rate:.1f}' for rate in rates):>16}{queue:8.2f}"
    net.close()
    print(f"{name:46}{cells}", flush=True)


def main():
    """The table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-6", dest="ipv6", action="store_true")
    parser.add_argument("-s", dest="seconds", type=float, default=20)
    parser.add_argument("-r", dest="rounds", type=int, default=2)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    t.private_netns()
    ccpath.load(("dctcp", "bbr"))
    print(f"{'goodput, Mbit/s; queue, ms':46}{'tcp':>16}{'queue':>8}{'atcp':>16}{'queue':>8}")
    for this in ROWS:
        if not options.words or any(word in this[0] for word in options.words):
            row(options, *this)


if __name__ == "__main__":
    main()
