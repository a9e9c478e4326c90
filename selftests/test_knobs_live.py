#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Every knob of a listener, turned while connections come, by all ways there are, holds at once."""
# timeout: 180
# platforms: stock debug uml
# check: debug
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls
import load as ld
import reuseport as g

PORT = 7100
# Name, SOL_ATCP option, sysctl of the default or None, two values as numbers, as text.
KNOBS = [
    ("backlog", 5, None, (40, 50), ("40", "50")),
    ("syn_backlog", 1, None, (300, 400), ("300", "400")),
    ("syncookies", 3, "syncookies", (2, 1), ("always", "auto")),
    ("synack_retries", 4, "synack_retries", (3, 4), ("3", "4")),
    ("synack_rto", 6, "synack_rto", (800, 900), ("800", "900")),
    ("overflow", 2, "overflow_policy", (0, 2), ("drop", "park")),
    ("defer_accept", 7, None, (500, 400), ("500", "400")),
    ("defer_expire", 8, "defer_expire", (1, 0), ("reset", "accept")),
    ("fastopen", 9, None, (16, 8), ("16", "8")),
    ("balance", 10, "balance", (1, 0), ("rr", "hash")),
    ("wake", 12, "wake", (1, 0), ("lifo", "fifo")),
    ("acceptq_low", 13, "acceptq_low", (100, 0), ("100", "0")),
    ("acceptq_high", 14, "acceptq_high", (200, 0), ("200", "0")),
    ("fair_share", 15, "fair_share", (60, 100), ("60", "100")),
    ("fair_prefix4", 16, "fair_prefix4", (16, 32), ("16", "32")),
    ("fair_prefix6", 17, "fair_prefix6", (48, 56), ("48", "56")),
    ("proven_share", 18, "proven_share", (10, 0), ("10", "0")),
    ("migrate", 19, "migrate_req", (0, 1), ("0", "1")),
    ("guard", 20, "guard", (1, 0), ("1", "0")),
]


def holds(sock, name, option, number, shown):
    """The value is in force wherever it is looked for."""
    assert ls.read(sock, name) == shown, (name, ls.read(sock, name), shown)
    assert sock.getsockopt(t.SOL_ATCP, option) == number, name


def tool(sock, name, value):
    """Turns a knob by atcpctl, or says that there is none here."""
    if not shutil.which("atcpctl"):
        return False
    subprocess.run(["atcpctl", "listener", f"id:{ls.read(sock, 'id')}", "set",
                    f"{name}={value}"], check=True, stdout=subprocess.DEVNULL)
    return True


def turn(sock, load, name, option, sysctl, numbers, texts):
    """One knob by sysctl, socket option, sysfs, number and tool, the load going on."""
    if sysctl:
        old = t.sysctl(sysctl)[0]
        t.sysctl(sysctl, numbers[0])
        holds(sock, name, option, numbers[0], f"{texts[0]} netns")
        t.sysctl(sysctl, old)
    sock.setsockopt(t.SOL_ATCP, option, numbers[0])
    holds(sock, name, option, numbers[0], f"{texts[0]} socket")
    ls.write(sock, name, texts[1])
    holds(sock, name, option, numbers[1], f"{texts[1]} listener")
    t.sysctl("listener_knob", f"{ls.read(sock, 'id')} {name}={texts[0]}")
    holds(sock, name, option, numbers[0], f"{texts[0]} listener")
    ls.write(sock, name, texts[1])
    if tool(sock, name, texts[0]):
        holds(sock, name, option, numbers[0], f"{texts[0]} listener")
    ls.write(sock, name, "inherit")
    holds(sock, name, option, numbers[0], f"{texts[0]} socket")
    sock.setsockopt(t.SOL_ATCP, option, -1)
    load.goes_on()


def cookies(sock, load):
    """"always" sends cookies from the next SYN on, and "off" none."""
    ls.write(sock, "syncookies", "always")
    before = ls.stats(sock)["cookies_recv"]
    load.goes_on()
    assert t.wait_until(lambda: ls.stats(sock)["cookies_recv"] > before, 20)
    # With "off" those that are on their way are refused, as on Linux: let them arrive.
    ls.write(sock, "syncookies", "auto")
    load.goes_on()
    load.goes_on()
    ls.write(sock, "syncookies", "off")
    load.goes_on()
    sent = ls.stats(sock)["cookies_sent"]
    load.goes_on()
    assert ls.stats(sock)["cookies_sent"] <= sent + 3, "cookies are still sent"
    ls.write(sock, "syncookies", "inherit")


def member():
    """A listener of the group, whose connections end by FIN."""
    def setup(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return t.listener("127.0.0.1", PORT, 64, setup=setup)


def drained(sock, load):
    """A listener of a group that drains gets nothing from then on, its neighbour all."""
    other = member()
    load.add(other)
    ways = [lambda value: g.knob(sock, "drain", value),
            lambda value: ls.write(sock, "drain", value),
            lambda value: t.sysctl("listener_knob", f"{ls.read(sock, 'id')} drain={value}"),
            lambda value: tool(sock, "drain", value)]
    for turn_it in ways[:4 if shutil.which("atcpctl") else 3]:
        before = ls.stats(sock)["accepted"]
        assert t.wait_until(lambda seen=before: ls.stats(sock)["accepted"] > seen, 30)
        turn_it(1)
        assert ls.read(sock, "state") == "drain"
        # The handshakes that were made are still accepted.
        assert t.wait_until(lambda: ls.read(sock, "acceptq_len") == "0"
                            and ls.read(sock, "synq_len") == "0", 10)
        syns, accepted = ls.stats(sock)["requests"], ls.stats(other)["accepted"]
        load.goes_on()
        assert ls.stats(sock)["requests"] == syns, "it drains"
        assert t.wait_until(lambda seen=accepted: ls.stats(other)["accepted"] > seen + 2, 30)
        turn_it(0)
        assert ls.read(sock, "state") == "listen"
    # Those for the one that goes are the other's.
    ls.write(other, "drain", 1)
    load.goes_on()
    load.goes_on()


def guarded(sock, load):
    """The guard is armed for a device, and disarmed, and no connection notices."""
    ls.write(sock, "guard", "1")
    for _ in range(3):
        before = t.counter("GuardSyns")
        t.sysctl("guard_devices", "lo")
        load.goes_on()
        assert t.wait_until(lambda seen=before: t.counter("GuardSyns") > seen, 20)
        t.sysctl("guard_devices", "")
        load.goes_on()
    ls.write(sock, "guard", "inherit")


def main():
    """Runs the cases in a namespace of their own."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP has no such knobs")
    t.private_netns()
    ls.mount()
    ktap = t.Ktap()
    with member() as sock:
        load = ld.Load(sock, "127.0.0.1", PORT, 0.01)
        for row in KNOBS:
            ktap.run(f"{row[0]}, all ways", turn, sock, load, *row)
        ktap.run("cookies begin and end at once", cookies, sock, load)
        ktap.run(guarded.__doc__, guarded, sock, load)
        ktap.run(drained.__doc__, drained, sock, load)
        ktap.run("no connection failed meanwhile", load.end)
    ktap.end()


main()
