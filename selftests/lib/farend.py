# SPDX-License-Identifier: GPL-2.0
"""A namespace at the other end of a veth pair: near (10.98.0.1, fd98::1) and far (10.98.0.2, fd98::2)."""
import ctypes
import os
import socket

import atcptest as t

NEAR, FAR = {socket.AF_INET: "10.98.0.1", socket.AF_INET6: "fd98::1"}, {socket.AF_INET: "10.98.0.2",
                                                                        socket.AF_INET6: "fd98::2"}


class FarEnd:
    """Both namespaces; the calling thread stays in the one it was in. The devices have so many QUEUES each way."""

    def __init__(self, queues=1):
        self.queues = queues
        self.here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        assert ctypes.CDLL(None).unshare(t.CLONE_NEWNET) == 0
        t.usable_netns()
        self.there = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        t.enter_netns(self.here)
        t.let_go_at_exit(self.here, self.there)
        t.sh("sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
        self.cable()

    def cable(self):
        """Makes the pair; again, when a test has taken it away."""
        queues = f"numtxqueues {self.queues} numrxqueues {self.queues}"
        t.sh(f"ip link add near {queues} type veth peer name far {queues} netns /proc/{os.getpid()}/fd/{self.there}")
        for fd, name, number in ((self.here, "near", 1), (self.there, "far", 2)):
            t.enter_netns(fd)
            t.sh(f"ip addr add 10.98.0.{number}/24 dev {name}; ip addr add fd98::{number}/64 dev {name} nodad; "
                 f"ip link set {name} up")
        t.enter_netns(self.here)

    def connect(self, family, stack=t.STACK):
        """(client here, what accept(2) gave over there)."""
        t.enter_netns(self.there)
        listener = t.listener(FAR[family], 0, stack=stack)
        t.enter_netns(self.here)
        return connect(listener, family, NEAR[family], stack)


def connect(listener, family, near, stack=t.STACK):
    """(client from NEAR, what accept(2) gave); LISTENER is closed."""
    sock = t.make_socket(family, stack)
    sock.bind((near, 0))
    sock.settimeout(100)
    sock.connect(listener.getsockname()[:2])
    child = listener.accept()[0]
    child.settimeout(100)
    listener.close()
    return sock, child
