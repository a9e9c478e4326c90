#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Where a redirected connection was meant to go: SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST, as the
kernel's TCP answers them."""
# timeout: 60
# platforms: stock uml
# check: uml
import errno
import os
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t

ORIGINAL_DST = 80
LEVEL = {socket.AF_INET: socket.SOL_IP, socket.AF_INET6: socket.IPPROTO_IPV6}


def asked(sock, level, size=28):
    """Address and port, or the error's name."""
    try:
        raw = sock.getsockopt(level, ORIGINAL_DST, size)
    except OSError as error:
        return errno.errorcode[error.errno]
    family = struct.unpack_from("=H", raw)[0]
    port = struct.unpack_from("!H", raw, 2)[0]
    addr = raw[8:24] if family == socket.AF_INET6 else raw[4:8]
    return len(raw), socket.inet_ntop(family, addr), port


def redirected(listen_on, target, port):
    """What the accepted socket of a redirected connection says, at both levels."""
    lsock = t.listener(listen_on, 15001)
    lsock.settimeout(10)
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    client = t.make_socket(family)
    client.settimeout(10)
    client.connect((target, port))
    sock = lsock.accept()[0]
    sock.settimeout(10)
    client.sendall(b"x")
    told = [asked(sock, socket.SOL_IP), asked(sock, socket.IPPROTO_IPV6),
            asked(sock, LEVEL[family], 15), asked(lsock, socket.SOL_IP),
            asked(client, LEVEL[family]), sock.recv(1)]
    for each in (client, sock, lsock):
        each.close()
    return told


def told():
    """All that is asked on one stack."""
    found = {
        "IPv4": redirected("127.0.0.1", "127.0.0.1", 9000),
        "IPv6": redirected("::1", "::1", 9000),
        "IPv4 to an IPv6 socket": redirected("::", "127.0.0.1", 9000),
        "another address": redirected("0.0.0.0", "127.0.0.9", 9001),
        "not redirected": redirected("0.0.0.0", "127.0.0.1", 15001),
    }
    return found


def without(ktap):
    """Nobody tracks connections: the option is not there, or knows nothing."""
    one, two = [], []
    for stack, into in (("tcp", one), (t.STACK, two)):
        t.STACK = stack
        with t.listener("127.0.0.1", 15002) as lsock:
            into.append(asked(lsock, socket.SOL_IP))
    ktap.equal(two, one, "without rules")


def main():
    """The same on both stacks."""
    t.private_netns()
    ktap = t.Ktap()
    mine = t.STACK
    without(ktap)
    t.STACK = mine
    for fam in ("ip", "ip6"):
        t.sh(f"nft 'table {fam} nat {{ chain o {{ type nat hook output priority -100;"
             " tcp dport 9000 redirect to :15001; tcp dport 9001 redirect to :15001; }; }'")
    t.STACK = "tcp"
    want = told()
    t.STACK = mine
    # The port may still be in TIME-WAIT there: SO_REUSEADDR is set.
    have = told()
    for name, value in want.items():
        ktap.equal(have[name], value, name)
    ktap.equal(want["IPv4"][0], (28, "127.0.0.1", 9000), "the kernel's is what was meant")
    ktap.end()


os.environ.setdefault("ATCP_STACK", "atcp")
main()
