#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Honest clients connect through a flood without sending one SYN twice.

      clients' namespace                      server's namespace
    +--------------------+      veth       +----------------------+
    | 10.99.0.1 fd99::1  +-----------------+  10.99.0.2 fd99::2   |
    | and the flood, from 198.18.0.0/15 and 2001:db8::/32         |
    +--------------------+                 +----------------------+
"""
# timeout: 400
# platforms: stock uml
# check: uml
import os
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t

PORT = 20950
BACKLOG = 128
NUMBER = 1000 if t.PLATFORM == "stock" else 200
# What differs by family is little, and time is scarce.
NUMBER_V6 = 200
FLOOD = os.environ.get("ATCP_PROGS", "progs") + "/synflood"


class Server(threading.Thread):
    """Accepts, echoes once, closes; in the namespace it was begun in."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.listener = t.listener(address, PORT, BACKLOG)
        self.served = 0

    def run(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            with sock:
                try:
                    sock.sendall(sock.recv(100))
                except OSError:
                    continue
                self.served += 1

    def stop(self):
        """No more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.join(10)
        self.listener.close()


def connect(address, i):
    """One honest connection of the kernel's TCP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(60)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.connect((address, PORT))
        text = b"honest %d" % i
        sock.sendall(text)
        assert sock.recv(100) == text


def grown(before, now, *names):
    """Has one of these counters grown?"""
    assert any(now[name] > before[name] for name in names), \
        {name: now[name] - before[name] for name in now if now[name] != before.get(name)}


def through_flood(ns, address, proven):
    """NUMBER connections in a row while a flood lasts."""
    number = NUMBER_V6 if ":" in address else NUMBER
    ns.server()
    server = Server(address)
    server.start()
    before = t.counters()
    ns.client()
    if proven:
        connect(address, 0)
    retransmitted = t.counter("TCPSynRetrans", "tcp")
    with subprocess.Popen([FLOOD, "-a", address, "-p", str(PORT), "-n", "1000000000"],
                          stdout=subprocess.DEVNULL) as flood:
        try:
            ns.server()
            assert t.wait_until(lambda: t.counter("FloodBegun") > before["FloodBegun"], 60)
            ns.client()
            for i in range(number):
                connect(address, i)
        finally:
            flood.send_signal(signal.SIGKILL)
    again = t.counter("TCPSynRetrans", "tcp") - retransmitted
    ns.server()
    now = t.counters()
    server.stop()
    # A host that stands still for a second sends one again, and User Mode Linux has one CPU.
    assert again <= (0 if t.PLATFORM == "stock" else number // 50), f"{again} SYNs were sent twice"
    assert server.served >= number, server.served
    if proven:
        grown(before, now, "TCPReqQFullDrop", "DropUnproven", "DropFairShare")
        assert now["SyncookiesSent"] == before["SyncookiesSent"], now["SyncookiesSent"]
    else:
        grown(before, now, "SyncookiesRecv", "ProvenAdmitted")


class Namespaces:
    """The two, and the way between them for this process."""

    def __init__(self):
        t.private_netns()
        self.fds = [os.open("/proc/thread-self/ns/net", os.O_RDONLY)]
        t.private_netns()
        self.fds.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        t.sh("ip link add eth0 type veth peer name eth0 netns "
             f"/proc/{os.getpid()}/fd/{self.fds[0]};"
             "ip addr add 10.99.0.2/24 dev eth0; ip addr add fd99::2/64 dev eth0 nodad;"
             "ip link set eth0 up; ip route add default via 10.99.0.1;"
             "ip -6 route add default via fd99::1")
        self.client()
        t.sh("ip addr add 10.99.0.1/24 dev eth0; ip addr add fd99::1/64 dev eth0 nodad;"
             "ip link set eth0 up")

    def client(self):
        """This thread goes to the clients."""
        t.enter_netns(self.fds[0])

    def server(self):
        """This thread goes to the server."""
        t.enter_netns(self.fds[1])


def cookies(ns, address):
    """Cookies auto, accept queue 128"""
    t.sysctl("syncookies", 1)
    through_flood(ns, address, False)


def no_cookies(ns, address):
    """No cookies, overflow drop: proven peers"""
    t.sysctl("syncookies", 0)
    t.sysctl("overflow_policy", 0)
    through_flood(ns, address, True)


def main():
    """Each, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("these are atcp's counters")
    ktap = t.Ktap()
    for case in (cookies, no_cookies):
        for address in ("10.99.0.2", "fd99::2"):
            ns = Namespaces()
            ns.server()
            ktap.run(f"{address}: {case.__doc__}", case, ns, address)
    ktap.end()


if __name__ == "__main__":
    main()
