#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What two flows of the same congestion control get of one bottleneck: of atcp, of the kernel's TCP, and one of each.

bench/fairness.py [-6] [-r RUNS] [-s SECONDS] [-q | -l] [CONTROL ...], run in selftests/. The bottleneck is a router's (lib/router.py):
20 Mbit/s and 20 ms with 50 packets of queue, which is the drop-tail whose losses the flows share. Both begin within a tenth of a
second; what came in the first third is not counted. A mean of ten runs within 10 % of half is fair: a queue
of this kind gives either the upper hand for seconds.

Then losses by chance, 1 %, of which a link has room for more than both: what a flow gets there must not depend on whose
is beside it. -l leaves all but these out, and -q these.
"""
# clock: travel
import argparse
import random
import statistics
import sys
import time

sys.path[:0] = ["lib"]
import atcptest as t
import router

PAIRS = (("tcp", "tcp"), ("atcp", "atcp"), ("tcp", "atcp"))
SHARED = "netem rate 20mbit limit 50", "netem delay 20ms limit 10000"
LOSSY = "netem rate 100mbit limit 1000 loss 1%", "netem delay 20ms limit 10000"


def both(net, stacks, control, seconds):
    """Mbit/s of two flows at once."""
    ends, flows = [], []
    for stack in stacks:
        sock, child = net.connect(stack, stack)
        # TCP_CONGESTION
        sock.setsockopt(6, 13, control.encode())
        ends += [sock, child]
        flows.append((router.Receiver(child), sock))
    # Neither is always first.
    random.shuffle(flows)
    senders = []
    for _, sock in flows:
        senders.append(router.Sender(sock, seconds=seconds))
        time.sleep(random.uniform(0, 0.1))
    begun = time.monotonic()
    for sender in senders:
        sender.join()
    for taker, sock in flows:
        taker.join()
    for sock in ends:
        sock.close()
    span = begun + seconds / 3, begun + seconds - 0.2
    rates = {sock: taker.between(*span) * 8 / (span[1] - span[0]) / 1e6 for taker, sock in flows}
    return [rates[ends[0]], rates[ends[2]]]


def table(options, shape, controls, title):
    """A row for each pair: means, what part of half the second has, and Jain's index."""
    print(f"{title:28}{'first':>12}{'second':>12}{'2nd / 1st':>12}{'fairness':>12}")
    for control in controls:
        for pair in PAIRS:
            net = router.Router(options.ipv6)
            net.shape(*shape)
            runs = [both(net, pair, control, options.seconds) for _ in range(options.runs)]
            net.close()
            a, b = (statistics.mean(run[i] for run in runs) for i in (0, 1))
            jain = statistics.mean((x + y) ** 2 / (2 * (x * x + y * y)) for x, y in runs)
            error = statistics.stdev(y / (x + y) for x, y in runs) / options.runs ** 0.5 if options.runs > 1 else 0
            print(f"{control + ', ' + ' and '.join(pair):28}{a:12.2f}{b:12.2f}{b / a:12.2f}{jain:12.3f}"
                  f"   share of the second {b / (a + b):.3f} +-{error:.3f}", flush=True)


def main():
    """Both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-6", dest="ipv6", action="store_true")
    parser.add_argument("-r", dest="runs", type=int, default=10)
    parser.add_argument("-s", dest="seconds", type=float, default=20)
    parser.add_argument("-l", dest="lossy", action="store_true")
    parser.add_argument("-q", dest="queue", action="store_true")
    parser.add_argument("controls", nargs="*", default=["cubic", "reno"])
    options = parser.parse_args()
    t.private_netns()
    if not options.lossy:
        table(options, SHARED, options.controls, "a shared queue, Mbit/s")
    if not options.queue:
        table(options, LOSSY, options.controls, "1 % loss, room for both")


if __name__ == "__main__":
    main()
