#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a connection in the accept queue costs, and one in the park: atcp and the kernel's TCP.

bench/entry.py [CONNECTIONS], run in selftests/. The peer is a program behind a
TUN device, so that what is counted is the server's side alone: slab in bytes.
"""
import contextlib
import glob
import sys
import time

sys.path[:0] = ["lib"]
import atcptest as t
import rawpeer as r

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 4000


def slab():
    """Bytes of slab in use: objects, not pages, after what is due to be freed."""
    time.sleep(2)
    # What is free but kept for a CPU counts as used until it is given back.
    for path in glob.glob("/sys/kernel/slab/*/shrink"):
        with contextlib.suppress(OSError), open(path, "w", encoding="ascii") as file:
            file.write("1")
    total = 0
    with open("/proc/slabinfo", encoding="ascii") as file:
        for line in file.readlines()[2:]:
            words = line.split()
            total += int(words[1]) * int(words[3])
    return total


def fill(peer, port, stack, backlog):
    """COUNT connections to a listener that does not accept; bytes of each."""
    listener = t.listener("10.99.0.1", port, backlog, stack)
    before = slab()
    for i in range(COUNT):
        flow = r.Flow(peer, sport=1024 + i, dport=port)
        flow.connect()
        if i % 256 == 255:
            peer.forget()
    each = (slab() - before) / COUNT
    listener.close()
    peer.forget()
    # What is left of a connection that was reset is gone after five seconds.
    time.sleep(7)
    return each


def main():
    """The three of them."""
    t.private_netns()
    with open("/proc/sys/net/core/somaxconn", "w", encoding="ascii") as file:
        file.write(str(COUNT))
    t.sysctl("somaxconn", COUNT)
    peer = r.Peer()
    for name, stack, backlog in (("kernel, accept queue", "tcp", COUNT),
                                 ("atcp, accept queue", "atcp", COUNT),
                                 ("atcp, park", "atcp", 0)):
        each = fill(peer, 20900, stack, backlog)
        print(f"{name:24} {each:7.0f} bytes each, {2**30 / each:9.0f} a GiB", flush=True)


if __name__ == "__main__":
    main()
