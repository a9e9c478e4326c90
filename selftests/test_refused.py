#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What only the kernel's TCP can have is refused, and the socket is as it was: ULPs, sockmap."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 60
import ctypes
import errno
import os
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t

TCP, PORT = socket.IPPROTO_TCP, 24100
TCP_ULP = 31
BPF, MAP_CREATE, MAP_UPDATE, SOCKMAP, SOCKHASH = 321, 0, 2, 15, 18
libc = ctypes.CDLL(None, use_errno=True)


def outcome(function, *args):
    """What a call gives, or its errno by name."""
    try:
        return function(*args)
    except OSError as e:
        return errno.errorcode[e.errno]


def bpf(command, attributes):
    """bpf(2)."""
    result = libc.syscall(BPF, command, attributes, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return result


def case(ktap, address):
    """On a connection, which goes on."""
    sock, child = t.pair(t.STACK, t.STACK, address, PORT)
    ktap.equal(outcome(sock.setsockopt, TCP, TCP_ULP, b"tls"), "ENOPROTOOPT", f"{address}: TCP_ULP, and so kTLS")
    ktap.equal(outcome(sock.getsockopt, TCP, TCP_ULP, 16), "ENOPROTOOPT", f"{address}: TCP_ULP is not read")
    for name, kind in (("sockmap", SOCKMAP), ("sockhash", SOCKHASH)):
        fd = outcome(bpf, MAP_CREATE, struct.pack("=IIII", kind, 4, 4, 4).ljust(72, b"\0"))
        if not isinstance(fd, int):
            ktap.skip(f"{address}: {name}", f"this kernel has none ({fd})")
            continue
        key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(struct.pack("=I", sock.fileno()), 4)
        got = outcome(bpf, MAP_UPDATE, struct.pack("=I4xQQQ", fd, ctypes.addressof(key), ctypes.addressof(value), 0).ljust(72, b"\0"))
        # One number, two names.
        ktap.result(got in ("EOPNOTSUPP", "ENOTSUP"), f"{address}: {name}", got)
        os.close(fd)
    sock.sendall(b"still there")
    ktap.equal(child.recv(11), b"still there", f"{address}: the connection is as it was")
    sock.close(), child.close()


def main():
    t.side_by_side(case, "127.0.0.1", "::1")


if __name__ == "__main__":
    main()
