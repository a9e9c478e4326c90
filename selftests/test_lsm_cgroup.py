#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Cgroup BPF hooks see atcp's sockets as inet sockets: a program that denies
one port to bind and connect, and one that denies the creation of a socket."""
# timeout: 60
# platforms: stock uml
# cpus: 1
# clock: travel
import ctypes
import errno
import os
import socket
import struct
import sys
import tempfile

sys.path.insert(0, "lib")
import atcptest as t

SYS_BPF = 321
PROG_LOAD, PROG_ATTACH = 5, 8
TYPE_SOCK, TYPE_SOCK_ADDR = 9, 18
SOCK_CREATE = 2
BIND4, BIND6, CONNECT4, CONNECT6 = 8, 9, 10, 11
USER_PORT, PROTOCOL = 24, 12
DENIED = 4242
LIBC = ctypes.CDLL(None, use_errno=True)


def bpf(command, attr):
    """bpf(2)."""
    buf = ctypes.create_string_buffer(attr, 128)
    ret = LIBC.syscall(SYS_BPF, command, buf, 128)
    if ret < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return ret


def deny_program(kind, attach, offset, value):
    """Denies when the context's word at OFFSET is VALUE."""
    def insn(code, regs, off, imm):
        return struct.pack("<BBhi", code, regs, off, imm)

    code = (insn(0x61, 0x12, offset, 0)     # r2 = *(u32 *)(ctx + offset)
            + insn(0xB7, 0, 0, 1)           # r0 = 1
            + insn(0x55, 2, 1, value)       # if r2 != value goto out
            + insn(0xB7, 0, 0, 0)           # r0 = 0
            + insn(0x95, 0, 0, 0))          # out: exit
    insns = ctypes.create_string_buffer(code)
    text = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("<IIQQIIQII16sII", kind, len(code) // 8,
                       ctypes.addressof(insns), ctypes.addressof(text), 0, 0, 0,
                       0, 0, b"deny", 0, attach)
    return bpf(PROG_LOAD, attr)


def attach_to(group, kind, attach, offset, value):
    """Loads and attaches a denying program."""
    prog = deny_program(kind, attach, offset, value)
    bpf(PROG_ATTACH, struct.pack("<IIII", group, prog, attach, 0))


def inside(directory, call, family, port):
    """The errno of a call made by a process in the cgroup."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with open(directory + "/cgroup.procs", "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    try:
        sock = t.make_socket(family)
        address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        if call != "socket":
            getattr(sock, call)((address, port))
    except OSError as error:
        os._exit(error.errno)
    os._exit(0)


def main():
    """Both families, and the denial of all."""
    t.private_netns()
    top = tempfile.mkdtemp()
    if LIBC.mount(b"none", top.encode(), b"cgroup2", 0, None):
        t.skip_all("no cgroup2")
    directory = f"{top}/atcp-{os.getpid()}"
    os.mkdir(directory)
    group = os.open(directory, os.O_RDONLY)
    port = socket.htons(DENIED)
    try:
        for attach in (BIND4, BIND6, CONNECT4, CONNECT6):
            attach_to(group, TYPE_SOCK_ADDR, attach, USER_PORT, port)
    except OSError as error:
        os.rmdir(directory)
        t.skip_all(f"no cgroup BPF: {error}")
    ktap = t.Ktap()
    for family in (socket.AF_INET, socket.AF_INET6):
        for call in ("bind", "connect"):
            ktap.equal(inside(directory, call, family, DENIED), errno.EPERM,
                       f"{family.name} {call} to a denied port: EPERM")
        ktap.equal(inside(directory, "bind", family, 4243), 0,
                   f"{family.name} bind to another port")
        ktap.equal(inside(directory, "connect", family, 4244),
                   errno.ECONNREFUSED, f"{family.name} connect to another")
    proto = 6 if t.STACK == "tcp" else t.IPPROTO_ATCP
    attach_to(group, TYPE_SOCK, SOCK_CREATE, PROTOCOL, proto)
    for family in (socket.AF_INET, socket.AF_INET6):
        ktap.equal(inside(directory, "socket", family, 0), errno.EPERM,
                   f"{family.name} socket() denied by protocol {proto}")
    os.close(group)
    os.rmdir(directory)
    LIBC.umount2(top.encode(), 2)
    os.rmdir(top)
    ktap.end()


if __name__ == "__main__":
    main()
