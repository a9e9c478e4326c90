#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A device that sums what it receives (CHECKSUM_COMPLETE): its sum is believed, whatever is
pulled, cut off or put back on the way, and nothing is summed again.

    this process (AF_PACKET)        the stack under test
    +------------------------+   +-------------------------------+
    | csum1  10.99.0.2       +---+ csum0  10.99.0.1 fd99::1      |
    |        fd99::2         |   |                               |
    +------------------------+   +-------------------------------+
      or the kernel's TCP, in a namespace of its own

Both are atcp_csumdev.ko's: short frames are padded, with bytes that are not zero.
"""
# timeout: 120
# platforms: stock uml
# check: uml
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

PORT = 20950
KO = "/mnt/atcp_csumdev.ko"
TRACING = "/sys/kernel/tracing"
NEAR, FAR = "02:00:00:00:00:01", "02:00:00:00:00:02"
ATCP_GUARD = 20
DEST = bytes([6, 0, 1, 4]) + bytes(4)


class CsumPeer(r.Peer):
    """A peer behind csum1."""

    def __init__(self):
        self.queue, self.icmp, self.ecn, self.extension = [], [], 0, b""
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.bind(("csum1", 3))
        self.fd = self.sock.fileno()

    def send_ip(self, v6, proto, payload, source=None, extension=b""):
        if v6 and self.extension and proto == 6:
            proto, extension = 60, self.extension
        super().send_ip(v6, proto, payload, source, extension)

    def write(self, packet):
        proto = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0"
        mac = bytes.fromhex((NEAR + FAR).replace(":", ""))
        self.sock.send(mac + proto + packet)

    def packet(self, timeout):
        self.sock.settimeout(max(timeout, 0.001))
        try:
            frame, address = self.sock.recvfrom(65536)
        except (socket.timeout, BlockingIOError):
            return None
        packet = frame[14:]
        if address[2] == socket.PACKET_OUTGOING or frame[12:14] not in (b"\x86\xdd", b"\x08\0"):
            return b"\x45" + bytes(39)
        v6 = packet[0] >> 4 == 6
        length = 40 + int.from_bytes(packet[4:6], "big") if v6 else \
            int.from_bytes(packet[2:4], "big")
        return packet[:length]

    def sort_packet(self, packet):
        """What comes has a right checksum."""
        v6 = packet[0] >> 4 == 6
        if packet[6 if v6 else 9] == 6:
            raw = packet[40:] if v6 else packet[20:]
            assert r.checksum(self.pseudo(v6, len(raw)) + raw) == 0, "a wrong checksum was sent"
        super().sort_packet(packet)


class Sums:
    """Counts packets that are summed in software, where the kernel can tell."""

    def __init__(self):
        self.on = os.path.exists(f"{TRACING}/kprobe_events")
        if self.on:
            self.write("kprobe_events", "p:atcptest/sum __skb_checksum_complete")
            self.write("events/atcptest/sum/enable", "1")

    def write(self, name, text):
        """A file of tracefs."""
        # Without O_TRUNC, which takes all probes away; a seek to the end is refused.
        fd = os.open(f"{TRACING}/{name}", os.O_WRONLY)
        os.write(fd, text.encode() + b"\n")
        os.close(fd)

    def count(self):
        """Until now; 0 where it cannot be told."""
        if not self.on:
            return 0
        with open(f"{TRACING}/kprobe_profile", encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.split()[0] == "sum")

    def close(self):
        """The probe goes."""
        if self.on:
            self.write("events/atcptest/sum/enable", "0")
            self.write("kprobe_events", "-:atcptest/sum")


def complaints():
    """What the kernel says of devices whose sums are wrong (once in a boot)."""
    return t.sh("dmesg").count("hw csum failure")


def near(device, number):
    """Addresses and neighbours of one end."""
    other = 3 - number
    mac, theirs = (NEAR, FAR) if number == 1 else (FAR, NEAR)
    t.sh(f"ip link set {device} address {mac} up && ip addr add 10.99.0.{number}/24 dev {device};"
         f"ip addr add fd99::{number}/64 dev {device} nodad;"
         f"ip neigh replace 10.99.0.{other} lladdr {theirs} dev {device} nud permanent;"
         f"ip neigh replace fd99::{other} lladdr {theirs} dev {device} nud permanent")


def listen(v6, setup=None):
    """A listener of the stack's; connections end by RST."""
    def both(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if setup:
            setup(sock)

    sock = t.listener("fd99::1" if v6 else "10.99.0.1", PORT, 16, setup=both)
    sock.settimeout(20)
    return sock


def talk(peer, listener, v6, options=None):
    """A connection with some data of odd and even lengths; returns it open, and its flow."""
    flow = r.Flow(peer, v6, dport=PORT)
    flow.connect(options)
    sock = listener.accept()[0]
    sock.settimeout(20)
    for length in (1, 2, 7, 500, 1001):
        flow.send("PA", b"z" * length)
        got = b""
        while len(got) < length:
            got += sock.recv(length - len(got))
    sock.sendall(b"back")
    assert t.wait_until(lambda: flow.expect("A").data == b"back")
    return sock, flow


def over(sock, flow):
    """Its end."""
    flow.send("R")
    sock.close()


def plain(peer, v6):
    """Segments of all lengths, padded ones and not."""
    with listen(v6) as listener:
        over(*talk(peer, listener, v6))


def extension(peer, v6):
    """Extension headers of IPv6 before them."""
    if not v6:
        return
    peer.extension = DEST
    with listen(v6) as listener:
        over(*talk(peer, listener, v6))
    peer.extension = b""


def cookie(peer, v6):
    """A cookie's SYN-ACK in the SYN's own buffer, padded or not, and its ACK."""
    sent = t.counter("SyncookiesRecv")
    t.sysctl("syncookies", 2)
    with listen(v6) as listener:
        for options in (b"", r.option_mss(1460) + r.option_sack_ok() + r.option_timestamps(5, 0)):
            over(*talk(peer, listener, v6, options))
    t.sysctl("syncookies", 1)
    assert t.counter("SyncookiesRecv") == sent + 2


def guard(peer, v6):
    """The guard's as well, which sees the padding."""
    before = t.counter("GuardCookies")
    t.sysctl("guard_devices", "csum0")
    with listen(v6, lambda s: s.setsockopt(t.SOL_ATCP, ATCP_GUARD, 1)) as listener:
        for options in (b"", r.option_mss(1460), r.option_mss(1460) + r.option_sack_ok()
                        + r.option_timestamps(5, 0)):
            over(*talk(peer, listener, v6, options))
        got = t.counter("GuardCookies") - before
    t.sysctl("guard_devices", "\n")
    assert got == 3, f"{got} of 3 answered"


def icmp(peer, v6):
    """An ICMP error is believed."""
    before = t.counter("IcmpSoftError")
    with listen(v6) as listener:
        sock, flow = talk(peer, listener, v6)
        # A port nobody listens on, of the last byte that was sent.
        flow.send("A")
        sock.sendall(b"x")
        last = flow.expect("A")
        quote = struct.pack("!HHI", flow.dport, flow.sport, last.seq) + bytes(12)
        stack, own = peer.addresses(v6)
        if v6:
            inner = struct.pack("!IHBB", 6 << 28, 20, 6, 64) + socket.inet_pton(
                socket.AF_INET6, stack) + socket.inet_pton(socket.AF_INET6, own)
            body = b"\1\4\0\0" + bytes(4) + inner + quote
            pseudo = (socket.inet_pton(socket.AF_INET6, own) + socket.inet_pton(
                socket.AF_INET6, stack) + struct.pack("!II", len(body), 58))
        else:
            inner = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0x4000, 64, 6, 0) + socket.inet_aton(
                stack) + socket.inet_aton(own)
            body = b"\3\1\0\0" + bytes(4) + inner + quote
            pseudo = b""
        total = struct.pack("!H", r.checksum(pseudo + body))
        peer.send_ip(v6, 58 if v6 else 1, body[:2] + total + body[4:])
        assert t.wait_until(lambda: t.counter("IcmpSoftError") == before + 1, 5)
        over(sock, flow)


def tombstone(peer, v6):
    """A SYN that goes back to the kernel's TCP, from what atcp keeps of a connection."""
    with listen(v6) as listener:
        sock, flow = talk(peer, listener, v6)
        over(sock, flow)
    with t.listener("fd99::1" if v6 else "10.99.0.1", PORT, stack="tcp") as other:
        other.settimeout(20)
        flow.send("S", options=r.option_mss(1460))
        flow.expect("SA")
        flow.send("A")
        flow.send("PA", b"kernel")
        sock = other.accept()[0]
        assert sock.recv(10) == b"kernel"
        over(sock, flow)


def wrong(peer, v6):
    """A wrong checksum is still seen."""
    before = t.counter("InCsumErrors")
    with listen(v6) as listener:
        sock, flow = talk(peer, listener, v6)
        flow.send("PA", b"spoilt", bad=True, keep=True)
        assert t.wait_until(lambda: t.counter("InCsumErrors") == before + 1, 5)
        over(sock, flow)


def unsummed(sums, function, *args):
    """FUNCTION, with no sum in software and no complaint."""
    count, said = sums.count(), complaints()
    function(*args)
    assert complaints() == said, "hw csum failure"
    assert sums.count() == count, f"{sums.count() - count} packets were summed again"


def merged(near_fd, far_fd, v6):
    """A transfer from the kernel's TCP, merged by GRO."""
    t.enter_netns(near_fd)
    with listen(v6) as listener:
        t.enter_netns(far_fd)
        sock = t.make_socket(listener.family, "tcp")
        sock.connect(("fd99::1" if v6 else "10.99.0.1", PORT))
        t.enter_netns(near_fd)
        child = listener.accept()[0]
        r.carry(sock, child)
        r.carry(child, sock)
        child.close()
        sock.close()


def raw_cases(ktap, sums):
    """With hand-made segments."""
    near("csum0", 1)
    t.sh("sysctl -qw net.ipv6.conf.csum1.disable_ipv6=1; ip link set csum1 arp off up")
    t.sysctl("local_port_range", "26000 32767")
    peer = CsumPeer()
    for v6 in (False, True):
        for case in (plain, extension, cookie, guard, icmp, tombstone):
            ktap.run(f"v{6 if v6 else 4} {case.__doc__}", unsummed, sums, case, peer, v6)
    for v6 in (False, True):
        ktap.run(f"v{6 if v6 else 4} {wrong.__doc__}", wrong, peer, v6)
    peer.close()


def stack_cases(ktap, sums):
    """With the kernel's TCP at the far end."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    t.sh("ip link set csum1 down")
    t.private_netns()
    far = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    t.enter_netns(here)
    t.sh(f"ip link set csum1 netns /proc/{os.getpid()}/fd/{far}")
    t.enter_netns(far)
    near("csum1", 2)
    for v6 in (False, True):
        ktap.run(f"v{6 if v6 else 4} {merged.__doc__}", unsummed, sums, merged, here, far, v6)
    t.enter_netns(here)


def main():
    """All with one pair of devices."""
    if not os.path.exists(KO):
        t.skip_all("no " + KO)
    subprocess.run(["rmmod", "atcp_csumdev"], check=False, stderr=subprocess.DEVNULL)
    t.sh("insmod " + KO)
    t.private_netns()
    for device in ("csum0", "csum1"):
        t.sh(f"nsenter -t 1 -n ip link set {device} netns {os.getpid()}")
    sums = Sums()
    ktap = t.Ktap()
    try:
        raw_cases(ktap, sums)
        stack_cases(ktap, sums)
    finally:
        sums.close()
        t.sh("rmmod atcp_csumdev")
    ktap.end()


if __name__ == "__main__":
    main()
