#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""/sys/kernel/atcp/listeners: directories that come and go, knobs with their origin, counters."""
# timeout: 120
# platforms: stock uml
# check: uml
import errno
import json
import os
import shlex
import socket
import subprocess
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls

# Name, SOL_ATCP option, unset: (text, origin), good values, bad values.
KNOBS = [
    ("backlog", 5, ("8", "socket"), ["0", "1", "65536"], ["-2", "x"]),
    ("syn_backlog", 1, ("8", "socket"), ["1", "1048576"], ["0", "1048577"]),
    ("syncookies", 3, ("auto", "netns"), ["off", "auto", "always"], ["3", "on"]),
    ("synack_retries", 4, ("5", "netns"), ["0", "255"], ["256", "-2"]),
    ("synack_rto", 6, ("1000", "netns"), ["10", "120000"], ["9", "120001"]),
    ("overflow", 2, ("park", "netns"),
     ["drop", "reset", "park", "reset_after:1", "reset_after:120000"],
     ["reset_after:0", "reset_after:120001", "reset_after:", "4", "never"]),
    ("defer_accept", 7, ("0", "netns"), ["0", "120000"], ["120001"]),
    ("defer_expire", 8, ("accept", "netns"), ["accept", "reset", "drop"], ["3"]),
    ("fastopen", 9, ("0", "socket"), ["0", "65535"], ["65536"]),
    ("balance", 10, ("hash", "netns"), ["hash", "rr", "cpu", "least", "p2c"], ["5"]),
    ("drain", 11, ("0", "netns"), ["1", "0"], ["2"]),
    ("wake", 12, ("fifo", "netns"), ["fifo", "lifo", "cpu"], ["3"]),
    ("acceptq_low", 13, ("0", "netns"), ["0", "2147483647"], ["2147483648"]),
    ("acceptq_high", 14, ("0", "netns"), ["0", "2147483647"], ["-2"]),
    ("fair_share", 15, ("25", "netns"), ["1", "100"], ["0", "101"]),
    ("fair_prefix4", 16, ("24", "netns"), ["0", "32"], ["33"]),
    ("fair_prefix6", 17, ("64", "netns"), ["0", "128"], ["129"]),
    ("proven_share", 18, ("25", "netns"), ["0", "75"], ["76"]),
    ("migrate", 19, ("1", "netns"), ["0", "1"], ["2"]),
    ("guard", 20, ("0", "netns"), ["1", "0"], ["2"]),
]
NETNS = [("syncookies", "syncookies", "0", "off"), ("synack_retries", "synack_retries", "3", "3"),
         ("synack_rto", "synack_rto", "700", "700"), ("overflow", "overflow_policy", "1", "reset"),
         ("overflow", "overflow_policy", "reset_after:250", "reset_after:250"),
         ("balance", "balance", "1", "rr"), ("wake", "wake", "lifo", "lifo"),
         ("fair_share", "fair_share", "50", "50"), ("migrate", "migrate_req", "0", "0")]
ATCP_BACKLOG = 5


def refused(sock, name, value):
    """The errno of a write by name; None: it was taken."""
    try:
        ls.write(sock, name, value)
    except OSError as error:
        return errno.errorcode[error.errno]
    return None


def knob(sock, name, option, unset, good, bad):
    """One knob: default, good values, bad ones, inherit, and the socket option."""
    before = ls.read(sock, name)
    if unset:
        assert before == " ".join(unset), before
    for value in good:
        ls.write(sock, name, value)
        assert ls.read(sock, name) == f"{value} listener", ls.read(sock, name)
    held = ls.read(sock, name)
    for value in bad:
        assert refused(sock, name, value) == "EINVAL", f"{value!r} was not refused"
        assert ls.read(sock, name) == held, "a refused value changed it"
    ls.write(sock, name, "inherit\n")
    assert ls.read(sock, name) == before, ls.read(sock, name)
    number = 1 if name != "synack_rto" else 10
    sock.setsockopt(t.SOL_ATCP, option, number)
    assert sock.getsockopt(t.SOL_ATCP, option) == number
    assert ls.read(sock, name).endswith(" socket"), ls.read(sock, name)
    ls.write(sock, name, good[0])
    assert ls.read(sock, name) == f"{good[0]} listener"
    ls.write(sock, name, "inherit")
    assert ls.read(sock, name).endswith(" socket"), "not back to the program's"
    sock.setsockopt(t.SOL_ATCP, option, -1)
    assert ls.read(sock, name) == before, ls.read(sock, name)


def message():
    """A refused value is said in the log with knob, value, range and unit."""
    with t.listener("127.0.0.1", 7000) as sock:
        found = []

        def said():
            """The log is rate-limited: once more until it is heard."""
            assert refused(sock, "synack_rto", "7") == "EINVAL"
            found[:] = [x for x in t.sh("dmesg").splitlines() if "synack_rto" in x]
            return found

        assert t.wait_until(said, 20), "nothing in the log"
        for word in ("7", "10", "120000", "ms"):
            assert word in found[-1].split("synack_rto")[1], found[-1]


def booleans():
    """A refused 0 or 1 has a unit in the log too."""
    with t.listener("127.0.0.1", 7000) as sock:
        for name in ("drain", "migrate", "guard"):
            def said(name=name):
                assert refused(sock, name, "2") == "EINVAL"
                return f" {name}: 2 is not in 0..1 boolean\n" in t.sh("dmesg")

            assert t.wait_until(said, 20), name


def said_to_program():
    """A program's wrong values are said too, a few of them, and silence nobody else."""
    with t.listener("127.0.0.1", 7000) as sock:
        value = 4711 << 10
        ours = f"setsockopt: synack_rto: {value} is not in 10..120000 ms\n"
        netns = os.stat("/proc/thread-self/ns/net").st_ino
        others = f" atcp: netns {netns}: synack_rto: 8 is not in 10..120000 ms\n"
        start = time.monotonic()
        before = t.sh("dmesg").count(ours)

        def wrong():
            for _ in range(30):
                try:
                    sock.setsockopt(t.SOL_ATCP, 6, value)
                except OSError as error:
                    assert error.errno == errno.EINVAL, error
                else:
                    raise AssertionError("it was taken")
            assert refused(sock, "synack_rto", "8") == "EINVAL"

        def said():
            wrong()
            return ours in t.sh("dmesg") and others in t.sh("dmesg")

        assert t.wait_until(said, 20), "the one or the other was not said"
        lines = t.sh("dmesg").count(ours) - before
        assert lines <= 3 * (2 + (time.monotonic() - start) / 5), lines


# Name, SOL_ATCP option, Linux's, what it is set to, how that shows, and in the option's unit.
LINUX = [("synack_retries", 4, socket.TCP_SYNCNT, 3, "3 socket", 3),
         ("defer_accept", 7, socket.TCP_DEFER_ACCEPT, 10, "15000 socket", 15000),
         ("defer_accept", 7, socket.TCP_DEFER_ACCEPT, 0, "0 netns", 0),
         ("fastopen", 9, socket.TCP_FASTOPEN, 33, "33 socket", 33)]


def newest():
    """Linux's own option takes back what was said by the knob before; the newest holds."""
    for name, option, linux, value, shown, number in LINUX:
        with t.listener("127.0.0.1", 7000) as sock:
            def holds(text, number, name=name, sock=sock, option=option):
                assert ls.read(sock, name) == text, (name, ls.read(sock, name), text)
                assert sock.getsockopt(t.SOL_ATCP, option) == number, name

            ls.write(sock, name, 9)
            holds("9 listener", 9)
            sock.setsockopt(socket.IPPROTO_TCP, linux, value)
            holds(shown, number)
            sock.setsockopt(t.SOL_ATCP, option, 7)
            holds("7 socket", 7)
            sock.setsockopt(socket.IPPROTO_TCP, linux, value)
            holds(shown, number)
            ls.write(sock, name, 9)
            sock.listen(4)
            holds("9 listener", 9)
            ls.write(sock, name, "inherit")
            holds(shown, number)


def newest_early():
    """The same on a socket that does not listen yet."""
    for name, option, linux, value, shown, number in LINUX:
        with t.make_socket(socket.AF_INET) as sock:
            sock.setsockopt(t.SOL_ATCP, option, 7)
            assert sock.getsockopt(t.SOL_ATCP, option) == 7
            sock.setsockopt(socket.IPPROTO_TCP, linux, value)
            assert sock.getsockopt(t.SOL_ATCP, option) == number, \
                (name, sock.getsockopt(t.SOL_ATCP, option))
            sock.bind(("127.0.0.1", 7000))
            sock.listen(8)
            assert ls.read(sock, name) == shown, (name, ls.read(sock, name))


def inherits():
    """A namespace's default shows in a listener at once, and its own value hides it."""
    with t.listener("127.0.0.1", 7000) as sock:
        for name, sysctl, value, shown in NETNS:
            old = t.sysctl(sysctl)[0]
            t.sysctl(sysctl, value)
            assert ls.read(sock, name) == f"{shown} netns", (name, ls.read(sock, name))
            t.sysctl(sysctl, old)
        ls.write(sock, "synack_retries", 9)
        t.sysctl("synack_retries", 2)
        assert ls.read(sock, "synack_retries") == "9 listener"
        t.sysctl("synack_retries", 5)


def backlog():
    """The accept queue's limit: listen(2), somaxconn, the operator; what was cut shows."""
    with t.listener("127.0.0.1", 7000, backlog=100) as sock:
        assert ls.read(sock, "acceptq_limit") == "100"
        assert ls.read(sock, "backlog_asked") == "100"
        t.sysctl("somaxconn", 50)
        assert ls.read(sock, "acceptq_limit") == "50", "somaxconn is not applied again"
        assert ls.read(sock, "backlog_asked") == "100 truncated"
        ls.write(sock, "backlog", 70)
        assert ls.read(sock, "acceptq_limit") == "70", "the operator is not heard"
        sock.listen(30)
        assert ls.read(sock, "acceptq_limit") == "70", "listen(2) undid the operator's"
        ls.write(sock, "backlog", "inherit")
        assert ls.read(sock, "acceptq_limit") == "30"
        t.sysctl("somaxconn", 4096)


def asked():
    """net.core.somaxconn, the other TCP's, neither cuts nor hides what was asked for."""
    truncated = t.counter("BacklogTruncated")
    with t.listener("127.0.0.1", 7000, backlog=100000) as sock:
        assert ls.read(sock, "backlog_asked") == "100000 truncated", ls.read(sock, "backlog_asked")
        assert ls.read(sock, "acceptq_limit") == t.sysctl("somaxconn")[0]
        assert t.counter("BacklogTruncated") == truncated + 1
        t.sysctl("somaxconn", 200000)
        assert ls.read(sock, "acceptq_limit") == "100000", ls.read(sock, "acceptq_limit")
        assert ls.read(sock, "backlog_asked") == "100000", ls.read(sock, "backlog_asked")
        t.sysctl("somaxconn", 4096)
        sock.listen(4096)
        assert ls.read(sock, "backlog_asked") == "4096", ls.read(sock, "backlog_asked")
        # The socket option is cut as well, and says so.
        truncated = t.counter("BacklogTruncated")
        sock.setsockopt(t.SOL_ATCP, ATCP_BACKLOG, 5000)
        assert sock.getsockopt(t.SOL_ATCP, ATCP_BACKLOG) == 4096
        assert ls.read(sock, "backlog") == "4096 socket", ls.read(sock, "backlog")
        assert ls.read(sock, "backlog_asked") == "5000 truncated"
        assert t.counter("BacklogTruncated") == truncated + 1
        t.sysctl("somaxconn", 10000)
        assert ls.read(sock, "backlog") == "5000 socket", ls.read(sock, "backlog")
        sock.setsockopt(t.SOL_ATCP, ATCP_BACKLOG, -1)
        assert ls.read(sock, "backlog") == "4096 socket", ls.read(sock, "backlog")
        t.sysctl("somaxconn", 4096)


def come_and_go():
    """A directory is there while its listener listens; an open file outlives it."""
    assert ls.ids() == [], ls.ids()
    sock = t.listener("127.0.0.1", 7000)
    where = ls.path(sock)
    assert ls.read(sock, "local") == "127.0.0.1:7000"
    assert ls.read(sock, "family") == "inet" and ls.read(sock, "uid") == "0"
    held = os.open(where + "stats", os.O_RDONLY)
    knob_file = os.open(where + "backlog", os.O_WRONLY)
    assert os.read(held, 4) == b"syns"
    sock.close()
    assert not os.path.exists(where), "it outlives the listener"
    for action in (lambda: os.pread(held, 100, 0), lambda: os.write(knob_file, b"1")):
        try:
            action()
        except OSError as error:
            assert error.errno == errno.ENODEV, error
        else:
            raise AssertionError("a file of a closed listener works")
    os.close(held)
    os.close(knob_file)
    with t.listener("::1", 7000) as sock:
        assert ls.read(sock, "local") == "[::1]:7000"
        assert ls.read(sock, "family") == "inet6"
        sock.shutdown(socket.SHUT_RD)
        assert ls.ids() == [], "shutdown(2) ends it too"
        sock.listen(3)
        assert len(ls.ids()) == 1
    assert ls.ids() == []


def other_netns():
    """Another namespace sees nothing of it; one that is not root there cannot write."""
    with t.listener("127.0.0.1", 7000) as sock:
        out = t.sh("unshare -n -m sh -c 'mount -t sysfs none /sys; "
                   "ls /sys/kernel/atcp/listeners | wc -l'")
        assert out.strip() == "0", out
        out = t.sh("setpriv --reuid 65534 --clear-groups sh -c "
                   f"'echo 1 > {ls.path(sock, 'drain')}' 2>&1 || echo refused")
        assert "refused" in out, out
        out = t.sh("setpriv --bounding-set -net_admin --inh-caps -net_admin sh -c "
                   f"'echo 1 > {ls.path(sock, 'drain')}' 2>&1 || echo refused")
        assert "refused" in out, out
        assert ls.read(sock, "drain") == "0 netns"


# Writes each line of its input to a file, and says what came of it.
WRITER = """
import errno, json, os, sys
for line in sys.stdin:
    try:
        with open(sys.argv[1], "wb", buffering=0) as file:
            file.write(json.loads(line).encode())
        print("taken", flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
"""


class Writer:
    """Another user, with what setpriv(1) is told."""

    def __init__(self, path, *options):
        self.child = subprocess.Popen(
            ["setpriv", *options, "python3", "-c", WRITER, path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def write(self, text):
        """The errno of a write by name, or "taken"."""
        self.child.stdin.write(json.dumps(text) + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().strip()

    def end(self):
        """It ends with its input."""
        self.child.communicate(timeout=10)


NOBODY = ("--reuid", "65534", "--clear-groups")
ADMIN = (*NOBODY, "--inh-caps", "+net_admin", "--ambient-caps", "+net_admin")
OTHERS = {"EACCES": NOBODY,
          "EPERM": ("--bounding-set", "-net_admin", "--inh-caps", "-net_admin")}


def turned(admin, one, two, row):
    """A knob of the first of two listeners, by number."""
    (number, sock), (name, _, _, good, bad) = one, row
    assert admin.write(f"{number} {name}={good[0]}") == "taken", (name, good)
    assert ls.read(sock, name) == f"{good[0]} listener"
    assert ls.read(two, name).split()[1] != "listener", name
    assert admin.write(f"{number} {name}={bad[0]}") == "EINVAL", (name, bad)
    assert ls.read(sock, name) == f"{good[0]} listener"
    assert admin.write(f" {number}\t{name} = inherit \n") == "taken", name
    assert ls.read(sock, name).split()[1] != "listener", name


def administrator():
    """CAP_NET_ADMIN is enough for net.atcp.listener_knob, and is needed; one value or none."""
    path = t.sysctl_path("listener_knob")
    assert os.stat(path).st_mode & 0o777 == 0o200
    admin = Writer(path, *ADMIN)
    with t.listener("127.0.0.1", 7000) as one, t.listener("127.0.0.1", 7001) as two:
        number, last = int(ls.read(one, "id")), int(ls.read(two, "id"))
        for row in KNOBS:
            turned(admin, (number, one), two, row)
        for text in ("\n", "{}", "{} ", "{} wake", "{} nonesuch=1", "x{} wake=1",
                     "-{} wake=1", "{} wake=", "{} =1", f"{1 << 32} wake=1", "{} stats=1",
                     "{} wake=lifo wake=lifo", "{} " + 60 * " " + "wake=lifo",
                     "{} backlog=" + 60 * "0" + "1", 5000 * "x"):
            text = text.format(number)
            assert admin.write(text) == "EINVAL", text
        assert admin.write(f"{last + 1} wake=lifo") == "ENOENT"
        for wanted, options in OTHERS.items():
            other = Writer(path, *options)
            assert other.write(f"{number} wake=lifo") == wanted, options
            other.end()
        assert ls.read(one, "wake") == ls.read(two, "wake") == "fifo netns"
    assert admin.write(f"{number} wake=lifo") == "ENOENT", "it has closed"
    admin.end()


OWN = """
import os, sys
sys.path.insert(0, "lib")
import atcptest as t, listeners as ls
with t.listener("127.0.0.1", 7000) as sock:
    assert os.stat(ls.path(sock, "wake")).st_uid == os.getuid() == 0
    ls.write(sock, "wake", "lifo")
    assert ls.read(sock, "wake") == "lifo listener"
    t.sysctl("listener_knob", f"{ls.read(sock, 'id')} wake=cpu")
    assert ls.read(sock, "wake") == "cpu listener"
print("good")
"""


def user_namespace():
    """A user's own namespaces are that user's: the files' owner, and allowed to write."""
    out = t.sh("setpriv --reuid 65534 --regid 65534 --clear-groups unshare -U -r -n -m sh -c "
               "'mount -t sysfs none /sys && ip link set lo up && exec python3 -c \"$1\"' "
               f"- {shlex.quote(OWN)} 2>&1 || true")
    assert out.strip() == "good", out


def figures():
    """Counters and peaks: the listener's, the table's and the namespace's agree."""
    before = t.counters()
    with t.listener("127.0.0.1", 7000) as one, t.listener("::1", 7001) as two:
        for _ in range(5):
            for sock, address in ((one, ("127.0.0.1", 7000)), (two, ("::1", 7001))):
                with t.make_socket(sock.family) as client:
                    client.connect(address)
                    sock.accept()[0].close()
        after = t.counters()
        sums = {k: ls.stats(one)[k] + ls.stats(two)[k] for k in ls.stats(one)}
        assert sums["syns"] == 10 and sums["accepted"] == 10, sums
        assert after["ReqCreated"] - before.get("ReqCreated", 0) == sums["requests"], sums
        for mib, name in (("ListenDrops", "drops"), ("ListenOverflows", "overflows"),
                          ("SyncookiesSent", "cookies_sent")):
            assert after[mib] - before[mib] == sums[name], (mib, sums)
        assert ls.read(one, "synq_len") == "0" and ls.read(one, "acceptq_len") == "0"
        assert int(ls.read(one, "synq_peak")) >= 1
        ls.write(one, "reset_peaks", 1)
        assert ls.read(one, "synq_peak") == "0"
        for name in ("handshake_us", "accept_wait_us"):
            rows = ls.histogram(one, name)
            assert rows[0][0] == 0 and rows[-1][1] is None, rows
            assert all(a[1] == b[0] for a, b in zip(rows, rows[1:])), rows


def main():
    """Runs the cases in a namespace of their own."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP has no such directory")
    t.private_netns()
    ls.mount()
    ktap = t.Ktap()
    ktap.run("directories come and go with listeners", come_and_go)
    ktap.run("a wrong value is named with range and unit", message)
    ktap.run(said_to_program.__doc__, said_to_program)
    ktap.run(booleans.__doc__, booleans)
    ktap.run(newest.__doc__, newest)
    ktap.run(newest_early.__doc__, newest_early)
    for row in KNOBS:
        with t.listener("127.0.0.1", 7000) as sock:
            ktap.run(f"knob {row[0]}", knob, sock, *row)
    ktap.run("what the namespace says is inherited at once", inherits)
    ktap.run("backlog, somaxconn and the operator", backlog)
    ktap.run(asked.__doc__, asked)
    ktap.run("other namespaces and other users", other_netns)
    ktap.run(administrator.__doc__, administrator)
    ktap.run(user_namespace.__doc__, user_namespace)
    ktap.run("counters agree", figures)
    ktap.end()


main()
