#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Fast open between atcp and the kernel's TCP, both ways, and atcp with itself."""
# timeout: 180
# platforms: stock uml
# check: uml
# clock: travel
import random
import socket
import struct
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t

PORT = 21010
PAIRS = (("atcp", "tcp"), ("tcp", "atcp"), ("atcp", "atcp"))
CONNECT = 30
KEYS = ("00010203-04050607-08090a0b-0c0d0e0f",
        "10111213-14151617-18191a1b-1c1d1e1f",
        "20212223-24252627-28292a2b-2c2d2e2f")


class Pair:
    """A client's and a server's stack, an address, and a listener."""

    def __init__(self, client, server, family):
        self.client, self.server = client, server
        self.family = family
        address = "127.0.0.1" if family == socket.AF_INET else "::1"
        self.key(KEYS[0])
        self.listener = t.listener(address, PORT, 16, server, lambda s:
                                   s.setsockopt(socket.IPPROTO_TCP,
                                                socket.TCP_FASTOPEN, 16))
        self.listener.settimeout(20)
        self.address = self.listener.getsockname()

    def key(self, text):
        """The server's key or keys."""
        t.sysctl("fastopen_key", text, self.server)

    def count(self, name):
        """A counter: Passive ones are the server's, Active ones the client's."""
        return t.counter("TCPFastOpen" + name, self.client
                         if name.startswith("Active") else self.server)

    def opened(self, data, connect=False):
        """A client that has sent DATA by fast open."""
        sock = t.make_socket(self.family, self.client)
        # Blocking, but not for ever.
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", 20, 0))
        if connect:
            sock.setsockopt(socket.IPPROTO_TCP, CONNECT, 1)
            sock.connect(self.address)
            sock.sendall(data)
        else:
            sent = sock.sendto(data, socket.MSG_FASTOPEN, self.address)
            sock.sendall(data[sent:])
        return sock

    def exchange(self, data=b"request", connect=False):
        """DATA to the server and back: was it in the SYN, by either side?"""
        flags = []
        echoed = bytearray()

        def serve():
            sock = self.listener.accept()[0]
            sock.settimeout(20)
            got = bytearray()
            while len(got) < len(data):
                got += sock.recv(65536)
            flags.append(bool(info(sock)[5] & 32))
            echoed.extend(got)
            sock.sendall(got)
            sock.recv(1)
            sock.close()

        thread = threading.Thread(target=serve)
        thread.start()
        sock = self.opened(data, connect)
        back = bytearray()
        while len(back) < len(data):
            part = sock.recv(65536)
            assert part, f"closed after {len(back)} bytes"
            back += part
        flags.append(bool(info(sock)[5] & 32))
        sock.close()
        thread.join(20)
        assert echoed == data and back == data, "bytes differ"
        assert flags[0] == flags[1], f"server, client say {flags}"
        return flags[0]


def info(sock):
    """TCP_INFO."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)


def forget():
    """The kernel's TCP forgets its cookies."""
    t.sh("ip tcp_metrics flush", check=False)


def story(pair):
    """A cookie is asked for, used, outlives a change of keys, and is replaced."""
    passive = pair.count("Passive")
    active = pair.count("Active")
    given = pair.count("CookieReqd") + pair.count("PassiveFail")
    # atcp may have a cookie of another pair's, of another key.
    if not pair.exchange():
        assert pair.count("CookieReqd") + pair.count("PassiveFail") == given + 1
        assert pair.exchange(), "the cookie was not used"
    assert pair.count("Passive") == passive + 1, pair.count("Passive")
    assert pair.count("Active") == active + 1, pair.count("Active")
    assert pair.exchange(connect=True), "not with TCP_FASTOPEN_CONNECT"
    assert pair.exchange(random.randbytes(300000)), "not with more than a segment"

    alt = pair.count("PassiveAltKey")
    pair.key(KEYS[1] + "," + KEYS[0])
    assert pair.exchange() and pair.exchange()
    assert pair.count("PassiveAltKey") == alt + 1, pair.count("PassiveAltKey")

    failed = pair.count("PassiveFail"), pair.count("ActiveFail")
    pair.key(KEYS[2])
    assert not pair.exchange(), "a cookie of no key was taken"
    after = pair.count("PassiveFail"), pair.count("ActiveFail")
    assert after == (failed[0] + 1, failed[1] + 1), (failed, after)
    assert pair.exchange(), "the new cookie was not used"


def lost(pair):
    """The first SYN-ACK, and then the SYN, is dropped: every byte still comes."""
    for side, flags in (("sport", "syn|ack"), ("dport", "syn")):
        pair.exchange()
        # The bucket is full at first, with one segment, and is so again tomorrow.
        t.sh("nft add table inet tfo;"
             "nft add chain inet tfo out '{ type filter hook output priority 0; }';"
             f"nft add rule inet tfo out tcp {side} {PORT} "
             f"'tcp flags & (syn|ack) == {flags}' limit rate 1/day burst 1 packets "
             "counter drop")
        try:
            pair.exchange(b"lost" * 100)
            assert "packets 1 " in t.sh("nft list table inet tfo")
        finally:
            t.sh("nft delete table inet tfo", check=False)


def same_key(family):
    """With the same key, one stack's cookie is good for the other's listener."""
    forget()
    first = Pair("tcp", "atcp", family)
    first.key(KEYS[1])
    first.exchange()
    first.listener.close()
    second = Pair("tcp", "tcp", family)
    second.key(KEYS[1])
    assert second.exchange(), "atcp's cookie is not the kernel's"
    second.listener.close()


def main():
    """Each pair of stacks, IPv4 and IPv6."""
    t.private_netns()
    t.sysctl("fastopen", 3, "tcp")
    t.sysctl("fastopen", 3, "atcp")
    ktap = t.Ktap()
    for family in (socket.AF_INET, socket.AF_INET6):
        name = "v4" if family == socket.AF_INET else "v6"
        for client, server in PAIRS:
            forget()
            pair = Pair(client, server, family)
            ktap.run(f"{name} {client} to {server}: {story.__doc__}", story, pair)
            ktap.run(f"{name} {client} to {server}: {lost.__doc__}", lost, pair)
            pair.listener.close()
        ktap.run(f"{name} {same_key.__doc__}", same_key, family)
    ktap.end()


if __name__ == "__main__":
    main()
