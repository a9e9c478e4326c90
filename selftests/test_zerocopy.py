#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""MSG_ZEROCOPY: what is sent arrives whole, each call is told of once, and never while a device has its pages."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 300
import errno
import hashlib
import mmap
import os
import select
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t
import farend
import zerocopy as zc

CHUNK, CALLS = 300000, 24
PORT = 23100


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


def transfer(ktap, label, sock, child, stack):
    """Random bytes arrive whole; every call is told of, once, in order, and after that its memory is ours."""
    zc.ask(sock)
    memory = mmap.mmap(-1, CHUNK * CALLS)
    memory[:] = os.urandom(CHUNK * CALLS)
    want = hashlib.sha256(memory).hexdigest()
    got, ranges, calls = [], [], 0
    thread = threading.Thread(target=reader, args=(child, CHUNK * CALLS, got))
    thread.start()
    view = memoryview(memory)
    sock.settimeout(None)
    for i in range(CALLS):
        calls += zc.send_all(sock, view[i * CHUNK:(i + 1) * CHUNK])
        ranges += zc.told(sock)
    thread.join()

    def complete():
        ranges.extend(zc.told(sock))
        return sum(last - first + 1 for first, last, _ in ranges) >= calls

    t.wait_until(complete, 60)
    ktap.equal(got, [(CHUNK * CALLS, want)], f"{label}: all of it arrives")
    ktap.equal(sorted(zc.numbers(ranges)), list(range(calls)), f"{label}: every call is told of once")
    return [copied for _, _, copied in ranges]


def close(*socks):
    """Close them all."""
    for sock in socks:
        sock.close()


def over_lo(ktap, family, address, stack, label):
    """lo: the receiver has a copy, and the sender hears that it was one."""
    sock, child = farend.connect(t.listener(address, 0, stack=stack), family, address, stack)
    copied = transfer(ktap, f"{label} lo", sock, child, stack)
    # What newer kernels' loopback says of atcp's was seen to differ; 6.1's copies all.
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 12) or stack == "tcp":
        ktap.result(all(copied), f"{label} lo: it says that it was copied after all",
                    f"{copied.count(0)} of {len(copied)} were not")
    close(sock, child)


def without(ktap, family, address, stack, label):
    """Without SO_ZEROCOPY the flag means nothing, and two is no value."""
    sock, child = farend.connect(t.listener(address, 0, stack=stack), family, address, stack)
    sock.settimeout(None)
    child.settimeout(None)
    sock.send(b"x" * 1000, zc.MSG_ZEROCOPY)
    ktap.equal(len(child.recv(1000, socket.MSG_WAITALL)), 1000, f"{label}: without the option it is a copy")
    ktap.equal(zc.told(sock), [], f"{label}: of which nobody is told")
    if stack != "tcp":
        try:
            sock.setsockopt(zc.SOL_ATCP, zc.ATCP_ZEROCOPY, 2)
            ktap.result(False, f"{label}: 0 or 1")
        except OSError as e:
            ktap.equal(e.errno, errno.EINVAL, f"{label}: 0 or 1")
    # A mixture of both in one queue, small pieces.
    zc.ask(sock)
    # They are kept: what is sent is what stands there when it is read.
    pieces = [bytes([i]) * (100 + i) for i in range(40)]
    for i, piece in enumerate(pieces):
        sock.send(piece, zc.MSG_ZEROCOPY if i % 3 else 0)
    got = child.recv(sum(map(len, pieces)), socket.MSG_WAITALL)
    ktap.result(got == b"".join(pieces), f"{label}: with and without it, mixed")
    close(sock, child)


def held_below(ktap, family, far, stack, label):
    """tbf holds what was sent: its call is told of when it has gone, and not before; nor by close(2)."""
    sock, child = far.connect(family, stack)
    zc.ask(sock)
    t.sh("tc qdisc replace dev near root netem delay 500ms")
    memory = mmap.mmap(-1, 100000)
    memory[:] = b"a" * 100000
    sock.settimeout(None)
    sock.send(memoryview(memory)[:4000], zc.MSG_ZEROCOPY)
    select.select([], [], [], 0.3)
    ktap.equal(zc.told(sock), [], f"{label}: nothing is told of while the device has it")
    child.settimeout(None)
    ktap.equal(len(child.recv(4000, socket.MSG_WAITALL)), 4000, f"{label}: it arrives")
    t.wait_until(lambda: zc.told(sock), 10)
    t.sh("tc qdisc del dev near root")
    close(sock, child)


def over_veth(ktap, family, far, stack, label):
    """A pair of devices: plain, slow, with loss, and with loss and a reader that is slow."""
    for name, qdisc in (("veth", ""), ("tbf", "tbf rate 100mbit burst 20kb latency 50ms"),
                        ("loss", "netem loss 3% delay 2ms"), ("reordering", "netem delay 3ms reorder 70% 50%")):
        if qdisc:
            t.sh(f"tc qdisc replace dev near root {qdisc}")
        sock, child = far.connect(family, stack)
        transfer(ktap, f"{label} {name}", sock, child, stack)
        close(sock, child)
        if qdisc:
            t.sh("tc qdisc del dev near root")


def closed(ktap, family, far, stack, label):
    """A socket that is closed with pages in flight, and one whose peer is gone."""
    for abort in (False, True):
        sock, child = far.connect(family, stack)
        zc.ask(sock)
        memory = mmap.mmap(-1, 400000)
        sock.setblocking(False)
        try:
            while True:
                sock.send(memoryview(memory), zc.MSG_ZEROCOPY)
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


def fast_open(ktap, family, address, stack, label):
    """The call whose data goes with the SYN is told of as any, once."""
    listener = t.listener(address, 0, stack=stack,
                          setup=lambda s: s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16))
    listener.settimeout(20)
    t.sysctl("fastopen", 3, stack)
    data = mmap.mmap(-1, 20000)
    data[:] = os.urandom(20000)
    # The first one has no cookie yet.
    for i in range(3):
        sock = t.make_socket(family, stack)
        # Blocking, but not for ever.
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", 20, 0))
        zc.ask(sock)
        sent = sock.sendto(data, socket.MSG_FASTOPEN | zc.MSG_ZEROCOPY, listener.getsockname())
        child = listener.accept()[0]
        child.settimeout(20)
        got = bytearray()
        while len(got) < sent:
            got += child.recv(65536)
        ktap.result(sent and got == data[:sent], f"{label}: fast open {i} brings what was sent")
        ranges = []

        def complete(sock=sock, ranges=ranges):
            sock.setblocking(False)
            ranges.extend(zc.told(sock))
            return ranges

        t.wait_until(complete, 20)
        ktap.equal(zc.numbers(ranges), [0], f"{label}: fast open {i} is told of once")
        close(sock, child)
    listener.close()


def lost_device(ktap, family, far, stack, label):
    """The device goes with what it has: nothing is told of before, all when the connection has given up."""
    sock, child = far.connect(family, stack)
    zc.ask(sock)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 3000)
    t.sh("tc qdisc replace dev near root netem delay 30s")
    memory = mmap.mmap(-1, 12000)
    sock.setblocking(False)
    calls = 0
    for i in range(3):
        calls += zc.send_all(sock, memoryview(memory)[i * 4000:(i + 1) * 4000])
    ktap.equal(zc.told(sock), [], f"{label}: the device has it")
    t.sh("ip link del near")
    t.wait_until(lambda: t.tcp_state(sock) == "CLOSE", 60)
    # The way is gone with the device.
    ktap.equal(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), errno.ENETUNREACH, f"{label}: the device is lost")
    ranges = []

    def complete():
        ranges.extend(zc.told(sock))
        return len(zc.numbers(ranges)) >= calls

    t.wait_until(complete, 20)
    ktap.equal(zc.numbers(ranges), list(range(calls)), f"{label}: what the device had is told of in order")
    close(sock, child)
    far.cable()


def main():
    ktap = t.Ktap()
    t.private_netns()
    far = farend.FarEnd()
    for stack in ("tcp", t.STACK):
        for family, lo in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            label = f"{stack} {'v6' if family == socket.AF_INET6 else 'v4'}"
            for case in (without, over_lo, uring, fast_open):
                ktap.run(f"{label} {case.__name__}", case, ktap, family, lo, stack, label)
            for case in (held_below, over_veth, closed, lost_device):
                ktap.run(f"{label} {case.__name__}", case, ktap, family, far, stack, label)
    ktap.end()


if __name__ == "__main__":
    main()
