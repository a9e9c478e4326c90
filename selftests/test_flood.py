#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A SYN flood from spoofed sources: what the log says, and who is still served."""
# timeout: 240
# platforms: stock debug uml
# check: stock
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
from kmsg import Log

PORT = 20500


def spoofed(i, v6):
    """The I-th source on the peer's network."""
    if v6:
        return f"fd99::1:{i >> 8:x}:{i & 255:x}"
    return f"10.99.0.{10 + i % 200}"


def flood(peer, v6, number, port):
    """Sends NUMBER SYNs and forgets the answers."""
    for i in range(number):
        flow = r.Flow(peer, v6, 1024 + i, port, spoofed(i, v6))
        flow.send("S", options=r.option_mss(1460))
        if not i % 64:
            peer.forget()
    peer.forget()


def name(v6, port):
    """How messages call the listener."""
    return f"[fd99::1]:{port}" if v6 else f"10.99.0.1:{port}"


def begin_and_end(peer, v6):
    """Said once when it begins, once when it is over."""
    log = Log()
    t.sysctl("synack_retries", 1)
    listener = t.listener(peer.addresses(v6)[0], PORT, 16)
    flood(peer, v6, 200, PORT)
    assert log.said(f"Possible SYN flooding on port {name(v6, PORT)}. Sending cookies") == 1
    assert log.count("is over") == 0
    assert t.wait_until(lambda: "SYN_RECV" not in t.states_of(PORT), 15)
    assert t.wait_until(lambda: log.count("is over") > 0, 5)
    assert log.said(f"SYN flood on port {name(v6, PORT)} is over") == 1
    listener.close()


def dropping(peer, v6):
    """Without cookies it says so."""
    log = Log()
    t.sysctl("syncookies", 0)
    listener = t.listener(peer.addresses(v6)[0], PORT + 1, 16)
    flood(peer, v6, 100, PORT + 1)
    assert log.count("Dropping request") == 1
    listener.close()
    t.sysctl("syncookies", 1)


def quiet(peer, v6):
    """Cookies by configuration are no flood; nor is a slow program."""
    log = Log()
    t.sysctl("syncookies", 2)
    listener = t.listener(peer.addresses(v6)[0], PORT + 2, 4)
    flood(peer, v6, 50, PORT + 2)
    t.sysctl("syncookies", 1)
    slow = t.listener(peer.addresses(v6)[0], PORT + 3, 1)
    for _ in range(8):
        flow = r.Flow(peer, v6, dport=PORT + 3)
        flow.send("S", options=r.option_mss(1460))
        synack = flow.any(0.2)
        if synack:
            flow.send("A", ack=synack.seq + 1)
    assert log.count("SYN flooding") == 0, log.lines
    listener.close()
    slow.close()


def served(peer, v6):
    """Honest clients connect while it lasts."""
    address = peer.addresses(v6)[0]
    t.sysctl("synack_retries", 5)
    listener = t.listener(address, PORT + 4, 32)
    listener.settimeout(20)
    family = socket.AF_INET6 if v6 else socket.AF_INET
    before = t.counter("SyncookiesRecv")
    for i in range(10):
        flood(peer, v6, 100, PORT + 4)
        with t.make_socket(family, "tcp") as client:
            client.settimeout(20)
            client.connect((address, PORT + 4))
            sock = listener.accept()[0]
            client.sendall(b"honest%d" % i)
            sock.settimeout(20)
            assert sock.recv(20) == b"honest%d" % i
            sock.close()
    assert t.counter("SyncookiesRecv") > before
    listener.close()


def main():
    """Each behaviour, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("these are atcp's messages")
    t.private_netns()
    peer = r.Peer()
    ktap = t.Ktap()
    for v6 in (False, True):
        for case in (begin_and_end, dropping, quiet, served):
            peer.forget()
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
    ktap.end()


if __name__ == "__main__":
    main()
