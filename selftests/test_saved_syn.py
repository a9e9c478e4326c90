#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP_SAVE_SYN and TCP_SAVED_SYN, TCP_TX_DELAY, the thin streams' options: as the kernel's TCP has them."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 120
import ctypes
import errno
import os
import socket
import struct
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t

PORT = 22500
TCP_SAVE_SYN, TCP_SAVED_SYN, TCP_TX_DELAY = 27, 28, 37
TCP_THIN_LINEAR_TIMEOUTS, TCP_THIN_DUPACK, TCP_FASTOPEN = 16, 17, 23
TCP, DELAY_US = socket.IPPROTO_TCP, 300000
libc = ctypes.CDLL(None, use_errno=True)


def saved(sock, room=512):
    """What TCP_SAVED_SYN gives: (errno, length told, bytes)."""
    buf, size = ctypes.create_string_buffer(room or 1), ctypes.c_int(room)
    error = 0
    if libc.getsockopt(sock.fileno(), TCP, TCP_SAVED_SYN, buf, ctypes.byref(size)):
        error = ctypes.get_errno()
    return error, size.value, buf.raw[:size.value] if not error else b""


def is_syn(data, v6, port):
    """DATA, from the IP header on, is a SYN to PORT and nothing else."""
    length = 40 if v6 else (data[0] & 15) * 4
    tcp = data[length:]
    return (data[0] >> 4 == (6 if v6 else 4) and struct.unpack_from("!H", tcp, 2)[0] == port and
            tcp[13] & 0x3f == 2 and len(tcp) == (tcp[12] >> 4) * 4)


def connected(listener, family, address, stack, data=b""):
    """A connection to LISTENER: (its end, ours)."""
    sock = t.make_socket(family, stack)
    if data:
        # Python's own timeout would make it a call that does not wait.
        sock.settimeout(None)
        sock.sendto(data, socket.MSG_FASTOPEN, (address, listener.getsockname()[1]))
    else:
        sock.connect((address, listener.getsockname()[1]))
    return listener.accept()[0], sock


def refused(function):
    """The errno of a call that fails, by name."""
    try:
        function()
    except OSError as e:
        return errno.errorcode[e.errno]
    return "nothing"


def syns(ktap, family, address, stack, label):
    """SYNs kept, and given once."""
    v6 = family == socket.AF_INET6
    with t.listener(address, 0, stack=stack) as listener:
        port = listener.getsockname()[1]
        ktap.equal([refused(lambda v=v: listener.setsockopt(TCP, TCP_SAVE_SYN, v)) for v in (-1, 3)],
                   ["EINVAL", "EINVAL"], f"{label}: TCP_SAVE_SYN is 0 to 2")
        child, sock = connected(listener, family, address, stack)
        ktap.equal(saved(child)[:2], (0, 0), f"{label}: nothing is kept that was not asked for")
        child.close(), sock.close()

        listener.setsockopt(TCP, TCP_SAVE_SYN, 1)
        ktap.equal(listener.getsockopt(TCP, TCP_SAVE_SYN), 1, f"{label}: TCP_SAVE_SYN is read back")
        child, sock = connected(listener, family, address, stack)
        error, told, _ = saved(child, 4)
        ktap.equal((error, told > 40), (errno.EINVAL, True), f"{label}: too little room: EINVAL, and how much it is")
        error, length, data = saved(child, told)
        ktap.result(not error and length == told and is_syn(data, v6, port), f"{label}: the SYN from its IP header on",
                    f"{error} {length} {data.hex()}")
        ktap.equal(saved(child)[:2], (0, 0), f"{label}: it is given once")
        ktap.equal(saved(sock)[:2], (0, 0), f"{label}: who connects has none")
        child.close(), sock.close()

        listener.setsockopt(TCP, TCP_SAVE_SYN, 2)
        child, sock = connected(listener, family, address, stack)
        data = saved(child)[2]
        ktap.result(data[12:14] == (b"\x86\xdd" if v6 else b"\x08\x00") and is_syn(data[14:], v6, port),
                    f"{label}: from the link layer's header on", data.hex())
        child.close(), sock.close()


def other_ways(ktap, family, address, stack, label):
    """By fast open, by a cookie, and on a socket that is used again."""
    v6 = family == socket.AF_INET6
    t.sysctl("fastopen", 0x603, stack)
    with t.listener(address, 0, stack=stack) as listener:
        listener.setsockopt(TCP, TCP_SAVE_SYN, 1)
        listener.setsockopt(TCP, TCP_FASTOPEN, 8)
        connected(listener, family, address, stack, b"x")
        child, sock = connected(listener, family, address, stack, b"first")
        data = saved(child)[2]
        ktap.result(is_syn(data, v6, listener.getsockname()[1]), f"{label}: by fast open, without its data", data.hex())
        # Never read: freed with its socket.
        child, sock = connected(listener, family, address, stack)
        child.close(), sock.close()
    t.sysctl("syncookies", 2, stack)
    with t.listener(address, 0, stack=stack) as listener:
        listener.setsockopt(TCP, TCP_SAVE_SYN, 1)
        child, sock = connected(listener, family, address, stack)
        ktap.equal(saved(child)[:2], (0, 0), f"{label}: a cookie keeps nothing")
        child.close(), sock.close()
    t.sysctl("syncookies", 1, stack)


def delay(ktap, family, address, stack, label):
    """TCP_TX_DELAY: every segment of one side leaves later."""
    with t.listener(address, 0, stack=stack) as listener:
        child, sock = connected(listener, family, address, stack)
        ktap.equal(refused(lambda: sock.setsockopt(TCP, TCP_TX_DELAY, -1)) if stack != "tcp" else "EINVAL", "EINVAL",
                   f"{label}: no delay is negative")
        sock.setsockopt(TCP, TCP_TX_DELAY, DELAY_US)
        ktap.equal(sock.getsockopt(TCP, TCP_TX_DELAY), DELAY_US, f"{label}: TCP_TX_DELAY is read back")
        begun = time.monotonic()
        sock.send(b"late")
        child.recv(4)
        took = time.monotonic() - begun
        ktap.result(0.29 <= took < 0.6, f"{label}: what is sent arrives that much later", f"{took:.3f} s")
        begun = time.monotonic()
        child.send(b"soon")
        sock.recv(4)
        took = time.monotonic() - begun
        ktap.result(took < 0.2, f"{label}: and not what comes back", f"{took:.3f} s")
        child.close(), sock.close()


def thin(ktap, family, address, stack, label):
    """The options of thin streams; what they do is in scripts/loss."""
    with t.make_socket(family, stack) as sock:
        for name, option in (("LINEAR_TIMEOUTS", TCP_THIN_LINEAR_TIMEOUTS), ("DUPACK", TCP_THIN_DUPACK)):
            got = [refused(lambda v=v, o=option: sock.setsockopt(TCP, o, v)) for v in (2, -1, 1)]
            got.append(sock.getsockopt(TCP, option))
            want = ["EINVAL", "EINVAL", "nothing", int(option == TCP_THIN_LINEAR_TIMEOUTS)]
            ktap.equal(got, want, f"{label}: TCP_THIN_{name}")


def main():
    ktap = t.Ktap()
    t.private_netns()
    t.sh("tc qdisc add dev lo root fq", check=False)
    for stack in ("tcp", t.STACK):
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            for case in (syns, other_ways, delay, thin):
                label = f"{stack} {'v6' if family == socket.AF_INET6 else 'v4'}"
                ktap.run(f"{label} {case.__name__}", case, ktap, family, address, stack, label)
    ktap.end()


if __name__ == "__main__":
    main()
