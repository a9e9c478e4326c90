# SPDX-License-Identifier: GPL-2.0
"""TCP-AO (RFC 5925): its socket options, and a raw peer that signs what it sends and verifies what comes.

The codes are made here by RFC 5926's words, of hashlib's HMAC and an AES of our own.
"""
import ctypes
import hmac
import ipaddress
import itertools
import os
import socket
import struct

import atcptest as t
import rawpeer as r

LIBC = ctypes.CDLL(None, use_errno=True)
TCP = socket.IPPROTO_TCP
ADD_KEY, DEL_KEY, INFO, GET_KEYS, REPAIR = 38, 39, 40, 41, 42
IFINDEX, EXCLUDE_OPT = 1, 2
SECRET = b"secret of some length"
CURRENT, RNEXT, ASYNC = 1, 2, 4


def peers(address, family=None, port=0):
    """A struct sockaddr_storage."""
    if address is None:
        return bytes(128)
    ip = ipaddress.ip_address(address)
    family = family or (socket.AF_INET6 if ip.version == 6 else socket.AF_INET)
    head = struct.pack("=H", family) + struct.pack("!H", port) + (bytes(4) if ip.version == 6 else b"")
    return (head + ip.packed).ljust(128, b"\0")


def whole(address):
    """The prefix that is one address."""
    ip = ipaddress.ip_address(address)
    return 128 if ip.version == 6 and not ip.ipv4_mapped else 32


def add_key(address, secret=SECRET, sndid=100, rcvid=100, alg="hmac(sha1)", prefix=None, maclen=0, keyflags=0,
            ifindex=0, flags=0, reserved2=0, keylen=None, family=None, port=0):
    """A struct tcp_ao_add."""
    return (peers(address, family, port) + alg.encode().ljust(64, b"\0") +
            struct.pack("=iIH6B", ifindex, flags, reserved2, whole(address) if prefix is None else prefix, sndid,
                        rcvid, maclen, keyflags, len(secret) if keylen is None else keylen) + secret.ljust(80, b"\0"))


def del_key(address, sndid=100, rcvid=100, prefix=None, flags=0, current=0, rnext=0, keyflags=0, ifindex=0, reserved2=0,
            port=0):
    """A struct tcp_ao_del."""
    return peers(address, None, port) + struct.pack("=iIH6B", ifindex, flags, reserved2,
                                                    whole(address) if prefix is None else prefix, sndid, rcvid, current,
                                                    rnext, keyflags)


INFO_FLAGS = {"current": 1, "rnext": 2, "required": 4, "counters": 8, "icmps": 16}
COUNTS = ("good", "bad", "key_not_found", "missing", "icmp")


def info(flags="", current=0, rnext=0, counts=(0, 0, 0, 0, 0), reserved=0):
    """A struct tcp_ao_info_opt; FLAGS: names of INFO_FLAGS."""
    return struct.pack("=IHBB5Q", sum(INFO_FLAGS[f] for f in flags.split()) | reserved, 0, current, rnext, *counts)


def get(sock, option, length, said=b""):
    """getsockopt(2) with a buffer that begins with what is SAID: (length, all of the buffer)."""
    room = ctypes.create_string_buffer(said, max(length, len(said), 1))
    size = ctypes.c_int(length)
    if LIBC.getsockopt(sock.fileno(), TCP, option, room, ctypes.byref(size)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return size.value, room.raw


def get_info(sock):
    """TCP_AO_INFO as a dictionary."""
    flags, _, current, rnext, *counts = struct.unpack("=IHBB5Q", get(sock, INFO, 48)[1])
    told = dict(zip(COUNTS, counts))
    told.update(current=current if flags & 1 else None, rnext=rnext if flags & 2 else None,
                required=bool(flags & 4), icmps=bool(flags & 16))
    return told


class _Aes:
    """AES-128, one block."""

    def __init__(self, key):
        if not hasattr(_Aes, "box"):
            _Aes.box = _Aes.make_box()
        words = [list(key[i:i + 4]) for i in range(0, 16, 4)]
        rcon = 1
        for i in range(4, 44):
            word = list(words[i - 1])
            if i % 4 == 0:
                word = [self.box[b] for b in word[1:] + word[:1]]
                word[0] ^= rcon
                rcon = self.double(rcon)
            words.append([a ^ b for a, b in zip(words[i - 4], word)])
        self.keys = [sum(words[i:i + 4], []) for i in range(0, 44, 4)]

    @staticmethod
    def double(b):
        """Times x in the field."""
        return (b << 1 ^ (0x11B if b & 0x80 else 0)) & 0xFF

    @staticmethod
    def make_box():
        """The S-box: inverses, by powers of a generator, and an affine step."""
        power, log, x = [0] * 255, [0] * 256, 1
        for i in range(255):
            power[i], log[x] = x, i
            x ^= _Aes.double(x)
        box = []
        for b in range(256):
            inv = power[-log[b] % 255] if b else 0
            out = 0x63
            for shift in range(5):
                out ^= (inv << shift | inv >> (8 - shift)) & 0xFF
            box.append(out)
        return box

    def encrypt(self, block):
        """One block."""
        state = [a ^ b for a, b in zip(block, self.keys[0])]
        for n in range(1, 11):
            state = [self.box[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if n < 10:
                mixed = []
                for c in range(0, 16, 4):
                    col = state[c:c + 4]
                    every = col[0] ^ col[1] ^ col[2] ^ col[3]
                    mixed += [col[i] ^ every ^ self.double(col[i] ^ col[(i + 1) % 4]) for i in range(4)]
                state = mixed
            state = [a ^ b for a, b in zip(state, self.keys[n])]
        return bytes(state)


def cmac(key, data):
    """AES-128-CMAC (RFC 4493)."""
    aes = _Aes(key)
    value = int.from_bytes(aes.encrypt(bytes(16)), "big")
    subkeys = []
    for _ in range(2):
        value = (value << 1 ^ (0x87 if value >> 127 else 0)) & ((1 << 128) - 1)
        subkeys.append(value.to_bytes(16, "big"))
    n = max((len(data) + 15) // 16, 1)
    last = data[(n - 1) * 16:]
    full = len(last) == 16
    last = bytes(a ^ b for a, b in zip(last if full else (last + b"\x80").ljust(16, b"\0"), subkeys[not full]))
    x = bytes(16)
    for i in range(n):
        block = data[i * 16:i * 16 + 16] if i < n - 1 else last
        x = aes.encrypt(bytes(a ^ b for a, b in zip(x, block)))
    return x


def digest(alg, key, data):
    """The MAC, and the KDF's function, by what the kernel calls it."""
    if alg.startswith("cmac"):
        return cmac(key if len(key) == 16 else cmac(bytes(16), key), data)
    return hmac.digest(key, data, alg[5:-1])


def traffic_key(alg, secret, src, dst, sport, dport, sisn, disn):
    """RFC 5926, section 3.1."""
    bits = len(digest(alg, secret, b"")) * 8
    return digest(alg, secret, b"\x01TCP-AO" + socket.inet_pton(*src) + socket.inet_pton(*dst) +
                  struct.pack("!HHIIH", sport, dport, sisn, disn, bits))


def code(alg, tkey, sne, src, dst, header, data, exclude=False):
    """RFC 5925, section 5.1: the whole digest of a segment whose HEADER has zeros for checksum and MAC."""
    a, b = socket.inet_pton(*src), socket.inet_pton(*dst)
    length = len(header) + len(data)
    pseudo = a + b + (struct.pack("!II", length, 6) if len(a) == 16 else struct.pack("!HH", 6, length))
    if exclude:
        at = find(header[20:])
        header = header[:20] + header[20 + at:20 + at + header[20 + at + 1]]
    return digest(alg, tkey, struct.pack("!I", sne) + pseudo + header + data)


def find(options):
    """Where the option is in a header's, or None."""
    at = 0
    while at < len(options) and options[at]:
        if options[at] == 29:
            return at
        at += 1 if options[at] == 1 else max(options[at + 1], 2)
    return None


class AoFlow(r.Flow):
    """A flow of the raw peer's whose segments are signed."""

    def __init__(self, peer, v6=False, alg="hmac(sha1)", secret=SECRET, keyid=100, rnext=100, mac=12, exclude=False,
                 **more):
        super().__init__(peer, v6, **more)
        self.alg, self.secret, self.keyid, self.rnext = alg, secret, keyid, rnext
        self.mac, self.exclude = mac, exclude
        self.isn, self.their_isn = self.nxt, None
        family = socket.AF_INET6 if v6 else socket.AF_INET
        stack, own = peer.addresses(v6)
        self.stack, self.own = (family, stack), (family, self.source or own)

    def tkey(self, sent, alone=False):
        """The traffic key of what is sent, or received; ALONE: of a SYN."""
        if sent:
            return traffic_key(self.alg, self.secret, self.own, self.stack, self.sport, self.dport, self.isn,
                               0 if alone else self.their_isn)
        return traffic_key(self.alg, self.secret, self.stack, self.own, self.dport, self.sport, self.their_isn,
                           0 if alone else self.isn)

    def send(self, flags, data=b"", seq=None, ack=None, win=None, options=b"", sign=True, spoil=False, keyid=None,
             rnext=None, **more):
        """Signed, unless SIGN is not; SPOIL: by a MAC that is wrong in its last bit."""
        if not sign:
            super().send(flags, data, seq, ack, win, options, **more)
            return
        if seq is None:
            seq = self.nxt
        if ack is None:
            ack = self.ack
        seq, ack = seq & r.MASK, ack & r.MASK
        options += b"\1" * (-len(options) % 4)
        option = struct.pack("BBBB", 29, 4 + self.mac, self.keyid if keyid is None else keyid,
                             self.rnext if rnext is None else rnext)
        pad = b"\1" * (-self.mac % 4)
        words = 5 + (len(options) + len(option) + self.mac + len(pad)) // 4
        header = struct.pack("!HHIIBBHHH", self.sport, self.dport, seq, ack if "A" in flags else 0, words << 4,
                             sum(r.FLAGS[f] for f in flags), self.win if win is None else win, 0, 0)
        alone = "S" in flags and "A" not in flags
        sne = 1 if (seq - self.isn) & r.MASK < 1 << 31 and seq < self.isn else 0
        tag = code(self.alg, self.tkey(True, alone), sne, self.own, self.stack,
                   header + options + option + bytes(self.mac) + pad, data, self.exclude)[:self.mac]
        if spoil:
            tag = tag[:-1] + bytes((tag[-1] ^ 1,))
        super().send(flags, data, seq, ack, win, options + option + tag + pad, **more)

    def signed(self, segment):
        """(KeyID, RNextKeyID) of a segment that is signed well; "no option" or "bad" else."""
        at = find(segment.raw_options)
        if at is None:
            return "no option"
        if "S" in segment.flags:
            self.their_isn = segment.seq
        end = at + segment.raw_options[at + 1]
        options = segment.raw_options[:at + 4] + bytes(end - at - 4) + segment.raw_options[end:]
        header = struct.pack("!HHIIBBHHH", segment.sport, segment.dport, segment.seq, segment.ack,
                             (5 + len(options) // 4) << 4, sum(r.FLAGS[f] for f in segment.flags), segment.win, 0,
                             segment.urg)
        alone = segment.kind() == "S"
        base = self.their_isn
        sne = 1 if (segment.seq - base) & r.MASK < 1 << 31 and segment.seq < base else 0
        tag = code(self.alg, self.tkey(False, alone), sne, self.stack, self.own, header + options, segment.data,
                   self.exclude)[:self.mac]
        if tag != segment.raw_options[at + 4:end]:
            return "bad"
        return segment.raw_options[at + 2], segment.raw_options[at + 3]

    def expect(self, kinds, timeout=5.0, skip=""):
        """The same, and it must be signed well."""
        segment = super().expect(kinds, timeout, skip)
        said = self.signed(segment)
        assert isinstance(said, tuple), f"{segment}: {said}"
        segment.keys = said
        return segment


def dial(peer, v6=False, setup=None, **more):
    """A socket of the stack that has sent its signed SYN, and its flow."""
    sock, flow, syn = r.dial(peer, v6, setup)
    signed = AoFlow(peer, v6, sport=flow.sport, dport=flow.dport, **more)
    signed.ack = flow.ack
    syn.keys = signed.signed(syn)
    assert isinstance(syn.keys, tuple), f"{syn}: {syn.keys}"
    return sock, signed, syn


COUNTERS = dict(good="TCPAOGood", bad="TCPAOBad", key_not_found="TCPAOKeyNotFound", missing="TCPAORequired",
                icmp="TCPAODroppedIcmps")
PORTS = itertools.count(20001)


def listener(peer, v6, *keys, info=None):
    """One with keys for the peer, each a dictionary for add_key(), and its port."""
    port = next(PORTS)

    def setup(sock):
        for key in keys:
            sock.setsockopt(TCP, ADD_KEY, add_key(peer.addresses(v6)[1], **key))
        if info is not None:
            sock.setsockopt(TCP, INFO, info)
    lsock = t.listener(peer.addresses(v6)[0], port, setup=setup)
    lsock.settimeout(20)
    return lsock, port


def opened(peer, v6, *keys, **more):
    """A connection that the peer opened: the accepted socket, its flow, its listener."""
    lsock, port = listener(peer, v6, *(keys or ({},)))
    flow = AoFlow(peer, v6, dport=port, **more)
    flow.connect()
    sock = lsock.accept()[0]
    sock.settimeout(20)
    return sock, flow, lsock


def exchange(sock, flow):
    """Data goes both ways, and all of it is signed."""
    flow.send("PA", b"question")
    assert sock.recv(100) == b"question"
    sock.sendall(b"answer")
    while not (segment := flow.expect("A")).data:
        pass
    assert segment.data == b"answer", segment
    flow.send("A")
    return segment


def counted(name, before, sock=None):
    """The namespace's counter grows from BEFORE, and the socket's has grown."""
    assert t.wait_until(lambda: t.counter(COUNTERS[name]) > before), f"{COUNTERS[name]} stays {before}"
    if sock:
        assert get_info(sock)[name], get_info(sock)


def count(name):
    """What it is now."""
    return t.counter(COUNTERS[name])


def outcome(function, *args):
    """The errno, or 0."""
    try:
        function(*args)
    except OSError as e:
        return e.errno
    return 0
