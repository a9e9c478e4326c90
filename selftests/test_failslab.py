#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Allocations fail on every path while connections go on; then all is well.

In a process, the 1st, 2nd, 3rd ... of each socket call (progs/failnth) and of each
write of a knob that allocates. In softirq, where SYNs, ACKs and data come in, and on
behalf of accept(2) and close(2), at random, whatever may not wait for memory: with
fast open, the park, cookies, the guard and a group whose members come and go.
Reports and leaks are looked for by the runner.
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
# Those that may fail are named when the machine boots: slub_debug=A,atcp*,...
SLABS = ("atcp*", "ATCP*", "skbuff*", "kmalloc-*")
SECONDS = 10
PORT, SPOOFED, SLOW, GROUP = 20700, 20702, 20703, 20704
PORTS = (PORT, PORT + 1, SPOOFED, SLOW, GROUP)
MOST = 100000
# Client, server, and neither asks for a cookie.
FASTOPEN_BARE = 1 | 2 | 4 | 512
SYN_BACKLOG, DEFER_ACCEPT, BALANCE, GUARD = 1, 7, 10, 20


def put(path, value):
    """Writes a file of debugfs or sysfs."""
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


def get(path):
    """Reads one."""
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def setting(probability, cache_filter):
    """How failslab and fail_page_alloc choose; what goes by slabs, of what cannot wait."""
    for kind in ("failslab/", "fail_page_alloc/", "fail_usercopy/"):
        for name, value in (("verbose", 0), ("interval", 1), ("space", 0),
                            ("task-filter", "N"), ("times", MOST)):
            put(DEBUGFS + kind + name, value)
    for kind in ("failslab/", "fail_page_alloc/"):
        put(DEBUGFS + kind + "ignore-gfp-wait", "Y" if cache_filter else "N")
    put(DEBUGFS + "fail_page_alloc/min-order", 0)
    put(DEBUGFS + "failslab/cache-filter", "Y" if cache_filter else "N")
    # Last: it begins with this.
    put(DEBUGFS + "failslab/probability", probability)


def slabs():
    """How many slabs may fail."""
    return sum(get(path) == "1" for name in SLABS
               for path in glob.glob(f"/sys/kernel/slab/{name}/failslab"))


def client(family, address, end, counts):
    """Connects, says something, reads it back; nothing of it need succeed."""
    while time.monotonic() < end:
        with contextlib.suppress(OSError), t.make_socket(family) as sock:
            if random.random() < 0.7:
                t.abrupt(sock)
            sock.settimeout(1.5)
            sock.connect((address, PORT))
            sock.sendall(b"x" * random.choice((1, 3000)))
            counts.append(len(sock.recv(10)))


def fast(family, address, end, counts):
    """The same, with the first bytes in the SYN."""
    while time.monotonic() < end:
        with contextlib.suppress(OSError), t.make_socket(family) as sock:
            t.abrupt(sock)
            sock.settimeout(1.5)
            sock.sendto(b"x" * random.choice((1, 3000)), socket.MSG_FASTOPEN, (address, PORT))
            counts.append(len(sock.recv(10)))


def crowd(end):
    """Three at a time for a program that is slow: they are parked, or as the policy says."""
    while time.monotonic() < end:
        with contextlib.ExitStack() as held:
            for _ in range(3):
                with contextlib.suppress(OSError):
                    sock = held.enter_context(t.make_socket())
                    t.abrupt(sock)
                    sock.setblocking(False)
                    sock.connect_ex(("127.0.0.1", SLOW))
            time.sleep(0.1)
            with contextlib.suppress(OSError):
                sock.send(b"early")
            time.sleep(0.05)


def reuseport(sock):
    """One of a group, whose connections end with a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    t.abrupt(sock)


def siblings(end):
    """Members of a group come and go with what is in their queues."""
    while time.monotonic() < end:
        with contextlib.suppress(OSError), t.listener("::", GROUP, 2, setup=reuseport):
            time.sleep(0.1)


def turn(listeners, end):
    """The policies, one after the other."""
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            t.sysctl("syncookies", random.randrange(3))
            t.sysctl("overflow_policy", random.choice(("park", "park", "drop", "reset",
                                                       "reset_after:100")))
            t.sysctl("fastopen", random.choice((3, FASTOPEN_BARE)))
            for sock in listeners:
                sock.setsockopt(t.SOL_ATCP, SYN_BACKLOG, random.choice((2, 64)))
                sock.setsockopt(t.SOL_ATCP, DEFER_ACCEPT, random.choice((-1, -1, 50)))
                sock.setsockopt(t.SOL_ATCP, BALANCE, random.randrange(5))
                sock.setsockopt(t.SOL_ATCP, GUARD, random.randrange(2))
        time.sleep(0.25)


def serve(listener, end, hard=False, pause=0.0):
    """Echoes the first bytes; a failed call is no reason to stop."""
    listener.settimeout(0.2)
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            time.sleep(pause)
            sock = listener.accept()[0]
            with sock:
                if hard:
                    t.abrupt(sock)
                sock.settimeout(0.5)
                sock.sendall(sock.recv(100))


def spoofed(peer, end):
    """SYNs that are never or wrongly finished."""
    while time.monotonic() < end:
        flow = r.Flow(peer, random.random() < 0.5, dport=random.choice((SPOOFED, GROUP)))
        flow.send("S", random.choice((b"", b"early")),
                  options=r.option_mss(1460) + random.choice((b"", struct.pack("BB", 34, 2))))
        segment = flow.any(0.05)
        if segment and segment.kind() == "SA" and random.random() < 0.7:
            flow.ack = segment.seq + 1
            flow.send(random.choice(("A", "PA", "FA", "R")), b"data" * random.randrange(3))


def softirq(peer):
    """SYNs, ACKs, data and FINs while their memory fails now and then."""
    listeners = [t.listener("127.0.0.1", PORT, 4), t.listener("::1", PORT, 4),
                 t.listener("::", SPOOFED, 4, setup=t.abrupt),
                 t.listener("127.0.0.1", SLOW, 0, setup=t.abrupt),
                 t.listener("::", GROUP, 2, setup=reuseport)]
    for sock in listeners:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
    if t.STACK != "tcp":
        t.sysctl("guard_devices", "peer0")
    end = time.monotonic() + SECONDS
    counts = []
    jobs = [(client, socket.AF_INET, "127.0.0.1", end, counts),
            (client, socket.AF_INET6, "::1", end, counts),
            (fast, socket.AF_INET, "127.0.0.1", end, counts),
            (fast, socket.AF_INET6, "::1", end, counts),
            (serve, listeners[0], end), (serve, listeners[1], end),
            (serve, listeners[3], end, True, 0.1), (crowd, end),
            (serve, listeners[4], end, True), (siblings, end),
            # Its peers never answer a FIN.
            (serve, listeners[2], end, True), (spoofed, peer, end)]
    if t.STACK != "tcp":
        jobs.append((turn, listeners[2:], end))
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
    for name, value in (("syncookies", 1), ("overflow_policy", "park"), ("guard_devices", "")):
        if t.STACK != "tcp":
            t.sysctl(name, value)


def set_nth(fd, count):
    """Copying the number may be what fails, and then nothing more will."""
    while True:
        with contextlib.suppress(OSError):
            os.pwrite(fd, b"%d" % count, 0)
            return


def writes():
    """The 1st, 2nd ... allocation of a knob's write fails; in the end it is taken."""
    t.sysctl("fastopen", FASTOPEN_BARE)
    nth = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    for name, value in (("guard_devices", b"lo"), ("guard_devices", b"\n"),
                        ("cookie_key", b"1:" + 32 * b"a"), ("cookie_key", b"none"),
                        ("fastopen_key", b"1-2-3-4")):
        fd = os.open(t.sysctl_path(name), os.O_WRONLY)
        for count in range(1, 200):
            done, happened = 0, False
            set_nth(nth, count)
            with contextlib.suppress(OSError):
                done = os.pwrite(fd, value, 0)
            # Reading copies too: if that is what fails, the write had all it needed.
            with contextlib.suppress(OSError):
                happened = os.pread(nth, 8, 0).strip(b"\n\0") == b"0"
            set_nth(nth, 0)
            if done and not happened:
                break
        assert done and not happened, f"{name}: {count} faults, wrote {done}"
        print(f"# {name}: {count - 1} faults")
        os.close(fd)
    os.close(nth)


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
                t.abrupt(sock)
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
    t.sysctl("fastopen", FASTOPEN_BARE)
    for address in ("127.0.0.1", "::1"):
        failnth(ktap, address)
    if t.STACK != "tcp":
        ktap.run(writes.__doc__, writes)
    name = "faults in softirq, at random"
    if slabs() > 20:
        ktap.run(name, softirq, peer)
    else:
        ktap.skip(name, "not booted with slub_debug=A,atcp*,ATCP*,skbuff*,kmalloc-*")
    ktap.run("afterwards connections work", fresh)

    def left():
        return [s for s in sum((t.states_of(port) for port in PORTS), [])
                if s != "TIME_WAIT"]

    ktap.result(t.wait_until(lambda: not left(), 120),
                "and nothing but TIME_WAIT is left", left())
    os.close(peer.fd)
    ktap.end()


if __name__ == "__main__":
    main()
