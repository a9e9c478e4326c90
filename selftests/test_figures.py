#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A listener's figures: when there was trouble last, times added up, and how they begin anew."""
# check: uml
# clock: travel
import os
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls
import reuseport

PORT = 7000


def table(sock, name):
    """A file of names and numbers."""
    return {line.split()[0]: int(line.split()[1]) for line in ls.read(sock, name).splitlines()}


def row(sock):
    """The listener's line of /proc/net/atcp/listen."""
    with open("/proc/net/atcp/listen", encoding="ascii") as file:
        names, *rows = [line.split() for line in file]
    found = [dict(zip(names, line)) for line in rows]
    return next(r for r in found if int(r["inode"]) == os.fstat(sock.fileno()).st_ino)


def clients(address, count):
    """So many connections, begun and not waited for."""
    made = []
    for _ in range(count):
        sock = t.make_socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        sock.setblocking(False)
        sock.connect_ex((address, PORT))
        made.append(sock)
    return made


def overflow(address, sock):
    """The accept queue overflows now."""
    before = ls.stats(sock)["overflows"]
    made = clients(address, 4)
    assert t.wait_until(lambda: ls.stats(sock)["overflows"] > before), ls.stats(sock)
    return made


def drain(sock, made):
    """All are accepted and closed."""
    sock.settimeout(20)
    for _ in made:
        sock.accept()[0].close()
    for client in made:
        client.close()


def last(address):
    """The last overflow ages; a second one is young again; what is no trouble has no time."""
    with t.listener(address, PORT, backlog=0) as sock:
        assert ls.read(sock, "last_s") == "", ls.read(sock, "last_s")
        made = overflow(address, sock)
        assert table(sock, "last_s")["overflows"] <= 1, ls.read(sock, "last_s")
        drain(sock, made)
        time.sleep(5)
        old = table(sock, "last_s")
        assert 5 <= old["overflows"] <= 10, old
        assert not {"syns", "accepted", "requests", "completed"} & old.keys(), old
        made = overflow(address, sock)
        assert table(sock, "last_s")["overflows"] <= 1, ls.read(sock, "last_s")
        drain(sock, made)


def reset(address):
    """Counters, histograms, times and peaks begin anew; the namespace's counters go on."""
    with t.listener(address, PORT, backlog=0) as sock:
        made = overflow(address, sock)
        drain(sock, made)
        time.sleep(3)
        assert int(ls.read(sock, "since_s")) >= 3
        syns, overflows = ls.stats(sock)["syns"], t.counter("ListenOverflows")
        assert syns == 4 and int(row(sock)["syns"]) == 4, syns
        ls.write(sock, "reset", 1)
        assert not any(ls.stats(sock).values()), ls.stats(sock)
        assert ls.read(sock, "last_s") == "" and int(ls.read(sock, "since_s")) <= 1
        assert int(row(sock)["syns"]) == int(row(sock)["acceptq_peak"]) == 0, row(sock)
        for name in ("handshake", "accept_wait"):
            assert not any(x[2] for x in ls.histogram(sock, name + "_us")), name
            assert ls.read(sock, name + "_sum_us") == "0", name
        assert t.counter("ListenOverflows") == overflows, "the namespace's went back"
        drain(sock, clients(address, 1))
        assert ls.stats(sock)["syns"] == ls.stats(sock)["accepted"] == 1, ls.stats(sock)
        ls.write(sock, "reset", 1)
        assert ls.stats(sock)["syns"] == 0, "a second time"


def sums(address):
    """The time that connections waited is added up."""
    with t.listener(address, PORT) as sock:
        made = clients(address, 2)
        assert t.wait_until(lambda: ls.read(sock, "acceptq_len") == "2")
        time.sleep(2)
        drain(sock, made)
        waited = int(ls.read(sock, "accept_wait_sum_us"))
        assert 4_000_000 <= waited < 10_000_000, waited
        assert sum(x[2] for x in ls.histogram(sock, "accept_wait_us")) == 2


def allowed(address):
    """The same may begin anew who may turn a knob, and nobody reads it."""
    with t.listener(address, PORT) as sock:
        assert os.stat(ls.path(sock, "reset")).st_mode & 0o777 == 0o200
        drain(sock, clients(address, 1))
        out = t.sh("setpriv --bounding-set -net_admin --inh-caps -net_admin sh -c "
                   f"'echo 1 > {ls.path(sock, 'reset')}' 2>&1 || echo refused")
        assert "refused" in out and ls.stats(sock)["syns"] == 1, out


def group(address):
    """Who chooses in a group: the knob, or a BPF program."""
    def share(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)

    with t.listener(address, PORT) as sock:
        assert ls.read(sock, "group_size") == "0" and ls.read(sock, "chosen_by") == "none"
    with t.listener(address, PORT, setup=share) as one, t.listener(address, PORT, setup=share):
        assert ls.read(one, "group_size") == "2" and ls.read(one, "chosen_by") == "balance"
        reuseport.attach_cbpf(one, [(0x06, 0, 0, 0)])
        assert ls.read(one, "chosen_by") == "bpf"


def trouble(address):
    """The namespace's troubles have their times."""
    def read():
        with open("/proc/net/atcp/trouble", encoding="ascii") as file:
            return {line.split()[0]: int(line.split()[1]) for line in file}

    assert read() == {}, read()
    t.sysctl("local_port_range", "20000 20001")
    with t.listener(address, PORT):
        made = clients(address, 3)
        assert t.counter("PortExhausted") == 1, t.counter("PortExhausted")
        assert read()["PortExhausted"] <= 1, read()
        time.sleep(4)
        assert 4 <= read()["PortExhausted"] <= 8 and len(read()) == 1, read()
        for sock in made:
            sock.close()


def cases(ktap, address):
    """All of them, over IPv4 or IPv6."""
    ls.mount()
    for case in (last, reset, sums, allowed, group, trouble):
        ktap.run(f"{case.__doc__} {address}", case, address)


if t.STACK == "tcp":
    t.skip_all("the kernel's TCP has no such figures")
t.side_by_side(cases, "127.0.0.1", "::1")
