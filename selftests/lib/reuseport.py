# SPDX-License-Identifier: GPL-2.0
"""SO_REUSEPORT groups for tests: members, knobs, connections one after another."""
import ctypes
import os
import socket
import struct

import atcptest as t

SO_ATTACH_REUSEPORT_CBPF = 51
SO_ATTACH_REUSEPORT_EBPF = 52
SO_INCOMING_CPU = 49
ATCP_OVERFLOW, ATCP_SYNCOOKIES, ATCP_BALANCE, ATCP_DRAIN, ATCP_MIGRATE = 2, 3, 10, 11, 19
BALANCE = {"hash": 0, "rr": 1, "cpu": 2, "least": 3, "p2c": 4}


def member(address, port, backlog=128, **knobs):
    """One more listener of the group; its knobs are set before listen(2)."""
    def setup(sock):
        t.abrupt(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        for name, value in knobs.items():
            knob(sock, name, value)
    sock = t.listener(address, port, backlog, setup=setup)
    sock.setblocking(False)
    return sock


def knob(sock, name, value):
    """Sets a knob of a listener, BALANCE by its word."""
    number = globals()["ATCP_" + name.upper()]
    sock.setsockopt(t.SOL_ATCP, number, BALANCE.get(value, value))


def call(address, port, source=0):
    """An established connection to the group, closed by RST when it is dropped."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = t.make_socket(family)
    t.abrupt(sock)
    sock.settimeout(20)
    if source:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, source))
    sock.connect((address, port))
    return sock


def calls(address, port, count):
    """COUNT connections, one after another."""
    return [call(address, port) for _ in range(count)]


def accept_all(listener):
    """What waits in a queue: a list of (socket, peer's port). Clients may come faster than this: so many at most."""
    found = []
    while len(found) < 500:
        try:
            sock, peer = listener.accept()
        except BlockingIOError:
            break
        found.append((sock, peer[1]))
    return found


def take(members, count):
    """How many of COUNT connections each member's queue had; closes them."""
    got = [0] * len(members)

    def all_here():
        for i, listener in enumerate(members):
            for sock, _ in accept_all(listener):
                got[i] += 1
                sock.close()
        return sum(got) >= count

    assert t.wait_until(all_here, 20), f"{sum(got)} of {count} came: {got}"
    return got


def cpus():
    """The CPUs that this process may run on."""
    return sorted(os.sched_getaffinity(0))


def attach_cbpf(sock, instructions):
    """Attaches a classic program: (code, jt, jf, k) each."""
    code = b"".join(struct.pack("HBBI", *i) for i in instructions)
    buffer = ctypes.create_string_buffer(code, len(code))
    fprog = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, fprog)
