#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs an exporter with a socket as systemd hands it over, and prints what it serves: handed.py COMMAND..."""
import os
import signal
import socket
import sys
import urllib.request


def main():
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(4)
    pid = os.fork()
    if not pid:
        os.dup2(sock.fileno(), 3)
        os.set_inheritable(3, True)
        os.dup2(os.open("/dev/null", os.O_RDWR), 1)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        os.execvp(sys.argv[1], sys.argv[1:])
    with urllib.request.urlopen(f"http://127.0.0.1:{sock.getsockname()[1]}/metrics", timeout=20) as answer:
        print(answer.read().decode())
    os.kill(pid, signal.SIGTERM)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
