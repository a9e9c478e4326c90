#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A gigabyte by MSG_ZEROCOPY over lo, a pair of devices, a slow queue, and one that loses: whole, each call told of once."""
# timeout: 900
# platforms: stock
# check: stock
import mmap
import os
import socket
import struct
import sys
import tempfile
import threading

sys.path.insert(0, "lib")
import atcptest as t
import farend
import zerocopy as zc

CHUNK = 1 << 20
GIGABYTE = 1024
# The file is mapped once and sent again and again.
FILE = 32
V4, V6 = socket.AF_INET, socket.AF_INET6
PATHS = (("lo", V4, ""), ("veth", V6, ""), ("tbf", V4, "tbf rate 4gbit burst 200kb latency 5ms"),
         ("loss", V6, "netem loss 1% limit 20000"))


def compare(child, file, chunks, into):
    """Reads so many CHUNKS: how much came, and how many chunks were not the file's."""
    chunk, wrong, got = bytearray(CHUNK), 0, 0
    while got < chunks * CHUNK:
        n = child.recv_into(chunk, CHUNK, socket.MSG_WAITALL)
        at = got % (FILE * CHUNK)
        wrong += n != CHUNK or chunk != file[at:at + CHUNK]
        got += n
        if not n:
            break
    into.append((got, wrong))


def carry(ktap, name, sock, child, memory, chunks):
    """So many CHUNKS of the file in MEMORY."""
    zc.ask(sock)
    sock.settimeout(None)
    child.settimeout(None)
    found, ranges, calls, view = [], [], 0, memoryview(memory)
    thread = threading.Thread(target=compare, args=(child, memory, chunks, found))
    thread.start()
    for i in range(chunks):
        at = i % FILE * CHUNK
        calls += zc.send_all(sock, view[at:at + CHUNK], ranges)
        ranges += zc.told(sock)
    thread.join()
    sock.setblocking(False)

    def complete():
        ranges.extend(zc.told(sock))
        return len(zc.numbers(ranges)) >= calls

    t.wait_until(complete, 60)
    ktap.equal(found, [(chunks * CHUNK, 0)], f"{name}: {chunks} MB arrive as they are")
    # On two processors the order may differ by what was given back at the same time, as Linux's.
    ktap.equal(sorted(zc.numbers(ranges)), list(range(calls)), f"{name}: every call is told of once")
    again = struct.unpack_from("I", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0]
    ktap.result(again > 0 or name != "loss", f"{name}: {again} segments were sent again")


def main():
    """Each path."""
    t.private_netns()
    far = farend.FarEnd()
    ktap = t.Ktap()
    with tempfile.TemporaryFile(dir="/dev/shm") as file:
        file.write(os.urandom(FILE * CHUNK))
        file.flush()
        memory = mmap.mmap(file.fileno(), FILE * CHUNK)
    for name, family, qdisc in PATHS:
        if qdisc:
            t.sh(f"tc qdisc replace dev near root {qdisc}")
        if name == "lo":
            sock, child = farend.connect(t.listener("127.0.0.1", 0), family, "127.0.0.1")
        else:
            sock, child = far.connect(family)
        with sock, child:
            ktap.run(name, carry, ktap, name, sock, child, memory, GIGABYTE if name == "lo" or not t.CHECK else 128)
    ktap.end()


if __name__ == "__main__":
    main()
