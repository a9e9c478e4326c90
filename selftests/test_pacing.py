#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""SO_MAX_PACING_RATE is obeyed, by sch_fq and without it, and a device's queue is kept short."""
# clock: travel
# check: uml
# timeout: 120
import ctypes
import json
import os
import socket
import statistics
import sys
import threading
import time

sys.path[:0] = ["lib"]
import atcptest as t

SO_MAX_PACING_RATE = 47
RATE, SIZE = 400000, 800000
PORT = 20750
# Machines are slow.
MOST = 1.6


def netns():
    """A namespace of its own for the other end of a veth pair: its pid's file."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    assert ctypes.CDLL(None).unshare(t.CLONE_NEWNET) == 0
    t.usable_netns()
    there = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    t.enter_netns(here)
    return here, there


def veth(v6):
    """Two namespaces and the pair between them: (here, there, there's address)."""
    here, there = netns()
    t.sh(f"ip link add near type veth peer name far netns /proc/{os.getpid()}/fd/{there}")
    prefix, length = ("fd98::", 64) if v6 else ("10.98.0.", 24)
    for fd, name, number in ((here, "near", 1), (there, "far", 2)):
        t.enter_netns(fd)
        t.sh(f"ip addr add {prefix}{number}/{length} dev {name}; ip link set {name} up")
    t.enter_netns(here)
    return here, there, prefix + "2"


def take(sock, size):
    """SIZE bytes, or fewer at the end."""
    got = 0
    try:
        while got < size:
            data = sock.recv(1 << 18)
            if not data:
                break
            got += len(data)
    except ConnectionResetError:
        pass
    return got


def connect(address, v6, there=None, here=None, stack=t.STACK):
    """A connection to ADDRESS in the namespace THERE: both ends."""
    global PORT
    PORT += 1
    if there:
        t.enter_netns(there)
    listener = t.listener(address, PORT, stack=stack)
    if there:
        t.enter_netns(here)
    sock = t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET, stack)
    sock.settimeout(60)
    sock.connect((address, PORT))
    listener.settimeout(60)
    child = listener.accept()[0]
    child.settimeout(60)
    listener.close()
    return sock, child


def paced(sock, child):
    """Seconds that SIZE bytes take at RATE."""
    sock.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, RATE)
    begun = time.monotonic()
    writer = threading.Thread(target=sock.sendall, args=(bytes(SIZE),))
    writer.start()
    got = take(child, SIZE)
    writer.join()
    assert got == SIZE, got
    seconds = time.monotonic() - begun
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 120)
    rate = int.from_bytes(raw[104:112], sys.byteorder)
    assert rate <= RATE, f"tcpi_pacing_rate {rate}"
    return seconds


def by_timer(v6):
    """By a timer, over loopback, in segments of any size."""
    # The last of them is not waited for: of 64 KB that is something.
    for mtu, least in ((1500, 0.9), (65536, 0.6)):
        t.sh(f"ip link set lo mtu {mtu}")
        sock, child = connect("::1" if v6 else "127.0.0.1", v6)
        seconds = paced(sock, child)
        assert SIZE / RATE * least < seconds < SIZE / RATE * MOST, f"{seconds:.2f} s"
        sock.close()
        child.close()


def by_fq(v6):
    """By sch_fq, over a device that has it."""
    here, there, address = veth(v6)
    t.sh("tc qdisc replace dev near root fq")
    sock, child = connect(address, v6, there, here)
    seconds = paced(sock, child)
    assert SIZE / RATE * 0.9 < seconds < SIZE / RATE * MOST, f"{seconds:.2f} s"
    sock.close()
    child.close()


def closed(v6):
    """A connection that ends while it waits for its time: nothing is left of it."""
    for how in ("reset", "close", "shutdown"):
        sock, child = connect("::1" if v6 else "127.0.0.1", v6)
        sock.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, 20000)
        sock.setblocking(False)
        sock.send(bytes(60000))
        sock.setblocking(True)
        if how == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if how == "shutdown":
            sock.shutdown(socket.SHUT_WR)
            assert take(child, 60000) == 60000
        sock.close()
        if how == "close":
            assert take(child, 60000) == 60000
        child.close()


def trip(ping, pong):
    """Seconds that a byte takes there and back."""
    begun = time.monotonic()
    for giver, taker in ((ping, pong), (pong, ping)):
        giver.send(b"x")
        assert taker.recv(1) == b"x"
    return time.monotonic() - begun


def bulk(v6, stack, child):
    """Beside a bulk connection through a slow device: a round trip, and the most bytes that are in its queue."""
    here, there, address = veth(v6)
    t.sh("tc qdisc replace dev near root handle 1: tbf rate 10mbit burst 5k limit 4m")
    if child:
        t.sh(f"tc qdisc add dev near parent 1:1 {child}")
    ping, pong = connect(address, v6, there, here, stack)
    for sock in (ping, pong):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock, sink = connect(address, v6, there, here, stack)
    over = threading.Event()

    def write():
        try:
            while not over.is_set():
                sock.send(bytes(65536))
        except OSError:
            pass

    threads = [threading.Thread(target=f, args=a)
               for f, a in ((write, ()), (take, (sink, 1 << 40)))]
    for thread in threads:
        thread.start()
    t.wait_until(lambda: below() > 0)
    seen = [(trip(ping, pong), below()) for _ in range(30) if not time.sleep(0.02)]
    over.set()
    # By RST: the device goes.
    for end in (ping, pong, sock):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        end.close()
    for thread in threads:
        thread.join()
    sink.close()
    t.sh("ip link del near")
    return statistics.median(x[0] for x in seen), max(x[1] for x in seen)


def below():
    """Bytes in that queue now."""
    return max(x.get("backlog", 0) for x in json.loads(t.sh("tc -s -j qdisc show dev near")))


def beside_bulk(v6):
    """A bulk connection keeps little in a slow device's queue: the rest waits in its socket, and others need not."""
    for child in ("", "fq_codel"):
        (ours, most), (theirs, _) = (bulk(v6, stack, child) for stack in (t.STACK, "tcp"))
        print(f"# {child or 'tbf'}: {1000 * ours:.1f} ms, kernel's {1000 * theirs:.1f}; {most} bytes below")
        # Where slow start ends depends on the phase, for both: with tbf alone it is 20 or 40 ms.
        most_s = 1.5 * theirs + 0.002 if child else max(1.5 * theirs, 0.045)
        assert ours <= most_s, f"{child or 'tbf'}: {ours:.4f} s, kernel's {theirs:.4f}"
        # Without small queues it is all that cwnd or the send buffer allow: megabytes.
        assert most <= 128 * 1024, most


def family(ktap, v6):
    """All of them, for one family."""
    name = "v6" if v6 else "v4"
    for case in (by_timer, by_fq, closed, beside_bulk):
        ktap.run(f"{name} {case.__doc__}", case, v6)
        t.sh("ip link del near", check=False)


if __name__ == "__main__":
    t.side_by_side(family, False, True)
