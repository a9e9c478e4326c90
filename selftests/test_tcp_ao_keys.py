#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TCP-AO between the stacks, where the kernel's TCP has it: transfers, what the options say, a move to another host."""
# clock: travel
# platforms: stock backports uml
# check: uml
# timeout: 300
import errno
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import repair
import router
import tcpao as a

SIZE = 200000
NAMES = {a.ADD_KEY: "add", a.DEL_KEY: "del", a.INFO: "info", a.GET_KEYS: "keys", a.REPAIR: "repair"}


def kernel_has_it():
    """Is there TCP-AO in this kernel's own TCP?"""
    with socket.socket() as sock:
        return not a.outcome(sock.setsockopt, a.TCP, a.INFO, a.info())


def said(function, *args):
    """What a call gives, or its errno by name."""
    try:
        return function(*args)
    except OSError as e:
        return errno.errorcode[e.errno]


def adding(address):
    """What setsockopt(2) is asked, in order."""
    v6 = ":" in address
    every = "::" if v6 else "0.0.0.0"
    network = "::ffff:10.1.0.0" if "." in address and v6 else "fd00::" if v6 else "10.1.0.0"

    def adds(secret=a.SECRET, **more):
        return a.ADD_KEY, a.add_key(address, secret, **more)

    def dels(*ids, **more):
        return a.DEL_KEY, a.del_key(address, *ids, **more)

    def tells(*what, **more):
        return a.INFO, a.info(*what, **more)

    return [
        (a.INFO, a.info()[:40]), tells(reserved=1 << 9), tells("current", current=1),
        (a.DEL_KEY, a.del_key(address)[:100]), dels(reserved2=1),
        (a.ADD_KEY, a.add_key(address)[:280]), (a.ADD_KEY, a.add_key(address) + bytes(64)),
        (a.ADD_KEY, a.add_key(address, sndid=1, rcvid=1) + b"x" * 8),
        adds(flags=8), adds(reserved2=1), adds(keylen=81), adds(family=socket.AF_UNIX), adds(port=5),
        (a.ADD_KEY, a.add_key(None, prefix=0)),
        adds(prefix=129), adds(prefix=33 if not v6 else 100), adds(prefix=8), adds(prefix=0), adds(keyflags=4),
        adds(ifindex=1), adds(ifindex=1, keyflags=a.IFINDEX), adds(sndid=2, rcvid=2, keyflags=a.IFINDEX),
        adds(alg="hmac(nothing)", sndid=3, rcvid=3), adds(maclen=16, sndid=4, rcvid=4),
        adds(maclen=17, sndid=5, rcvid=5),
        adds(alg="cmac(aes128)", maclen=17, sndid=5, rcvid=5), adds(alg="cmac(aes128)", sndid=6, rcvid=6),
        adds(b"k" * 16, alg="cmac(aes)", sndid=7, rcvid=7), adds(b"k" * 80, alg="hmac(sha256)", sndid=8, rcvid=8),
        adds(sndid=8, rcvid=9), adds(sndid=9, rcvid=8), adds(b"", sndid=10, rcvid=10),
        (a.ADD_KEY, a.add_key(every, prefix=0, sndid=11, rcvid=11)),
        (a.ADD_KEY, a.add_key(every, prefix=0, sndid=8, rcvid=12)),
        tells("current rnext", 6, 7), tells("current", 99), tells("rnext", 0, 99),
        dels(6, 6), dels(7, 7), dels(8, 8, flags=a.ASYNC), dels(6, 6, flags=a.CURRENT, current=6),
        dels(6, 6, flags=a.CURRENT, current=8), dels(8, 8, flags=a.CURRENT, current=10), dels(8, 8), dels(2, 2),
        dels(2, 2, keyflags=a.IFINDEX), dels(4, 4, keyflags=2), dels(4, 4, port=9),
        adds(b"k" * 20, alg="cmac(aes)", sndid=13, rcvid=13), adds(sndid=13, rcvid=13),
        (a.DEL_KEY, bytes(2) + a.del_key(address, 13, 13)[2:]),
        (a.ADD_KEY, a.add_key(network, prefix=16, sndid=14, rcvid=14)),
        (a.REPAIR, bytes(16)), (a.REPAIR, bytes(8)), (a.GET_KEYS, bytes(304)),
        tells("required icmps counters", counts=(5, 6, 7, 8, 9)),
    ]


def query(address=None, nkeys=8, flags=0, prefix=None, sndid=0, rcvid=0, keyflags=0, ifindex=0, good=0, port=0):
    """A struct tcp_ao_getsockopt; FLAGS: 1 current, 2 rnext, 4 all."""
    prefix = (a.whole(address) if address else 0) if prefix is None else prefix
    return a.peers(address, None, port) + bytes(144) + struct.pack("=IH6BiQQ", nkeys, flags, sndid, rcvid, prefix, 0, keyflags, 0,
                                                       ifindex, good, 0)


def get_keys(sock, ask, length=304):
    """TCP_AO_GET_KEYS with an array of more than ASK has room for: (size, nkeys, [key...])."""
    try:
        size, raw = a.get(sock, a.GET_KEYS, length, ask.ljust(304, b"\0") + bytes(304 * 16))
    except OSError as e:
        return errno.errorcode[e.errno]
    keys = [raw[i:i + 272] + bytes(4) + raw[i + 276:i + 304] for i in range(0, 304 * 16, 304)]
    return size, struct.unpack_from("=I", raw, 272)[0], [key for key in keys if any(key)]


def getting(sock, address):
    """What getsockopt(2) says of it."""
    told = [said(a.get, sock, a.INFO, n) for n in (48, 20, 0, 64)]
    told += [said(a.get, sock, a.INFO, 48, reserved) for reserved in (bytes((0, 0, 0, 128)), bytes((0, 0, 0, 0, 1)))]
    told += [said(a.get, sock, n, 300) for n in (a.ADD_KEY, a.DEL_KEY, a.REPAIR)]
    for ask in (query(flags=4), query(flags=4, nkeys=2), query(flags=1), query(flags=2), query(flags=3), query(flags=5),
                query(flags=8), query(address, sndid=4, rcvid=4), query(address, sndid=4), query(address, prefix=8),
                query(), query(address, flags=4), query(flags=4, sndid=1), query(flags=4, good=1), query(flags=4, ifindex=3),
                query(address, sndid=11, rcvid=11, keyflags=a.IFINDEX), query(address, sndid=11, rcvid=11),
                query(address, sndid=14, rcvid=14), query(address, sndid=4, rcvid=4, port=7)):
        told.append(get_keys(sock, ask))
    return told + [get_keys(sock, query(flags=4), n) for n in (0, -1, 100, 312)]


def options(stack, address):
    """What the options say of a socket and of a listener, in order; then MD5 beside it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    told = []
    with t.make_socket(family, stack) as sock:
        told += [(-1, "get", x) for x in getting(sock, address)]
        for i, (name, value) in enumerate(adding(address)):
            told.append((i, NAMES[name], said(sock.setsockopt, a.TCP, name, value)))
        told += [(-2, "get", x) for x in getting(sock, address)]
        sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 0))
        sock.listen(1)
        for name, value in ((a.INFO, a.info("current", 10)),
                            (a.ADD_KEY, a.add_key(address, sndid=20, rcvid=20, flags=a.CURRENT)),
                            (a.ADD_KEY, a.add_key(address, sndid=20, rcvid=20)),
                            (a.DEL_KEY, a.del_key(address, 20, 20, flags=a.ASYNC))):
            told.append((-3, NAMES[name], said(sock.setsockopt, a.TCP, name, value)))
    md5 = a.peers(address) + struct.pack("=BBHi", 0, 0, 3, 0) + b"key".ljust(80, b"\0")
    for first, second in (((14, md5), (a.ADD_KEY, a.add_key(address))), ((a.ADD_KEY, a.add_key(address)), (14, md5)),
                          ((14, md5), (a.INFO, a.info("required"))), ((a.INFO, a.info("required")), (14, md5))):
        with t.make_socket(family, stack) as sock:
            told.append((-4, first[0], said(sock.setsockopt, a.TCP, *first), said(sock.setsockopt, a.TCP, *second)))
    return told


def options_case(ktap, address):
    """The same of both stacks."""
    ours, theirs = options(t.STACK, address), options("tcp", address)
    for mine, other in zip(ours, theirs):
        if mine != other:
            print(f"# {address}: {mine} is the kernel's {other}")
    ktap.result(ours == theirs, f"{address}: {len(ours)} answers are the kernel's")


def ends(net, near, far, key):
    """A connection with a key at both ends."""
    mine = "fd97:1::1" if net.family == socket.AF_INET6 else "10.97.1.1"
    lsock, port = net.listen(far)
    lsock.setsockopt(a.TCP, a.ADD_KEY, a.add_key(mine, **key))
    sock = net.socket(near)
    sock.setsockopt(a.TCP, a.ADD_KEY, a.add_key(net.address, **key))
    with lsock:
        sock.connect((net.address, port))
        child = lsock.accept()[0]
    child.settimeout(600)
    return sock, child


def transfers(ktap, net, near, far, label):
    """All of the algorithms, over a clean path and one that loses, by request and by cookie."""
    for how, key, knob, shape in (("sha1", {}, 1, None), ("cmac by a cookie", dict(alg="cmac(aes128)"), 2, None),
                                  ("sha256 without options, lossy",
                                   dict(alg="hmac(sha256)", maclen=16, keyflags=a.EXCLUDE_OPT), 1,
                                   "netem loss 4% delay 2ms")):
        net.enter("far")
        t.sysctl("syncookies", knob, far)
        net.enter("home")
        net.shape(shape, shape)
        sock, child = ends(net, near, far, key)
        ktap.equal(*router.both_ways(sock, child, SIZE),
                   f"{label}: {how}, all arrives, to the end")
        told = [a.get_info(s) for s in (sock, child)]
        ktap.result(all(x["good"] > 20 and not x["bad"] and not x["missing"] for x in told),
                    f"{label}: {how}, all of it signed", told)
        sock.close(), child.close()
    net.shape(None)


def rotates(ktap, net, near, far, label):
    """One end asks for another key, and both go on with it."""
    sock, child = ends(net, near, far, {})
    for s, peer in ((sock, net.address), (child, "fd97:1::1" if net.family == socket.AF_INET6 else "10.97.1.1")):
        s.setsockopt(a.TCP, a.ADD_KEY, a.add_key(peer, b"the next one", 7, 7))
    sock.setsockopt(a.TCP, a.INFO, a.info("current rnext", 7, 7))
    sock.sendall(b"hello")
    ktap.equal(child.recv(5), b"hello", f"{label}: a segment by the new key")
    child.sendall(b"again")
    ktap.equal(sock.recv(5), b"again", f"{label}: and its answer")
    ktap.equal(a.get_info(child)["current"], 7, f"{label}: the peer has turned")
    sock.close(), child.close()


def moves(ktap, net, near, far, label):
    """Repaired: the connection's keys, ISNs and extensions go to a socket on another host."""
    sock, child = ends(net, near, far, {})
    sock.sendall(b"before")
    ktap.equal(child.recv(6), b"before", f"{label}: before the move")
    sock.setsockopt(a.TCP, repair.TCP_REPAIR, 1)
    was = sock.getsockopt(a.TCP, a.REPAIR, 16)
    image = repair.checkpoint(sock)
    image["ao"] = was
    net.move()
    net.enter("moved")
    again = t.make_socket(net.family, near)
    again.setsockopt(a.TCP, repair.TCP_REPAIR, 1)
    again.setsockopt(a.TCP, a.ADD_KEY, a.add_key(net.address))
    repair.restore(again, image)
    again.setsockopt(a.TCP, repair.TCP_REPAIR, 1)
    ktap.equal(again.getsockopt(a.TCP, a.REPAIR, 16), was, f"{label}: its numbers have come along")
    again.setsockopt(a.TCP, repair.TCP_REPAIR, 0)
    net.enter("home")
    again.settimeout(600)
    again.sendall(b"after")
    ktap.equal(child.recv(5), b"after", f"{label}: after the move")
    child.sendall(b"and back")
    ktap.equal(again.recv(8), b"and back", f"{label}: and back")
    again.close(), child.close()


def case(ktap, variant):
    """One pair of stacks, one family; or the options."""
    if len(variant) == 1:
        return options_case(ktap, variant[0])
    near, far, v6 = variant
    label = f"{near} to {far}, v{6 if v6 else 4}"
    net = router.Router(v6)
    transfers(ktap, net, near, far, label)
    rotates(ktap, net, near, far, label)
    moves(ktap, net, near, far, label)
    return net.close()


def main():
    pairs, addresses = [(t.STACK, t.STACK)], []
    if kernel_has_it():
        pairs += [(t.STACK, "tcp"), ("tcp", t.STACK)]
        addresses = [("10.1.2.3",), ("fd00::1",), ("::ffff:10.1.2.3",)]
    t.side_by_side(case, *[(near, far, v6) for near, far in pairs for v6 in (False, True)], *addresses)


if __name__ == "__main__":
    main()
