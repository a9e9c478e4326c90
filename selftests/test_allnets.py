#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What holds the module can be seen: sockets of all namespaces, orphans of one that no
name and no process is left of, and the counts of /proc/net/protocols."""
# timeout: 90
# platforms: uml
import ctypes
import os
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

ALL, SUMS = "/proc/1/net/atcp/all", "/proc/1/net/atcp/namespaces"
CLONE_NEWUSER = 0x10000000


def rows(path):
    """The rows of a file as dictionaries."""
    with open(path, encoding="ascii") as file:
        names = file.readline().split()
        return [dict(zip(names, line.split())) for line in file]


def netns():
    """The number of this process's namespace."""
    return str(os.stat("/proc/self/ns/net").st_ino)


def of_netns(number, path=ALL):
    """Its rows."""
    return [row for row in rows(path) if row["netns"] == number]


def counted(name):
    """A protocol's sockets in /proc/net/protocols."""
    with open("/proc/self/net/protocols", encoding="ascii") as file:
        return next(int(x.split()[2]) for x in file if x.split()[0] == name)


def test_protocols(v6):
    """Connected and listening sockets count, as those of the kernel's TCP do."""
    name = "ATCPv6" if v6 else "ATCP"
    address = "::1" if v6 else "127.0.0.1"
    base = counted(name)
    lsock = t.listener(address, 7000)
    assert counted(name) == base + 1, counted(name)
    sock = t.make_socket(lsock.family)
    sock.connect((address, 7000))
    child = lsock.accept()[0]
    assert counted(name) == base + 3, counted(name)
    for each in (sock, child, lsock):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        each.close()
    assert t.wait_until(lambda: counted(name) == base), counted(name)


def test_all(v6):
    """Every socket is shown with its namespace and who holds it."""
    address = "::1" if v6 else "127.0.0.1"
    lsock = t.listener(address, 7001)
    sock = t.make_socket(lsock.family)
    sock.connect((address, 7001))
    mine = [x for x in of_netns(netns()) if x["local"].endswith(":7001")]
    assert sorted((x["state"], x["owner"]) for x in mine) == [
        ("ESTABLISHED", "listener"), ("LISTEN", "process")], mine
    assert str(os.fstat(lsock.fileno()).st_ino) in [x["inode"] for x in mine], mine
    sums = of_netns(netns(), SUMS)[0]
    assert int(sums["sockets"]) >= 3 and int(sums["connected"]) >= 3, sums
    sock.close()
    lsock.close()


def orphan(v6, pipe):
    """In a namespace of its own: a connection that is closed with data on its way."""
    t.private_netns()
    t.sysctl("orphan_retries", 2)
    peer = r.Peer()
    port = 7002
    lsock = t.listener(peer.addresses(v6)[0], port)
    sock, _ = r.accepted(peer, lsock, port, v6)
    sock.send(b"nobody acknowledges this")
    os.write(pipe, netns().encode())
    sock.close()
    lsock.close()
    os._exit(0)


def test_orphan(v6):
    """One that outlives its process, and with it its namespace's last name."""
    out, end = os.pipe()
    pid = os.fork()
    if not pid:
        orphan(v6, end)
    os.waitpid(pid, 0)
    number = os.read(out, 32).decode()
    left = of_netns(number)
    assert [(x["state"], x["owner"]) for x in left] == [("FIN-WAIT-1", "orphan")], left
    sums = of_netns(number, SUMS)
    assert sums and sums[0]["orphans"] == "1", sums
    assert t.wait_until(lambda: not of_netns(number), 40), of_netns(number)


def readable(path):
    """Does it give anything? access(2) asks for the file's owner, not for capabilities."""
    try:
        with open(path, "rb", buffering=0) as file:
            return bool(file.read(10))
    except OSError:
        return False


def test_private():
    """Not for users, nor for root of a user namespace, nor in other namespaces."""
    assert not os.path.exists("/proc/self/net/atcp/all"), "all is in another namespace"
    with open(ALL, "rb") as handed, open(SUMS, "rb") as handed2:
        pid = os.fork()
        if not pid:
            if ctypes.CDLL(None).unshare(CLONE_NEWUSER):
                os._exit(4)
            os._exit(readable(ALL) + readable(SUMS))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "a user namespace's root"
        # Who opened them may read them, whoever was refused in between.
        assert handed.read(10) and handed2.read(10)
    pid = os.fork()
    if not pid:
        os.setuid(65534)
        os._exit(readable(ALL) + readable(SUMS))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "a user may read"


def story(ktap, v6):
    """One family."""
    tag = "IPv6" if v6 else "IPv4"
    ktap.run(f"{tag}: /proc/net/protocols counts", test_protocols, v6)
    ktap.run(f"{tag}: all sockets, with who holds them", test_all, v6)
    ktap.run(f"{tag}: an orphan whose namespace has no name", test_orphan, v6)
    if not v6:
        ktap.run("only for who administers the machine", test_private)


t.side_by_side(story, False, True)
