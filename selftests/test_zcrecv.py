#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP_ZEROCOPY_RECEIVE: whole pages that came are mapped, and what is said of them is what the kernel's TCP says."""
# timeout: 120
# platforms: stock uml
# check: uml
import ctypes
import errno
import fcntl
import itertools
import mmap
import os
import socket
import struct
import sys
import termios

sys.path.insert(0, "lib")
import atcptest as t

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
TCP, ZEROCOPY_RECEIVE, CLEAN = socket.IPPROTO_TCP, 35, 1
PAGE, PAGES = mmap.PAGESIZE, 16
PORTS = itertools.count(24200)
SO_TIMESTAMPNS = 35


class Window:
    """Room for pages of a socket's."""

    def __init__(self, sock, pages=PAGES, prot=mmap.PROT_READ):
        self.size = pages * PAGE
        self.at = LIBC.mmap(None, self.size, prot, mmap.MAP_SHARED, sock.fileno(), 0)
        if self.at == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), "mmap")

    def holds(self, page, count=1):
        """What is there."""
        return ctypes.string_at(self.at + page * PAGE, count * PAGE)

    def close(self):
        """Away with it."""
        LIBC.munmap(ctypes.c_void_p(self.at), ctypes.c_size_t(self.size))


def page(number):
    """A page that says whose it is everywhere."""
    return b"%07d." % number * (PAGE // 8)


def send_pages(sock, first, count):
    """Pages as they are: out of a pipe, which has them each for itself."""
    ends = os.pipe()
    for number in range(first, first + count):
        os.write(ends[1], page(number))
        left = PAGE
        while left:
            left -= os.splice(ends[0], sock.fileno(), left)
    for end in ends:
        os.close(end)


def waits(sock, size):
    """All of it has come."""
    def inq():
        raw = bytearray(4)
        fcntl.ioctl(sock, termios.FIONREAD, raw)
        return struct.unpack("=i", raw)[0]
    assert t.wait_until(lambda: inq() == size), f"{inq()} of {size}"


def ask(sock, address, length, buf=None, room=0, flags=0, size=64, control=None, reserved=0, more=b"", bits=0):
    """getsockopt(2): (length, recv_skip_hint, inq, err, copybuf_len), or the errno; and the struct."""
    raw = struct.pack("=QIIIiQiIQQII", address, length, 0, 0, 0, ctypes.addressof(buf) if buf else 0, room, flags,
                      ctypes.addressof(control) if control else 0, len(control) if control else 0, bits, reserved)
    place = ctypes.create_string_buffer(raw + more, len(raw) + len(more))
    got = ctypes.c_int(size)
    if LIBC.getsockopt(sock.fileno(), TCP, ZEROCOPY_RECEIVE, place, ctypes.byref(got)):
        return errno.errorcode[ctypes.get_errno()]
    out = struct.unpack("=QIIIiQiIQQII", place.raw[:64])
    ask.told = out
    return out[1], out[2], out[3], out[4], out[6]


def mapped(told, client, server, address):
    """Pages, once and again, in two places."""
    sock, child = t.pair(client, server, address, next(PORTS))
    one, two = Window(child), Window(child)
    send_pages(sock, 0, 4)
    waits(child, 4 * PAGE)
    told.append(("first", ask(child, one.at, 3 * PAGE), one.holds(0, 3) == b"".join(map(page, range(3)))))
    told.append(("the last", ask(child, two.at, 8 * PAGE), two.holds(0) == page(3)))
    # What was there goes; the other place stays.
    send_pages(sock, 10, 2)
    waits(child, 2 * PAGE)
    told.append(("again", ask(child, two.at, 8 * PAGE), two.holds(0, 2) == page(10) + page(11), one.holds(0) == page(0)))
    # It is said to be clean, and is not; then it is.
    for number, place in ((20, 0), (21, 8)):
        send_pages(sock, number, 1)
        waits(child, PAGE)
        told.append(("clean", ask(child, two.at + place * PAGE, PAGE, flags=CLEAN), two.holds(place) == page(number)))
    # Half a page was read: what is left of it has to be, too.
    send_pages(sock, 30, 3)
    waits(child, 3 * PAGE)
    child.recv(100)
    told.append(("half a page", ask(child, one.at, 8 * PAGE)))
    child.recv(PAGE - 100)
    told.append(("on a page", ask(child, one.at, 8 * PAGE), one.holds(0, 2) == page(31) + page(32)))
    # More than a batch, and nothing of it is lost.
    large = Window(child, 100)
    child.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    send_pages(sock, 100, 12)
    waits(child, 12 * PAGE)
    told.append(("many", ask(child, large.at, 100 * PAGE)[0], large.holds(0, 12) == b"".join(map(page, range(100, 112)))))
    child.close()
    told.append(("after close", one.holds(0) == page(31), large.holds(11) == page(111)))
    for window in (one, two, large):
        window.close()
    sock.close()


def copied(told, client, server, address):
    """What is no page is copied, if there is room; the end."""
    sock, child = t.pair(client, server, address, next(PORTS))
    window, buf = Window(child), ctypes.create_string_buffer(2 * PAGE)
    told.append(("nothing", ask(child, window.at, 8 * PAGE)))
    sock.sendall(b"short")
    waits(child, 5)
    told.append(("short", ask(child, window.at, 8 * PAGE)))
    told.append(("with room", ask(child, window.at, 8 * PAGE, buf, 100), buf.raw[:5]))
    send_pages(sock, 0, 2)
    sock.sendall(b"x" * 100)
    waits(child, 2 * PAGE + 100)
    told.append(("two and some", ask(child, window.at, 8 * PAGE, buf, 200), window.holds(0, 2) == page(0) + page(1),
                 buf.raw[:101] == b"x" * 100 + buf.raw[100:101]))
    # Times, of what is mapped and of what is copied.
    child.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    def stamped():
        sock.sendall(b"t")
        waits(child, 1)
        return child.recvmsg(1, 64)[1]

    # The kernel begins to take the time of packets a little later.
    assert t.wait_until(stamped, 20)
    for room in (0, 2 * PAGE):
        send_pages(sock, 3, 1)
        waits(child, PAGE)
        control = ctypes.create_string_buffer(64)
        told.append(("time", ask(child, window.at, PAGE, buf, room, control=control, bits=2),
                     struct.unpack_from("=Qii", control), bool(ask.told[10]), ask.told[9]))
    # As little of the struct as there may be.
    send_pages(sock, 4, 1)
    waits(child, PAGE)
    told.append(("12 bytes", ask(child, window.at, PAGE, size=12), window.holds(0) == page(4)))
    sock.close()
    assert t.wait_until(lambda: child.recv(1, socket.MSG_DONTWAIT) == b"")
    told.append(("the end", ask(child, window.at, PAGE)))
    window.close(), child.close()


def refused(told, client, server, address):
    """What cannot be."""
    sock, child = t.pair(client, server, address, next(PORTS))
    window, buf = Window(child), ctypes.create_string_buffer(64)
    send_pages(sock, 0, 1)
    waits(child, PAGE)
    for what in (dict(address=window.at + 8), dict(address=0), dict(address=ctypes.addressof(buf) & -PAGE), dict(size=11),
                 dict(reserved=1), dict(bits=4), dict(size=72, more=bytes(7) + b"x"), dict(size=-1)):
        told.append((sorted(what), ask(**{"sock": child, "address": window.at, "length": PAGE, **what})))
    told.append(("small", ask(child, window.at, PAGE - 1)))
    told.append(("longer", ask(child, window.at, PAGE, size=72, more=bytes(8)), window.holds(0) == page(0)))
    for prot in (mmap.PROT_WRITE, mmap.PROT_READ | mmap.PROT_EXEC):
        try:
            Window(child, prot=prot)
            told.append("mapped")
        except OSError as e:
            told.append(e.errno)
    told.append(("mprotect", LIBC.mprotect(ctypes.c_void_p(window.at), PAGE, 3), ctypes.get_errno()))
    with t.listener(address, next(PORTS), stack=server) as lsock:
        told.append(("listener", ask(lsock, window.at, PAGE)))
    window.close(), sock.close(), child.close()


def inherited(told, client, server, address):
    """A child process sees what its parent has."""
    sock, child = t.pair(client, server, address, next(PORTS))
    window = Window(child)
    send_pages(sock, 0, 1)
    waits(child, PAGE)
    told.append(ask(child, window.at, PAGE))
    pid = os.fork()
    if not pid:
        os._exit(window.holds(0) != page(0))
    told.append(os.waitpid(pid, 0)[1])
    window.close(), sock.close(), child.close()


def main():
    t.private_netns()
    ktap = t.Ktap()
    for case in (mapped, copied, refused, inherited):
        for address in ("127.0.0.1", "::1"):
            want, got = [], []
            case(want, "tcp", "tcp", address)
            case(got, t.STACK, t.STACK, address)
            ktap.equal(got, want, f"{address}: {case.__doc__}")
    ktap.end()


if __name__ == "__main__":
    main()
