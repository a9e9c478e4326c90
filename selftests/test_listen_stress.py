#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Listeners under everything at once; afterwards every count is back at zero."""
# timeout: 400
# platforms: stock debug uml
# check: debug
import multiprocessing
import os
import random
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

KEPT, BRIEF = 20600, 20601
SECONDS = 10 if t.CHECK else 12 if t.PLATFORM == "stock" else 20
STACK_SIDE = "10.99.0.1"
ENOUGH = 20


def abrupt(sock):
    """Connections end with a RST when they are closed: no orphans stay."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def raw(peer, end):
    """Spoofed SYNs, and third ACKs, data, FINs and RSTs for some of them."""
    flows = []
    while time.monotonic() < end:
        flow = r.Flow(peer, False, random.randrange(1024, 65000),
                      random.choice((KEPT, BRIEF)),
                      f"10.99.0.{random.randrange(10, 250)}")
        flow.send("S", options=r.option_mss(1460))
        flows.append(flow)
        segment = flow.any(0) if random.random() < 0.7 else None
        if segment and segment.kind() == "SA":
            flow.ack = segment.seq + 1
            for _ in range(random.randrange(1, 3)):
                flow.send(random.choice(("A", "A", "PA", "FA", "R", "S")),
                          b"x" * random.choice((0, 0, 100)),
                          keep=random.random() < 0.3)
        if len(flows) > 50:
            random.choice(flows).send(random.choice(("A", "R", "FA", "S")))
            flows.pop(0)
        if random.random() < 0.05:
            peer.forget()


def client(end):
    """Honest connections by the kernel's TCP; some find nobody."""
    while time.monotonic() < end:
        with t.make_socket(socket.AF_INET, "tcp") as sock:
            abrupt(sock)
            sock.settimeout(1)
            try:
                sock.connect((STACK_SIDE, random.choice((KEPT, BRIEF))))
                sock.sendall(b"hello")
                sock.recv(1)
            except OSError:
                pass


def serve(listener, end):
    """Accepts in bursts, so that the queue is now full and now empty."""
    listener.settimeout(0.05)
    while time.monotonic() < end:
        for _ in range(random.randrange(1, 60)):
            try:
                with listener.accept()[0] as sock:
                    sock.setblocking(True)
                    abrupt(sock)
            except OSError:
                break
        time.sleep(random.random() * 0.05)


def brief(end):
    """A listener that comes and goes with whatever is in its queues."""
    while time.monotonic() < end:
        listener = t.listener(STACK_SIDE, BRIEF, random.randrange(8), setup=abrupt)
        serve(listener, min(end, time.monotonic() + random.random() * 0.4))
        listener.close()


def knobs(end):
    """Turns every knob of the queues."""
    while time.monotonic() < end:
        t.sysctl("overflow_policy", random.randrange(3))
        t.sysctl("syncookies", random.choice((0, 1, 1, 2)))
        t.sysctl("synack_retries", random.randrange(1, 4))
        t.sysctl("timestamps", random.randrange(3))
        time.sleep(0.02)


def row(port):
    """A listener's row of /proc/net/atcp/listen, by column."""
    with open("/proc/thread-self/net/atcp/listen", encoding="ascii") as file:
        lines = file.read().splitlines()
    for line in lines[1:]:
        found = dict(zip(lines[0].split(), line.split()))
        if found["local"].endswith(f":{port}"):
            return found
    return {}


def empty(port):
    """Whether a listener's counts are all zero."""
    found = row(port)
    return all(found[k] == "0" for k in ("synq", "young", "acceptq", "parked"))


def accepted(port):
    """Connections its program has got."""
    return int(row(port).get("accepted", 0))


def everything(peer, kept):
    """All jobs at once for a while: their exit codes."""
    end = time.monotonic() + SECONDS
    jobs = [(raw, peer, end), (client, end), (client, end), (serve, kept, end),
            (serve, kept, end), (brief, end), (knobs, end)]
    jobs = [multiprocessing.Process(target=j[0], args=j[1:]) for j in jobs]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(SECONDS + 60)
    return [job.exitcode for job in jobs]


def main():
    """Everything at once, then the counts."""
    if t.STACK == "tcp":
        t.skip_all("atcp's own counts are looked at")
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    kept = t.listener(STACK_SIDE, KEPT, 16, setup=abrupt)
    codes = everything(peer, kept)
    # A host under load: more of the same until it has been a test.
    for _ in range(2):
        if any(codes) or accepted(KEPT) > ENOUGH:
            break
        codes = everything(peer, kept)
    ktap.result(not any(codes), "every process ended", codes)
    t.sysctl("synack_retries", 1)
    t.sysctl("overflow_policy", 0)

    def drained():
        kept.setblocking(False)
        try:
            while True:
                kept.accept()[0].close()
        except BlockingIOError:
            return empty(KEPT)

    ktap.result(t.wait_until(drained, 30), "the queues run empty", row(KEPT))
    ktap.result(accepted(KEPT) > ENOUGH, "connections were made", f"{accepted(KEPT)}")
    kept.close()
    left = [s for s in t.states_of(KEPT) + t.states_of(BRIEF)
            if s in ("SYN_RECV", "LISTEN")]
    ktap.equal(left, [], "no request outlives its listener")
    os.close(peer.fd)
    ktap.end()


if __name__ == "__main__":
    main()
