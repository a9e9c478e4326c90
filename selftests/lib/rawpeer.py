# SPDX-License-Identifier: GPL-2.0
"""A raw peer: hand-made TCP segments to the stack under test, and its replies.

    this process                           the private namespace
    +------------------------+   TUN    +-----------------------------+
    | Peer                   |  peer0   |  sockets of the stack under |
    | 10.99.0.2 fd99::2      +----------+  test: 10.99.0.1 fd99::1    |
    +------------------------+          +-----------------------------+

Nothing but this process answers for the peer's addresses. A Flow keeps the
numbers of one connection; Flow.send sends any segment, Flow.expect says what
must come back. reach() brings a socket of the stack into any of RFC 9293's
states.
"""
import fcntl
import itertools
import os
import random
import select
import socket
import struct
import time

import atcptest as t

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x0001 | 0x1000
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}
MASK = 0xFFFFFFFF
# The peer's ports: no test listens on one of these, and the stack's own choice is from others.
PORTS = itertools.count(random.randrange(10000))


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def new_port():
    """A port of the peer's, not one that an earlier flow had, to which something may still come."""
    return 10000 + next(PORTS) % 10000


def option_mss(value):
    """The MSS option."""
    return struct.pack("!BBH", 2, 4, value)


def option_wscale(shift):
    """The window scale option, padded."""
    return struct.pack("!BBBB", 1, 3, 3, shift)


def option_sack_ok():
    """The SACK-permitted option, padded."""
    return b"\1\1\4\2"


def option_timestamps(value, echo):
    """The timestamps option, padded."""
    return struct.pack("!BBBBII", 1, 1, 8, 10, value & MASK, echo & MASK)


class Segment:
    """A TCP segment as it was received."""

    def __init__(self, data, to=None):
        self.to = to            # the address, packed
        (self.sport, self.dport, self.seq, self.ack, offset, flags,
         self.win, self.csum, self.urg) = struct.unpack("!HHIIBBHHH",
                                                        data[:20])
        header = (offset >> 4) * 4
        self.raw_options = data[20:header]
        self.data = data[header:]
        self.flags = "".join(n for n in "SFRAPUEC" if flags & FLAGS[n])
        self.ecn = 0
        self.time = time.monotonic()

    def kind(self):
        """The flags that matter: S SA A FA R RA."""
        return self.flags.replace("P", "").replace("E", "").replace("C", "")

    def options(self):
        """The options by kind; the value is what follows the length."""
        found, data = {}, self.raw_options
        while data:
            if data[0] == 0:
                break
            if data[0] == 1:
                data = data[1:]
                continue
            found[data[0]] = data[2:data[1]]
            data = data[max(data[1], 2):]
        return found

    def __repr__(self):
        return (f"<{self.flags} seq={self.seq} ack={self.ack} win={self.win} "
                f"len={len(self.data)}>")


class Peer:
    """The TUN device's far end."""

    def __init__(self, mtu=1500, device="peer0", vrf=None):
        self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, TUNSETIFF,
                    struct.pack("16sH22x", device.encode(), IFF_TUN_NO_PI))
        # Before its addresses: who gets a master loses them.
        if vrf:
            t.sh(f"ip link set {device} master {vrf}")
        t.sh(f"ip link set {device} mtu {mtu} up; ip addr add 10.99.0.1/24 dev {device};"
             f"ip addr add fd99::1/64 dev {device} nodad")
        # Tests listen below this: no connection of theirs gets such a port by chance.
        t.sysctl("local_port_range", "26000 32767")
        self.queue = []
        self.icmp = []
        self.ecn = 0            # of what is sent: 1, 2 ECT; 3 CE

    def addresses(self, v6):
        """(the stack's, the peer's)"""
        return ("fd99::1", "fd99::2") if v6 else ("10.99.0.1", "10.99.0.2")

    def send_ip(self, v6, proto, payload, source=None, extension=b""):
        """Sends a packet; EXTENSION goes between IPv6's header and PAYLOAD."""
        stack, peer = self.addresses(v6)
        peer = source or peer
        if v6:
            head = struct.pack("!IHBB", 6 << 28 | self.ecn << 20,
                               len(extension) + len(payload), proto, 64)
            packet = (head + socket.inet_pton(socket.AF_INET6, peer)
                      + socket.inet_pton(socket.AF_INET6, stack)
                      + extension + payload)
        else:
            head = struct.pack("!BBHHHBBH4s4s", 0x45, self.ecn, 20 + len(payload),
                               random.getrandbits(16), 0x4000, 64, proto, 0,
                               socket.inet_aton(peer), socket.inet_aton(stack))
            head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
            packet = head + payload
        self.write(packet)

    def write(self, packet):
        """Hands a whole packet to the device."""
        try:
            os.write(self.fd, packet)
        except OSError:
            pass

    def pseudo(self, v6, length, source=None):
        """The pseudo header of what the peer sends."""
        stack, peer = self.addresses(v6)
        peer = source or peer
        if v6:
            return (socket.inet_pton(socket.AF_INET6, peer)
                    + socket.inet_pton(socket.AF_INET6, stack)
                    + struct.pack("!II", length, 6))
        return (socket.inet_aton(peer) + socket.inet_aton(stack)
                + struct.pack("!HH", 6, length))

    def packet(self, timeout):
        """The next packet of any kind, or None."""
        if not select.select([self.fd], [], [], max(0, timeout))[0]:
            return None
        return os.read(self.fd, 65536)

    def receive(self, accept, timeout):
        """The first segment that ACCEPT takes, within TIMEOUT, or None."""
        end = time.monotonic() + timeout
        while True:
            for i, segment in enumerate(self.queue):
                if accept(segment):
                    return self.queue.pop(i)
            packet = self.packet(end - time.monotonic())
            if packet is None:
                return None
            self.sort_packet(packet)

    def sort_packet(self, packet):
        """Queues TCP and ICMP, and forgets neighbour discovery and the like."""
        v6 = packet[0] >> 4 == 6
        proto = packet[6] if v6 else packet[9]
        payload = packet[40:] if v6 else packet[(packet[0] & 15) * 4:]
        if proto == 6:
            segment = Segment(payload, packet[24:40] if v6 else packet[16:20])
            segment.ecn = (packet[1] >> 4 if v6 else packet[1]) & 3
            self.queue.append(segment)
        elif proto in (1, 58):
            self.icmp.append(payload)

    def close(self):
        """The device goes; its namespace may end."""
        os.close(self.fd)

    def forget(self):
        """Drops everything that came so far."""
        while True:
            packet = self.packet(0)
            if packet is None:
                break
        self.queue.clear()


class Flow:
    """One connection's numbers, as the peer sees them."""

    def __init__(self, peer, v6=False, sport=None, dport=80, source=None):
        self.peer = peer
        self.v6 = v6
        self.sport = sport or new_port()
        self.dport = dport
        self.source = source
        self.nxt = random.getrandbits(32)
        self.ack = 0
        self.win = 65535

    def send(self, flags, data=b"", seq=None, ack=None, win=None, options=b"",
             bad=False, offset=None, cut=None, keep=False, urg=0):
        """Sends a segment. BAD spoils the checksum, OFFSET overrides the data
        offset (words), CUT truncates, KEEP leaves the numbers alone, URG is
        the urgent pointer."""
        seq = self.nxt if seq is None else seq & MASK
        ack = self.ack if ack is None else ack & MASK
        if len(options) % 4:
            options += b"\0" * (4 - len(options) % 4)
        words = 5 + len(options) // 4 if offset is None else offset
        bits = sum(FLAGS[f] for f in flags)
        head = struct.pack("!HHIIBBHHH", self.sport, self.dport, seq,
                           ack if "A" in flags else 0, words << 4, bits,
                           self.win if win is None else win, 0, urg)
        raw = (head + options + data)[:cut]
        sum_ = checksum(self.peer.pseudo(self.v6, len(raw), self.source) + raw)
        if bad:
            sum_ ^= 0x5555
        raw = (raw[:16] + struct.pack("!H", sum_) + raw[18:])[:cut]
        self.peer.send_ip(self.v6, 6, raw, self.source)
        if not keep and seq == self.nxt:
            self.nxt = (seq + len(data) + ("S" in flags) + ("F" in flags)) & MASK

    def mine(self, segment):
        """Whether a segment is this flow's; sources of a test's own may have one port.

        What goes to the peer itself may have a source route's first hop for its address."""
        if (segment.sport, segment.dport) != (self.dport, self.sport):
            return False
        family = socket.AF_INET6 if self.v6 else socket.AF_INET
        return not self.source or segment.to == socket.inet_pton(family, self.source)

    def states(self):
        """The states of every row of the tables that is this flow's, its listener's too.

        Other connections may have one of its ports: an earlier one that still ends."""
        return sorted(row[2] for row in t.table()
                      if row[0] == self.dport and row[1] in (self.sport, 0))

    def any(self, timeout=2.0, skip=""):
        """The next segment of the flow, but those of a kind in SKIP."""
        return self.peer.receive(
            lambda s: self.mine(s) and s.kind() not in skip.split(), timeout)

    def expect(self, kinds, timeout=5.0, skip=""):
        """The next segment, which must be of one of KINDS; takes its numbers."""
        segment = self.any(max(timeout, t.PATIENCE), skip)
        assert segment, f"nothing came, wanted {kinds}"
        assert segment.kind() in kinds.split("|"), f"{segment}, wanted {kinds}"
        if "R" not in segment.flags:
            step = (len(segment.data) + ("S" in segment.flags)
                    + ("F" in segment.flags))
            self.ack = (segment.seq + step) & MASK
        return segment

    def silence(self, seconds, skip=""):
        """Nothing may come."""
        segment = self.any(seconds, skip)
        assert segment is None, f"{segment}, wanted silence"

    def connect(self, options=None):
        """The peer's active open to a listener; returns the SYN-ACK."""
        self.send("S", options=option_mss(1460) if options is None else options)
        segment = self.expect("SA")
        assert segment.ack == self.nxt, f"{segment} acks not the SYN"
        self.send("A")
        return segment

    def accept_syn(self, options=None):
        """Answers the stack's SYN; returns it."""
        segment = self.expect("S", 10)
        self.send("SA", options=option_mss(1460) if options is None else options)
        self.expect("A")
        return segment


def dial(peer, v6=False, setup=None):
    """A socket of the stack that has sent its SYN, and its flow."""
    sport = new_port()
    sock = t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET)
    if setup:
        setup(sock)
    sock.setblocking(False)
    sock.connect_ex((peer.addresses(v6)[1], sport))
    syn = peer.receive(lambda s: s.dport == sport and s.kind() == "S", 10)
    assert syn, "no SYN came"
    flow = Flow(peer, v6, sport, syn.sport)
    flow.ack = (syn.seq + 1) & MASK
    return sock, flow, syn


def accepted(peer, listener, port, v6=False, options=None):
    """A connection that the peer opened: the accepted socket and its flow."""
    flow = Flow(peer, v6, dport=port)
    flow.connect(options)
    listener.settimeout(20)
    sock = listener.accept()[0]
    sock.setblocking(False)
    return sock, flow


def bare_syn(flow, v6):
    """The bytes of a flow's SYN without options, with its checksum."""
    raw = struct.pack("!HHIIBBHHH", flow.sport, flow.dport, flow.nxt, 0, 5 << 4, 2, 65535, 0, 0)
    total = checksum(flow.peer.pseudo(v6, len(raw)) + raw)
    flow.nxt = (flow.nxt + 1) & MASK
    return raw[:16] + struct.pack("!H", total) + raw[18:]


def packet4(peer, payload, options=b"", fragment=0x4000):
    """An IPv4 packet by hand."""
    stack, own = peer.addresses(False)
    head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(payload), 77, fragment, 64, 6, 0,
                       socket.inet_aton(own), socket.inet_aton(stack)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def carry(sock, child):
    """A megabyte from one socket to another, in segments as large as may be."""
    for step in range(20):
        want = bytes([step]) * 50000
        sock.sendall(want)
        got = b""
        while len(got) < len(want):
            got += child.recv(65536)
        assert got == want


def reach(peer, state, port, v6=False):
    """A flow whose other end is in STATE: (list of its sockets, flow)."""
    if state == "CLOSE":
        return [], Flow(peer, v6, dport=port)
    if state == "SYN_SENT":
        sock, flow, _ = dial(peer, v6)
        return [sock], flow
    listener = t.listener(peer.addresses(v6)[0], port)
    if state == "LISTEN":
        return [listener], Flow(peer, v6, dport=port)
    if state == "SYN_RECV":
        flow = Flow(peer, v6, dport=port)
        flow.send("S", options=option_mss(1460))
        flow.expect("SA")
        return [listener], flow
    sock, flow = accepted(peer, listener, port, v6)
    listener.close()
    if state in ("CLOSE_WAIT", "LAST_ACK"):
        flow.send("FA")
        flow.expect("A")
    if state in ("FIN_WAIT1", "FIN_WAIT2", "CLOSING", "TIME_WAIT", "LAST_ACK"):
        sock.shutdown(socket.SHUT_WR)
        flow.expect("FA")
    if state == "CLOSING":
        flow.send("FA", ack=flow.ack - 1)
        flow.expect("A", skip="FA")
    if state in ("FIN_WAIT2", "TIME_WAIT"):
        flow.send("A")
        assert t.wait_until(lambda: t.tcp_state(sock) == "FIN_WAIT2"), \
            t.tcp_state(sock)
    if state == "TIME_WAIT":
        flow.send("FA")
        flow.expect("A", skip="FA")
    return [sock], flow


def vrf_peers():
    """Peers in two VRFs, red (table 10) and blue (table 20); the test is over if there are none."""
    t.sh("modprobe vrf 2>/dev/null", check=False)
    try:
        t.sh("ip link add red type vrf table 10 && ip link add blue type vrf table 20 &&"
             "ip link set red up && ip link set blue up")
    except OSError:
        t.skip_all("no VRFs")
    return Peer(vrf="red"), Peer(device="peer1", vrf="blue")
