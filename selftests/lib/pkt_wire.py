# SPDX-License-Identifier: GPL-2.0
"""The wire of the packet scripts: segments as a script writes them, as bytes, and as they came.

    this process, the peer                          the private namespace
    10.99.0.0/16, but .0.1   <---- TUN, MTU 1500 ---->   10.99.0.1
    fd99::/64, but ::1       <---- TUN, MTU 1520 ---->   fd99::1

Each run has a peer address of its own, so that no cache knows it. IPv6's MTU is larger by what its header is
longer: a script's MSS is the same for both.
"""
import fcntl
import os
import random
import select
import socket
import struct
import time

import atcptest as t
import rawpeer as r

MASK = r.MASK
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
IFF_VNET_HDR = 0x4000
TUNSETOFFLOAD = 0x400454D0
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6 = 1, 2, 4
LETTERS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "W": 128, "A": 256}
# Accurate ECN (RFC 9768): the bits of its number, and its options' counters by their kind.
ACE = {"E": 1, "W": 2, "A": 4}
COUNTERS = {172: ["e0b", "ceb", "e1b"], 174: ["e1b", "ceb", "e0b"]}
ECN = {"noecn": 0, "ect1": 1, "ect0": 2, "ce": 3}
# ICMP's "destination unreachable" by a script's word: the codes of IPv4 and IPv6.
UNREACHABLE = {"net_unreachable": (0, 0), "host_unreachable": (1, 3), "protocol_unreachable": (2, None),
               "port_unreachable": (3, 4), "source_route_failed": (5, None), "admin_prohibited": (13, 1)}
# What any payload is made of: the byte at an offset follows from the offset.
PERIOD = 251
PATTERN = bytes(range(PERIOD)) * 600


def pattern(offset, length):
    """The bytes of a stream from OFFSET on."""
    start = offset % PERIOD
    return PATTERN[start:start + length]


class Seg:
    """A TCP segment in a script's terms, all numbers relative.

    options is None for "any of them", else a list of (name, value); ecn, win and urg are None where a
    script does not say them."""

    __slots__ = ("flags", "seq", "length", "ack", "win", "urg", "options", "ecn", "payload", "time", "gso",
                 "any_psh", "sum_ok")

    def __init__(self, flags="", seq=0, length=0, ack=None, win=None, urg=None, options=(), ecn=None):
        self.flags, self.seq, self.length, self.ack = flags, seq, length, ack
        self.win, self.urg, self.options, self.ecn = win, urg, options, ecn
        self.payload = b""
        self.time = 0.0
        self.gso = 0
        self.any_psh = "?" in flags
        self.sum_ok = True
        self.flags = flags.replace("?", "")

    def __str__(self):
        text = "".join(c for c in "FSRPUEWA." if c in self.flags) or "-"
        if self.ecn:
            text = f"[{[n for n, v in ECN.items() if v == self.ecn][0]}] {text}"
        text += f" {self.seq}:{(self.seq + self.length) & MASK}({self.length})"
        if self.ack is not None:
            text += f" ack {self.ack}"
        if self.win is not None:
            text += f" win {self.win}"
        if self.urg is not None:
            text += f" urg {self.urg}"
        if self.options is None:
            text += " <...>"
        elif self.options:
            text += f" <{show_options(self.options)}>"
        return text


def show_options(options):
    """Options as a script writes them."""
    words = []
    for name, value in options:
        if name == "TS":
            words.append("TS val {} ecr {}".format(*("*" if v is None else v for v in value)))
        elif name == "sack":
            words.append("sack " + " ".join(f"{a}:{b}" for a, b in value))
        elif name == "ECN":
            words.append(" ".join(["ECN"] + [f"{key} {'*' if n is None else n}" for key, n in
                                             zip(COUNTERS[value[0]], value[1])]))
        elif name == "kind":
            words.append(f"kind {value[0]} {value[1].hex()}".rstrip())
        elif isinstance(value, bytes):
            words.append(f"{name} {value.hex()}".rstrip())
        else:
            words.append(name if value is None else f"{name} {value}")
    return ",".join(words)


class Flow:
    """One connection: addresses, the numbers that a script's are relative to, what it sent and received."""

    def __init__(self, number, v6, stack, peer, sport, dport, isn):
        self.number, self.v6 = number, v6
        family = socket.AF_INET6 if v6 else socket.AF_INET
        self.stack, self.peer = socket.inet_pton(family, stack), socket.inet_pton(family, peer)
        self.peer_text = peer
        self.sport, self.dport = sport, dport   # the peer's port and the stack's
        self.isn = random.getrandbits(32) if isn is None else isn
        self.their_isn = random.getrandbits(32)
        self.told = False       # whether the peer has named it, or the stack has
        self.ts_shift = None    # what a script's timestamps of the stack are less
        self.sent = bytearray() # what was written to the socket
        self.written = False    # whether that is known
        self.last_ack = 0       # as on the wire
        self.last_ts = 0        # the stack's newest timestamp, as on the wire

    # --- from a script to the wire

    def encode(self, seg, variables):
        """The packet of a script's segment."""
        options = b"".join(self.encode_option(name, value, variables) for name, value in seg.options)
        options += b"\0" * (-len(options) % 4)
        ack = 0 if seg.ack is None else (seg.ack + self.their_isn) & MASK
        self.told = self.told or seg.ack is not None
        bits = sum(LETTERS[c] for c in seg.flags if c in LETTERS)
        data = pattern(seg.seq - 1 + ("S" in seg.flags), seg.length)
        if len(data) < seg.length:
            raise ValueError("a payload that long is not made here")
        head = struct.pack("!HHIIBBHHH", self.sport, self.dport, (seg.seq + self.isn) & MASK, ack,
                           (5 + len(options) // 4) << 4 | bits >> 8, bits & 255, 65535 if seg.win is None else seg.win, 0,
                           seg.urg or 0)
        raw = head + options + data
        total = r.checksum(self.pseudo(self.peer, self.stack, len(raw)) + raw)
        return self.ip(6, raw[:16] + struct.pack("!H", total) + raw[18:], seg.ecn or 0)

    def encode_option(self, name, value, variables):
        """One option's bytes."""
        if name == "nop":
            return b"\1"
        if name == "eol":
            return b"\0"
        if name == "mss":
            return struct.pack("!BBH", 2, 4, value)
        if name == "wscale":
            return struct.pack("!BBB", 3, 3, value)
        if name == "sackOK":
            return b"\4\2"
        if name == "TS":
            echo = value[1]
            if echo == "last":
                echo = self.last_ts
            elif echo and self.ts_shift is not None:
                echo += self.ts_shift
            return struct.pack("!BBII", 8, 10, value[0] & MASK, echo & MASK)
        if name == "sack":
            edges = [(edge + self.their_isn) & MASK for block in value for edge in block]
            return struct.pack(f"!BB{len(edges)}I", 5, 2 + 4 * len(edges), *edges)
        if name in ("FO", "FOEXP"):
            cookie = variables[value[1:]] if isinstance(value, str) else value
            head = struct.pack("!BB", 34, 2 + len(cookie)) if name == "FO" else \
                struct.pack("!BBH", 254, 4 + len(cookie), 0xF989)
            return head + cookie
        if name == "ECN":
            return struct.pack("!BB", value[0], 2 + 3 * len(value[1])) + \
                b"".join((n & 0xFFFFFF).to_bytes(3, "big") for n in value[1])
        return struct.pack("!BB", value[0], 2 + len(value[1])) + value[1]

    def pseudo(self, source, target, length):
        """The pseudo header."""
        tail = struct.pack("!II", length, 6) if self.v6 else struct.pack("!HH", 6, length)
        return source + target + tail

    def ip(self, proto, payload, tos=0):
        """A packet from the peer to the stack."""
        if self.v6:
            return struct.pack("!IHBB", 6 << 28 | tos << 20, len(payload), proto, 64) + self.peer + self.stack + payload
        head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), random.getrandbits(16), 0x4000, 64, proto, 0,
                           self.peer, self.stack)
        return head[:10] + struct.pack("!H", r.checksum(head)) + head[12:] + payload

    def icmp(self, kind, code, mtu, seg):
        """An ICMP error about a segment of the stack's."""
        quoted = struct.pack("!HHIIBBHHH", self.dport, self.sport, (seg.seq + self.their_isn) & MASK,
                             ((seg.ack or 0) + self.isn) & MASK, 5 << 4,
                             sum(LETTERS[c] for c in seg.flags if c in LETTERS), 65535, 0, 0)
        if self.v6:
            inner = struct.pack("!IHBB", 6 << 28, 20 + seg.length, 6, 64) + self.stack + self.peer + quoted
            body = struct.pack("!BBHI", kind, code, 0, mtu) + inner
            fake = self.peer + self.stack + struct.pack("!II", len(body), 58)
            total = r.checksum(fake + body)
            return self.ip(58, body[:2] + struct.pack("!H", total) + body[4:])
        inner = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + seg.length, 0, 0x4000, 64, 6, 0, self.stack, self.peer)
        inner = inner[:10] + struct.pack("!H", r.checksum(inner)) + inner[12:] + quoted
        body = struct.pack("!BBHI", kind, code, 0, mtu) + inner
        return self.ip(1, body[:2] + struct.pack("!H", r.checksum(body)) + body[4:])

    # --- from the wire to a script's terms

    def decode(self, packet):
        """The segment in a packet."""
        raw = packet.tcp
        _, _, seq, ack, offset, bits, win, _, urg = struct.unpack("!HHIIBBHHH", raw[:20])
        bits |= (offset & 1) << 8
        flags = "".join(c for c, bit in LETTERS.items() if bits & bit)
        if "S" in flags:
            self.their_isn, self.told = seq, True
        elif not self.told:
            self.their_isn = 0      # a reset of what has no numbers yet
        if "." in flags:
            self.last_ack = ack
        header = (offset >> 4) * 4
        seg = Seg(flags, (seq - self.their_isn) & MASK, len(raw) - header,
                  (ack - self.isn) & MASK if "." in flags else None, win, urg if "U" in flags else None)
        seg.options = [self.decode_option(kind, value) for kind, value in split_options(raw[20:header])]
        seg.payload = raw[header:]
        seg.time, seg.gso, seg.ecn = packet.time, packet.gso, packet.ecn
        seg.sum_ok = packet.partial or r.checksum(self.pseudo(self.stack, self.peer, len(raw)) + raw) == 0
        return seg

    def decode_option(self, kind, value):
        """One option as (name, value)."""
        if kind in (0, 1):
            return ("eol", "nop")[kind], None
        if kind == 2 and len(value) == 2:
            return "mss", struct.unpack("!H", value)[0]
        if kind == 3 and len(value) == 1:
            return "wscale", value[0]
        if kind == 4 and not value:
            return "sackOK", None
        if kind == 8 and len(value) == 8:
            val, echo = struct.unpack("!II", value)
            self.last_ts = val
            return "TS", ((val - (self.ts_shift or 0)) & MASK, echo)
        if kind == 5 and len(value) % 8 == 0:
            edges = [(edge - self.isn) & MASK for edge in struct.unpack(f"!{len(value) // 4}I", value)]
            return "sack", list(zip(edges[::2], edges[1::2]))
        if kind == 34:
            return "FO", value
        if kind == 254 and value[:2] == b"\xf9\x89":
            return "FOEXP", value[2:]
        if kind in COUNTERS and len(value) % 3 == 0 and len(value) <= 9:
            return "ECN", (kind, [int.from_bytes(value[i:i + 3], "big") for i in range(0, len(value), 3)])
        return "kind", (kind, value)


def split_options(data):
    """(kind, what follows the length) of each option."""
    while data:
        if data[0] in (0, 1):
            yield data[0], b""
            data = data[1:]
            continue
        length = max(data[1] if len(data) > 1 else 2, 2)
        yield data[0], data[2:length]
        data = data[length:]


class Packet:
    """A TCP packet as it was read, with the time of it."""

    __slots__ = ("v6", "stack", "peer", "tcp", "ecn", "time", "gso", "partial", "sport", "dport")

    def __init__(self, data):
        flags, kind, _, self.gso, start, offset = struct.unpack("=BBHHHH", data[:10])
        if not kind:
            self.gso = 0
        ip = data[10:]
        self.partial = flags & 1
        self.v6 = ip[0] >> 4 == 6
        proto = ip[6] if self.v6 else ip[9]
        body = ip[40:] if self.v6 else ip[(ip[0] & 15) * 4:struct.unpack("!H", ip[2:4])[0]]
        self.stack, self.peer = (ip[8:24], ip[24:40]) if self.v6 else (ip[12:16], ip[16:20])
        self.ecn = (ip[1] >> 4 if self.v6 else ip[1]) & 3
        self.tcp = body if proto == 6 else None
        self.dport, self.sport = struct.unpack("!HH", body[:4]) if proto == 6 else (0, 0)
        self.time = time.monotonic()


class Wire:
    """Both devices."""

    def __init__(self):
        self.fds = {}
        for v6, name, mtu, address in ((False, "wire4", 1500, "10.99.0.1/16"), (True, "wire6", 1520, "fd99::1/64")):
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, r.TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
            t.sh(f"ip link set {name} mtu {mtu} txqueuelen 10000 up; ip addr add {address} dev {name}"
                 + (" nodad" if v6 else ""))
            self.fds[v6] = fd
        self.offload(False)
        # A device is there before IPv6 sends through it.
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            while not select.select([self.fds[True]], [], [], 0.02)[0]:
                try:
                    sock.sendto(b"", ("fd99::ffff", 9))
                except OSError:
                    pass

    @staticmethod
    def addresses(v6, number):
        """(the stack's, that of peer NUMBER)"""
        number += 2
        return ("fd99::1", f"fd99::{number:x}") if v6 else ("10.99.0.1", f"10.99.{number >> 8}.{number & 255}")

    def offload(self, on):
        """Whether packets come as the stack made them, of many segments, or cut as a plain device wants them."""
        for v6, fd in self.fds.items():
            bits = TUN_F_CSUM | (TUN_F_TSO6 if v6 else TUN_F_TSO4) if on else 0
            fcntl.ioctl(fd, TUNSETOFFLOAD, bits)

    def write(self, v6, packet):
        """A packet to the stack."""
        os.write(self.fds[v6], bytes(10) + packet)

    def read(self, v6, timeout):
        """The next TCP packet of the stack within TIMEOUT, or None."""
        end = time.monotonic() + timeout
        while True:
            try:
                packet = Packet(os.read(self.fds[v6], 70000))
            except BlockingIOError:
                left = end - time.monotonic()
                if left <= 0 or not select.select([self.fds[v6]], [], [], left)[0]:
                    return None
                continue
            if packet.tcp:
                return packet

    def reset(self, packet):
        """Answers a packet as a host that knows nothing of it."""
        _, _, seq, ack, offset, bits = struct.unpack("!HHIIBB", packet.tcp[:14])
        if bits & LETTERS["R"]:
            return
        length = len(packet.tcp) - (offset >> 4) * 4 + bool(bits & LETTERS["S"]) + bool(bits & LETTERS["F"])
        family = socket.AF_INET6 if packet.v6 else socket.AF_INET
        flow = Flow(0, packet.v6, socket.inet_ntop(family, packet.stack), socket.inet_ntop(family, packet.peer),
                    packet.sport, packet.dport, 0)
        flow.their_isn = 0
        seg = Seg("R", ack) if bits & LETTERS["."] else Seg("R.", 0, 0, (seq + length) & MASK)
        self.write(packet.v6, flow.encode(seg, {}))
