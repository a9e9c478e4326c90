#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# clock: profile
"""Which functions the instructions go to: the kernel's TCP and atcp in one boot, both ends, counted exactly.

bench/profile.py [-d lo|veth] [-r ROWS] [-o both|diff] [-g REGEX] [WORK[=COUNT] ...], run in selftests/. WORK is one of conn, fin,
rr, rpc, bulk, zc; or listen, a listener made; or, over veth alone, a SYN that is answered by a cookie, or by the guard: cookie,
guard.

A row is a function of the kernel or of a module: instructions in it a unit (a connection, a round trip, a write of 64 KB), what
is inlined in it included, and how often it was called. "-o diff" puts those first in which the stacks differ most; -g takes
those whose name fits. What a program does itself is one row. See progs/bench.c for the units, vm/profile.c for how
it counts.
"""
import argparse
import bisect
import collections
import os
import re
import subprocess
import sys

sys.path[:0] = ["lib"]
import atcptest as t

COUNTS = {"conn": 300, "fin": 300, "rr": 1000, "rpc": 1000, "bulk": 1500, "zc": 600, "cookie": 8192, "guard": 8192, "listen": 500}
SYNS = ("cookie", "guard")


class Symbols:
    """What stands at an address of the kernel."""

    def __init__(self):
        found = {}
        with open("/proc/kallsyms", encoding="ascii") as file:
            for line in file:
                where, kind, name, *module = line.split()
                if kind in "tTwW":
                    # Parts that the compiler has made of a function belong to it.
                    found[int(where, 16)] = name.partition(".")[0] + " ".join(["", *module])
        self.where = sorted(found)
        self.names = [found[where] for where in self.where]

    def at(self, where):
        """(name, whether it begins there)."""
        if where < self.where[0]:
            return "(programs)", False
        i = bisect.bisect_right(self.where, where) - 1
        return self.names[i], self.where[i] == where


class Profile:
    """What the profiler's file of one measurement says, a unit."""

    def __init__(self, symbols, path, units):
        self.insns, self.calls = collections.Counter(), collections.Counter()
        with open(path, encoding="ascii") as file:
            for line in file:
                where, insns, count = line.split()
                name, begins = symbols.at(int(where, 16))
                self.insns[name] += int(insns) * int(count) / units
                if begins:
                    self.calls[name] += int(count) / units

    def total(self, fits=lambda name: True):
        """Instructions of the functions that fit."""
        return sum(n for name, n in self.insns.items() if fits(name))


def show(args, what, tcp, atcp):
    """The table of one kind of work."""
    names = [n for n in set(tcp.insns) | set(atcp.insns) if re.search(args.grep, n)]
    if args.order == "diff":
        names.sort(key=lambda n: -abs(tcp.insns[n] - atcp.insns[n]))
    else:
        names.sort(key=lambda n: -max(tcp.insns[n], atcp.insns[n]))
    print(f"\n{what} over {args.device}, instructions a unit and calls a unit\n"
          f"{'':52}{'tcp':>10}{'calls':>8}{'atcp':>10}{'calls':>8}{'more':>10}")

    def row(name, a, b, calls=("", "")):
        print(f"{name[:51]:52}{a:10.1f}{calls[0]:>8}{b:10.1f}{calls[1]:>8}{b - a:10.1f}")

    row("all", tcp.total(), atcp.total())
    for name, fits in (("  programs", lambda n: n == "(programs)"),
                       ("  atcp's module", lambda n: n.endswith("[atcp]")),
                       ("  tcp_*, inet_csk*, inet_reqsk*, inet_tw*",
                        lambda n: re.match(r"_*(tcp|inet_csk|inet_reqsk|inet_tw|inet_ehash|reqsk|cubic)", n))):
        row(name, tcp.total(fits), atcp.total(fits))
    for name in names[:args.rows]:
        row(name, tcp.insns[name], atcp.insns[name],
            (f"{tcp.calls[name]:.2f}", f"{atcp.calls[name]:.2f}"))
    sys.stdout.flush()


def devices(device):
    """(how to run a client, how to run a server, the server's address)."""
    if device == "lo":
        t.private_netns()
        return [], [], "127.0.0.1"
    t.sh("ip netns add near; ip netns add far; ip link add eth0 netns near type veth peer name eth0 netns far;"
         "ip -n near addr add 10.99.0.1/24 dev eth0; ip -n far addr add 10.99.0.2/24 dev eth0;"
         "for ns in near far; do ip -n $ns link set lo up; ip -n $ns link set eth0 up; done")
    return ["ip", "netns", "exec", "near"], ["ip", "netns", "exec", "far"], "10.99.0.2"


def flooded(guard):
    """Both stacks answer by cookies, to sources that near drops the answers to; "synburst" for one of them."""
    t.sh("ip -n far route replace default via 10.99.0.1; ip netns exec near tc qdisc replace dev eth0 ingress;"
         "ip netns exec near tc filter replace dev eth0 ingress protocol ip u32 match ip dst 198.18.0.0/15 action drop;"
         "ip netns exec far sysctl -qw net.ipv4.tcp_syncookies=2 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0"
         f" net.atcp.syncookies=2 net.atcp.guard={int(guard)} net.atcp.guard_devices={'eth0' if guard else ''}")
    mac = t.sh("ip netns exec far cat /sys/class/net/eth0/address").strip()
    return ["progs/synburst", "-i", "eth0", "-m", mac]


def main():
    """A table for each kind of work."""
    options = argparse.ArgumentParser()
    options.add_argument("-d", "--device", choices=("lo", "veth"), default="veth")
    options.add_argument("-r", "--rows", type=int, default=60)
    options.add_argument("-o", "--order", choices=("both", "diff"), default="both")
    options.add_argument("-g", "--grep", default="")
    options.add_argument("work", nargs="*", default=["conn", "rr", "bulk"])
    args = options.parse_args()

    client, server, address = devices(args.device)
    started = [subprocess.Popen(server + ["progs/bench", "server", "-s", stack, "-a", address, "-p", port])
               for stack, port in (("tcp", "9000"), ("atcp", "9001"))]
    symbols, number = Symbols(), 0
    for work in args.work:
        what, _, count = work.partition("=")
        units, found = int(count or COUNTS[what]), []
        where, to = client, address
        if what in SYNS:
            command = flooded(what == "guard")
        elif what == "listen":
            command, where, to = ["progs/life", what], server, "127.0.0.1"
        else:
            command = ["progs/bench", what]
        for stack, port in (("tcp", "9000"), ("atcp", "9001")):
            who = ["-s", stack] if what not in SYNS else []
            port = "20000" if what == "listen" else port
            subprocess.run(where + command + who + ["-a", to, "-p", port, "-n", str(units), "-P"],
                           check=True, stdout=subprocess.DEVNULL)
            path = f"/mnt/profile.{number}"
            number += 1
            if not os.path.exists(path):
                sys.exit("no profiler: bench/profile.py is run by make bench T=profile")
            found.append(Profile(symbols, path, units))
        show(args, what, *found)
    for process in started:
        process.kill()


if __name__ == "__main__":
    main()
