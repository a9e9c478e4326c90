#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What dctcp and bbr must reach, by TCP_CONGESTION, by route and by sysctl, over a queue that marks and one that is
short: goodput, what waits in the queue, what two flows share. bench/ccrules.py, run in selftests/, prints KTAP; it is
here for the minutes that it takes.
"""
# clock: travel
import os
import struct
import sys

sys.path[:0] = ["lib"]
import atcptest as t
import ccpath
import router

MARKS = "qdisc root handle 1: tbf rate 20mbit burst 5k limit 1m\nqdisc parent 1:1 {} ce_threshold 2ms"
SHORT = "netem rate 20mbit limit 10"
BACK = "netem delay 10ms limit 10000"
SECONDS = 6


def first(line):
    """Runs a line where the first namespace is ours: its knobs are the machine's."""
    with open("/proc/thread-self/ns/net", "rb") as here, open("/proc/1/ns/net", "rb") as there:
        t.enter_netns(there.fileno())
        try:
            return t.sh(line)
        finally:
            t.enter_netns(here.fileno())


def judge(net, control, by_user, least, most):
    """One flow: its control, goodput of at least so many Mbit/s, and at most so many ms in the queue."""
    flow = ccpath.Flow(net, t.STACK, control if by_user else None, SECONDS)
    rate, rtt = flow.end()
    assert flow.control == control, flow.control
    assert rate >= least, f"{rate:.2f} Mbit/s"
    assert rtt - 10 <= most, f"{rtt - 10:.2f} ms in the queue"
    return flow


def dctcp(net):
    """Not much over the threshold, and what marks cost is known."""
    net.shape(MARKS.format("fq_codel"), BACK)
    flow = judge(net, "dctcp", True, 17, 4)
    enabled, _, alpha, _, total = struct.unpack("HHIII", flow.info)
    assert enabled == 1 and 0 < alpha < 1024 and total, flow.info


def dctcp_short(net):
    """Without marks a loss is one."""
    net.shape(SHORT, BACK)
    judge(net, "dctcp", True, 12, 5)


def dctcp_accurate(net):
    """The same by accurate ECN."""
    net.shape(MARKS.format("fq_codel"), BACK)
    for end in ("near", "far"):
        net.sh(end, "sysctl -qw net.atcp.ecn=3")
    judge(net, "dctcp", True, 17, 4)
    for end in ("near", "far"):
        net.sh(end, "sysctl -qw net.atcp.ecn=2")


def bbr(net):
    """The rate is found, and no queue is made."""
    net.shape("netem rate 20mbit limit 1000", BACK)
    flow = judge(net, "bbr", True, 17.5, 5)
    low, high, min_rtt = struct.unpack("III", flow.info[:12])
    assert not high and 2.2e6 < low < 2.6e6 and 10000 <= min_rtt < 13000, (low, min_rtt)


def bbr_short(net):
    """A short queue is no obstacle."""
    net.shape(SHORT, BACK)
    judge(net, "bbr", True, 15, 5)


def bbr_marks(net):
    """Marks are losses."""
    net.shape(MARKS.format("fq_codel"), BACK)
    for end in ("near", "far"):
        net.sh(end, "sysctl -qw net.atcp.ecn=1")
    judge(net, "bbr", True, 15, 4)
    for end in ("near", "far"):
        net.sh(end, "sysctl -qw net.atcp.ecn=2")


def shared(net, control, shape):
    """Two flows in one queue: neither has more than twice what the other has."""
    net.shape(shape, BACK)
    (one, _), (two, _) = ccpath.run(net, t.STACK, control, 2 * SECONDS, 2)
    assert one + two > 15 and max(one, two) < 2 * min(one, two), (one, two)


def routed(net, control):
    """The route's, whatever the program wants. Without ECN the queue's 5 ms are what bbr fills."""
    v6 = "-6 " if ":" in net.address else ""
    net.shape(MARKS.format("fq_codel"), BACK)
    via = "fd97:{}::fe" if v6 else "10.97.{}.254"
    try:
        for number, end in ((1, "near"), (2, "far")):
            net.sh(end, f"ip {v6}route replace default via {via.format(number)} congctl lock {control}")
    except OSError as error:
        # A kernel whose own TCP has none of the name takes none.
        print(f"# no route by {control}: {error}")
        return
    judge(net, control, False, 15, 8)
    for number, end in ((1, "near"), (2, "far")):
        net.sh(end, f"ip {v6}route replace default via {via.format(number)}")


def by_sysctl(net, control):
    """The namespace's, of both ends."""
    net.shape(MARKS.format("fq_codel"), BACK)
    was = first("sysctl -n net.atcp.allowed_congestion_control").strip()
    if control not in was.split():
        first(f"sysctl -qw net.atcp.allowed_congestion_control='{was} {control}'")
    for end in ("near", "far"):
        net.sh(end, f"sysctl -qw net.atcp.congestion_control={control}")
    judge(net, control, False, 15, 8)
    for end in ("near", "far"):
        net.sh(end, "sysctl -qw net.atcp.congestion_control=cubic")


def test(ktap, v6):
    """All of it over one family."""
    net = router.Router(v6)
    name = f"IPv{6 if v6 else 4}: "
    router.transfer(net, t.STACK, t.STACK, 1)
    ktap.run(name + "dctcp, a queue that marks", dctcp, net)
    ktap.run(name + "dctcp, accurate ECN", dctcp_accurate, net)
    ktap.run(name + "dctcp, a short queue", dctcp_short, net)
    ktap.run(name + "dctcp, two flows", shared, net, "dctcp", MARKS.format("codel ecn"))
    ktap.run(name + "bbr, a long queue", bbr, net)
    ktap.run(name + "bbr, a short queue", bbr_short, net)
    ktap.run(name + "bbr, a queue that marks", bbr_marks, net)
    ktap.run(name + "bbr, two flows", shared, net, "bbr", "netem rate 20mbit limit 50")
    for control in ("dctcp", "bbr"):
        ktap.run(f"{name}{control} by the route", routed, net, control)
        ktap.run(f"{name}{control} by sysctl", by_sysctl, net, control)
    net.close()


if t.STACK == "tcp":
    t.skip_all("about atcp's modules")
ccpath.load(("dctcp", "bbr"))
allowed = first("sysctl -n net.atcp.allowed_congestion_control").strip()
pid = os.fork()
if not pid:
    t.side_by_side(test, False, True)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
first(f"sysctl -qw net.atcp.allowed_congestion_control='{allowed}'")
ccpath.unload(("dctcp", "bbr"))
sys.exit(status)
