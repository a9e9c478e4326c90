#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A socket that is disconnected and connected again is as a new one: nothing of its first connection is left."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 200
import ctypes
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import router

SO_TIMESTAMPING, TX_ACK, SOFT, ID, ONLY = 37, 512, 16, 128, 2048
TCP = socket.IPPROTO_TCP
# Of struct tcp_info: times and rates are of the moment, and how many ACKs there were; (offset, length).
MOMENT = [(8, 8), (136, 8), (44, 4), (48, 4), (52, 4), (56, 4), (68, 8), (96, 16), (104, 8), (148, 4), (152, 4), (160, 8), (168, 24)]
OPTIONS = {"NODELAY": 1, "MAXSEG": 2, "CORK": 3, "KEEPIDLE": 4, "KEEPINTVL": 5, "KEEPCNT": 6, "SYNCNT": 7, "LINGER2": 8,
           "WINDOW_CLAMP": 10, "QUICKACK": 12, "THIN": 16, "USER_TIMEOUT": 18, "NOTSENT_LOWAT": 25, "INQ": 36}
SET = {"NODELAY": 1, "MAXSEG": 700, "CORK": 0, "KEEPIDLE": 100, "KEEPINTVL": 7, "KEEPCNT": 3, "SYNCNT": 3, "LINGER2": 9,
       "WINDOW_CLAMP": 9000, "QUICKACK": 0, "THIN": 1, "USER_TIMEOUT": 90000, "NOTSENT_LOWAT": 5000, "INQ": 1}


def disconnect(sock):
    """connect(2) to AF_UNSPEC."""
    if ctypes.CDLL(None, use_errno=True).connect(sock.fileno(), bytes(16), 16):
        raise OSError(ctypes.get_errno(), "connect")


def described(sock):
    """TCP_INFO less what is of the moment."""
    raw = bytearray(sock.getsockopt(TCP, socket.TCP_INFO, 400))
    for at, length in MOMENT:
        raw[at:at + length] = bytes(length)
    return bytes(raw)


def options(sock):
    """What the options say, but for the segments' size, which follows the last path."""
    return {name: sock.getsockopt(TCP, number) for name, number in OPTIONS.items() if name != "MAXSEG"}


def use(net, sock, stack):
    """A connection that sees loss, reordering, duplicates, urgent data, and is reset with data in its queues."""
    listener, port = net.listen("tcp")
    net.shape("netem delay 10ms 3ms loss 3% duplicate 2%", "netem delay 10ms 3ms loss 3% duplicate 2%")
    with listener:
        sock.connect((net.address, port))
        child = listener.accept()[0]
    child.settimeout(600)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, TX_ACK | SOFT | ID | ONLY)
    givers, takers = [router.Sender(s, 300000) for s in (sock, child)], [router.Receiver(s) for s in (child, sock)]
    for thread in givers + takers:
        thread.join()
    child.close()
    # One more, that is cut off with the window closed and bytes both ways.
    disconnect(sock)
    listener, port = net.listen("tcp")
    with listener:
        sock.connect((net.address, port))
        child = listener.accept()[0]
    sock.send(b"urgent", socket.MSG_OOB)
    child.send(b"urgent", socket.MSG_OOB)
    sock.setblocking(False)
    child.setblocking(False)
    for s in (sock, child):
        try:
            while s.send(bytes(10000)):
                pass
        except BlockingIOError:
            pass
    time.sleep(3)
    net.shape("netem loss 100%", "netem loss 100%")
    time.sleep(3)
    disconnect(sock)
    sock.settimeout(600)
    child.close()
    net.shape("netem delay 10ms", "netem delay 10ms")
    time.sleep(1)


def numbers(sock):
    """SOF_TIMESTAMPING_OPT_ID of the next that is told of."""
    got = []

    def told():
        try:
            _, parts, _, _ = sock.recvmsg(0, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return False
        for _, name, value in parts:
            if name in (11, 25):
                got.append(struct.unpack_from("=12xI", value)[0])
        return bool(got)

    sock.setblocking(False)
    assert t.wait_until(told, 20)
    sock.settimeout(600)
    return got[-1]


def case(ktap, v6):
    """A used socket beside a new one, before and after connect(2)."""
    family = f"v{6 if v6 else 4}"
    net = router.Router(v6)
    for knob in ("tcp_slow_start_after_idle", "tcp_no_metrics_save"):
        net.sh("near", f"sysctl -qw net.ipv4.{knob}=1")
    net.shape("netem delay 10ms", "netem delay 10ms")
    used, new = net.socket(t.STACK), net.socket(t.STACK)
    use(net, used, t.STACK)
    ktap.equal(options(used), options(new), f"{family}: options of a socket that was used, and set none")
    # The error queue is the program's to read.
    used.setblocking(False)
    try:
        while used.recvmsg(0, 512, socket.MSG_ERRQUEUE):
            pass
    except BlockingIOError:
        pass
    used.settimeout(600)
    ends = []
    for sock in (used, new):
        listener, port = net.listen(t.STACK)
        with listener:
            sock.connect((net.address, port))
            child = listener.accept()[0]
        ends.append(child)
        child.settimeout(600)
        time.sleep(0.2)
    for what in ("connected", "after data both ways"):
        a, b = described(used), described(new)
        # How far the window has opened by then depends on when segments met.
        window = () if what == "connected" else (*range(64, 68), *range(232, 236))
        # On a clock that runs on, so do rcv_rtt and the peer's window.
        if window and not t.TRAVELS:
            window += (*range(92, 96), *range(228, 232))
        wrong = {i: (a[i], b[i]) for i in range(len(a)) if a[i] != b[i] and i not in window}
        ktap.result(not wrong, f"{family}: TCP_INFO is a new socket's, {what}", wrong)
        for sock, child in zip((used, new), ends):
            sock.sendall(bytes(20000))
            child.recv(20000, socket.MSG_WAITALL)
            child.sendall(bytes(20000))
            sock.recv(20000, socket.MSG_WAITALL)
            time.sleep(1)
    used.send(b"told")
    ktap.equal(numbers(used), 19999, f"{family}: a stamp's number is of this connection")
    for sock in (used, new, *ends):
        sock.close()

    # What a program has set stays, or goes, as with the kernel's TCP.
    left = {}
    for stack in ("tcp", t.STACK):
        sock = net.socket(stack)
        for name, value in SET.items():
            sock.setsockopt(TCP, OPTIONS[name], value)
        listener, port = net.listen("tcp")
        with listener:
            sock.connect((net.address, port))
            listener.accept()[0].close()
        disconnect(sock)
        left[stack] = options(sock)
        listener, port = net.listen("tcp")
        with listener:
            sock.connect((net.address, port))
            child = listener.accept()[0]
        # The MSS that it has announced is what its peer sends by.
        left[stack]["MSS"] = child.getsockopt(TCP, OPTIONS["MAXSEG"])
        left[stack]["name"] = sock.getsockname()[0]
        sock.close(), child.close()
    ktap.equal(left[t.STACK], left["tcp"], f"{family}: options after it are as the kernel's TCP has them")
    net.close()


def main():
    t.side_by_side(case, False, True)


if __name__ == "__main__":
    main()
