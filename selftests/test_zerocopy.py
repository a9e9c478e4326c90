#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""MSG_ZEROCOPY: what is sent arrives whole, each call is told of once, and never while a device has its pages."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 300
import ctypes
import errno
import hashlib
import os
import mmap
import select
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t

SO_ZEROCOPY, ATCP_ZEROCOPY, SOL_ATCP, MSG_ZEROCOPY = 60, 64, 253, 0x4000000
SO_EE_ORIGIN_ZEROCOPY, COPIED = 5, 1
CHUNK, CALLS = 300000, 24
PORT = 23100


def zerocopy_on(sock, stack):
    """SO_ZEROCOPY, or what stands in its place before 6.12."""
    if stack == "tcp":
        sock.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        return
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    except OSError as e:
        assert e.errno == errno.EOPNOTSUPP, e
        sock.setsockopt(SOL_ATCP, ATCP_ZEROCOPY, 1)
        assert sock.getsockopt(SOL_ATCP, ATCP_ZEROCOPY) == 1
    assert sock.getsockopt(socket.SOL_SOCKET, SO_ZEROCOPY) == 1


def told(sock):
    """The calls that the error queue tells of now, [(first, last, copied)]."""
    ranges = []
    while True:
        try:
            _, control, _, _ = sock.recvmsg(0, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return ranges
        for _, _, data in control:
            error, origin, _, code, _, first, last = struct.unpack_from("IBBBBII", data)
            assert error == 0 and origin == SO_EE_ORIGIN_ZEROCOPY, (error, origin)
            ranges.append((first, last, code & COPIED))


def ends(family, near, far, stack, there=None, here=None):
    """A connection from NEAR to FAR, in the namespace THERE."""
    if there is not None:
        t.enter_netns(there)
    listener = t.listener(far, 0, stack=stack)
    if there is not None:
        t.enter_netns(here)
    sock = t.make_socket(family, stack)
    sock.bind((near, 0))
    sock.settimeout(100)
    sock.connect((far, listener.getsockname()[1]))
    child = listener.accept()[0]
    child.settimeout(100)
    listener.close()
    return sock, child


def reader(child, size, into):
    """Takes SIZE bytes and what they sum up to."""
    digest, got = hashlib.sha256(), 0
    while got < size:
        data = child.recv(1 << 18)
        if not data:
            break
        digest.update(data)
        got += len(data)
    into.append((got, digest.hexdigest()))


def send_all(sock, view):
    """A call after the other until all is sent: how many calls."""
    calls = 0
    while view:
        try:
            view = view[sock.send(view, MSG_ZEROCOPY):]
        except OSError as e:
            # As many as may be owed: wait for some to be told of.
            assert e.errno == errno.ENOBUFS, e
            select.select([], [], [], 0.01)
            continue
        calls += 1
    return calls


def transfer(ktap, label, sock, child, stack):
    """Random bytes arrive whole; every call is told of, once, in order, and after that its memory is ours."""
    zerocopy_on(sock, stack)
    memory = mmap.mmap(-1, CHUNK * CALLS)
    memory[:] = os.urandom(CHUNK * CALLS)
    want = hashlib.sha256(memory).hexdigest()
    got, ranges, calls = [], [], 0
    thread = threading.Thread(target=reader, args=(child, CHUNK * CALLS, got))
    thread.start()
    view = memoryview(memory)
    sock.settimeout(None)
    for i in range(CALLS):
        calls += send_all(sock, view[i * CHUNK:(i + 1) * CHUNK])
        ranges += told(sock)
    thread.join()

    def complete():
        ranges.extend(told(sock))
        return sum(last - first + 1 for first, last, _ in ranges) >= calls

    t.wait_until(complete, 60)
    numbers = [n for first, last, _ in ranges for n in range(first, last + 1)]
    ktap.equal(got, [(CHUNK * CALLS, want)], f"{label}: all of it arrives")
    ktap.equal(sorted(numbers), list(range(calls)), f"{label}: every call is told of once")
    return [copied for _, _, copied in ranges]


def close(*socks):
    """Close them all."""
    for sock in socks:
        sock.close()


def over_lo(ktap, family, address, stack, label):
    """lo: the receiver has a copy, and the sender hears that it was one."""
    sock, child = ends(family, address, address, stack)
    copied = transfer(ktap, f"{label} lo", sock, child, stack)
    # What newer kernels' loopback says of atcp's was seen to differ; 6.1's copies all.
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 12) or stack == "tcp":
        ktap.result(all(copied), f"{label} lo: it says that it was copied after all",
                    f"{copied.count(0)} of {len(copied)} were not")
    close(sock, child)


def without(ktap, family, address, stack, label):
    """Without SO_ZEROCOPY the flag means nothing, and two is no value."""
    sock, child = ends(family, address, address, stack)
    sock.settimeout(None)
    child.settimeout(None)
    sock.send(b"x" * 1000, MSG_ZEROCOPY)
    ktap.equal(len(child.recv(1000, socket.MSG_WAITALL)), 1000, f"{label}: without the option it is a copy")
    ktap.equal(told(sock), [], f"{label}: of which nobody is told")
    if stack != "tcp":
        try:
            sock.setsockopt(SOL_ATCP, ATCP_ZEROCOPY, 2)
            ktap.result(False, f"{label}: 0 or 1")
        except OSError as e:
            ktap.equal(e.errno, errno.EINVAL, f"{label}: 0 or 1")
    # A mixture of both in one queue, small pieces.
    zerocopy_on(sock, stack)
    # They are kept: what is sent is what stands there when it is read.
    pieces = [bytes([i]) * (100 + i) for i in range(40)]
    for i, piece in enumerate(pieces):
        sock.send(piece, MSG_ZEROCOPY if i % 3 else 0)
    got = child.recv(sum(map(len, pieces)), socket.MSG_WAITALL)
    ktap.result(got == b"".join(pieces), f"{label}: with and without it, mixed")
    close(sock, child)


def held_below(ktap, family, near, far, stack, label, there, here):
    """tbf holds what was sent: its call is told of when it has gone, and not before; nor by close(2)."""
    sock, child = ends(family, near, far, stack, there, here)
    zerocopy_on(sock, stack)
    t.sh("tc qdisc replace dev near root netem delay 500ms")
    memory = mmap.mmap(-1, 100000)
    memory[:] = b"a" * 100000
    sock.settimeout(None)
    sock.send(memoryview(memory)[:4000], MSG_ZEROCOPY)
    select.select([], [], [], 0.3)
    ktap.equal(told(sock), [], f"{label}: nothing is told of while the device has it")
    child.settimeout(None)
    ktap.equal(len(child.recv(4000, socket.MSG_WAITALL)), 4000, f"{label}: it arrives")
    t.wait_until(lambda: told(sock), 10)
    t.sh("tc qdisc del dev near root")
    close(sock, child)


def over_veth(ktap, family, near, far, stack, label, there, here):
    """A pair of devices: plain, slow, with loss, and with loss and a reader that is slow."""
    for name, qdisc in (("veth", ""), ("tbf", "tbf rate 100mbit burst 20kb latency 50ms"),
                        ("loss", "netem loss 3% delay 2ms"), ("reordering", "netem delay 3ms reorder 70% 50%")):
        if qdisc:
            t.sh(f"tc qdisc replace dev near root {qdisc}")
        sock, child = ends(family, near, far, stack, there, here)
        transfer(ktap, f"{label} {name}", sock, child, stack)
        close(sock, child)
        if qdisc:
            t.sh("tc qdisc del dev near root")


def closed(ktap, family, near, far, stack, label, there, here):
    """A socket that is closed with pages in flight, and one whose peer is gone."""
    for abort in (False, True):
        sock, child = ends(family, near, far, stack, there, here)
        zerocopy_on(sock, stack)
        memory = mmap.mmap(-1, 400000)
        sock.setblocking(False)
        try:
            while True:
                sock.send(memoryview(memory), MSG_ZEROCOPY)
        except OSError as e:
            assert e.errno in (errno.EAGAIN, errno.ENOBUFS), e
        if abort:
            child.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        (child if abort else sock).close()
        t.wait_until(lambda c=child, s=sock, a=abort: ended(s if a else c), 20)
        close(sock, child)
    ktap.result(True, f"{label}: closed with pages on their way")


def ended(sock):
    """It has an error, or there is nothing more to read."""
    try:
        sock.setblocking(False)
        return not sock.recv(1 << 16)
    except BlockingIOError:
        return False
    except OSError:
        return True


def uring(ktap, family, _address, stack, label):
    """io_uring: accepts by one request, send and recv, and send_zc with all that it tells of."""
    done = subprocess.run(["progs/uring", stack, "6" if family == socket.AF_INET6 else "4"], timeout=60, text=True,
                          capture_output=True, check=False)
    for line in done.stdout.splitlines():
        ktap.result(line.startswith("ok "), f"{label} io_uring: {line.split('ok ', 1)[-1]}")
    ktap.equal((done.returncode, done.stderr), (0, ""), f"{label}: io_uring is done")


def netns():
    """A namespace of its own for the other end of a veth pair."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    assert ctypes.CDLL(None).unshare(t.CLONE_NEWNET) == 0
    t.sh("ip link set lo up; sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
    there = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    t.enter_netns(here)
    t.sh("sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
    t.sh(f"ip link add near type veth peer name far netns /proc/{os.getpid()}/fd/{there}")
    for fd, name, number in ((here, "near", 1), (there, "far", 2)):
        t.enter_netns(fd)
        t.sh(f"ip addr add 10.98.0.{number}/24 dev {name}; ip addr add fd98::{number}/64 dev {name} nodad; "
             f"ip link set {name} up")
    t.enter_netns(here)
    return here, there


def main():
    ktap = t.Ktap()
    t.private_netns()
    here, there = netns()
    for stack in ("tcp", t.STACK):
        for family, lo, near, far in ((socket.AF_INET, "127.0.0.1", "10.98.0.1", "10.98.0.2"),
                                      (socket.AF_INET6, "::1", "fd98::1", "fd98::2")):
            label = f"{stack} {'v6' if family == socket.AF_INET6 else 'v4'}"
            for case in (without, over_lo, uring):
                ktap.run(f"{label} {case.__name__}", case, ktap, family, lo, stack, label)
            for case in (held_below, over_veth, closed):
                ktap.run(f"{label} {case.__name__}", case, ktap, family, near, far, stack, label, there, here)
    ktap.end()


if __name__ == "__main__":
    main()
