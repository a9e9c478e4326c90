#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""SOCK_DESTROY (ss -K) ends an atcp socket in whatever state it is: its program is told
ECONNABORTED, its peer by a RST where there is one to tell."""
# timeout: 180
# platforms: stock uml
# check: uml
# clock: travel
import os
import select
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r
import sockdiag as d

# Those whose peer is told.
RESET = ("SYN_RECV child", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT")


def row_of(diag, state, sport=0, dport=0):
    """The one row."""
    rows = diag.dump(states=1 << d.STATE[state], sport=sport, dport=dport)
    assert len(rows) == 1, f"{state}: {rows}"
    return rows[0]


def error_of(sock):
    """What the program finds: the error by name, once."""
    return os.strerror(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def one_state(diag, peer, state, port, v6, orphan):
    """A connection in a state, destroyed; as an orphan: its program has closed it."""
    family = socket.AF_INET6 if v6 else socket.AF_INET
    socks, flow = r.reach(peer, state, port, v6)
    if orphan:
        socks.pop().close()
        if state in ("ESTABLISHED", "CLOSE_WAIT"):
            flow.expect("FA")
            state = "FIN_WAIT1" if state == "ESTABLISHED" else "LAST_ACK"
    row = row_of(diag, state, dport=flow.sport) if state != "LISTEN" else \
        row_of(diag, state, sport=port)
    flow.peer.forget()
    assert diag.destroy(row.id, family) == 0
    if state in RESET and not (orphan and state == "FIN_WAIT2"):
        reply = flow.any(3, skip="FA")
        assert reply and reply.kind() in ("R", "RA"), f"{state}: {reply}"
    left = [x for x in diag.dump(family) if port in (x.sport, x.dport) or flow.sport == x.dport]
    assert [x.state for x in left] == (["LISTEN"] if state == "SYN_RECV" else []), left
    assert diag.destroy(row.id, family) == "ENOENT", "a second time"
    if state not in ("SYN_RECV", "TIME_WAIT") and not orphan:
        sock = socks[-1]
        poll = select.poll()
        poll.register(sock)
        assert poll.poll(0)[0][1] & (select.POLLERR | select.POLLHUP) == \
            select.POLLERR | select.POLLHUP
        assert error_of(sock) == os.strerror(103), error_of(sock)
    for sock in socks:
        sock.close()


def sleeping(ktap, diag, address, name):
    """Who sleeps in a call wakes; a listener's program too, and what waits for it goes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for what in ("recv", "accept", "poll"):
        lsock = t.listener(address, 7600)
        sock = t.make_socket(family)
        sock.connect((address, 7600))
        child = lsock.accept()[0]
        pid = os.fork()
        if not pid:
            got = "nothing"
            try:
                if what == "recv":
                    child.recv(1)
                elif what == "accept":
                    lsock.accept()
                else:
                    poll = select.poll()
                    poll.register(child, select.POLLIN)
                    poll.poll()
                    got = error_of(child)
            except OSError as error:
                got = os.strerror(error.errno)
            # accept(2) of what does not listen any more, as on Linux
            os._exit(got != os.strerror(22 if what == "accept" else 103))
        # /proc/PID/wchan is empty on some kernels: its state tells that it sleeps.
        t.wait_until(lambda: open(f"/proc/{pid}/stat", encoding="ascii").read().split()[2] == "S")
        state = "LISTEN" if what == "accept" else "ESTABLISHED"
        row = row_of(diag, state, sport=7600)
        assert diag.destroy(row.id, family) == 0
        ktap.equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, f"{name}: {what} ends")
        for s in (sock, child, lsock):
            s.close()


def waiting(ktap, diag, address, name):
    """A connection that nobody has accepted yet, and all of a listener's with it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    lsock = t.listener(address, 7700)
    sock = t.make_socket(family)
    sock.connect((address, 7700))
    assert t.wait_until(lambda: diag.dump(states=2, sport=7700))
    ktap.equal(diag.destroy(row_of(diag, "ESTABLISHED", sport=7700).id, family), 0,
               f"{name}: one that waits for accept(2)")
    ktap.equal(error_of(lsock.accept()[0]), os.strerror(103), f"{name}: accept(2) gives it, ended")
    socks = [t.make_socket(family) for _ in range(4)]
    for s in socks:
        s.connect((address, 7700))
    assert t.wait_until(lambda: len(diag.dump(states=2, sport=7700)) == 4)
    ktap.equal(diag.destroy(row_of(diag, "LISTEN", sport=7700).id, family), 0,
               f"{name}: a listener with connections")
    ktap.result(t.wait_until(lambda: not diag.dump(states=2, sport=7700)),
                f"{name}: they end with it")
    lsock.close()
    # The port is free for another.
    t.listener(address, 7700).close()
    for s in socks + [sock]:
        s.close()


def forbidden(diag, address):
    """Without CAP_NET_ADMIN; by whom the socket was opened counts as well."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    lsock = t.listener(address, 7800)
    row = row_of(diag, "LISTEN", sport=7800)
    pid = os.fork()
    if not pid:
        os.setuid(65534)
        # A descriptor from when it was root is worth nothing to who is not.
        os._exit(not (d.Diag().destroy(row.id, family) == "EPERM"
                      and diag.destroy(row.id, family) == "EPERM"))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert row_of(diag, "LISTEN", sport=7800).id == row.id
    lsock.close()


def story(ktap, v6):
    """One family."""
    name = "v6" if v6 else "v4"
    diag = d.Diag()
    peer = r.Peer()
    for orphan in (False, True):
        for i, state in enumerate(("LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1",
                                   "FIN_WAIT2", "CLOSE_WAIT", "CLOSING", "LAST_ACK",
                                   "TIME_WAIT")):
            if orphan and state in ("LISTEN", "SYN_SENT", "SYN_RECV", "TIME_WAIT"):
                continue
            ktap.run(f"{name}: {state}{', an orphan' if orphan else ''}", one_state, diag, peer,
                     state, 7000 + i + 20 * orphan, v6, orphan)
    address = "::1" if v6 else "127.0.0.1"
    sleeping(ktap, diag, address, name)
    waiting(ktap, diag, address, name)
    ktap.run(f"{name}: who has no CAP_NET_ADMIN may not", forbidden, diag, address)


d.load()
t.side_by_side(story, False, True)
