#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Memory cgroups: whose connections hold memory is charged for it, from when they
are made and until they are gone; accept(2) in another group takes it over; the
group's limit holds."""
# timeout: 240
# platforms: stock uml
# cpus: 1
# check: stock
import multiprocessing
import os
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t

ROOT = "/sys/fs/cgroup"
FLOOD = 2000
CHUNK_SIZE = 1 << 16
CHUNK = bytes(CHUNK_SIZE)


class Group:
    """A memory cgroup that goes with its last process."""

    def __init__(self, name):
        self.path = f"{ROOT}/{name}-{t.STACK}-{os.getpid()}"
        os.mkdir(self.path)

    def enter(self):
        """Moves this process here."""
        with open(self.path + "/cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(os.getpid()))

    def limit(self, value):
        """Sets memory.max."""
        with open(self.path + "/memory.max", "w", encoding="ascii") as file:
            file.write(str(value))

    def current(self):
        """memory.current."""
        with open(self.path + "/memory.current", encoding="ascii") as file:
            return int(file.read())

    def stat(self, key):
        """A figure of memory.stat."""
        with open(self.path + "/memory.stat", encoding="ascii") as file:
            return next(int(x.split()[1]) for x in file if x.split()[0] == key)

    def comes_to(self, key, good, seconds=30):
        """Does a figure become good? The kernel adds up what CPUs keep to themselves
        every two seconds."""
        return t.wait_until(lambda: good(self.stat(key)), seconds)


def leave():
    """Back to the root's group, which is not accounted."""
    with open(ROOT + "/cgroup.procs", "w", encoding="ascii") as file:
        file.write(str(os.getpid()))


def fill(sock):
    """Sends what is taken at once, and a while after; how much."""
    sock.setblocking(False)
    sent = 0
    try:
        while sent < 1 << 20:
            sent += sock.send(CHUNK)
    except BlockingIOError:
        pass
    return sent


def unread(sock):
    """FIONREAD."""
    import fcntl
    return int.from_bytes(fcntl.ioctl(sock, 0x541B, bytes(4)), sys.byteorder)


def waiting(address):
    """What a port's connections have and nobody has read, by the receivers' rows."""
    with open(t.proc_net("tcp6" if ":" in address else "tcp"), encoding="ascii") as file:
        rows = [line.split() for line in list(file)[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows
               if row[1].endswith(f":{7000:04X}") and row[3] == "01")


class Server:
    """A process that serves in a group: runs what it is told."""

    def __init__(self, group, address):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self.serve,
                                               args=(group, address, other), daemon=True)
        self.process.start()
        other.close()
        self.ask("ready")

    def serve(self, group, address, pipe):
        """In the process."""
        group.enter()
        lsock = t.listener(address, 7000, 64)
        socks = []
        while True:
            what, arg = pipe.recv()
            if what == "accept":
                socks += [lsock.accept()[0] for _ in range(arg)]
            elif what == "unread":
                pipe.send(sum(unread(s) for s in socks))
                continue
            elif what == "write":
                pipe.send(sum(fill(s) for s in socks))
                continue
            elif what == "close":
                for sock in socks:
                    sock.close()
                socks = []
            elif what == "stop":
                lsock.close()
            pipe.send(True)

    def ask(self, what, arg=None):
        """Has it done; the answer."""
        self.pipe.send((what, arg))
        if not self.pipe.poll(30):
            raise OSError(f"the server does not {what}")
        return self.pipe.recv()


def connect(address, number=1):
    """Connections from outside of any group, by the kernel's TCP."""
    return [socket.create_connection((address, 7000)) for _ in range(number)]


def test_made(ktap, address):
    """What nobody has accepted counts; both directions of what somebody has."""
    group = Group("made")
    server = Server(group, address)
    socks = connect(address, 2)
    for sock in socks:
        fill(sock)
    # Of what was sent, what their windows let in.
    t.wait_until(lambda: waiting(address) > CHUNK_SIZE, 5)
    ktap.result(group.comes_to("sock", lambda sock: sock >= waiting(address) > CHUNK_SIZE),
                f"{address}: unaccepted connections are charged to their listener's group",
                f"{waiting(address)} wait, sock {group.stat('sock')}")
    server.ask("accept", 2)
    waits = server.ask("unread")
    ktap.result(group.comes_to("sock", lambda sock: sock > waits / 2),
                f"{address}: accepted ones are", f"unread {waits}, {group.stat('sock')}")
    received = group.stat("sock")
    wrote = server.ask("write")
    ktap.result(group.comes_to("sock", lambda sock: sock > received + (1 << 16)),
                f"{address}: what they send is as well",
                f"wrote {wrote}, sock {received}, then {group.stat('sock')}")
    server.ask("close")
    for sock in socks:
        sock.close()
    ktap.result(group.comes_to("sock", lambda sock: not sock),
                f"{address}: nothing stays charged after close", group.stat("sock"))
    server.ask("stop")


def test_moved(ktap, address):
    """accept(2) by a task of another group, and by one of the root's."""
    group, other = Group("from"), Group("to")
    group.enter()
    lsock = t.listener(address, 7000, 8)
    leave()
    socks = connect(address, 2)
    for sock in socks:
        fill(sock)
    assert group.comes_to("sock", lambda sock: sock > 1 << 17), group.stat("sock")
    held = group.stat("sock")
    other.enter()
    first = lsock.accept()[0]
    leave()
    ktap.result(other.comes_to("sock", lambda sock: sock > held / 4),
                f"{address}: a connection goes over to the group that accepts it",
                f"{held} before, then {other.stat('sock')}")
    second = lsock.accept()[0]
    ktap.result(group.comes_to("sock", lambda sock: not sock),
                f"{address}: and leaves its listener's", group.stat("sock"))
    before = other.stat("sock")
    wrote = fill(first)
    ktap.result(other.comes_to("sock", lambda sock: sock > before + wrote / 8),
                f"{address}: what it sends counts there", other.stat("sock"))
    for sock in (first, second, *socks):
        sock.close()
    ktap.result(other.comes_to("sock", lambda sock: not sock),
                f"{address}: nothing stays charged there", other.stat("sock"))


def test_limit(ktap, address):
    """memory.max holds: with what peers send a server that does not read."""
    group = Group("limit")
    server = Server(group, address)
    limit = group.current() + (2 << 20)
    group.limit(limit)
    socks = connect(address, 8)
    server.ask("accept", 8)
    for sock in socks:
        sock.setblocking(False)
    sent, peak = [0] * 8, 0

    def pushed():
        nonlocal peak
        for i, sock in enumerate(socks):
            try:
                sent[i] += sock.send(CHUNK)
            except OSError:
                # Its window is closed, or the server has died of the limit, as it does
                # with the kernel's TCP.
                pass
        peak = max(peak, group.current())
        return sum(sent) > 16 << 20

    t.wait_until(pushed, 2)
    ktap.result(peak < limit + (1 << 20), f"{address}: memory.max holds",
                f"limit {limit}, peak {peak}, sent {sum(sent)}")
    for sock in socks:
        sock.close()
    server.process.kill()
    ktap.result(group.comes_to("sock", lambda sock: not sock),
                f"{address}: nothing stays charged", group.stat("sock"))


def test_requests(ktap, address):
    """Half-open connections are their listener's."""
    group = Group("requests")
    # Not of loopback's addresses: from 127.0.0.1 nothing goes out by another device.
    address = "fd99::1" if ":" in address else "10.99.0.1"
    t.sh("ip link add d0 type dummy; ip link set d0 up; "
         f"ip addr add {address} dev d0 {'nodad' if ':' in address else ''}; "
         "ip route add default dev d0; ip -6 route add default dev d0")
    group.enter()
    lsock = t.listener(address, 7000, FLOOD,
                       setup=lambda s: s.setsockopt(t.SOL_ATCP, 1, 4 * FLOOD))
    leave()
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 8 * FLOOD)
    t.sysctl("fair_share", 100)
    before = group.stat("slab_unreclaimable")
    t.sh(f"{os.environ.get('ATCP_PROGS', 'progs')}/synflood -a {address} -p 7000 -n {FLOOD}")
    ktap.result(group.comes_to("slab_unreclaimable", lambda slab: slab > before + FLOOD * 100),
                f"{address}: half-open connections are charged to their listener's group",
                f"{before}, then {group.stat('slab_unreclaimable')}")
    lsock.close()
    ktap.result(group.comes_to("slab_unreclaimable", lambda slab: slab < before + FLOOD * 30),
                f"{address}: and given back with it",
                f"{before}, then {group.stat('slab_unreclaimable')}")


def story(ktap, variant):
    """One test and family."""
    test, address = variant
    test(ktap, address)


if not os.path.exists(ROOT + "/cgroup.controllers"):
    t.skip_all("no cgroup2 here")
with open(ROOT + "/cgroup.subtree_control", "w", encoding="ascii") as control:
    try:
        control.write("+memory")
        control.flush()
    except OSError as error:
        t.skip_all(f"no memory controller: {error}")
tests = [test_made, test_moved, test_limit]
if t.STACK != "tcp":
    tests.append(test_requests)
if len(sys.argv) > 1:
    tests = [x for x in tests if x.__name__ == sys.argv[1]]
t.side_by_side(story, *((test, address) for test in tests
                        for address in ("127.0.0.1", "::1")))
