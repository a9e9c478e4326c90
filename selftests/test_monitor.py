#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""atcpctl: events by monitor, and knobs of listeners by netlink, all of them or none."""
# timeout: 120
# platforms: stock uml
# check: uml
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t
import genl
import listeners as ls

PORT = 21600
TOOL = "/mnt/tools/sbin/atcpctl"


class Monitor:
    """atcpctl monitor, begun; what it prints."""

    def __init__(self, *words):
        self.process = subprocess.Popen([TOOL, "monitor", *words], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # It is in the group as soon as the kernel says so.
        assert t.wait_until(self.listens), "it does not listen"

    def listens(self):
        """Is its socket in a group?"""
        with open("/proc/net/netlink", encoding="ascii") as file:
            rows = [line.split() for line in file.read().splitlines()[1:]]
        return any(row[1] == "16" and row[2] == str(self.process.pid) and int(row[3], 16)
                   for row in rows)

    def end(self, number):
        """All lines; there have to be NUMBER."""
        lines = [self.process.stdout.readline().rstrip("\n") for _ in range(number)]
        self.process.terminate()
        rest, wrong = self.process.communicate(timeout=20)
        assert not rest and not wrong, (rest, wrong)
        return lines


def lines_of(address):
    """A line an event: when, what, whose, what of it, by whom."""
    monitor = Monitor()
    sock = t.listener(address, PORT)
    ident = ls.read(sock, "id")
    sock.setsockopt(t.SOL_ATCP, 4, 3)
    t.sysctl("fin_timeout", 33)
    t.sysctl("cookie_key", "5:" + "ab" * 16)
    t.sysctl("cookie_key", "5:" + "ab" * 16)
    sock.close()
    lines = monitor.end(5)
    me = f"{open('/proc/self/comm', encoding='ascii').read().strip()}[{os.getpid()}]"
    name = f"[{address}]:{PORT}" if ":" in address else f"{address}:{PORT}"
    for line, want in zip(lines, (
            f"listener-added   {name} id:{ident} {me} by uid 0 {me}",
            f"knob-changed     {name} id:{ident} {me} synack_retries: 5 (netns) -> 3 (socket)"
            f" by uid 0 {me}",
            f"knob-changed     net.atcp.fin_timeout: 60 -> 33 by uid 0 {me}",
            f"key-rotated      cookie-set by uid 0 {me}",
            f"listener-gone    {name} id:{ident} {me}")):
        found = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (.*)", line)
        assert found and found[1] == want, \
            (line, want)


def objects(address):
    """The same as JSON, an object a line; of some listeners only; so many."""
    monitor = Monitor("-j", "--count", "3", f":{PORT + 1}")
    other = t.listener(address, PORT)
    sock = t.listener(address, PORT + 1, 4)
    t.sysctl("fin_timeout", 34)
    ls.write(sock, "acceptq_high", 1)
    peer = t.make_socket(sock.family)
    peer.connect((address, PORT + 1))
    out, wrong = monitor.process.communicate(timeout=60)
    assert not monitor.process.returncode and not wrong, wrong
    got = [json.loads(line) for line in out.splitlines()]
    assert [one["event"] for one in got] == \
        ["listener-added", "knob-changed", "queue-pressed"], got
    assert got[1]["knob"] == {"name": "acceptq_high", "from": "0", "to": "1",
                              "from_origin": "netns", "to_origin": "listener"}, got
    assert got[1]["by"]["pid"] == os.getpid() and got[1]["lost"] == 0, got
    assert got[2]["load"]["acceptq"] == 1 and got[2]["load"]["acceptq_limit"] == 4, got
    for one in (peer, sock, other):
        one.close()


def tool(*words, user=0):
    """(status, output, errors) of atcpctl."""
    done = subprocess.run([TOOL, *words], check=False, text=True, user=user,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def turned(address):
    """listener set and set speak netlink: all or none, and each knob's change is told of."""
    socks = [t.listener(address, PORT + 2, setup=lambda s: s.setsockopt(1, 15, 1))
             for _ in range(3)]
    family = genl.Family()
    family.subscribe("events")
    code, out, wrong = tool("listener", f":{PORT + 2}", "set", "overflow=reset_after:700",
                            "synack_retries=2", "wake=lifo")
    assert (code, wrong) == (0, "") and out.count("reset_after:700 (listener)") == 3, (out, wrong)
    told = [family.event()[1] for _ in range(9)]
    assert {one["by"]["comm"] for one in told} == {"atcpctl"} and len(
        {(one["listener"]["id"], one["turn"]["name"]) for one in told}) == 9, told
    assert ls.read(socks[2], "wake") == "lifo listener"
    code, out, wrong = tool("set", "fair_share=26", f"listener/:{PORT + 2}/wake=inherit",
                            "congestion_control=none")
    assert code == 1 and "congestion_control" in wrong, wrong
    assert t.sysctl("fair_share") == ["25"] and ls.read(socks[2], "wake") == "lifo listener"
    code, out, wrong = tool("set", "fair_share=26", f"listener/:{PORT + 2}/wake=cpu",
                            "cookie_key=wrong")
    assert code == 1 and "cookie_key" in wrong, wrong
    assert t.sysctl("fair_share") == ["25"] and ls.read(socks[2], "wake") == "lifo listener"
    code, out, _ = tool("-j", "listener", f":{PORT + 2}", "get", "wake", user=65534)
    assert [one["knobs"]["wake"] for one in json.loads(out)] == \
        [{"value": "lifo", "from": "listener"}] * 3, out
    code, _, wrong = tool("listener", f":{PORT + 2}", "set", "wake=cpu", user=65534)
    assert code == 1 and "CAP_NET_ADMIN" in wrong and "nothing was changed" in wrong, wrong
    for sock in socks:
        sock.close()
    code, _, wrong = tool("monitor", "nonsense::")
    assert code == 2 and wrong, wrong
    assert tool("monitor", "--count", "0")[0] == 2


def main(ktap, address):
    """All of it, over one family."""
    ls.mount()
    if not os.path.exists(TOOL):
        t.skip_all("atcpctl is not there")
    for function in (lines_of, objects, turned):
        ktap.run(f"{address}: {function.__doc__}", function, address)


if __name__ == "__main__":
    t.side_by_side(main, "127.0.0.1", "::1")
