#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP_MD5SIG (RFC 2385) between the stacks: what is signed, refused and counted as the kernel's TCP does it."""
# clock: travel
# platforms: stock uml
# check: uml
# timeout: 200
import errno
import ipaddress
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import router

TCP, TCP_MD5SIG, TCP_MD5SIG_EXT = socket.IPPROTO_TCP, 14, 32
PREFIX, IFINDEX = 1, 2
KEY, OTHER = b"a key of some length", b"another one"
SIZE = 200000


def md5sig(address, key, flags=0, prefix=0, ifindex=0, family=None, length=None):
    """A struct tcp_md5sig."""
    ip = ipaddress.ip_address(address)
    family = family or (socket.AF_INET6 if ip.version == 6 else socket.AF_INET)
    where = struct.pack("=HHI", family, 0, 0) if ip.version == 6 else struct.pack("=HH", family, 0)
    return ((where + ip.packed).ljust(128, b"\0") +
            struct.pack("=BBHi", flags, prefix, len(key) if length is None else length, ifindex) + key.ljust(80, b"\0"))


def set_key(sock, address, key, **more):
    """Gives SOCK a key for the peers at ADDRESS."""
    sock.setsockopt(TCP, TCP_MD5SIG_EXT if more else TCP_MD5SIG, md5sig(address, key, **more))


def refused(function, *args):
    """The errno by name, or "nothing"."""
    try:
        function(*args)
    except OSError as e:
        return errno.errorcode[e.errno]
    return "nothing"


def errnos(stack, address):
    """What setsockopt(2) says, in order."""
    ip = ipaddress.ip_address(address)
    family = socket.AF_INET6 if ip.version == 6 else socket.AF_INET
    most = 128 if ip.version == 6 else 32
    tries = [(TCP_MD5SIG, md5sig(address, KEY)[:100]), (TCP_MD5SIG, md5sig(address, KEY)[:215]),
             (TCP_MD5SIG, md5sig(address, KEY, family=socket.AF_UNIX)), (TCP_MD5SIG, md5sig(address, b"")),
             (TCP_MD5SIG, md5sig(address, KEY, length=81)), (TCP_MD5SIG, md5sig(address, KEY * 4, length=80)),
             (TCP_MD5SIG, md5sig(address, OTHER)), (TCP_MD5SIG, md5sig(address, b"")), (TCP_MD5SIG, md5sig(address, b"")),
             (TCP_MD5SIG_EXT, md5sig(address, KEY, flags=PREFIX, prefix=most + 1)),
             (TCP_MD5SIG_EXT, md5sig(address, KEY, flags=PREFIX, prefix=8)),
             (TCP_MD5SIG_EXT, md5sig(address, b"", flags=PREFIX, prefix=9)),
             (TCP_MD5SIG_EXT, md5sig(address, b"", flags=PREFIX, prefix=8)),
             (TCP_MD5SIG_EXT, md5sig(address, KEY, flags=IFINDEX, ifindex=1)),
             (TCP_MD5SIG_EXT, md5sig(address, KEY, flags=IFINDEX, ifindex=999)),
             (TCP_MD5SIG_EXT, md5sig(address, KEY, flags=IFINDEX)), (TCP_MD5SIG_EXT, md5sig(address, b"")),
             (TCP_MD5SIG_EXT, md5sig(address, b"", flags=IFINDEX))]
    with t.make_socket(family, stack) as sock:
        return [refused(sock.setsockopt, TCP, *one) for one in tries]


def listener(net, stack, key, **more):
    """A listener in far with a key for near, if it is to have one; and its port."""
    lsock, port = net.listen(stack)
    if key:
        set_key(lsock, "fd97:1::1" if net.family == socket.AF_INET6 else "10.97.1.1", key, **more)
    return lsock, port


def client(net, stack, key):
    """A socket in near."""
    sock = net.socket(stack)
    if key:
        set_key(sock, net.address, key)
    return sock


def transfers(ktap, net, near, far, label):
    """Signed connections, by third ACK and by cookie, over a clean path and one that loses."""
    for how, knob, shape in (("clean", 1, None), ("by a cookie", 2, None), ("lossy", 1, "netem loss 4% delay 2ms")):
        net.enter("far")
        t.sysctl("syncookies", knob, far)
        net.enter("home")
        net.shape(shape, shape)
        lsock, port = listener(net, far, KEY)
        sock = client(net, near, KEY)
        with lsock:
            sock.connect((net.address, port))
            child = lsock.accept()[0]
        child.settimeout(600)
        ktap.equal(*router.both_ways(sock, child, SIZE),
                   f"{label}: {how}, all that is sent arrives, to the end of the stream")
        sock.close(), child.close()
    net.shape(None)
    # What ends a connection is signed too, or its peer would not hear of it.
    for who in ("client", "server"):
        lsock, port = listener(net, far, KEY)
        sock = client(net, near, KEY)
        with lsock:
            sock.connect((net.address, port))
            child = lsock.accept()[0]
        child.settimeout(60), sock.settimeout(60)
        ends, other = (sock, child) if who == "client" else (child, sock)
        other.send(b"unread")
        t.wait_until(lambda: ends.recv(6, socket.MSG_PEEK))
        ends.close()
        ktap.equal(refused(other.recv, 1), "ECONNRESET", f"{label}: the RST of the {who} is signed")
        other.close()


def refusals(ktap, net, near, far, label):
    """SYNs that are not signed as they should be: refused in silence, and counted."""
    for what, ours, theirs, name in (("a wrong key", OTHER, KEY, "TCPMD5Failure"), ("no signature", None, KEY, "TCPMD5NotFound"),
                                     ("a signature that nobody asked for", KEY, None, "TCPMD5Unexpected")):
        lsock, port = listener(net, far, theirs)
        sock = client(net, near, ours)
        sock.setblocking(False)

        def count():
            net.enter("far")
            try:
                return t.counters(far).get(name, 0)
            finally:
                net.enter("home")

        before = count()
        sock.connect_ex((net.address, port))
        ktap.result(t.wait_until(lambda: count() > before, 10), f"{label}: {what} is counted in {name}", count())
        ktap.equal(t.tcp_state(sock), "SYN_SENT", f"{label}: {what} gets no answer")
        sock.close(), lsock.close()


def prefixes(ktap, net, near, far, label):
    """Keys for many peers: the longest prefix has it; a key that changes, and one that goes."""
    v6 = net.family == socket.AF_INET6
    wide = "fd97::" if v6 else "10.0.0.0"
    lsock, port = listener(net, far, None)
    set_key(lsock, wide, OTHER, flags=PREFIX, prefix=8)
    set_key(lsock, wide if v6 else "10.97.0.0", KEY, flags=PREFIX, prefix=16)
    with lsock:
        sock = client(net, near, KEY)
        sock.connect((net.address, port))
        child = lsock.accept()[0]
        child.settimeout(60)
        sock.sendall(b"hello")
        ktap.equal(child.recv(5), b"hello", f"{label}: the longer prefix's key counts")
        # Both change while the connection lasts.
        set_key(sock, net.address, OTHER)
        set_key(child, "fd97:1::1" if v6 else "10.97.1.1", OTHER)
        sock.sendall(b"again")
        ktap.equal(child.recv(5), b"again", f"{label}: a key that both change is the new one")
        for s, address in ((sock, net.address), (child, "fd97:1::1" if v6 else "10.97.1.1")):
            set_key(s, address, b"")
        sock.sendall(b"plain")
        ktap.equal(child.recv(5), b"plain", f"{label}: without a key nothing is signed")
        sock.close(), child.close()


def case(ktap, variant):
    """One pair of stacks, one family."""
    near, far, v6 = variant
    label = f"{near} to {far}, v{6 if v6 else 4}"
    net = router.Router(v6)
    transfers(ktap, net, near, far, label)
    refusals(ktap, net, near, far, label)
    prefixes(ktap, net, near, far, label)
    if (near, far) == (t.STACK, t.STACK):
        for address in ("10.1.2.3", "fd00::1", "::ffff:10.1.2.3"):
            ktap.equal(errnos(t.STACK, address), errnos("tcp", address), f"{address}: errnos are the kernel's")
    net.close()


def main():
    t.side_by_side(case, *[(near, far, v6) for near, far in ((t.STACK, t.STACK), (t.STACK, "tcp"), ("tcp", t.STACK))
                           for v6 in (False, True)])


if __name__ == "__main__":
    main()
