#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The tables in /proc/net/atcp are walked: an open file costs little, however many rows
there are, and whoever reads in pieces finds each row once."""
# timeout: 120
# platforms: uml
import sys

sys.path.insert(0, "lib")
import atcptest as t

ROWS = 3000
OPENS = 100


def available():
    """Kilobytes of memory that are to be had."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(x.split()[1]) for x in file if x.startswith("MemAvailable:"))


def pieces(path, size):
    """A file read in pieces of SIZE bytes, as lines."""
    text = b""
    with open(path, "rb", buffering=0) as file:
        while True:
            piece = file.read(size)
            if not piece:
                return text.decode().splitlines()
            text += piece


def remote(line):
    """What tells a request's row from others."""
    return tuple(line.split()[1:3])


def story(ktap, address):
    """One family."""
    path = t.proc_net("tcp6" if ":" in address else "tcp")
    lsock = t.listener_with_requests(address, 7000, ROWS)
    whole = pieces(path, 1 << 20)[1:]
    found = {remote(x) for x in whole if x.split()[3] == "03"}
    ktap.result(len(found) == ROWS, f"{address}: the rows are there", len(found))
    lines = pieces(path, 1000)[1:]
    ktap.result(len(lines) == len(whole) and {remote(x) for x in lines} ==
                {remote(x) for x in whole}, f"{address}: each once to who reads in pieces",
                f"{len(whole)} rows at once, {len(lines)} in pieces")
    ktap.equal([int(x.split(":")[0]) for x in lines], list(range(len(lines))),
               f"{address}: they are numbered through")

    # Listeners come and go between two reads, at the beginning of the file.
    others, seen = [], []
    with open(path, "rb", buffering=0) as file:
        text = b""
        while piece := file.read(4000):
            text += piece
            if len(others) < 40:
                others.append(t.listener(address, 7100 + len(others)))
            elif others[-1]:
                others[-20].close()
                others.append(None)
        seen = [remote(x) for x in text.decode().splitlines()[1:] if x.split()[3] == "03"]
    ktap.result(found <= set(seen) and len(seen) < len(found) * 1.02,
                f"{address}: none that stays is missed when others come and go",
                f"{len(found - set(seen))} missed, {len(seen) - len(set(seen))} twice")

    before = available()
    files = [open(path, "rb", buffering=0) for _ in range(OPENS)]
    for file in files:
        file.read(1)
    used = before - available()
    ktap.result(used < 8192, f"{address}: {OPENS} open files cost little", f"{used} kB")
    for file in files:
        file.close()
    for sock in others:
        if sock:
            sock.close()

    many = [t.listener(address, 7200 + i) for i in range(200)]
    ids = [int(x.split()[0]) for x in pieces(t.proc_net("listen"), 500)[1:]]
    ktap.result(len(ids) == 201 and ids == sorted(set(ids)),
                f"{address}: each listener once in pieces", len(ids))
    with open(path, "rb", buffering=0) as file:
        text = "\n".join(pieces(path, 4000)) + "\n"
        at = text.index("\n", 100000) + 1
        file.seek(at)
        got = file.read(1000).decode().splitlines()[:3]
        ktap.equal([remote(x) for x in got], [remote(x) for x in text[at:].splitlines()[:3]],
                   f"{address}: lseek(2)")
        file.seek(0)
        ktap.equal(file.read(1000).decode().splitlines()[0], text.splitlines()[0],
                   f"{address}: and back to the beginning")
    for sock in many:
        sock.close()
    lsock.close()


t.side_by_side(story, "10.99.0.1", "fd99::1")
