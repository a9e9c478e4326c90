#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""net.atcp.group_range: who may make sockets, by each door, in each namespace."""
# timeout: 60
# platforms: stock uml
# check: uml
import ctypes
import errno
import os
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t

AF_ATCP = 25
CLONE_NEWUSER = 0x10000000
DOORS = {"AF_ATCP": (AF_ATCP, 0), "AF_ATCP, IPv6": (AF_ATCP, 6),
         "AF_INET": (socket.AF_INET, t.IPPROTO_ATCP), "AF_INET6": (socket.AF_INET6, t.IPPROTO_ATCP)}


def tried():
    """What socket(2) says at each door."""
    libc = ctypes.CDLL(None, use_errno=True)
    said = set()
    for family, protocol in DOORS.values():
        fd = libc.socket(family, socket.SOCK_STREAM, protocol)
        said.add("made" if fd >= 0 else errno.errorcode[ctypes.get_errno()])
        if fd >= 0:
            os.close(fd)
    return said


def inside(job):
    """JOB's answer in a process of its own."""
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(w, repr(job()).encode())
        except OSError as error:
            os.write(w, repr(errno.errorcode[error.errno]).encode())
        os._exit(0)
    os.close(w)
    with os.fdopen(r) as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    return answer


def whoever(gid, groups=()):
    """Who has a group, and others beside it; root otherwise."""
    def job():
        os.setgroups(list(groups))
        os.setresgid(gid, gid, gid)
        return tried()
    return inside(job)


def user_namespace():
    """A namespace of a user's own, where his group is 0."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.setgroups([])
    os.setresgid(1000, 1000, 1000)
    os.setresuid(1000, 1000, 1000)
    # Its own files in /proc are its own again.
    libc.prctl(4, 1, 0, 0, 0)
    if libc.unshare(CLONE_NEWUSER | t.CLONE_NEWNET):
        return "no user namespaces"
    for name, text in (("setgroups", "deny"), ("gid_map", "0 1000 1"), ("uid_map", "0 1000 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    said = [tried()]
    t.sysctl("group_range", "0 0")
    said += [t.sysctl("group_range"), tried()]
    # As with ping_group_range: only groups that there are in that namespace can be named.
    for bad in ("0 7", "1 0"):
        try:
            t.sysctl("group_range", bad)
        except OSError as error:
            said.append(errno.errorcode[error.errno])
    return said


def main():
    """The range, and who is in it."""
    t.private_netns()
    ktap = t.Ktap()
    made, refused = "{'made'}", "{'EACCES'}"
    ktap.equal(t.sysctl("group_range"), ["0", "4294967294"], "everybody by default")
    ktap.equal(whoever(65534), made, "a stranger")
    t.sysctl("group_range", "100 200")
    ktap.equal(t.sysctl("group_range"), ["100", "200"], "is read as it was written")
    for gid, want in ((99, refused), (100, made), (200, made), (201, refused), (0, refused)):
        ktap.equal(whoever(gid), want, f"100 to 200: group {gid}")
    ktap.equal(whoever(99, [5, 150]), made, "a supplementary group")
    ktap.equal(whoever(99, [5, 250]), refused, "others")

    # What is there stays, and so does what it accepts.
    t.sysctl("group_range", "0 0")
    lsock = t.listener("127.0.0.1", 7000)
    client = t.make_socket()
    t.sysctl("group_range", "1 0")
    ktap.equal(inside(tried), refused, "nobody, root neither")
    client.connect(("127.0.0.1", 7000))
    ktap.run("a listener that is there accepts", lsock.accept)
    with socket.socket() as own:
        ktap.result(own.fileno() >= 0, "the kernel's TCP is another matter")

    for bad in ("-1 5", "0 4294967295", "a b"):
        try:
            t.sysctl("group_range", bad)
            got = t.sysctl("group_range")
        except OSError as error:
            got = errno.errorcode[error.errno]
        ktap.equal(got, "EINVAL", f"{bad!r} is refused")

    t.private_netns()
    ktap.equal(t.sysctl("group_range"), ["0", "4294967294"], "another namespace has its own")
    want = "[{'made'}, ['0', '0'], {'made'}, 'EINVAL', 'EINVAL']"
    got = inside(user_namespace)
    if got == "'no user namespaces'":
        ktap.skip("a user's own namespace", "no user namespaces")
    else:
        ktap.equal(got, want, "a user's own namespace, in groups of its own")
    ktap.end()


main()
