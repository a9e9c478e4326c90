#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs a program on a terminal of its own: terminal.py TERM COLUMNSxLINES COMMAND... < STEPS

A line of STEPS is "send TEXT", "size COLUMNSxLINES", or "see TEXT", which waits until the program has
written that text since the last step. At the end the program must have ended, with exit code 0.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time


def resize(fd, size):
    columns, lines = map(int, size.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def main():
    term, size, *command = sys.argv[1:]
    steps = [line.rstrip("\n").split(" ", 1) for line in sys.stdin if line.strip()]
    pid, fd = pty.fork()
    if not pid:
        os.environ["TERM"] = term
        os.environ.pop("COLUMNS", None)
        os.environ.pop("LINES", None)
        # The size is to be there before the program looks.
        resize(0, size)
        os.execvp(command[0], command)
    seen, end = "", time.monotonic() + 60

    def read():
        nonlocal seen
        if select.select([fd], [], [], 0.1)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                return False
            # Without sequences that move or paint, as one text.
            seen += re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[()].|[=>78])|[\x0e\x0f]", " ",
                           data.decode(errors="replace"))
            return bool(data)
        return True

    for word, text in steps:
        if word == "send":
            seen = ""
            os.write(fd, text.encode().decode("unicode_escape").encode())
        elif word == "size":
            seen = ""
            resize(fd, text)
        else:
            while text not in seen:
                if not read() or time.monotonic() > end:
                    sys.exit(f"did not see {text!r} in: {seen[-3000:]}")
    while read():
        if time.monotonic() > end:
            os.kill(pid, 9)
            sys.exit("it did not end")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        sys.exit(f"exit code {status}: {seen[-500:]}")


main()
