#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A program that does not accept for 5 s, backlog 16, 200 clients: each overflow policy."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import errno
import selectors
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t

CLIENTS, BACKLOG, STALL = 200, 16, 5.0
FITS = BACKLOG + 1
ATCP_OVERFLOW = 2
DROP, RESET, PARK, AFTER = 0, 1, 2, 3
AFTER_MS = 1500
SLOW = 1 if t.PLATFORM == "stock" else 6


def text(i):
    """What client I sends: no two the same."""
    return (b"client %d " % i) * 150


class Client:
    """A client of the kernel's TCP: sends its text, ends, waits for the answer."""

    def __init__(self, i, port):
        self.i = i
        self.state = "connecting"
        self.at = 0.0
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.connect_ex(("127.0.0.1", port))

    def step(self):
        """Goes on as far as it can; false when it is at its end."""
        try:
            if self.state == "connecting":
                err = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if err:
                    raise OSError(err, "connect")
                self.sock.getpeername()
                self.sock.sendall(text(self.i))
                self.sock.shutdown(socket.SHUT_WR)
                self.state = "sent"
            answer = self.sock.recv(10)
            self.state = "done" if answer == b"ok" else "cut"
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno == errno.ENOTCONN:
                return True
            self.state = errno.errorcode.get(error.errno, str(error))
        self.at = time.monotonic()
        return False


class Crowd:
    """All the clients, stepped until a time."""

    def __init__(self, port):
        self.selector = selectors.DefaultSelector()
        self.clients = [Client(i, port) for i in range(CLIENTS)]
        for client in self.clients:
            self.selector.register(client.sock, selectors.EVENT_READ
                                   | selectors.EVENT_WRITE, client)

    def run(self, until):
        """Steps whoever can go on until UNTIL."""
        while (left := until - time.monotonic()) > 0:
            for key, _ in self.selector.select(min(left, 0.05)):
                client = key.data
                if not client.step():
                    self.selector.unregister(client.sock)
                elif client.state == "sent":
                    self.selector.modify(client.sock, selectors.EVENT_READ, client)

    def states(self):
        """How many are in which state."""
        found = {}
        for client in self.clients:
            found[client.state] = found.get(client.state, 0) + 1
        return found

    def close(self):
        """Leaves nothing behind."""
        for client in self.clients:
            client.sock.close()


def drain(listener, crowd, seconds):
    """Accepts, reads and answers everything for SECONDS; the texts, by client."""
    got, end = {}, time.monotonic() + seconds
    listener.setblocking(False)
    last = time.monotonic()
    while time.monotonic() < end and len(got) < CLIENTS:
        try:
            conn = listener.accept()[0]
        except BlockingIOError:
            crowd.run(time.monotonic() + 0.02)
            continue
        conn.settimeout(5 * SLOW)
        data = b""
        try:
            while piece := conn.recv(65536):
                data += piece
            conn.sendall(b"ok")
        except OSError:
            pass
        conn.close()
        if data:
            got[int(data.split()[1])] = data
            last = time.monotonic()
    crowd.run(time.monotonic() + 0.3 * SLOW)
    return got, last


def stall(port, policy, seconds, wait, stack=t.STACK):
    """The story: listen, 200 clients, SECONDS of nothing, then WAIT of work."""
    def setup(sock):
        if stack != "tcp":
            sock.setsockopt(t.SOL_ATCP, ATCP_OVERFLOW, policy)

    listener = t.listener("127.0.0.1", port, BACKLOG, stack, setup)
    start = time.monotonic()
    crowd = Crowd(port)
    crowd.run(start + seconds)
    asleep = crowd.states()
    woke = time.monotonic()
    got, last = drain(listener, crowd, wait)
    done = crowd.states()
    times = [c.at - start for c in crowd.clients if c.state == "ECONNRESET"]
    crowd.close()
    listener.close()
    wrong = [i for i, data in got.items() if data != text(i)]
    print(f"# {stack} policy {policy}: asleep {asleep}, then {done}; "
          f"{len(got)} whole in {last - woke:.2f} s", flush=True)
    return asleep, done, got, wrong, last - woke, times


def park():
    """park: all 200 are whole within a second of its waking, and no byte is lost."""
    asleep, done, got, wrong, took, _ = stall(20401, PARK, STALL, 20)
    assert asleep == {"sent": CLIENTS}, asleep
    assert len(got) == CLIENTS and not wrong, (len(got), wrong)
    assert done == {"done": CLIENTS}, done
    # A second is the aim; the program itself takes some of it on a slow machine.
    assert took < 3.0 * SLOW, took


def after():
    """reset_after: who fits is served, the others are reset when the time is over."""
    before = t.counter("OverflowReset")
    asleep, done, got, wrong, _, times = stall(20402, AFTER | AFTER_MS << 4,
                                               STALL, 1.0 * SLOW)
    assert asleep == {"sent": FITS, "ECONNRESET": CLIENTS - FITS}, asleep
    assert t.counter("OverflowReset") - before == CLIENTS - FITS
    assert len(got) == FITS and not wrong, (len(got), wrong)
    assert done == {"done": FITS, "ECONNRESET": CLIENTS - FITS}, done
    assert min(times) >= AFTER_MS / 1000, min(times)
    assert max(times) <= AFTER_MS / 1000 + 4 * t.LATE, max(times)


def drop():
    """drop: who fits is served; the others' SYNs and ACKs went unanswered."""
    before = t.counter("ListenOverflows")
    asleep, done, got, wrong, _, _ = stall(20403, DROP, 2, 1.0 * SLOW)
    assert t.counter("ListenOverflows") > before
    assert set(asleep) <= {"sent", "connecting"}, asleep
    assert asleep["sent"] >= FITS, asleep
    assert len(got) >= FITS and not wrong, (len(got), wrong)
    # Who believes in a connection whose request has ended is told when its text comes again.
    assert set(done) <= {"done", "sent", "connecting", "ECONNRESET", "EPIPE"}, done


def reset():
    """reset: who fits is served; an ACK that finds no room is answered by RST."""
    asleep, done, got, wrong, _, _ = stall(20404, RESET, 2, 1.0 * SLOW)
    assert set(asleep) <= {"sent", "connecting", "ECONNRESET"}, asleep
    assert len(got) >= FITS and not wrong, (len(got), wrong)
    assert set(done) <= {"done", "sent", "connecting", "ECONNRESET", "EPIPE"}, done


def main():
    """Each policy; the kernel's TCP beside them for its figures."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP is looked at beside atcp")
    t.private_netns()
    # The SYN queue is another matter, and so are cookies.
    t.sysctl("max_syn_backlog", 1024)
    ktap = t.Ktap()
    for case in (park, after):
        ktap.run(case.__doc__, case)
    # A cookie's peer is reset when its FIN comes and its text was dropped.
    t.sysctl("syncookies", 0)
    for case in (drop, reset):
        ktap.run(case.__doc__, case)
    stall(20405, 0, STALL, 1.0, "tcp")
    ktap.end()


if __name__ == "__main__":
    main()
