#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""sock_diag shows atcp's sockets as it shows the kernel TCP's: every state, what is said
of each, filters in bytecode, and one socket by its addresses and cookie."""
# timeout: 180
# platforms: stock uml
# check: uml
# clock: travel
import errno
import os
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import sockdiag as d

LOOP = {"v4": "127.0.0.1", "v6": "::1", "mapped": "::ffff:127.0.0.1"}
IPV6_TCLASS, IP_FREEBIND = 67, 15
NOP, JMP, S_GE, S_LE, D_GE, D_LE, AUTO, S_COND, D_COND, DEV, MARKC, S_EQ, D_EQ, CGROUP = range(14)


def family_of(address):
    """AF_INET or AF_INET6"""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def refused(function, *args):
    """The errno's name that it fails with, or None."""
    try:
        function(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return None


def one_state(diag, peer, state, port, v6):
    """A socket in one state: the dump's row of it, and the same one asked for alone."""
    family = socket.AF_INET6 if v6 else socket.AF_INET
    socks, flow = r.reach(peer, state, port, v6)
    number = 1 << d.STATE[state]
    rows = [x for x in diag.dump(family, states=number, ext=d.EVERYTHING)
            if port in (x.sport, x.dport) or x.dport == flow.sport]
    assert len(rows) == 1, f"{state}: {rows}"
    row = rows[0]
    stack, other = peer.addresses(v6)
    want = (stack, "::" if v6 else "0.0.0.0") if state == "LISTEN" else (stack, other)
    assert (row.src, row.dst) == want, row
    assert not diag.dump(family, states=d.ALL & ~number, sport=row.sport, dport=row.dport) \
        or state == "LISTEN", "in other states too"
    assert not diag.dump(socket.AF_INET if v6 else socket.AF_INET6, sport=row.sport,
                         dport=row.dport), "in the other family too"
    again = diag.exact(row.id, family, d.EVERYTHING)
    assert (again.id, again.state) == (row.id, state), again
    assert diag.exact(row.id[:40] + d.NOCOOKIE, family).id == row.id
    wrong = row.id[:40] + bytes([row.id[40] ^ 1]) + row.id[41:]
    assert refused(diag.exact, wrong, family) == "ENOENT", "another's cookie"
    if state in ("SYN_SENT", "SYN_RECV", "FIN_WAIT1", "CLOSING", "LAST_ACK"):
        assert row.timer == 1 and 0 < row.expires < 120000, (row.timer, row.expires)
    elif state == "TIME_WAIT":
        assert row.timer == 3 and 0 < row.expires <= 60000, (row.timer, row.expires)
    else:
        assert row.timer == 0, row.timer
    assert (d.INFO in row.attr) == (state not in ("SYN_RECV", "TIME_WAIT")), row.attr.keys()
    for sock in socks:
        sock.close()


def states(ktap, diag, peer, v6):
    """All states of one family."""
    for i, state in enumerate(("LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1",
                               "FIN_WAIT2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT")):
        ktap.run(f"{'v6' if v6 else 'v4'}: {state}", one_state, diag, peer, state, 7000 + i, v6)


def said(stack, address):
    """What a listener, a connection and a TIME_WAIT of a stack are said to be: attributes by
    name of the row, and the rows."""
    diag = d.Diag(stack)
    family = family_of(address)
    lsock = t.listener(address, 8100 if stack == "tcp" else 8200, 7, stack)
    lsock.settimeout(20)
    port = lsock.getsockname()[1]
    sock = t.make_socket(family, stack)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 77)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 5)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x10)
    sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_TCLASS, 0x20)
    sock.connect((address, port))
    child = lsock.accept()[0]
    other = t.make_socket(family, stack)
    other.connect((address, port))      # waits in the accept queue
    child.send(b"x" * 1000)
    sock.shutdown(socket.SHUT_WR)
    t.wait_until(lambda: "FIN_WAIT2" in [x.state for x in diag.dump(dport=port)])
    rows = {"listener": diag.dump(states=1 << d.STATE["LISTEN"], ext=d.EVERYTHING, sport=port)[0],
            "client": diag.exact(d.sockid(address, sock.getsockname()[1], address, port),
                                 family, d.EVERYTHING)}
    assert rows["client"].inode == os.fstat(sock.fileno()).st_ino
    child.shutdown(socket.SHUT_WR)
    t.wait_until(lambda: diag.dump(states=1 << d.STATE["TIME_WAIT"], dport=port))
    rows["TIME_WAIT"] = diag.dump(states=1 << d.STATE["TIME_WAIT"], dport=port,
                                  ext=d.EVERYTHING)[0]
    for s in (sock, child, other, lsock):
        s.close()
    return rows


def as_tcp(ktap, variant):
    """The same is said of atcp's sockets as of the kernel TCP's."""
    own, tcp = (said(stack, LOOP[variant]) for stack in (t.STACK, "tcp"))
    for name, row in own.items():
        want = tcp[name]
        # A TIME_WAIT's addresses are those of its packets in atcp.
        if variant != "mapped" or name != "TIME_WAIT":
            ktap.equal((row.family, row.src, row.dst, row.device),
                       (want.family, want.src, want.dst, want.device),
                       f"{variant}: addresses of the {name}")
        ktap.equal((row.state, row.timer, row.uid, bool(row.inode)),
                   (want.state, want.timer, want.uid, bool(want.inode)),
                   f"{variant}: state, timer and owner of the {name}")
        ktap.equal(sorted(row.attr), sorted(want.attr), f"{variant}: attributes of the {name}")
        same = [k for k in (d.CONG, d.TOS, d.TCLASS, d.SHUTDOWN, d.MARK, d.CLASS_ID, d.CGROUP_ID,
                            d.V6ONLY) if k in want.attr]
        ktap.equal([row.attr.get(k) for k in same], [want.attr[k] for k in same],
                   f"{variant}: their values")
    ktap.equal((own["listener"].rqueue, own["listener"].wqueue),
               (tcp["listener"].rqueue, tcp["listener"].wqueue),
               f"{variant}: the accept queue and its limit")
    ktap.equal((own["client"].rqueue, own["client"].wqueue),
               (tcp["client"].rqueue, tcp["client"].wqueue), f"{variant}: the queues")
    # freebind; is_icsk is another: atcp's sockets are none.
    ktap.equal(own["client"].attr[d.SOCKOPT][0] & 4, 4, f"{variant}: the options' flags")
    info = own["client"].attr[d.INFO]
    ktap.equal((info[0], own["client"].attr[d.CONG]), (d.STATE["FIN_WAIT2"], b"reno\0"),
               f"{variant}: TCP_INFO and congestion control")
    rmem = own["client"].u32(d.SKMEMINFO)[0]
    ktap.result(rmem >= 1000 and rmem == own["client"].u32(d.MEMINFO)[0],
                f"{variant}: memory", own["client"].u32(d.SKMEMINFO))


def op(code, more=b"", last=True):
    """One condition that ends the program: true goes on behind it, false beyond the end."""
    size = 4 + len(more)
    return struct.pack("BBH", code, size, size + 4 if last else size) + more


def host(address, prefix, port=0xffffffff):
    """struct inet_diag_hostcond"""
    family = family_of(address)
    return struct.pack("BBxxI", family, prefix, port) + socket.inet_pton(family, address)


def filters(ktap, variant):
    """Programs of the request choose."""
    address = LOOP[variant]
    diag = d.Diag()
    socks = [t.listener(address, 7300 + i) for i in range(5)]
    socks[1].setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x55)
    conn = t.make_socket(family_of(address))
    conn.connect((address, 7302))
    auto = conn.getsockname()[1]

    def ports(program, **more):
        return sorted(x.sport for x in diag.dump(filters=program, states=d.ALL & ~(1 << 6), **more)
                      if x.dport != auto and (x.sport == auto or 7300 <= x.sport < 7305))

    port = lambda n: struct.pack("HH", 0, n)
    for name, program, want in (
            ("a port", op(S_EQ, port(7301)), [7301]),
            ("ports from", op(S_GE, port(7303)), [7303, 7304, auto]),
            ("ports to", op(S_LE, port(7301)), [7300, 7301]),
            ("a peer's port", op(D_EQ, port(7302)), [auto]),
            ("who chose no port", op(AUTO), [auto]),
            ("an address", op(S_COND, host(address, 128 if ":" in address else 32)),
             sorted([7300 + i for i in range(5)] + [auto])),
            ("an address and port", op(D_COND, host(address, 0, 7302)), [auto]),
            ("another address", op(S_COND, host("9.9.9.9", 32)), []),
            ("another device", op(DEV, struct.pack("I", 4711)), []),
            ("a mark", op(MARKC, struct.pack("II", 0x50, 0xf0)), [7301])):
        ktap.equal(ports(program), want, f"{variant}: {name}")
    if d.CGROUP_ID in diag.dump(sport=7300)[0].attr:
        group = diag.dump(sport=7300)[0].attr[d.CGROUP_ID]
        ktap.equal(len(ports(op(CGROUP, group))), 6, f"{variant}: a cgroup")
        ktap.equal(ports(op(CGROUP, struct.pack("Q", 1 << 40))), [], f"{variant}: another cgroup")
    ktap.equal(refused(ports, struct.pack("BBH", 99, 4, 8)), "EINVAL",
               f"{variant}: a program that is none")
    # Requests and TIME_WAITs are looked at by their marks too.
    t.sysctl("fwmark_accept", 0)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 9)
    peer = socks[2].accept()[0]
    conn.shutdown(socket.SHUT_WR)
    t.wait_until(lambda: diag.dump(states=1 << d.STATE["CLOSE_WAIT"]))
    peer.close()
    t.wait_until(lambda: diag.dump(states=1 << d.STATE["TIME_WAIT"]))
    waits = diag.dump(states=1 << d.STATE["TIME_WAIT"],
                      filters=op(MARKC, struct.pack("II", 9, 0xff)))
    ktap.equal([(x.sport, x.u32(d.MARK)) for x in waits], [(auto, (9,))],
               f"{variant}: a TIME_WAIT by its mark")
    conn.close()
    for sock in socks:
        sock.close()


def unprivileged(ktap, variant):
    """Everybody may look, but not at marks."""
    address = LOOP[variant]
    lsock = t.listener(address, 7400)
    pid = os.fork()
    if not pid:
        os.setuid(65534)
        diag = d.Diag()
        rows = diag.dump(sport=7400, ext=d.EVERYTHING)
        mark = op(MARKC, struct.pack("II", 1, 1))
        os._exit(not (len(rows) == 1 and d.MARK not in rows[0].attr and d.INFO in rows[0].attr
                      and refused(lambda: diag.dump(filters=mark)) == "EPERM"))
    ktap.equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0,
               f"{variant}: who has no CAP_NET_ADMIN")
    lsock.close()


def listeners(ktap, variant):
    """Listeners that share a port are told apart by their cookies; the exact one is found."""
    address = LOOP[variant]
    share = lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    socks = [t.listener(address, 7500, 8, setup=share) for _ in range(5)]
    diag = d.Diag()
    rows = diag.dump(sport=7500)
    found = [diag.exact(x.id, x.family).inode for x in rows]
    ktap.equal(sorted(found), sorted(os.fstat(s.fileno()).st_ino for s in socks),
               f"{variant}: each member of a group")
    cookies = {struct.unpack("Q", x.cookie)[0] for x in rows}
    ktap.equal(cookies, {struct.unpack("Q", s.getsockopt(socket.SOL_SOCKET, 57, 8))[0]
                         for s in socks}, f"{variant}: by the cookie that SO_COOKIE tells")
    for sock in socks:
        sock.close()


def story(ktap, variant):
    """One kind of addresses."""
    if variant != "mapped":
        states(ktap, d.Diag(), r.Peer(), variant == "v6")
    as_tcp(ktap, variant)
    filters(ktap, variant)
    unprivileged(ktap, variant)
    listeners(ktap, variant)
    diag = d.Diag()
    ktap.equal(refused(diag.exact, d.sockid(LOOP[variant], 1, LOOP[variant], 2),
                       family_of(LOOP[variant])), "ENOENT", f"{variant}: what is not there")


d.load()
t.side_by_side(story, "v4", "v6", "mapped")
