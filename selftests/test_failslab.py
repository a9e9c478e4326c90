#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Allocations fail on every path while connections go on; then all is well.

In a process, the 1st, 2nd, 3rd ... of each socket call (progs/failnth). In
softirq, where SYNs, ACKs and data come in, at random, in the slabs of atcp and
of packets. Reports and leaks are looked for by the runner.
"""
# timeout: 300
# platforms: uml
import contextlib
import glob
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

DEBUGFS = "/sys/kernel/debug/"
# Those that may fail are named when the machine boots: slub_debug=A,atcp*,ATCP*,skbuff*
SLABS = ("atcp*", "ATCP*", "skbuff*")
SECONDS = 10
PORT, SPOOFED = 20700, 20702
MOST = 100000


def put(path, value):
    """Writes a file of debugfs or sysfs."""
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


def get(path):
    """Reads one."""
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def setting(probability, cache_filter):
    """How failslab and fail_page_alloc choose."""
    for kind in ("failslab/", "fail_page_alloc/", "fail_usercopy/"):
        for name, value in (("verbose", 0), ("interval", 1), ("space", 0),
                            ("task-filter", "N"), ("times", MOST)):
            put(DEBUGFS + kind + name, value)
    for kind in ("failslab/", "fail_page_alloc/"):
        put(DEBUGFS + kind + "ignore-gfp-wait", "N")
    put(DEBUGFS + "fail_page_alloc/min-order", 0)
    put(DEBUGFS + "failslab/cache-filter", "Y" if cache_filter else "N")
    # Last: it begins with this.
    put(DEBUGFS + "failslab/probability", probability)


def slabs():
    """How many slabs may fail."""
    return sum(get(path) == "1" for name in SLABS
               for path in glob.glob(f"/sys/kernel/slab/{name}/failslab"))


def abrupt(sock):
    """It ends with a RST when it is closed."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def client(family, address, end, counts):
    """Connects, says something, reads it back; nothing of it need succeed."""
    while time.monotonic() < end:
        with contextlib.suppress(OSError), t.make_socket(family) as sock:
            if random.random() < 0.7:
                abrupt(sock)
            sock.settimeout(1.5)
            sock.connect((address, PORT))
            sock.sendall(b"x" * random.choice((1, 3000)))
            counts.append(len(sock.recv(10)))


def serve(listener, end, hard=False):
    """Echoes the first bytes; a failed call is no reason to stop."""
    listener.settimeout(0.2)
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            sock = listener.accept()[0]
            with sock:
                if hard:
                    abrupt(sock)
                sock.settimeout(0.5)
                sock.sendall(sock.recv(100))


def spoofed(peer, end):
    """SYNs that are never or wrongly finished."""
    while time.monotonic() < end:
        flow = r.Flow(peer, random.random() < 0.5, dport=SPOOFED)
        flow.send("S", options=r.option_mss(1460))
        segment = flow.any(0.05)
        if segment and segment.kind() == "SA" and random.random() < 0.7:
            flow.ack = segment.seq + 1
            flow.send(random.choice(("A", "PA", "FA", "R")), b"data" * random.randrange(3))


def softirq(peer):
    """SYNs, ACKs, data and FINs while their memory fails now and then."""
    listeners = [t.listener("127.0.0.1", PORT, 4), t.listener("::1", PORT, 4),
                 t.listener("::", SPOOFED, 4)]
    end = time.monotonic() + SECONDS
    counts = []
    jobs = [(client, socket.AF_INET, "127.0.0.1", end, counts),
            (client, socket.AF_INET, "127.0.0.1", end, counts),
            (client, socket.AF_INET6, "::1", end, counts),
            (serve, listeners[0], end), (serve, listeners[1], end),
            # Its peers never answer a FIN.
            (serve, listeners[2], end, True), (spoofed, peer, end)]
    threads = [threading.Thread(target=j[0], args=j[1:], daemon=True) for j in jobs]
    try:
        setting(15, True)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS + 60)
        left = int(get(DEBUGFS + "failslab/times"))
    finally:
        put(DEBUGFS + "failslab/probability", 0)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    print(f"# {MOST - left} faults, {len(counts)} connections served")
    assert MOST - left > 20, f"only {MOST - left} faults"
    for listener in listeners:
        listener.close()


def fresh():
    """Connections in a row, as if nothing had been."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        listener = t.listener(address, PORT + 1, 8)
        for _ in range(20):
            with t.make_socket(family) as sock:
                sock.settimeout(20)
                sock.connect((address, PORT + 1))
                peer = listener.accept()[0]
                peer.sendall(b"hello")
                assert sock.recv(10) == b"hello"
                abrupt(sock)
                peer.close()
        listener.close()


def failnth(ktap, address):
    """Every call with every fault in it."""
    done = subprocess.run(["progs/failnth", "-s", t.STACK, "-a", address],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    ktap.relay(done.stdout.splitlines())
    if done.returncode not in (0, 1):
        ktap.result(False, f"failnth {address}", f"status {done.returncode}")


def main():
    """Process context, softirq, and afterwards."""
    if not os.path.exists(DEBUGFS + "failslab/probability"):
        t.skip_all("no fault injection in this kernel")
    t.private_netns()
    t.sysctl("orphan_retries", 3)
    peer = r.Peer()
    ktap = t.Ktap()
    setting(0, False)
    for address in ("127.0.0.1", "::1"):
        failnth(ktap, address)
    name = "faults in softirq, at random"
    if slabs() > 3:
        ktap.run(name, softirq, peer)
    else:
        ktap.skip(name, "not booted with slub_debug=A,atcp*,ATCP*,skbuff*")
    ktap.run("afterwards connections work", fresh)

    def left():
        return [s for s in t.states_of(PORT) + t.states_of(SPOOFED)
                if s != "TIME_WAIT"]

    ktap.result(t.wait_until(lambda: not left(), 120),
                "and nothing but TIME_WAIT is left", left())
    os.close(peer.fd)
    ktap.end()


if __name__ == "__main__":
    main()
