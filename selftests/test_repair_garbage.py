#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP_REPAIR with numbers that nobody means: whoever has a user namespace may set them, and the kernel is content."""
# platforms: stock uml
# check: uml
# timeout: 120
import random
import select
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import repair as r

TCP = socket.IPPROTO_TCP
EDGES = (0, 1, 2, 7, 15, 47, 48, 536, 1460, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff)
FLAGS = (0, socket.MSG_PEEK, socket.MSG_OOB, socket.MSG_TRUNC, socket.MSG_WAITALL)
STATES = {"connected", "restored", "connecting"}


def number(dice, near):
    """A number of 32 bits: an edge, anything, or one near a number that means something."""
    return dice.choice((dice.choice(EDGES), dice.getrandbits(32), near + dice.randint(-70000, 70000))) & 0xffffffff


class Play:
    """Calls on one socket, whose peer is an ordinary program."""

    def __init__(self, dice, address):
        self.dice, self.address = dice, address
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.lsock = t.listener(address, 0, 20)
        self.peer = None
        self.sock = t.make_socket(family)
        self.sock.settimeout(0)
        self.known = [0]

    def begin(self, state):
        """Connected, about to connect, or made by TCP_REPAIR alone."""
        if state == "connected":
            self.sock.settimeout(10)
            self.sock.connect(self.lsock.getsockname()[:2])
            self.sock.settimeout(0)
            self.peer = self.lsock.accept()[0]
            self.peer.settimeout(0)
        self.sock.setsockopt(TCP, r.TCP_REPAIR, r.ON)
        if state == "restored":
            self.sequence()
            self.sock.connect((self.address, 9))
            self.options()
        elif state == "connecting":
            self.sock.setsockopt(TCP, r.TCP_REPAIR, r.OFF)
            self.sock.connect((self.address, 9))

    def learn(self):
        """The numbers that the socket has."""
        for queue in (r.RECV_QUEUE, r.SEND_QUEUE):
            self.sock.setsockopt(TCP, r.TCP_REPAIR_QUEUE, queue)
            self.known.append(r.unsigned(self.sock, r.TCP_QUEUE_SEQ))
        self.known += struct.unpack("5I", self.sock.getsockopt(TCP, r.TCP_REPAIR_WINDOW, 20))

    def sequence(self):
        """A queue's first number."""
        self.sock.setsockopt(TCP, r.TCP_REPAIR_QUEUE, self.dice.choice((1, 2)))
        r.set_unsigned(self.sock, r.TCP_QUEUE_SEQ, number(self.dice, self.dice.choice(self.known)))

    def options(self):
        """What is said to have been agreed on."""
        rows = [(self.dice.choice((2, 3, 4, 8, 5, 34)), self.dice.choice((0, self.dice.choice(EDGES), 0x70007, 0xe000e)))
                for _ in range(self.dice.randint(0, 4))]
        self.sock.setsockopt(TCP, r.TCP_REPAIR_OPTIONS, b"".join(struct.pack("II", *row) for row in rows) +
                             bytes(self.dice.choice((0, 0, 3))))

    def window(self):
        """Windows."""
        base = self.dice.choice(self.known)
        low, high = sorted((number(self.dice, base), number(self.dice, base)))
        self.sock.setsockopt(TCP, r.TCP_REPAIR_WINDOW, struct.pack(
            "5I", number(self.dice, base), low, high, number(self.dice, 65535), number(self.dice, base)))

    def mode(self):
        """In, out with a word to the peer, out without."""
        self.sock.setsockopt(TCP, r.TCP_REPAIR, self.dice.choice((r.ON, r.ON, r.OFF, r.OFF_NO_WP, 5)))

    def queue(self):
        """Which queue calls are about."""
        self.sock.setsockopt(TCP, r.TCP_REPAIR_QUEUE, self.dice.choice((0, 1, 2, 3)))

    def send(self):
        """Bytes for whichever queue it is."""
        self.sock.send(bytes(self.dice.choice((0, 1, 100, 1460, 5000, 70000))), self.dice.choice(FLAGS))

    def recv(self):
        """Bytes of it."""
        self.sock.recv(self.dice.choice((1, 1000, 100000)), self.dice.choice(FLAGS) | socket.MSG_DONTWAIT)

    def more(self):
        """What any program may ask for."""
        call = self.dice.choice((
            lambda: self.sock.setsockopt(TCP, r.TCP_TIMESTAMP, self.dice.getrandbits(31)),
            lambda: self.sock.setsockopt(TCP, socket.TCP_MAXSEG, self.dice.choice((88, 536, 32767))),
            lambda: self.sock.setsockopt(TCP, socket.TCP_WINDOW_CLAMP, self.dice.choice((0, 1, 1000, 1 << 20))),
            lambda: self.sock.getsockopt(TCP, socket.TCP_INFO, 300),
            lambda: self.sock.shutdown(socket.SHUT_WR),
            lambda: select.select([self.sock], [self.sock], [], 0),
            lambda: self.sock.bind((self.address, 0)),
            lambda: self.sock.connect((self.address, 9))))
        call()

    def far(self):
        """The peer reads and writes."""
        if self.peer:
            self.peer.send(bytes(self.dice.choice((1, 3000, 60000))))
            self.peer.recv(1 << 20)

    def run(self, steps):
        """Calls of which most fail."""
        for call in [self.learn] + self.dice.choices(
                (self.learn, self.sequence, self.options, self.window, self.mode, self.queue, self.send, self.recv, self.more, self.far),
                k=steps):
            try:
                call()
            except OSError:
                pass

    def end(self):
        """Closed, in repair or not."""
        for sock in (self.sock, self.peer, self.lsock):
            if sock:
                sock.close()


def story(ktap, address):
    """Plays of chance; the seed is told, for it to be played again."""
    # Not of the kernel's randomness, which a young machine has none of for minutes.
    seed = time.time_ns() & 0xffffffff
    print(f"# {address}: seed {seed}")
    # What is closed in the middle of nothing is not to be waited for.
    t.sysctl("orphan_retries", 1)
    dice = random.Random(seed)
    end, plays = time.monotonic() + (6 if t.CHECK else 20), 0
    while time.monotonic() < end:
        play = Play(dice, address)
        try:
            play.begin(dice.choice(sorted(STATES)))
        except OSError:
            pass
        play.run(dice.randint(5, 60))
        play.end()
        plays += 1
    ktap.result(plays > 5, f"{address}: sockets in repair take any number", plays)
    sock, peer = t.pair(t.STACK, t.STACK, address, 7000)
    sock.sendall(b"whole")
    ktap.equal(peer.recv(5, socket.MSG_WAITALL), b"whole", f"{address}: and others go on")


t.side_by_side(story, "127.0.0.1", "::1")
