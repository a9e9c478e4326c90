#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Which member of a SO_REUSEPORT group gets a connection: every policy."""
# timeout: 240
# platforms: stock uml
# check: uml
# clock: travel
import errno
import os
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import reuseport as g

PORT = 20700
MSG_FASTOPEN = 0x20000000


def group(address, count, policy="hash", backlog=128):
    """COUNT members of one policy."""
    knobs = {} if t.STACK == "tcp" else {"balance": policy}
    return [g.member(address, PORT, backlog, **knobs) for _ in range(count)]


def close(socks):
    """Closes all of them."""
    for sock in socks:
        sock.close()


def hash_stable(address):
    """hash: a peer's address and port choose the member, always the same."""
    members = group(address, 4)
    chosen = {}
    for _ in range(3):
        for source in range(25000, 25024):
            with g.call(address, PORT, source):
                got = g.take(members, 1).index(1)
            assert chosen.setdefault(source, got) == got, source
    assert len(set(chosen.values())) > 1, chosen
    close(members)


def rr_exact(address):
    """rr: exactly in turn."""
    members = group(address, 4, "rr")
    order = []
    for _ in range(12):
        with g.call(address, PORT):
            order.append(g.take(members, 1).index(1))
    assert sorted(order[:4]) == [0, 1, 2, 3] and order == order[:4] * 3, order
    made = g.calls(address, PORT, 40)
    got = g.take(members, 40)
    assert got == [10] * 4, got
    close(members + made)


def fast_open(address):
    """By fast open the choice is made at the SYN: rr and least are as exact."""
    t.sysctl("fastopen", 0x207)
    for policy in ("rr", "least"):
        members = group(address, 3, policy)
        made = []
        for sock in members:
            sock.setsockopt(socket.IPPROTO_TCP, 23, 16)
        for _ in range(9):
            sock = t.make_socket(members[0].family)
            t.abrupt(sock)
            sock.settimeout(20)
            assert sock.sendto(b"fast", MSG_FASTOPEN, (address, PORT)) == 4
            made.append(sock)
        assert t.counter("TCPFastOpenPassive") >= 9
        got = g.take(members, 9)
        assert got == [3] * 3, (policy, got)
        close(members + made)


def rr_full(address):
    """rr: who has no room is left out."""
    members = group(address, 3, "rr", 1)
    made = g.calls(address, PORT, 6)
    assert g.take(members[:1], 2) == [2]
    made += g.calls(address, PORT, 2)
    got = g.take(members, 6)
    assert got == [2, 2, 2], got
    close(members + made)


def least_empty(address):
    """least: the emptiest queue gets all until the queues are level."""
    members = group(address, 3, "least")
    made = g.calls(address, PORT, 30)
    got = g.take(members[1:2], 10)
    assert got == [10], got
    made += g.calls(address, PORT, 10)
    got = g.take(members, 30)
    assert got == [10, 10, 10], got
    # Those who accept at once share too, though all are empty.
    got = [0, 0, 0]
    for _ in range(9):
        with g.call(address, PORT):
            got[g.take(members, 1).index(1)] += 1
    assert got == [3, 3, 3], got
    close(members + made)


def p2c_level(address):
    """p2c: two choices keep the queues nearly level."""
    members = group(address, 4, "p2c", 256)
    made = g.calls(address, PORT, 400)
    got = g.take(members, 400)
    # By one choice alone a spread of 20 is usual; by two, of 2 or 3: one of 13 comes once in 3 million times.
    assert max(got) - min(got) <= 12, got
    close(members + made)


def cpu_pinned(address):
    """cpu: the member whose SO_INCOMING_CPU is the CPU that has the ACK."""
    members = group(address, 3, "cpu")
    before, cpus = os.sched_getaffinity(0), g.cpus()[:2]
    for want, cpu in zip((2, 0), cpus):
        members[want].setsockopt(socket.SOL_SOCKET, g.SO_INCOMING_CPU, cpu)
    made = []
    try:
        for want, cpu in zip((2, 0), cpus):
            os.sched_setaffinity(0, {cpu})
            made += g.calls(address, PORT, 10)
            got = g.take(members, 10)
            assert got[want] == 10, (cpu, got)
    finally:
        os.sched_setaffinity(0, before)
    close(members + made)


def by_knob(address):
    """The policy can be changed while they listen."""
    members = group(address, 4)
    for listener in members:
        g.knob(listener, "balance", "rr")
    made = g.calls(address, PORT, 8)
    got = g.take(members, 8)
    assert got == [2] * 4, got
    close(members + made)


def cookies(address):
    """A cookie's ACK is balanced as well, whoever sent the cookie."""
    members = group(address, 4, "rr")
    for listener in members:
        g.knob(listener, "syncookies", 2)
    made = g.calls(address, PORT, 8)
    got = g.take(members, 8)
    assert got == [2] * 4, got
    close(members + made)


def park_shared(address):
    """What is parked goes to whichever member accepts."""
    members = group(address, 3, "rr", 0)
    made = g.calls(address, PORT, 3)
    # Where there is no room it stays with the member that had the SYN.
    made += g.calls(address, PORT, 4)
    got = g.take(members[2:], 5)
    assert got == [5], got
    assert g.take(members[:2], 2) == [1, 1]
    close(members + made)


def users(address):
    """Another user's listener does not get into the group."""
    members = group(address, 2, "rr")
    pid = os.fork()
    if not pid:
        try:
            os.setuid(65534)
        except OSError:
            os._exit(2)
        try:
            g.member(address, PORT, 8)
        except OSError as error:
            os._exit(0 if error.errno == errno.EADDRINUSE else 3)
        os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    close(members)
    assert status == 0, f"bind and listen: {status}"


def late(address):
    """A listener that gets SO_REUSEPORT after listen(2) is the first of the next one's group."""
    for first in (0, 1):
        members = [t.listener(address, PORT, 128, setup=t.abrupt)]
        members[0].setblocking(False)
        members[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        members += group(address, 1)
        made = g.calls(address, PORT, 40)
        got = g.take(members, 40)
        assert min(got) > 3, got
        made += g.calls(address, PORT, 20)
        members.pop(first).close()
        assert g.take(members, 20) == [20]
        close(members + made)


def main():
    """Each policy, IPv4 and IPv6."""
    t.private_netns()
    ktap = t.Ktap()
    cases = [hash_stable, users]
    if t.STACK != "tcp":
        cases += [rr_exact, fast_open, rr_full, least_empty, p2c_level, cpu_pinned, by_knob,
                  cookies, park_shared, late]
    for address in ("127.0.0.1", "::1"):
        for case in cases:
            ktap.run(f"{'v6' if ':' in address else 'v4'} {case.__doc__}", case, address)
    ktap.end()


if __name__ == "__main__":
    main()
