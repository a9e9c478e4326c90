#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""atcpctl trace: one line for each handshake, with the right verdict and listener."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls
import rawpeer as r
import reuseport as g

TCP = socket.IPPROTO_TCP
TCP_FASTOPEN = 23
TCP_FASTOPEN_NO_COOKIE = 34
TRACING = "/sys/kernel/tracing"


class Trace:
    """A running atcpctl trace, and what it has said."""

    def __init__(self, *words):
        self.file = tempfile.TemporaryFile("w+")
        before = set(glob.glob(f"{TRACING}/instances/atcpctl-*"))
        self.job = subprocess.Popen(["atcpctl", "-j", "trace", *words], stdout=self.file)
        assert t.wait_until(lambda: self.ready(before)), "it does not begin"

    def ready(self, before):
        """Its instance is there, and on."""
        for path in set(glob.glob(f"{TRACING}/instances/atcpctl-*")) - before:
            try:
                with open(f"{path}/events/atcp/enable", encoding="ascii") as file:
                    return file.read().strip() == "1"
            except OSError:
                pass
        return False

    def lines(self, flow=None):
        """What it said of a flow, or at all."""
        with open(f"/proc/self/fd/{self.file.fileno()}", encoding="ascii") as file:
            said = [json.loads(line) for line in file.read().split("\n")[:-1]]
        return [line for line in said
                if not flow or line.get("peer", "").endswith(f":{flow.sport}")]

    def verdicts(self, flow):
        """The verdicts on a flow, a drop's with its reason."""
        return [" ".join(filter(None, (line["verdict"], line.get("reason"))))
                for line in self.lines(flow)]

    def says(self, flow, *verdicts):
        """These and no others."""
        t.wait_until(lambda: len(self.verdicts(flow)) >= len(verdicts), 5)
        assert self.verdicts(flow) == list(verdicts), (self.verdicts(flow), verdicts)

    def stop(self):
        """It ends, and leaves nothing."""
        self.job.terminate()
        assert self.job.wait(20) == 0
        self.file.close()


def half(peer, v6, port, sport=None):
    """A flow whose SYN-ACK has come."""
    flow = r.Flow(peer, v6, sport, dport=port)
    flow.send("S", options=r.option_mss(1460))
    flow.expect("SA")
    return flow


def make(peer, v6, port, backlog=8, **knobs):
    """A listener with knobs of its own."""
    listener = t.listener(peer.addresses(v6)[0], port, backlog, setup=t.abrupt)
    for name, value in knobs.items():
        ls.write(listener, name, value)
    return listener


def newcomers(peer, v6, trace):
    """Listeners that come while it runs, one right after the other."""
    for port in range(7200, 7205):
        listener = make(peer, v6, port)
        flow = half(peer, v6, port)
        flow.send("A")
        trace.says(flow, "queued")
        assert trace.lines(flow)[0]["id"] == int(ls.read(listener, "id"))
        listener.close()


def group(peer, v6, _):
    """Of a group each member has its own."""
    one, two = (g.member(peer.addresses(v6)[0], 7210, balance="rr") for _ in range(2))
    mine = Trace(f"id:{ls.read(one, 'id')}")
    for _ in range(6):
        half(peer, v6, 7210).send("A")
    assert t.wait_until(lambda: len(mine.lines()) == 3), mine.lines()
    assert len(g.accept_all(one)) == len(g.accept_all(two)) == 3
    assert len(mine.lines()) == 3, mine.lines()
    mine.stop()
    one.close()
    two.close()


def closed(peer, v6, trace):
    """A half-open request ends with its listener."""
    listener = make(peer, v6, 7220)
    flow = half(peer, v6, 7220)
    listener.close()
    trace.says(flow, "listener closed")


def deferred(peer, v6, trace):
    """accept(2) that waits for data: no drop, and its end says what was done."""
    for what, verdict in (("accept", "queued"), ("reset", "reset by us"), ("drop", "timed out")):
        listener = make(peer, v6, 7230, defer_accept=100, defer_expire=what)
        flow = half(peer, v6, 7230)
        flow.send("A")
        trace.says(flow, verdict)
        listener.close()
    listener = make(peer, v6, 7231, defer_accept=10000)
    flow = half(peer, v6, 7231)
    flow.send("A")
    flow.send("PA", b"data")
    trace.says(flow, "queued")
    listener.close()


def overflow(peer, v6, trace):
    """A full accept queue: one verdict, by policy."""
    for policy, verdict in (("reset", "reset by us"), ("park", "parked"),
                            ("drop", "dropped ListenOverflow")):
        listener = make(peer, v6, 7240, 0, overflow=policy, syn_backlog=8)
        first, flow = half(peer, v6, 7240), half(peer, v6, 7240)
        first.send("A")
        trace.says(first, "queued")
        flow.send("A")
        trace.says(flow, verdict)
        listener.close()


def cookies(peer, v6, trace):
    """By cookie is what a cookie made, and nothing else."""
    listener = make(peer, v6, 7250)
    flow = half(peer, v6, 7250)
    flow.send("A", ack=flow.ack + 5)
    flow.expect("R")
    flow.send("A")
    trace.says(flow, "dropped ListenNoSyn", "queued")
    assert not trace.lines(flow)[-1]["cookie"]
    ls.write(listener, "syncookies", "always")
    flow = half(peer, v6, 7250)
    flow.send("A")
    trace.says(flow, "cookie", "queued")
    assert trace.lines(flow)[-1]["cookie"]
    listener.close()


def fast_open(peer, v6, trace):
    """A SYN with data is a connection at once, and by no cookie of ours."""
    t.sysctl("fastopen", 2)
    listener = make(peer, v6, 7260)
    listener.setsockopt(TCP, TCP_FASTOPEN, 8)
    listener.setsockopt(TCP, TCP_FASTOPEN_NO_COOKIE, 1)
    flow = r.Flow(peer, v6, dport=7260)
    flow.send("S", b"fast", options=r.option_mss(1460))
    assert flow.expect("SA").ack == flow.nxt
    trace.says(flow, "queued")
    line = trace.lines(flow)[0]
    assert line["fastopen"] and not line["cookie"], line
    flow.send("A")
    assert t.wait_until(lambda: "ESTABLISHED" in t.states_of(7260))
    last = half(peer, v6, 7260)
    last.send("A")
    trace.says(last, "queued")
    trace.says(flow, "queued")
    listener.close()


def main():
    """IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("these are atcp's events")
    if not shutil.which("atcpctl"):
        t.skip_all("atcpctl is not here")
    t.private_netns()
    ls.mount()
    t.sh(f"mount -t tracefs tracefs {TRACING}", check=False)
    if not os.path.isdir(f"{TRACING}/events/atcp"):
        t.skip_all("no tracing of modules in this kernel")
    peer = r.Peer()
    trace = Trace()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (newcomers, group, closed, deferred, overflow, cookies, fast_open):
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6, trace)
    trace.stop()
    ktap.run("nothing is left behind", lambda: glob.glob(f"{TRACING}/instances/atcpctl-*") == [])
    ktap.end()


if __name__ == "__main__":
    main()
