#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP_REPAIR: the options as the kernel's TCP has them; a connection moves to another host with data in both queues."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 300
import array
import ctypes
import errno
import os
import socket
import struct
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t
import repair as r
import router

TCP = socket.IPPROTO_TCP
SIZE = 400000
# (where the connection moves, its peer, family)
VARIANTS = [(mine, peer, v6) for mine, peer in (("tcp", "tcp"), (t.STACK, t.STACK), (t.STACK, "tcp"))
            for v6 in (False, True)]


def outcome(function, *args):
    """What a call gives, or its errno by name."""
    try:
        return function(*args)
    except OSError as e:
        return errno.errorcode[e.errno]


def as_nobody(function):
    """The errno that FUNCTION meets in a process without capabilities, 0: none."""
    pid = os.fork()
    if not pid:
        os.setuid(65534)
        try:
            function()
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def window(**changed):
    """A struct tcp_repair_window."""
    fields = dict(snd_wl1=0, snd_wnd=0, max_window=0, rcv_wnd=0, rcv_wup=0)
    fields.update(changed)
    return struct.pack("5I", *fields.values())


def option(code, value):
    """A struct tcp_repair_opt."""
    return struct.pack("II", code, value)


def fresh(stack, address):
    """What the options say of a socket that has no connection yet."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    said = []
    sock = t.make_socket(family, stack)

    def tell(name, function, *args):
        said.append((name, outcome(function, *args)))

    def put(name, number, value):
        tell(f"{name} {value}", sock.setsockopt, TCP, number, value)

    tell("nobody", as_nobody, lambda: sock.setsockopt(TCP, r.TCP_REPAIR, 1))
    tell("off", sock.getsockopt, TCP, r.TCP_REPAIR)
    put("queue", r.TCP_REPAIR_QUEUE, 1)
    tell("get queue", sock.getsockopt, TCP, r.TCP_REPAIR_QUEUE)
    put("seq", r.TCP_QUEUE_SEQ, 5)
    tell("get seq", sock.getsockopt, TCP, r.TCP_QUEUE_SEQ)
    put("timestamp", r.TCP_TIMESTAMP, 5)
    put("options", r.TCP_REPAIR_OPTIONS, option(2, 1000))
    put("window", r.TCP_REPAIR_WINDOW, window())
    tell("get window", sock.getsockopt, TCP, r.TCP_REPAIR_WINDOW, 20)
    tell("get less window", sock.getsockopt, TCP, r.TCP_REPAIR_WINDOW, 16)
    for value in (2, -2, 1):
        put("repair", r.TCP_REPAIR, value)
    tell("on", sock.getsockopt, TCP, r.TCP_REPAIR)
    tell("get queue", sock.getsockopt, TCP, r.TCP_REPAIR_QUEUE)
    put("seq", r.TCP_QUEUE_SEQ, 5)
    for value in (-1, 3, 2, 1):
        put("queue", r.TCP_REPAIR_QUEUE, value)
        put("seq", r.TCP_QUEUE_SEQ, 1000 + value)
        tell("get seq", sock.getsockopt, TCP, r.TCP_QUEUE_SEQ)
    put("options", r.TCP_REPAIR_OPTIONS, option(2, 1000))
    put("short options", r.TCP_REPAIR_OPTIONS, b"xx")
    put("less window", r.TCP_REPAIR_WINDOW, window()[:16])
    tell("get options", sock.getsockopt, TCP, r.TCP_REPAIR_OPTIONS, 8)
    tell("send", sock.send, b"x", socket.MSG_NOSIGNAL)
    put("off", r.TCP_REPAIR, 0)
    put("seq", r.TCP_QUEUE_SEQ, 7)
    sock.close()
    with t.listener(address, 0, stack=stack) as lsock:
        said.append(("listener", outcome(lsock.setsockopt, TCP, r.TCP_REPAIR, 1)))
    return said


def established(stack, address):
    """What they say of a connection that repair has made of nothing, and of sends and receives there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    said = []

    def tell(name, function, *args):
        said.append((name, outcome(function, *args)))

    with t.make_socket(family, stack) as sock:
        sock.setsockopt(TCP, r.TCP_REPAIR, 1)
        for queue, seq in ((r.RECV_QUEUE, 5000), (r.SEND_QUEUE, 0xfffffff0)):
            sock.setsockopt(TCP, r.TCP_REPAIR_QUEUE, queue)
            r.set_unsigned(sock, r.TCP_QUEUE_SEQ, seq)
        sock.bind((address, 0))
        tell("connect", sock.connect, (address, 9))
        said.append(("state", t.tcp_state(sock)))
        tell("seq now", sock.setsockopt, TCP, r.TCP_QUEUE_SEQ, 1)
        tell("seq", r.unsigned, sock, r.TCP_QUEUE_SEQ)
        tell("mss", sock.getsockopt, TCP, r.TCP_MAXSEG)
        for code, value in ((2, 1000), (3, 7 | 9 << 16), (3, 15), (3, 15 << 16), (4, 1), (8, 1), (99, 1), (4, 0), (8, 0)):
            tell(f"option {code} {value}", sock.setsockopt, TCP, r.TCP_REPAIR_OPTIONS, option(code, value))
        said.append(("agreed", r.agreed(sock)))
        tell("mss", sock.getsockopt, TCP, r.TCP_MAXSEG)
        tell("window", sock.setsockopt, TCP, r.TCP_REPAIR_WINDOW,
             window(snd_wl1=5000, snd_wnd=100, max_window=200, rcv_wnd=50000, rcv_wup=5000))
        tell("get window", sock.getsockopt, TCP, r.TCP_REPAIR_WINDOW, 20)
        for bad in (dict(snd_wnd=2, max_window=1), dict(rcv_wup=5001), dict(snd_wl1=5002, rcv_wnd=1)):
            tell(f"window {bad}", sock.setsockopt, TCP, r.TCP_REPAIR_WINDOW, window(**bad))
        tell("recv", sock.recv, 1)
        for queue, data in ((r.NO_QUEUE, b"none"), (r.RECV_QUEUE, b"received"), (r.SEND_QUEUE, b"sent")):
            sock.setsockopt(TCP, r.TCP_REPAIR_QUEUE, queue)
            tell(f"send to {queue}", sock.send, data)
            tell(f"peek {queue}", sock.recv, 100, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            tell(f"inq {queue}", r.queued, sock, r.SIOCINQ)
            tell(f"outq {queue}", r.queued, sock, r.SIOCOUTQ)
            tell(f"unsent {queue}", r.queued, sock, r.SIOCOUTQNSD)
            tell(f"seq {queue}", r.unsigned, sock, r.TCP_QUEUE_SEQ)
        tell("too little room", sock.recv, 2, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        sock.setsockopt(TCP, r.TCP_TIMESTAMP, 12345)
        said.append(("timestamp", abs(r.unsigned(sock, r.TCP_TIMESTAMP) - 12345) < 1000))
        sock.setsockopt(TCP, r.TCP_REPAIR_QUEUE, r.RECV_QUEUE)
        tell("all of a portion", lambda: 0 < sock.send(b"z" * 10000) <= 10000)
        info = sock.getsockopt(TCP, socket.TCP_INFO, 232)
        said.append(("bytes acked, delivered", struct.unpack_from("Q", info, 120) + struct.unpack_from("I", info, 192)))
        # The end of repair does not hear from a peer that there is not.
        tell("off", sock.setsockopt, TCP, r.TCP_REPAIR, r.OFF_NO_WP)
        tell("read", sock.recv, 8)
        tell("timestamp", sock.setsockopt, TCP, r.TCP_TIMESTAMP, 5)
        sock.setsockopt(TCP, r.TCP_REPAIR, 1)
    return said


def silence(stack, address):
    """Two sockets of one port; a close and a disconnect that the peer does not hear of."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    said = []
    before = t.counters(stack)
    with t.listener(address, 0, stack=stack) as lsock:
        port = lsock.getsockname()[1]
        for how in ("close", "disconnect"):
            sock = t.make_socket(family, stack)
            sock.connect((address, port))
            child = lsock.accept()[0]
            sock.setsockopt(TCP, r.TCP_REPAIR, 1)
            if how == "close":
                # Unread data makes no RST either.
                child.send(b"unread")
                sock.close()
            else:
                disconnect(sock)
                said.append((f"{how}: error", sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)))
                sock.close()
            said.append((f"{how}: the peer", t.tcp_state(child)))
            child.setsockopt(TCP, r.TCP_REPAIR, 1)
            child.close()
    after = t.counters(stack)
    said += [(name, after.get(name, 0) - before.get(name, 0)) for name in ("OutRsts", "TCPAbortOnClose", "ActiveOpens")]
    with t.listener(address, 0, stack=stack) as lsock, t.make_socket(family, stack) as sock:
        port = lsock.getsockname()[1]
        said.append(("in use", outcome(sock.bind, (address, port))))
        sock.setsockopt(TCP, r.TCP_REPAIR, 1)
        said.append(("in repair", outcome(sock.bind, (address, port))))
        sock.setsockopt(TCP, r.TCP_REPAIR, 0)
    return said


def disconnect(sock):
    """connect(2) to AF_UNSPEC."""
    if ctypes.CDLL(None, use_errno=True).connect(sock.fileno(), bytes(16), 16):
        raise OSError(ctypes.get_errno(), "connect")


def stream(first, size):
    """Bytes of which each place has its own."""
    words = array.array("I", range(first, first + size, 4))
    words.byteswap()
    return words.tobytes()


def write_all(sock, data):
    """Writes until the socket takes no more: how many."""
    sock.setblocking(False)
    done = 0
    try:
        while done < len(data):
            done += sock.send(data[done:done + 20000])
    except BlockingIOError:
        pass
    return done


def moved(ktap, variant):
    """A connection in mid-transfer goes to another host: of neither direction's bytes one is lost, or comes twice."""
    mine, peer, v6 = variant
    label = f"{mine} to {peer}, v{6 if v6 else 4}"
    net = router.Router(v6)
    sock, child = net.connect(mine, peer)
    there, back = stream(0, SIZE), stream(1 << 28, SIZE)
    # Something goes each way first, and is read in part.
    sock.sendall(there[:20000])
    child.sendall(back[:30000])
    got_there, got_back = child.recv(20000, socket.MSG_WAITALL), sock.recv(10000, socket.MSG_WAITALL)
    t.wait_until(lambda: r.queued(sock, r.SIOCINQ) == 20000)
    before = r.agreed(sock)
    # From here on nothing arrives.
    net.shape("netem loss 100%", "netem loss 100%")
    wrote = 20000 + write_all(sock, there[20000:])
    wrote_back = 30000 + write_all(child, back[30000:])
    image = r.checkpoint(sock)
    ktap.result(0 < image["unsent"] < image["outq"] and image["inq"] == 20000,
                f"{label}: data in both queues, sent and not sent", {k: image[k] for k in ("inq", "outq", "unsent")})
    net.move()
    net.enter("moved")
    sock = t.make_socket(net.family, mine)
    net.enter("home")
    sock.settimeout(600)
    r.restore(sock, image)
    ktap.equal((r.agreed(sock), sock.getsockname()[:2], r.queued(sock, r.SIOCINQ), t.tcp_state(sock)),
               (before, image["local"], 20000, "ESTABLISHED"), f"{label}: what was agreed on, and where it stood")
    net.shape(None)
    givers = [threading.Thread(target=s.sendall, args=(data,))
              for s, data in ((sock, there[wrote:]), (child, back[wrote_back:]))]
    child.settimeout(600)
    for giver in givers:
        giver.start()
    got = [got_back, got_there]

    def take(place, s):
        while len(got[place]) < SIZE:
            got[place] += s.recv(1 << 16)

    takers = [threading.Thread(target=take, args=x) for x in ((0, sock), (1, child))]
    for thread in takers:
        thread.start()
    for thread in takers + givers:
        thread.join()
    ktap.result(got == [back, there], f"{label}: not one byte is lost", [len(x) for x in got])
    sock.shutdown(socket.SHUT_WR)
    child.shutdown(socket.SHUT_WR)
    ktap.equal((sock.recv(1), child.recv(1)), (b"", b""), f"{label}: and both ends come to the end")
    sock.close(), child.close()
    net.close()


def options(ktap, _):
    """Errnos and values beside the kernel's TCP."""
    for function in (fresh, established, silence):
        for address in ("127.0.0.1", "::1"):
            want, got = function("tcp", address), function(t.STACK, address)
            wrong = [f"{g}, wanted {w}" for g, w in zip(got, want) if g != w]
            ktap.result(not wrong and len(got) == len(want), f"{address}: {function.__doc__}", "\n".join(wrong))


def main():
    t.side_by_side(lambda ktap, variant: (moved if isinstance(variant, tuple) else options)(ktap, variant),
                   "options", *VARIANTS)


if __name__ == "__main__":
    main()
