#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Congestion controls in modules of their own: loaded when asked for, chosen by socket, namespace
and route, restricted, not removed while in use; and what DCTCP (RFC 8257) puts on the wire."""
# timeout: 240
# platforms: stock uml
# check: uml
import os
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import modpath
import rawpeer as r
import sockdiag as d

PORT = 23100
TCP_CC_INFO = 26
CE, ECT0 = 3, 2
MSS = r.option_mss(1000)
MODULES = ("dctcp", "bbr")
RESTRICTED = ("dctcp",)


def loaded(name):
    """Is the module of an algorithm there?"""
    return d.loaded("atcp_" + name)


def chosen(sock):
    """TCP_CONGESTION"""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode()


def choose(sock, name):
    """Sets it; the error's text, or None."""
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode())
    except OSError as error:
        return os.strerror(error.errno)
    return None


def child(function, uid=65534):
    """Whether FUNCTION is true for somebody without privileges."""
    pid = os.fork()
    if not pid:
        if uid:
            os.setgid(uid)
            os.setuid(uid)
        os._exit(0 if function() else 1)
    return os.waitpid(pid, 0)[1] == 0


def autoload(ktap):
    """Who may load modules has it loaded by its name; others do not."""
    with modpath.modules("atcp", *(f"atcp_{name}" for name in MODULES)) as can:
        for name in MODULES:
            what = f"{name}: loaded by its alias for who has CAP_NET_ADMIN, and not for others"
            if not can:
                ktap.skip(what, "no modprobe path")
                continue
            with t.make_socket() as sock:
                nobody = child(lambda s=sock, n=name: choose(s, n) == os.strerror(2))
                ktap.equal((nobody, loaded(name), choose(sock, name), loaded(name), chosen(sock)),
                           (True, False, None, True, name), what)
            ktap.equal((t.sh(f"rmmod atcp_{name}", check=False), loaded(name)), ("", False),
                       f"{name}: it goes when nobody uses it")
        with t.make_socket() as sock:
            ktap.equal([choose(sock, name) for name in ("nothing", "dctcp-reno")],
                       [os.strerror(2)] * 2, "what there is no module of is ENOENT")


def refused(name):
    """Is rmmod refused?"""
    t.sh(f"rmmod atcp_{name} 2>/dev/null", check=False)
    return loaded(name)


def removal(ktap):
    """A socket, a listener, a connection and a namespace hold the module."""
    for name in MODULES:
        t.sh(f"insmod {modpath.HERE}/atcp_{name}.ko")
        sock = t.make_socket()
        choose(sock, name)
        held = [refused(name)]
        sock.close()

        lsock = t.listener("127.0.0.1", PORT, setup=lambda s, n=name: choose(s, n))
        held.append(refused(name))
        # Its child has it as well, and then another one.
        client = t.make_socket()
        client.connect(("127.0.0.1", PORT))
        conn = lsock.accept()[0]
        lsock.close()
        held += [chosen(conn).startswith(name), refused(name)]
        choose(conn, "cubic")
        held.append(not refused(name))
        conn.close()
        client.close()
        ktap.equal(held, [True] * 5, f"{name}: not removed while a socket, listener or connection has it")

        t.sh(f"insmod {modpath.HERE}/atcp_{name}.ko")
        with open("/proc/thread-self/ns/net", "rb") as here, open("/proc/1/ns/net", "rb") as first:
            t.enter_netns(first.fileno())
            was = t.sysctl("congestion_control")
            allowed = t.sysctl("allowed_congestion_control")
            t.sysctl("congestion_control", name)
            with t.make_socket() as sock:
                mine = chosen(sock)
            held = [mine == name, refused(name), name in t.sysctl("allowed_congestion_control")]
            t.sysctl("congestion_control", was[0])
            if name in RESTRICTED:
                t.sysctl("allowed_congestion_control", " ".join(allowed))
            t.enter_netns(here.fileno())
        ktap.equal(held, [True] * 3, f"{name}: nor while a namespace gives it to new sockets")
        if name not in RESTRICTED:
            t.sysctl("congestion_control", name)
            held = refused(name)
            t.private_netns()
            ktap.result(held and t.wait_until(lambda n=name: not refused(n), 20),
                        f"{name}: and no longer when the namespace is gone")
        elif loaded(name):
            t.sh(f"rmmod atcp_{name}")


def restricted(ktap):
    """Who may choose what, by net.atcp.allowed_congestion_control."""
    for name in MODULES:
        t.sh(f"insmod {modpath.HERE}/atcp_{name}.ko")
    ktap.result(set(MODULES) <= set(t.sysctl("available_congestion_control")), "all are available")
    free = {"cubic", "reno", *MODULES} - set(RESTRICTED)
    ktap.equal(set(t.sysctl("allowed_congestion_control")), free, "not all are allowed")
    with t.make_socket() as sock:
        for name in MODULES:
            want = os.strerror(1) if name in RESTRICTED else None
            ktap.result(child(lambda n=name, w=want: choose(sock, n) == w),
                        f"{name}: somebody without privileges {'may not choose it' if want else 'may'}")
            # What is chosen already may be chosen again by anybody.
            choose(sock, name)
            ktap.result(child(lambda n=name: choose(sock, n) is None), f"{name}: unless it is chosen")
    try:
        t.sysctl("congestion_control", "dctcp")
        error = 0
    except OSError as told:
        error = told.errno
    ktap.equal((error, t.sysctl("congestion_control")), (1, ["cubic"]),
               "a namespace's default is not a restricted one")
    with t.make_socket() as sock:
        with open("/proc/thread-self/ns/net", "rb") as here, open("/proc/1/ns/net", "rb") as first:
            t.enter_netns(first.fileno())
            was = " ".join(t.sysctl("allowed_congestion_control"))
            try:
                t.sysctl("allowed_congestion_control", "reno nothing")
                error = 0
            except OSError as told:
                error = told.errno
            t.sysctl("allowed_congestion_control", "reno dctcp")
            got = (error, t.sysctl("allowed_congestion_control"),
                   child(lambda: choose(sock, "dctcp") is None and choose(sock, "cubic") == os.strerror(1)))
            t.sysctl("allowed_congestion_control", was)
            t.enter_netns(here.fileno())
    ktap.equal(got, (2, ["reno", "dctcp"], True), "the first namespace says which are everybody's")


def diag(ktap):
    """What atcp_diag tells of them: the name, and TCP_CC_INFO's bytes."""
    d.load()
    lsock = t.listener("127.0.0.1", PORT + 2)
    client = t.make_socket()
    client.connect(("127.0.0.1", PORT + 2))
    for name, kind, size in (("dctcp", 9, 16), ("bbr", 16, 20)):
        if name in MODULES:
            choose(client, name)
            row = d.Diag().dump(sport=client.getsockname()[1], ext=d.EVERYTHING)[0]
            want = client.getsockopt(socket.IPPROTO_TCP, TCP_CC_INFO, 64)
            ktap.equal((row.attr[d.CONG].rstrip(b"\0").decode(), row.attr.get(kind), len(want)),
                       (chosen(client), want, size), f"{name}: sock_diag tells what TCP_CC_INFO does")
    client.close()
    lsock.close()
    d.unload()


def info(sock):
    """TCP_CC_INFO of DCTCP: enabled, CE state, alpha, bytes marked, bytes."""
    return struct.unpack("HHIII", sock.getsockopt(socket.IPPROTO_TCP, TCP_CC_INFO, 64))


def window(sock):
    """(ssthresh, cwnd)"""
    told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return struct.unpack("I", told[76:80]) + struct.unpack("I", told[80:84])


def passive(peer, v6):
    """A listener: the SYN-ACK and all that follows are ECT; each mark is echoed by itself."""
    def setup(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert choose(sock, "dctcp") is None
    with t.listener(peer.addresses(v6)[0], PORT, setup=setup) as lsock:
        # Such a peer's SYN is ECT.
        peer.ecn = ECT0
        flow = r.Flow(peer, v6, dport=PORT)
        flow.send("SEC", options=MSS)
        synack = flow.expect("SA")
        assert "E" in synack.flags and "C" not in synack.flags and synack.ecn == ECT0, synack
        flow.send("A")
        sock = lsock.accept()[0]
        with sock:
            assert chosen(sock) == "dctcp" and info(sock)[:3] == (1, 0, 1024), info(sock)
            # An ACK that waits is about what came before the mark.
            for _ in range(20):
                flow.send("PA", b"x" * 1000)
                ack = flow.expect("A")
                assert ack.ecn == ECT0 and "E" not in ack.flags, ack
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
            flow.send("A", b"x" * 1000)
            first = flow.nxt
            peer.ecn = CE
            flow.send("A", b"y" * 1000)
            one, two = flow.expect("A"), flow.expect("A")
            assert one.ack == first and "E" not in one.flags, (one, first)
            assert two.ack == flow.nxt and "E" in two.flags, two
            assert info(sock)[1] == 1
            # CWR does not end it; what comes without a mark does.
            flow.send("AC", b"z" * 1000)
            peer.ecn = ECT0
            flow.send("A", b"z" * 1000)
            acks = [flow.expect("A")]
            while acks[-1].ack != flow.nxt:
                acks.append(flow.expect("A"))
            assert "E" not in acks[-1].flags and all("E" in a.flags for a in acks[:-1]), acks
            sock.sendall(b"d" * 1000)
            assert flow.expect("A").ecn == ECT0
        # Without ECN: Reno by another name.
        peer.ecn = 0
        flow = r.Flow(peer, v6, dport=PORT)
        flow.send("S", options=MSS)
        synack = flow.expect("SA")
        assert "E" not in synack.flags and synack.ecn == 0, synack
        flow.send("A")
        sock = lsock.accept()[0]
        with sock:
            assert chosen(sock) == "dctcp-reno" and info(sock) == (0, 0, 0, 0, 0), info(sock)
            sock.sendall(b"d" * 1000)
            assert flow.expect("A").ecn == 0


def active(peer, v6):
    """connect(2): an ECT SYN that asks; the first mark costs half of the window, later ones less."""
    def setup(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert choose(sock, "dctcp") is None
    sock, flow, syn = r.dial(peer, v6, setup)
    with sock:
        sock.settimeout(20)
        assert {"E", "C"} <= set(syn.flags) and syn.ecn == ECT0, syn
        flow.send("SAE", options=MSS)
        ack = flow.expect("A")
        assert ack.ecn == ECT0, ack
        cuts, end = [], flow.ack
        for number in range(30):
            # As much as the window takes, so that it grows.
            size = 1000 * window(sock)[1]
            sock.sendall(b"d" * size)
            end += size
            while flow.ack != end & 0xffffffff:
                assert flow.expect("A").data, number
            before = window(sock)[1]
            flow.send("AE" if number in (0, 29) else "A")
            if number in (0, 29):
                cuts.append((before, window(sock)[0]))
        (before, ssthresh), (late, last) = cuts
        assert ssthresh == before // 2, cuts
        assert late > last > late * 3 // 4, (cuts, info(sock))


def main():
    """All of it."""
    if t.STACK == "tcp":
        t.skip_all("about atcp's modules")
    if not all(os.path.exists(f"{modpath.HERE}/atcp_{name}.ko") for name in MODULES):
        t.skip_all("the modules are not beside atcp.ko")
    t.private_netns()
    for name in MODULES:
        t.sh(f"rmmod atcp_{name} 2>/dev/null", check=False)
    ktap = t.Ktap()
    autoload(ktap)
    removal(ktap)
    restricted(ktap)
    diag(ktap)
    peer = r.Peer()
    for v6 in (False, True):
        ktap.run(f"dctcp: a listener, IPv{6 if v6 else 4}", passive, peer, v6)
        ktap.run(f"dctcp: connect(2), IPv{6 if v6 else 4}", active, peer, v6)
    peer.close()
    for name in MODULES:
        t.sh(f"rmmod atcp_{name}", check=False)
    ktap.end()


main()
