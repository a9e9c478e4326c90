#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""BPF programs that choose the member of a SO_REUSEPORT group."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import ctypes
import os
import platform
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import reuseport as g

PORT = 20720
SYS_BPF = {"x86_64": 321}.get(platform.machine())
BPF_PROG_LOAD = 5
BPF_PROG_TYPE_SOCKET_FILTER = 1


def load_ebpf(instructions):
    """Loads a socket filter; its file descriptor, or None where there is no bpf(2)."""
    code = b"".join(struct.pack("<BBhi", *i) for i in instructions)
    buffer = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("IIQQIIQ", BPF_PROG_TYPE_SOCKET_FILTER, len(instructions),
                       ctypes.addressof(buffer), ctypes.addressof(licence), 0, 0, 0)
    attr += bytes(128 - len(attr))
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(SYS_BPF, BPF_PROG_LOAD, attr, len(attr)) if SYS_BPF else -1
    return fd if fd >= 0 else None


def group(address, count):
    """Members; with the policy rr on atcp, which a program overrules."""
    knobs = {} if t.STACK == "tcp" else {"balance": "rr"}
    return [g.member(address, PORT, **knobs) for _ in range(count)]


def expect(address, members, want):
    """Six connections go to the member WANT."""
    made = g.calls(address, PORT, 6)
    got = g.take(members, 6)
    assert got[want] == 6, got
    for sock in made:
        sock.close()


def classic(address):
    """SO_ATTACH_REUSEPORT_CBPF: the member by its index, also a changed one."""
    members = group(address, 4)
    for want in (2, 0, 3):
        g.attach_cbpf(members[1], [(0x06, 0, 0, want)])
        expect(address, members, want)
    for sock in members:
        sock.close()


def by_payload(address):
    """A program sees the segment's data from the payload on: a SYN has none."""
    members = group(address, 3)
    # A = len; return A == 0 ? 1 : 2
    g.attach_cbpf(members[0], [(0x80, 0, 0, 0), (0x15, 0, 1, 0),
                             (0x06, 0, 0, 1), (0x06, 0, 0, 2)])
    expect(address, members, 1)
    for sock in members:
        sock.close()


def bad_index(address):
    """An index beyond the group: the choice is by hash, and nothing is lost."""
    members = group(address, 3)
    g.attach_cbpf(members[0], [(0x06, 0, 0, 99)])
    made = g.calls(address, PORT, 12)
    g.take(members, 12)
    for sock in members + made:
        sock.close()


def extended(address):
    """SO_ATTACH_REUSEPORT_EBPF: a socket filter that returns the index."""
    members = group(address, 3)
    fd = load_ebpf([(0xb7, 0, 0, 2), (0x95, 0, 0, 0)])
    members[0].setsockopt(socket.SOL_SOCKET, g.SO_ATTACH_REUSEPORT_EBPF, fd)
    os.close(fd)
    expect(address, members, 2)
    for sock in members:
        sock.close()


def main():
    """Each kind of program, IPv4 and IPv6."""
    t.private_netns()
    ktap = t.Ktap()
    fd = load_ebpf([(0xb7, 0, 0, 2), (0x95, 0, 0, 0)])
    for address in ("127.0.0.1", "::1"):
        for case in (classic, by_payload, bad_index, extended):
            name = f"{'v6' if ':' in address else 'v4'} {case.__doc__}"
            if case is extended and fd is None:
                ktap.skip(name, "no bpf(2) here")
            else:
                ktap.run(name, case, address)
    ktap.end()


if __name__ == "__main__":
    main()
