#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Who may ask for how much: a program no more than its namespace's limits, a namespace
and a listener no more than a share of the machine's requests; and what strangers write
does not reach the log as it is, nor use up the lines of others."""
# timeout: 120
# platforms: uml
import ctypes
import os
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

SYN_BACKLOG, SYNACK_RETRIES, SYNACK_RTO, DEFER_ACCEPT, FASTOPEN = 1, 4, 6, 7, 9
CLONE_NEWUSER = 0x10000000
MAX = "/sys/module/atcp/parameters/max_requests"


class Log:
    """The kernel's messages from now on."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.lines = []

    def count(self, text):
        """How many messages have had TEXT."""
        while True:
            try:
                self.lines.append(os.read(self.fd, 8192))
            except BlockingIOError:
                break
            except BrokenPipeError:
                continue
        return sum(text in line for line in self.lines)


def in_child(function, *args):
    """Runs FUNCTION in a process of its own; what it says when it fails."""
    out, end = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            function(*args)
        except (AssertionError, OSError) as error:
            os.write(end, repr(error).encode())
        os._exit(0)
    os.close(end)
    os.waitpid(pid, 0)
    said = os.read(out, 4096).decode()
    assert not said, said


def option(sock, name, value):
    """Sets an option of SOL_ATCP; the errno, 0 for none."""
    try:
        sock.setsockopt(t.SOL_ATCP, name, value)
    except OSError as error:
        return os.strerror(error.errno)
    return ""


LIMITS = (("syn_backlog_limit", SYN_BACKLOG, 5000), ("synack_retries_limit", SYNACK_RETRIES, 7),
          ("synack_rto_limit", SYNACK_RTO, 2000), ("defer_accept_limit", DEFER_ACCEPT, 3000),
          ("somaxconn", FASTOPEN, 64))


def ask_as_user(family):
    """A program without privilege has what the limit says and no more."""
    os.setuid(65534)
    for listens in (False, True):
        sock = t.make_socket(family)
        if listens:
            sock.listen(8)
        for knob, name, limit in LIMITS:
            assert option(sock, name, limit) == "", f"{knob}: {limit} refused"
            said = option(sock, name, limit + 1)
            assert said == "Operation not permitted", f"{knob}: {limit + 1}: {said!r}"
            assert sock.getsockopt(t.SOL_ATCP, name) == limit, f"{knob}: changed"
        # An option of Linux's takes what it takes there; a SYN-ACK has what it may.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 127)
        assert sock.getsockopt(t.SOL_ATCP, SYNACK_RETRIES) == 7, "TCP_SYNCNT"
        sock.close()


def ask_as_admin(family):
    """Who administers the namespace may exceed them."""
    sock = t.make_socket(family)
    for knob, name, limit in LIMITS:
        assert option(sock, name, limit + 1) == "", f"{knob}: {limit + 1} refused"
    sock.close()


def ask_in_userns(family):
    """Root of a user namespace that this network namespace is none of is nobody here."""
    assert not ctypes.CDLL(None).unshare(CLONE_NEWUSER), "no user namespace"
    sock = t.make_socket(family)
    assert option(sock, SYN_BACKLOG, 5001) == "Operation not permitted"


def test_asking(v6):
    """The limits, for who has no privilege, has some, has it elsewhere."""
    family = socket.AF_INET6 if v6 else socket.AF_INET
    # Each family's lines of the log are limited by themselves.
    t.private_netns()
    for knob, _, limit in LIMITS:
        t.sysctl(knob, limit)
    log = Log()
    in_child(ask_as_user, family)
    assert log.count(b"syn_backlog: 5001 is more than net.atcp.syn_backlog_limit (5000) allows"), \
        log.lines
    in_child(ask_as_admin, family)
    in_child(ask_in_userns, family)


def strangers(peer, v6, port, number):
    """SYNs that nobody answers the answers of."""
    net = "fdaa:0:0:{:x}::1" if v6 else "198.18.{}.1"
    for i in range(number):
        flow = r.Flow(peer, v6, 10000 + i, port, net.format(i % 250))
        flow.send("S", options=r.option_mss(1460))


def held(port):
    """Requests in a listener's queue."""
    return t.states_of(port).count("SYN_RECV")


class Place:
    """A namespace with a peer; listeners whose queues are long."""

    def __init__(self, v6):
        self.v6 = v6
        t.private_netns()
        self.peer = r.Peer()
        t.sh("ip route add default dev peer0; ip -6 route add default dev peer0")
        for knob, value in (("syncookies", 0), ("fair_share", 100), ("synack_rto", 60000),
                            ("max_syn_backlog", 100000)):
            t.sysctl(knob, value)
        self.socks = []

    def flood(self, port, number):
        """A listener, and how many of so many SYNs it takes."""
        self.socks.append(t.listener(
            self.peer.addresses(self.v6)[0], port, 8,
            setup=lambda s: s.setsockopt(t.SOL_ATCP, SYN_BACKLOG, 10000)))
        strangers(self.peer, self.v6, port, number)
        return held(port)


def test_shares(v6):
    """Two namespaces, two listeners in one: who comes later has room."""
    first = Place(v6)
    greedy = first.flood(7000, 500)
    assert 190 <= greedy <= 210, f"one listener has {greedy} of 600"
    second = first.flood(7001, 500)
    assert second >= 50, f"a second listener of the namespace has {second}"
    both = greedy + second

    def elsewhere():
        other = Place(v6)
        got = other.flood(7000, 500)
        assert got >= 60, f"another namespace has {got} when one has {both} of 600"

    in_child(elsewhere)


def test_machine(ktap):
    """The machine's bound, with requests of both families."""
    with open(MAX, "w", encoding="ascii") as file:
        file.write("600")
    try:
        for v6 in (False, True):
            ktap.run(f"{'IPv6' if v6 else 'IPv4'}: requests of the machine are shared out",
                     in_child, test_shares, v6)
    finally:
        with open(MAX, "w", encoding="ascii") as file:
            file.write("0")


def write(knob, text):
    """Writes bytes to a knob, which refuses them."""
    try:
        fd = os.open("/proc/sys/net/atcp/" + knob, os.O_WRONLY)
        try:
            os.write(fd, text)
        finally:
            os.close(fd)
    except OSError:
        return
    raise AssertionError(f"{knob} takes {text!r}")


KNOBS = ("somaxconn", "notsent_lowat", "rmem", "mem", "local_port_range", "syncookies",
         "congestion_control", "guard_devices", "listener_knob", "cookie_key",
         "fastopen_key", "abort_on_overflow", "invalid_ratelimit", "overflow_policy")


def forge():
    """Every knob is written to with what turns terminals."""
    ctypes.CDLL(None).unshare(CLONE_NEWUSER | t.CLONE_NEWNET)
    for knob in KNOBS:
        write(knob, b"\x1b[31mRED\rforged\x9b1m\x07")


def noisy(number):
    """A namespace that writes wrong values; of users as a user would make it."""
    ctypes.CDLL(None).unshare(CLONE_NEWUSER | t.CLONE_NEWNET)
    for _ in range(number):
        write("somaxconn", b"noise")


def test_log():
    """Nothing of it reaches the log as it is, and others can still be heard."""
    log = Log()
    in_child(forge)
    log.count(b"")
    lines = [x for x in log.lines if b"net.atcp" in x]
    assert len(lines) >= 5, log.lines
    for line in lines:
        # /dev/kmsg shows what is not printable as \xNN; a backslash itself as \x5c.
        for byte in (b"\\x1b", b"\\x0d", b"\\x07", b"\\x9b", b"\x1b", b"\r"):
            assert byte not in line, line
    in_child(noisy, 100)
    quiet = log.count(b"noise")
    assert 1 <= quiet <= 20, f"{quiet} lines of one namespace"
    in_child(noisy, 5)
    write("somaxconn", b"mine")
    assert log.count(b"mine") == 1, "the lines of others were used up"


if t.STACK == "tcp":
    t.skip_all("these are atcp's own")
results = t.Ktap()
t.private_netns()
results.run("IPv4: what a program may ask for", in_child, test_asking, False)
results.run("IPv6: what a program may ask for", in_child, test_asking, True)
results.run("what is written is escaped and limited by namespace", test_log)
test_machine(results)
results.end()
