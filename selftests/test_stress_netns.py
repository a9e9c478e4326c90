#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Namespaces die with everything in them, while listeners close and knobs turn.

Several processes make a namespace each, over and over: listeners that come and
go, alone and in groups, half-open requests, parked and queued connections, fast
opens, devices under guard, every knob written. Each is killed in the middle of it. A connection in another namespace goes on.
"""
# timeout: 240
# platforms: stock debug uml
# check: debug
import contextlib
import os
import random
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

SECONDS = 10 if t.CHECK or t.PLATFORM == "stock" else 20
WORKERS = 3
PORTS = (20800, 20801, 20802)
SYSCTLS = "/proc/sys/net/atcp"
LISTENERS = "/sys/kernel/atcp/listeners"
VALUES = ("0", "1", "2", "3", "4", "8", "100", "1000", "65536", "inherit", "drop",
          "park", "reset", "reset_after:1", "auto", "always", "lifo", "cpu", "p2c",
          "rubbish", "-1", "")
# Those that take something else; what cannot be read is put back to "none".
OTHERS = {
    "guard_devices": ("lo", "peer0", "lo peer0", "", "nowhere"),
    "cookie_key": ("1:" + 32 * "a", "2:" + 32 * "b" + " 1:" + 32 * "a", "none", "rubbish"),
    "fastopen_key": ("1-2-3-4", "1-2-3-4,5-6-7-8", "rubbish"),
    "listener_knob": ("1 backlog=1", "2 drain=1", "3 overflow=drop", "4 synack_retries=300", "5"),
    "fastopen": ("3", "519", "1539", "1543", "0"),
    # Of what a worker leaves: its orphans live, and hold the module, as long as these say.
    "orphan_retries": ("0", "1", "2", "256", "-1", "rubbish"),
    "fin_timeout": ("0", "1", "2", "60", "-1", "rubbish"),
    "synack_retries": ("0", "1", "2", "256", "-1", "rubbish"),
}


def write(path, value):
    """Writes a knob; what it refuses is not of interest here."""
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_WRONLY)
        try:
            os.write(fd, value.encode())
        finally:
            os.close(fd)


def read(path):
    """Reads a knob, or nothing."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        file.read()


def turn_knobs(keep):
    """Writes each sysctl, and what listeners have in sysfs; KEEP puts sysctls back."""
    for name in os.listdir(SYSCTLS):
        path, was = f"{SYSCTLS}/{name}", "none"
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            was = file.read().strip()
        write(path, random.choice(OTHERS.get(name, VALUES)))
        if keep or random.random() < 0.5:
            write(path, was)
    with contextlib.suppress(OSError):
        for listener in os.listdir(LISTENERS):
            base = f"{LISTENERS}/{listener}"
            for name in random.sample(sorted(os.listdir(base)), 8):
                read(f"{base}/{name}")
                write(f"{base}/{name}", random.choice(OTHERS.get(name, VALUES)))


def half_open(peer, count):
    """SYNs from everywhere; some are finished, some with data."""
    for _ in range(count):
        flow = r.Flow(peer, random.random() < 0.3, dport=random.choice(PORTS))
        if not flow.v6:
            flow.source = f"10.99.0.{random.randrange(10, 250)}"
        flow.send("S", random.choice((b"", b"early")),
                  options=r.option_mss(1460) + random.choice((b"", b"\x22\x02")))
        segment = flow.any(0)
        if segment and segment.kind() == "SA":
            flow.ack = segment.seq + 1
            flow.send(random.choice(("A", "PA", "FA")), b"x" * random.choice((0, 10)))


def shared(sock):
    """One of a group of listeners, with fast open, and with RSTs in the place of orphans."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, random.randrange(2))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 4)
    if random.random() < 0.5:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def worker():
    """One namespace's life; it ends in a kill."""
    t.private_netns()
    t.sh("mount -t sysfs none /sys", check=False)
    peer = r.Peer()
    held = []
    while True:
        with contextlib.suppress(OSError):
            held.append(t.listener(random.choice(("::", "0.0.0.0", "10.99.0.1")),
                                   random.choice(PORTS), random.randrange(6), setup=shared))
        half_open(peer, 10)
        for _ in range(5):
            with contextlib.suppress(OSError):
                sock = t.make_socket()
                sock.setblocking(False)
                held.append(sock)
                to = ("127.0.0.1", random.choice(PORTS))
                if random.random() < 0.3:
                    sock.sendto(b"early", socket.MSG_FASTOPEN, to)
                else:
                    sock.connect_ex(to)
        turn_knobs(keep=False)
        with contextlib.suppress(OSError):
            sock = random.choice(held)
            sock.setblocking(False)
            held.append(sock.accept()[0])
        while len(held) > 20:
            held.pop(random.randrange(len(held))).close()
        peer.forget()


def spawn():
    """A worker's process number."""
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            worker()
        finally:
            os._exit(3)
    return pid


def echo(client, server):
    """A word each way."""
    client.sendall(b"ping")
    assert server.recv(4, socket.MSG_WAITALL) == b"ping"
    server.sendall(b"pong")
    assert client.recv(4, socket.MSG_WAITALL) == b"pong"


def main():
    """Workers come and go; what is beside them does not notice."""
    if t.STACK == "tcp":
        t.skip_all("atcp's own knobs are written")
    t.private_netns()
    ktap = t.Ktap()
    listener = t.listener("127.0.0.1", PORTS[0], 8)
    client = t.make_socket()
    client.connect(("127.0.0.1", PORTS[0]))
    server = listener.accept()[0]
    for sock in (client, server):
        sock.settimeout(60)
    begun = time.monotonic()
    pids, lives, early = [], 0, []
    rounds = 0
    # Where the machine does not run all the time, until some have gone.
    while time.monotonic() < begun + SECONDS or lives < 6 and time.monotonic() < begun + 120:
        while len(pids) < WORKERS:
            pids.append((spawn(), time.monotonic() + random.uniform(0.5, 4)))
        for item in list(pids):
            if time.monotonic() > item[1]:
                pids.remove(item)
                os.kill(item[0], signal.SIGKILL)
                status = os.waitpid(item[0], 0)[1]
                lives += 1
                if not os.WIFSIGNALED(status):
                    early.append(status)
        turn_knobs(keep=True)
        echo(client, server)
        rounds += 1
    for pid, _ in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(f"# {lives} namespaces, {rounds} rounds beside them")
    ktap.equal(early, [], "no worker ended by itself")
    ktap.result(lives >= 3, "namespaces were destroyed", lives)
    ktap.run("the connection beside them goes on", echo, client, server)
    for _ in range(5):
        with t.make_socket() as sock:
            sock.settimeout(30)
            sock.connect(("127.0.0.1", PORTS[0]))
            peer = listener.accept()[0]
            ktap.run("and new ones are made", echo, sock, peer)
            peer.close()
    client.close()
    server.close()
    listener.close()
    ktap.result(t.wait_until(lambda: set(t.states_of(PORTS[0])) <= {"TIME_WAIT"}, 30),
                "nothing is left but TIME_WAIT", t.states_of(PORTS[0]))
    ktap.end()


if __name__ == "__main__":
    main()
