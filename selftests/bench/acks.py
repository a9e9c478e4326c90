#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What an ACK costs beside much in flight: atcp and the kernel's TCP in one boot.

bench/acks.py [IN_FLIGHT ...], run in selftests/. The peer is a program behind a TUN
device that never loses an ACK's place: the sender's cost alone is counted, less that of a
packet which IP throws away. On a machine that counts instructions (ATCP_ICOUNT=1), where
one is a nanosecond, the figures are instructions.

  same      an ACK whose SACK blocks say nothing new
  shift     its first block has grown by a segment
  holes     every second segment, one by one: each cuts an skb
  plain     a duplicate ACK without SACK blocks
"""
import socket
import struct
import sys
import time

sys.path[:0] = ["lib"]
import atcptest as t
import rawpeer as r

MSS = 536
ROUNDS = 200


class Sender:
    """A connection of STACK with WANT segments in flight to the peer."""

    def __init__(self, peer, stack, port, want):
        self.peer = peer
        listener = t.listener("10.99.0.1", port, 5, stack)
        self.flow = r.Flow(peer, sport=port, dport=port)
        self.flow.connect(r.option_mss(MSS) + b"\1\3\3\x0e" + b"\1\1\4\2")
        self.sock = listener.accept()[0]
        listener.close()
        self.sock.setsockopt(socket.SOL_SOCKET, 32, 64 << 20)     # SO_SNDBUFFORCE
        self.sock.setsockopt(socket.IPPROTO_TCP, 13, b"reno")     # TCP_CONGESTION
        self.sock.setblocking(False)
        self.una = self.flow.ack
        sent, chunk = 0, bytes(MSS * 1000)
        while True:
            try:
                sent += self.sock.send(chunk)
            except BlockingIOError:
                pass
            peer.forget()
            flying = self.in_flight()
            if flying >= want:
                break
            # Slow start: all of it is acknowledged at once, so that twice as much goes.
            self.una = (self.una + flying * MSS) & r.MASK
            self.flow.send("A", ack=self.una)
        self.sent = sent

    def in_flight(self):
        """tcpi_unacked."""
        return struct.unpack_from("I", self.sock.getsockopt(socket.IPPROTO_TCP, 11, 104), 24)[0]

    def ack(self, *blocks):
        """The packet of an ACK of nothing, with SACK blocks in segments from SND.UNA."""
        options = b""
        if blocks:
            options = struct.pack("!BBBB", 1, 1, 5, 2 + 8 * len(blocks))
            for start, end in blocks:
                options += struct.pack("!II", (self.una + start * MSS) & r.MASK,
                                       (self.una + end * MSS) & r.MASK)
        made = []
        write, self.peer.write = self.peer.write, made.append
        self.flow.send("A", ack=self.una, options=options)
        self.peer.write = write
        return made[0]

    def close(self):
        """By RST, both ends."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        self.peer.forget()


def cost(peer, packets):
    """ns a packet, of the whole way from the device up."""
    write = peer.write
    begin = time.monotonic_ns()
    for packet in packets:
        write(packet)
    return (time.monotonic_ns() - begin) / len(packets)


def measure(peer, stack, port, want):
    """(in flight, {kind: ns an ACK})."""
    s = Sender(peer, stack, port, want)
    flying, found = s.in_flight(), {}
    broken = bytearray(s.ack())
    broken[10] ^= 0x55
    nothing = cost(peer, [bytes(broken)] * ROUNDS)
    top = flying - 10
    for kind, packets in (
            ("plain", [s.ack()] * ROUNDS),
            ("holes", [s.ack(*[(2 * j, 2 * j + 1) for j in range(i + 2, max(i - 1, 0), -1)])
                       for i in range(1, min(ROUNDS, top // 4))]),
            ("same", [s.ack((top // 2, top // 2 + 20), (4, 5), (2, 3))] * ROUNDS),
            ("shift", [s.ack((top // 2, top // 2 + 20 + i), (4, 5), (2, 3))
                       for i in range(min(ROUNDS, top // 4))])):
        write = [packets[0]] if kind != "holes" else []
        cost(peer, write or [bytes(broken)])
        found[kind] = cost(peer, packets) - nothing
        peer.forget()
    s.close()
    return flying, found


def main():
    """A table with a row for each kind and number in flight."""
    t.private_netns()
    peer = r.Peer()
    t.sh("ip link set peer0 txqueuelen 100000; tc qdisc replace dev peer0 root pfifo limit 100000")
    with open("/proc/sys/net/ipv4/tcp_wmem", "w", encoding="ascii") as file:
        file.write("4096 16384 67108864")
    t.sysctl("wmem", "4096 16384 67108864")
    print(f"{'ACK':8}{'':10}{'tcp':>10}{'atcp':>10}{'ratio':>8}")
    port = 20950
    for want in [int(a) for a in sys.argv[1:]] or [100, 2000]:
        both = {}
        for stack in ("tcp", "atcp"):
            port += 1
            both[stack] = measure(peer, stack, port, want)
        for kind in both["tcp"][1]:
            a, b = both["tcp"][1][kind], both["atcp"][1][kind]
            print(f"{kind:8}{both['atcp'][0]:6} segs{a:9.0f}{b:10.0f}{a / b if b else 0:8.2f}",
                  flush=True)


if __name__ == "__main__":
    main()
