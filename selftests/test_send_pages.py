#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Pages that bytes were sent from are used again: not while somebody has them still."""
# timeout: 60
# platforms: stock uml
# check: uml
import fcntl
import os
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t

PORT = 22350
PIECE = 65536
F_SETPIPE_SZ = 1031


def piece(number):
    """64 KB that say whose they are everywhere."""
    return b"%07d." % number * (PIECE // 8)


def move(sender, reader, number):
    """Piece NUMBER goes through the connection, and is right."""
    sender.sendall(piece(number))
    got = bytearray()
    while len(got) < PIECE:
        got += reader.recv(PIECE - len(got))
    assert got == piece(number), f"piece {number} is another one"


def keep(sender, reader, number):
    """Piece NUMBER, in a pipe that holds its pages."""
    ends = os.pipe()
    fcntl.fcntl(ends[1], F_SETPIPE_SZ, 1 << 20)
    sender.sendall(piece(number))
    left = PIECE
    while left:
        left -= os.splice(reader.fileno(), ends[1], left)
    return ends


def kept(ends, number):
    """What is in the pipe still is piece NUMBER."""
    got = bytearray()
    while len(got) < PIECE:
        got += os.read(ends[0], PIECE - len(got))
    for end in ends:
        os.close(end)
    assert got == piece(number), f"piece {number} has changed in the pipe"


def both(ktap, variant):
    """From atcp to atcp and to the kernel's TCP, which holds the same pages."""
    address = "::1" if variant == "IPv6" else "127.0.0.1"
    for port, server in ((PORT, t.STACK), (PORT + 1, "tcp")):
        sender, reader = t.pair(t.STACK, server, address, port)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        # Python's own timeout would make splice(2) one that does not wait.
        reader.settimeout(None)

        def alone():
            for number in range(40):
                move(sender, reader, number)

        def beside():
            pipes = {}
            for number in range(96):
                if number % 16 == 3:
                    pipes[number] = keep(sender, reader, number)
                else:
                    move(sender, reader, number)
                if number % 32 == 31:
                    for old in list(pipes)[:2]:
                        kept(pipes.pop(old), old)
            for old, ends in pipes.items():
                kept(ends, old)

        ktap.run(f"{variant}: bytes are the same, to {server}", alone)
        ktap.run(f"{variant}: what is in a pipe stays as it is, to {server}", beside)
        sender.close()
        reader.close()


t.side_by_side(both, "IPv4", "IPv6")
