# SPDX-License-Identifier: GPL-2.0
"""Flows of one congestion control over a router's path (lib/router.py): what they get, and what waits for them."""
import os
import socket
import struct
import threading
import time

import atcptest as t
import router

TCP_CC_INFO = 26


def choose(sock, control):
    """TCP_CONGESTION"""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, control.encode())


def chosen(sock):
    """The same, read."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode()


def cc_info(sock):
    """TCP_CC_INFO"""
    return sock.getsockopt(socket.IPPROTO_TCP, TCP_CC_INFO, 64)


def rtt_us(sock):
    """tcpi_rtt"""
    return struct.unpack("I", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[68:72])[0]


class Flow:
    """One bulk connection from near to far, both ends of STACK, by CONTROL: None for what it is anyway."""

    def __init__(self, net, stack, control, seconds, receiver=None):
        listener, port = net.listen(receiver or stack)
        self.sock = net.socket(stack)
        with listener:
            if control:
                # Who listens must agree to ECN before it is asked.
                choose(listener, control)
                choose(self.sock, control)
            self.sock.connect((net.address, port))
            self.child = listener.accept()[0]
        self.child.settimeout(600)
        self.control = chosen(self.sock)
        self.info = b""
        self.rtts = []
        self.begun = time.monotonic()
        self.seconds = seconds
        self.taker = router.Receiver(self.child)
        self.giver = router.Sender(self.sock, seconds=seconds)
        self.watch = threading.Thread(target=self.look)
        self.watch.start()

    def look(self):
        """The RTT, a hundred times a second, after the first quarter."""
        time.sleep(self.seconds / 4)
        while self.giver.is_alive():
            self.rtts.append(rtt_us(self.sock))
            self.info = cc_info(self.sock)
            time.sleep(0.01)

    def end(self):
        """(Mbit/s after the first quarter, mean RTT in ms)"""
        self.giver.join()
        self.watch.join()
        self.taker.join()
        self.sock.close()
        self.child.close()
        assert (self.taker.sum, self.taker.got) == (self.giver.sum, self.giver.sent), "other bytes came"
        span = self.begun + self.seconds / 4, self.begun + self.seconds - 0.1
        rate = self.taker.between(*span) * 8 / (span[1] - span[0]) / 1e6
        return rate, sum(self.rtts) / max(len(self.rtts), 1) / 1000


def run(net, stack, control, seconds, flows=1):
    """[(Mbit/s, ms)] of flows that begin one after the other, half a second apart."""
    running = []
    for number in range(flows):
        if number:
            time.sleep(0.5)
        running.append(Flow(net, stack, control, seconds - 0.5 * number))
    return [flow.end() for flow in running]


def load(names):
    """atcp's modules of these, if they are not there."""
    here = os.path.dirname(os.environ.get("ATCP_KO", "/mnt/atcp.ko"))
    for name in names:
        if not os.path.exists(f"{here}/atcp_{name}.ko"):
            t.skip_all(f"no atcp_{name}.ko beside atcp.ko")
        t.sh(f"insmod {here}/atcp_{name}.ko 2>/dev/null", check=False)


def unload(names):
    """They go."""
    for name in names:
        t.sh(f"rmmod atcp_{name} 2>/dev/null", check=False)
