#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Opens more connections than an exporter takes, and lets go of them: crowd.py URL"""
import re
import select
import socket
import sys

LIMIT = 16


def main():
    host, port = re.match(r"http://([\d.]+):(\d+)/", sys.argv[1]).groups()
    idle = [socket.create_connection((host, int(port)), 10) for _ in range(LIMIT)]
    # Each is taken, which its turn behind a byte shows: half of a request, and no answer.
    for sock in idle:
        sock.send(b"GET /metrics HTTP/1.1\r\n")
    late = socket.create_connection((host, int(port)), 10)
    late.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert not select.select([late, *idle], [], [], 1)[0], "it was served beside 16 others"
    idle.pop().close()
    assert select.select([late], [], [], 10)[0], "it was not served after one had gone"
    assert late.recv(20).startswith(b"HTTP/1.1 200"), "and was refused"
    idle[0].send(b"Host: x\r\n\r\n")
    assert idle[0].recv(20).startswith(b"HTTP/1.1 200"), "one of the first is served, too"


main()
