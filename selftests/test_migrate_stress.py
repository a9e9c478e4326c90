#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Members of a group come and go as fast as they can under load; then all counts are zero."""
# timeout: 240
# platforms: stock debug uml
# check: debug
import multiprocessing
import os
import random
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import reuseport as g

PORT = 20800
SECONDS = 10 if t.CHECK else 12 if t.PLATFORM == "stock" else 20
AT_MOST = 100
ENOUGH = 20
STACK_SIDE = "10.99.0.1"


def raw(peer, stop):
    """SYNs of many sources; for some of them third ACKs, data and RSTs, some late."""
    flows = []
    while not stop.is_set():
        flow = r.Flow(peer, False, random.randrange(1024, 65000), PORT,
                      f"10.99.0.{random.randrange(10, 250)}")
        flow.send("S", options=r.option_mss(1460))
        flows.append(flow)
        segment = flow.any(0) if random.random() < 0.7 else None
        if segment and segment.kind() == "SA":
            flow.ack = segment.seq + 1
            if random.random() < 0.7:
                flow.send(random.choice(("A", "A", "PA", "FA", "R", "S")),
                          b"x" * random.choice((0, 0, 100)), keep=random.random() < 0.3)
        if len(flows) > 50:
            random.choice(flows).send(random.choice(("A", "A", "R", "FA", "S")))
            flows.pop(0)
        if random.random() < 0.05:
            peer.forget()


def client(stop):
    """Honest connections by the kernel's TCP; answers are not asked for."""
    while not stop.is_set():
        with t.make_socket(socket.AF_INET, "tcp") as sock:
            t.abrupt(sock)
            sock.settimeout(1)
            try:
                sock.connect((STACK_SIDE, PORT))
                sock.sendall(b"hello")
            except OSError:
                pass


def brief(stop):
    """A member that comes and goes, by close, by shutdown, with its queues full or empty."""
    while not stop.is_set():
        member = g.member(STACK_SIDE, PORT, random.randrange(8),
                          balance=random.choice(list(g.BALANCE)),
                          migrate=int(random.random() < 0.9),
                          overflow=random.choice((0, 1, 2, 2, 2)))
        member.setsockopt(t.SOL_ATCP, 1, 32)
        until = time.monotonic() + random.random() * 0.1
        while time.monotonic() < until:
            if random.random() < 0.3:
                for sock, _ in g.accept_all(member):
                    sock.close()
            if random.random() < 0.1:
                g.knob(member, "drain", random.randrange(2))
            time.sleep(0.005)
        if random.random() < 0.3:
            member.shutdown(socket.SHUT_RDWR)
            if random.random() < 0.5:
                member.listen(4)
        member.close()


def knobs(stop):
    """Turns what the group depends on."""
    while not stop.is_set():
        t.sysctl("syncookies", random.choice((0, 1, 1, 2)))
        t.sysctl("balance", random.randrange(5))
        t.sysctl("synack_retries", random.randrange(1, 4))
        time.sleep(0.02)


def rows():
    """The rows of the port in /proc/net/atcp/listen."""
    with open("/proc/thread-self/net/atcp/listen", encoding="ascii") as file:
        lines = [line.split() for line in file]
    found = (dict(zip(lines[0], line)) for line in lines[1:])
    return [row for row in found if row["local"].endswith(f":{PORT}")]


def enough(seconds):
    """Whether to stop. A slow machine takes longer until much has moved."""
    return seconds > AT_MOST or \
        seconds > SECONDS and t.counter("TCPMigrateReqSuccess") > ENOUGH


def main():
    """Everything at once; one member stays and inherits all, then accepts all."""
    if t.STACK == "tcp":
        t.skip_all("atcp's own counts are looked at")
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    stop = multiprocessing.Event()
    kept = g.member(STACK_SIDE, PORT, 64)
    jobs = [(raw, peer, stop), (client, stop), (client, stop), (knobs, stop)]
    jobs += [(brief, stop)] * 4
    jobs = [multiprocessing.Process(target=j[0], args=j[1:]) for j in jobs]
    start = time.monotonic()
    for job in jobs:
        job.start()
    while any(job.is_alive() for job in jobs) and time.monotonic() < start + AT_MOST + 60:
        for sock, _ in g.accept_all(kept):
            sock.close()
        if enough(time.monotonic() - start):
            stop.set()
        time.sleep(0.02)
    for job in jobs:
        job.join(1)
    ktap.result(all(job.exitcode == 0 for job in jobs), "every process ended",
                [job.exitcode for job in jobs])
    t.sysctl("synack_retries", 1)

    def empty():
        for sock, _ in g.accept_all(kept):
            sock.close()
        here = rows()
        return len(here) == 1 and all(here[0][k] == "0" for k in
                                      ("synq", "young", "acceptq", "parked"))

    ktap.result(t.wait_until(empty, 30), "the queues run empty", rows())
    moved = t.counter("TCPMigrateReqSuccess")
    ktap.result(moved > ENOUGH, "much has moved", moved)
    print(f"# {moved} moved, {t.counter('TCPMigrateReqFailure')} not")
    kept.close()
    left = [s for s in t.states_of(PORT) if s in ("SYN_RECV", "LISTEN")]
    ktap.equal(left, [], "no request outlives its listener")
    os.close(peer.fd)
    ktap.end()


if __name__ == "__main__":
    main()
