#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A connection's packets find it before they are routed, unless a knob says no; INPUT's rules see
its socket and decide all the same, and a route or an address that is gone is not believed."""
# timeout: 90
# platforms: stock uml
# cpus: 1
#
#   client of atcp's, here --- v0 : v1 --- server of the kernel's, netns far
import os
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t

PORT = 7700
ADDRESSES = {socket.AF_INET: ("10.67.0.1", "10.67.0.2", 24),
             socket.AF_INET6: ("fd67::1", "fd67::2", 64)}


def setup(ours, theirs, bits):
    """Two namespaces and what is between them."""
    global FAR
    FAR = f"far{os.getpid()}"
    t.sh(f"ip netns add {FAR}; ip link add v0 type veth peer name v1 netns {FAR};"
         f"ip addr add {ours}/{bits} dev v0 nodad; ip link set v0 up;"
         f"ip -n {FAR} addr add {theirs}/{bits} dev v1 nodad; ip -n {FAR} link set v1 up")


def connection(family, ours, theirs):
    """Both ends: ours, and the kernel's in the other namespace."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    far = os.open(f"/run/netns/{FAR}", os.O_RDONLY)
    t.enter_netns(far)
    lsock = t.listener(theirs, PORT, stack="tcp")
    t.enter_netns(here)
    sock = t.make_socket(family)
    for end in (lsock, sock):
        end.settimeout(20)
    sock.bind((ours, 0))
    sock.connect((theirs, PORT))
    peer = lsock.accept()[0]
    peer.settimeout(20)
    lsock.close()
    os.close(here)
    os.close(far)
    return sock, peer


def talk(sock, peer, times=4):
    """A byte there and back."""
    for _ in range(times):
        sock.sendall(b"?")
        assert peer.recv(1) == b"?"
        peer.sendall(b"!")
        assert sock.recv(1) == b"!"


def rules(*lines):
    """INPUT has these rules for what comes from the server, and no others."""
    t.sh("nft flush ruleset")
    body = "".join(f" tcp sport {PORT} {line};" for line in lines)
    t.sh("nft 'table inet f { chain i { type filter hook input priority 0;" + body + " }; }'")


def found():
    """How many packets had a socket in INPUT."""
    return int(t.sh("nft list ruleset").split("counter packets ")[1].split()[0])


def early(sock, peer):
    """Do packets have their socket in INPUT, where no match has asked for it?"""
    rules("meta skuid 0 counter")
    talk(sock, peer)
    return found()


def lent():
    """Has every packet its socket in INPUT, for this kernel has what looks for it there?"""
    with open("/proc/kallsyms", encoding="ascii") as file:
        return " nf_sk_lookup_slow_v4" in file.read()


def refused(sock, peer, undo):
    """What is sent is not heard, until that is undone."""
    peer.sendall(b"late")
    sock.settimeout(0.3)
    try:
        heard = sock.recv(9)
    except TimeoutError:
        heard = None
    sock.settimeout(20)
    undo()
    return heard is None and sock.recv(9) == b"late"


class Queue:
    """A program that lets packets of NFQUEUE 5 go on, in its own context."""

    def __init__(self):
        self.nl = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.nl.settimeout(10)
        self.ask(2, 1, struct.pack("!BxH", 1, 0))
        self.ask(2, 2, struct.pack("!IB", 0, 1))

    def ask(self, kind, attribute, value):
        """Sends a message with one attribute."""
        body = struct.pack("=BBH", 0, 0, socket.htons(5))
        body += struct.pack("=HH", len(value) + 4, attribute) + value
        body += bytes(-len(body) % 4)
        self.nl.send(struct.pack("=IHHII", 16 + len(body), 3 << 8 | kind, 1, 0, 0) + body)

    def release(self):
        """The next packet goes on: its number is the first attribute's first word."""
        while True:
            message = self.nl.recv(65536)
            if struct.unpack_from("=H", message, 4)[0] == 3 << 8:
                break
        self.ask(1, 2, struct.pack("!I", 1) + message[24:28])


def queued(ktap, name, sock, peer):
    """Packets that a program has let go on, after their connection was found, arrive."""
    try:
        rules("meta skuid 0 counter queue num 5 bypass")
    except OSError:
        ktap.skip(f"{name}: by a program", "this kernel has no NFQUEUE")
        return
    queue = Queue()
    for _ in range(4):
        peer.sendall(b"q")
        queue.release()
        assert sock.recv(9) == b"q"
    ktap.result(found() >= 4, f"{name}: by a program")
    rules("accept")
    queue.nl.close()


def story(ktap, family):
    """All of it over one family."""
    ours, theirs, bits = ADDRESSES[family]
    name = "IPv6" if family == socket.AF_INET6 else "IPv4"
    setup(ours, theirs, bits)
    sock, peer = connection(family, ours, theirs)
    try:
        early(sock, peer)
    except OSError as error:
        t.skip_all(f"no rules: {str(error).splitlines()[-1]}")
    # The hook is armed by a worker, soon after the first packet.
    ktap.result(t.wait_until(lambda: early(sock, peer) > 0), f"{name}: found before INPUT")
    for knob in "ip_early_demux", "tcp_early_demux":
        t.sh(f"sysctl -qw net.ipv4.{knob}=0")
        count = early(sock, peer)
        if lent():
            ktap.skip(f"{name}: {knob} 0", "netfilter's socket matches are lent sockets here")
        else:
            ktap.equal(count, 0, f"{name}: {knob} 0")
        t.sh(f"sysctl -qw net.ipv4.{knob}=1")
    ktap.result(early(sock, peer) > 0, f"{name}: and again")

    queued(ktap, name, sock, peer)
    rules("drop")
    ktap.result(refused(sock, peer, lambda: rules("accept")), f"{name}: INPUT drops")
    t.sh("nft flush ruleset")
    talk(sock, peer)
    again = f"ip addr add {ours}/{bits} dev v0 nodad"
    t.sh(f"ip addr del {ours}/{bits} dev v0")
    ktap.result(refused(sock, peer, lambda: t.sh(again)), f"{name}: an address that is gone")
    talk(sock, peer, 20)
    t.sh("ip link set v0 down; ip link set v0 up")
    if family == socket.AF_INET6:
        t.sh(again)
    ktap.result(talk(sock, peer) is None, f"{name}: a device that was down")
    sock.close()
    ktap.equal(peer.recv(1), b"", f"{name}: closed")
    peer.close()
    t.sh(f"ip netns del {FAR}")


t.side_by_side(story, socket.AF_INET, socket.AF_INET6)
