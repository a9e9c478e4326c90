# SPDX-License-Identifier: GPL-2.0
"""KTAP lines, private namespaces, conditions and sockets for Python tests.

ATCP_STACK=tcp runs a test on the kernel's own TCP instead of atcp, to see
that the test itself is right.
"""
import atexit
import ctypes
import fcntl
import os
import re
import socket
import struct
import sys
import tempfile
import time

from shell import sh

STACK = os.environ.get("ATCP_STACK", "atcp")
PLATFORM = os.environ.get("ATCP_PLATFORM", "stock")
IPPROTO_ATCP = 253
SOL_ATCP = 253
CLONE_NEWNET = 0x40000000
CLONE_NEWNS = 0x00020000
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
MS_REC_PRIVATE = 0x4000 | 0x40000
with open("/proc/cmdline", encoding="ascii") as cmdline:
    TRAVELS = "time-travel" in cmdline.read()
# How far a time may be late, in seconds, and how far early, since what it is counted from was seen late. Where the
# clock runs while the machine does not, that is no more than that it comes at all: time travel judges the time.
LATE, EARLY = (0.6, 0.05) if TRAVELS else (5, 0.5)
# The least that a condition is waited for where the machine may stand still meanwhile: only a hang reaches it.
PATIENCE = 0 if TRAVELS else 40
# "make check" runs many tests in little time: those that wait for a race wait less there.
CHECK = bool(os.environ.get("ATCP_CHECK"))

STATES = ["", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
          "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"]


class Ktap:
    """Counts results and prints them in KTAP."""

    def __init__(self):
        self.total = 0
        self.failed = 0
        print("TAP version 13", flush=True)

    def result(self, good, name, why=""):
        """Prints one result; WHY goes before it when it is bad."""
        self.total += 1
        if not good:
            self.failed += 1
            for line in str(why).splitlines():
                print("# " + line)
        print(f"{'' if good else 'not '}ok {self.total} {name}", flush=True)

    def equal(self, got, want, name):
        """A result that is good when GOT is WANT."""
        self.result(got == want, name, f"got {got!r}, wanted {want!r}")

    def run(self, name, function, *args):
        """A result that is good when FUNCTION raises nothing."""
        try:
            function(*args)
        except (AssertionError, OSError) as error:
            self.result(False, name, f"{type(error).__name__}: {error}")
        else:
            self.result(True, name)

    def skip(self, name, why):
        """A result that says why it was not looked at."""
        self.total += 1
        print(f"ok {self.total} {name} # SKIP {why}", flush=True)

    def relay(self, lines):
        """The results of another Ktap as results of this one."""
        for line in lines:
            match = re.match(r"(not )?ok \d+ (.*)", line)
            if match:
                self.total += 1
                self.failed += bool(match[1])
                print(f"{match[1] or ''}ok {self.total} {match[2]}", flush=True)
            elif not line.startswith(("TAP version", "1..")):
                print(line, flush=True)

    def end(self):
        """Prints the plan and ends the program."""
        print(f"1..{self.total}", flush=True)
        sys.exit(1 if self.failed else 0)


def skip_all(why):
    """Ends the program: this machine cannot run the test."""
    print(f"TAP version 13\n1..0 # SKIP {why}")
    sys.exit(4)


def usable_netns():
    """In this thread's namespace, which is new, loopback is up and addresses are there at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        flags = struct.unpack_from("16sH", fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16sH22x", b"lo", 0)))[1]
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | 1))
    sh("sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")


_own_netns = 0  # the process that the namespace was made by, and for


def private_netns():
    """Moves this process into a namespace that dies with it."""
    global _own_netns  # pylint: disable=global-statement
    libc = ctypes.CDLL(None, use_errno=True)
    # One that is left for another; not that of a parent, which goes on in it.
    if _own_netns == os.getpid():
        let_go()
    if libc.unshare(CLONE_NEWNET | CLONE_NEWNS):
        skip_all("no network namespaces: "
                 + os.strerror(ctypes.get_errno()))
    libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None)
    _own_netns = os.getpid()
    let_go_at_exit()
    usable_netns()
    if STACK != "tcp" and not os.path.isdir("/proc/net/atcp"):
        skip_all("atcp is not loaded")


def let_go(*namespaces):
    """What is closed in these open NAMESPACES, or in this one, is given up after a second if nobody answers.

    When a test is over its peers are gone, and with them the devices: each orphan would hold the module for the 100 s
    that orphan_retries stand for."""
    for fd in namespaces or (None,):
        # Who may not set it, or ask whether it is the machine's own namespace, leaves it.
        try:
            if fd is not None:
                enter_netns(fd)
            if STACK != "tcp" and os.stat("/proc/thread-self/ns/net").st_ino != os.stat("/proc/1/ns/net").st_ino:
                sysctl("orphan_retries", 1)
        except OSError:
            pass


def let_go_at_exit(*namespaces):
    """The same when this process ends, and not its children."""
    pid = os.getpid()
    atexit.register(lambda: os.getpid() == pid and let_go(*namespaces))


def side_by_side(function, *variants):
    """Runs FUNCTION(ktap, VARIANT) for all VARIANTs at once, each in a process
    and a namespace of its own; prints their results in order, and exits."""
    jobs = []
    for variant in variants:
        out = tempfile.TemporaryFile("w+")
        pid = os.fork()
        if not pid:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
            private_netns()
            ktap = Ktap()
            function(ktap, variant)
            ktap.end()
        jobs.append((pid, out, variant))
    ktap = Ktap()
    skipped = 0
    for pid, out, variant in jobs:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out.seek(0)
        lines = out.read().splitlines()
        ktap.relay(lines)
        skipped += status == 4
        if status not in (0, 1, 4) or not any(x.startswith("1..") for x in lines):
            ktap.result(False, f"{variant} ran to its end", f"status {status}")
    if skipped == len(jobs):
        skip_all(next(x[10:] for x in lines if x.startswith("1..0 # SKIP")))
    ktap.end()


def enter_netns(fd):
    """Moves this thread into an open namespace."""
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
        raise OSError("setns: " + os.strerror(ctypes.get_errno()))


def proc_net(name, stack=STACK):
    """The path of tcp, tcp6, netstat or snmp of a stack, here."""
    return ("/proc/thread-self/net/" + ("" if stack == "tcp" else "atcp/")
            + name)


def sysctl_path(name, stack=STACK):
    """The file of a knob by Linux's name less tcp_."""
    if stack != "tcp":
        return "/proc/sys/net/atcp/" + name
    return {"somaxconn": "/proc/sys/net/core/somaxconn",
            "local_port_range": "/proc/sys/net/ipv4/ip_local_port_range",
            }.get(name, "/proc/sys/net/ipv4/tcp_" + name)


def sysctl(name, value=None, stack=STACK):
    """Reads a knob, or writes it."""
    path = sysctl_path(name, stack)
    with open(path, "r" if value is None else "w", encoding="ascii") as file:
        if value is None:
            return file.read().split()
        return file.write(str(value))


def counters(stack=STACK):
    """Every counter of snmp and netstat by Linux's MIB names."""
    found = {}
    for name in ("snmp", "netstat"):
        with open(proc_net(name, stack), encoding="ascii") as file:
            lines = file.read().splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            prefix = names.split()[0]
            for key, value in zip(names.split()[1:], values.split()[1:]):
                if key not in found or prefix in ("Tcp:", "TcpExt:"):
                    found[key] = int(value)
    return found


def counter(name, stack=STACK):
    """One counter, 0 where the stack does not have it."""
    return counters(stack).get(name, 0)


def make_socket(family=socket.AF_INET, stack=STACK):
    """A stream socket of a stack."""
    return socket.socket(family, socket.SOCK_STREAM,
                         0 if stack == "tcp" else IPPROTO_ATCP)


def listener(address, port, backlog=8, stack=STACK, setup=None):
    """A listening socket with SO_REUSEADDR; SETUP sees it before listen."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = make_socket(family, stack)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if setup:
        setup(sock)
    sock.bind((address, port))
    sock.listen(backlog)
    return sock


def pair(client, server, address, port, setup=None):
    """A connection from one stack to another over loopback: both ends, with
    timeouts of 20 s, the first with TCP_NODELAY; SETUP sees the listener."""
    with listener(address, port, stack=server, setup=setup) as lsock:
        lsock.settimeout(20)
        sock = make_socket(lsock.family, stack=client)
        sock.settimeout(20)
        sock.connect((address, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        child = lsock.accept()[0]
        child.settimeout(20)
        return sock, child


def abrupt(sock):
    """Connections end with a RST when they are closed: no FIN, no TIME_WAIT, no timer is left."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def as_tcp(told, client, server):
    """What TOLD(client, server, address) lists is the same between the two stacks
    as between two ends of the kernel's TCP, over IPv4 and IPv6."""
    for address in ("127.0.0.1", "::1"):
        want = told("tcp", "tcp", address)
        for mine, theirs in zip(told(client, server, address), want):
            assert mine == theirs, f"{mine}, wanted {theirs}"


def tcp_state(sock):
    """A socket's state by name, from TCP_INFO."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return STATES[info[0]]


def table(stack=STACK):
    """Rows of tcp and tcp6: (local port, remote port, state, fields)."""
    rows = []
    for name in ("tcp", "tcp6"):
        with open(proc_net(name, stack), encoding="ascii") as file:
            lines = file.read().splitlines()[1:]
        for line in lines:
            f = line.split()
            rows.append((int(f[1].rpartition(":")[2], 16),
                         int(f[2].rpartition(":")[2], 16),
                         STATES[int(f[3], 16)], f))
    return rows


def states_of(port, stack=STACK):
    """The states of every row with PORT at either end, sorted."""
    return sorted(r[2] for r in table(stack) if port in r[:2])


def fill_requests(address, port, rows):
    """So many requests of a listener, from strangers who do not answer. They come in portions, since
    the device's backlog drops the end of too many at once, and each is the same until it is whole."""
    for there in range(0, rows, 250):
        more = min(250, rows - there)
        for _ in range(5):
            sh(f"{os.environ.get('ATCP_PROGS', 'progs')}/synflood -a {address} -p {port} "
               f"-n {more} -s {there + 1}")
            if wait_until(lambda: states_of(port).count("SYN_RECV") == there + more, 4):
                break


def listener_with_requests(address, port, rows):
    """A listener with so many requests, which it keeps for long."""
    # Not of loopback's addresses: from 127.0.0.1 nothing goes out by another device.
    sh("ip link add d0 type dummy; ip link set d0 up; "
       f"ip addr add {address} dev d0 {'nodad' if ':' in address else ''}; "
       "ip route add default dev d0; ip -6 route add default dev d0")
    for knob, value in (("syncookies", 0), ("max_syn_backlog", 4 * rows), ("fair_share", 100),
                        ("synack_rto", 60000)):
        sysctl(knob, value)
    lsock = listener(address, port, 8, setup=lambda s: s.setsockopt(SOL_ATCP, 1, 2 * rows))
    fill_requests(address, port, rows)
    return lsock


def wait_until(condition, seconds=10.0):
    """Polls until CONDITION() is true; says whether it became so. Less than 10 s are meant as they are said."""
    end = time.monotonic() + (max(seconds, PATIENCE) if seconds >= 10 else seconds)
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
