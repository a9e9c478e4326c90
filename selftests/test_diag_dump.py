#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A dump by sock_diag goes on where it stopped, however small its pieces are and whatever
comes and goes meanwhile, and is of one namespace."""
# timeout: 240
# platforms: stock uml
# check: uml
import os
import socket
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t
import sockdiag as d

ROWS = 1500
REQUEST = 1 << d.STATE["SYN_RECV"]


def coming_and_going(address):
    """Listeners that come and go, one step a call."""
    others = []

    def step():
        if len(others) < 40:
            others.append(t.listener(address, 7100 + len(others)))
        elif others[-1]:
            others[-20].close()
            others.append(None)
    return step


def slab():
    """Kilobytes that the kernel's objects have."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(x.split()[1]) for x in file if x.startswith("Slab:"))


def busy_dumps(address):
    """Dumps with TCP_INFO, and ends from outside, of sockets that their programs are closing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    over = threading.Event()

    def look(kill):
        diag = d.Diag()
        while not over.is_set():
            for row in diag.dump(ext=d.EVERYTHING, states=d.ALL & ~REQUEST):
                if kill and row.sport == 7900 and row.state != "LISTEN":
                    diag.destroy(row.id, family)

    threads = [threading.Thread(target=look, args=(kill,)) for kill in (False, True)]
    for thread in threads:
        thread.start()
    lsock = t.listener(address, 7900, 64)
    for _ in range(30 if t.CHECK else 200):
        socks = [t.make_socket(family) for _ in range(5)]
        for sock in socks:
            try:
                sock.connect((address, 7900))
                sock.send(b"x")
            except OSError:
                pass
        for sock in socks:
            sock.close()
        lsock.close()
        lsock = t.listener(address, 7900, 64)
    over.set()
    for thread in threads:
        thread.join()
    lsock.close()


def story(ktap, address):
    """One family."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    lsock = t.listener_with_requests(address, 7000, ROWS)
    whole = d.Diag().dump(states=REQUEST)
    found = {x.key() for x in whole}
    ktap.result(len(found) == len(whole) == ROWS, f"{address}: each row once", len(found))
    ktap.equal(len({x.cookie for x in whole}), ROWS, f"{address}: each with its own cookie")

    small = d.Diag(receive=4096)
    rows = small.dump(states=REQUEST)
    ktap.result(sorted(x.key() for x in rows) == sorted(found) and small.messages > ROWS / 60,
                f"{address}: and in small pieces", f"{len(rows)} in {small.messages}")
    rows = small.dump(states=REQUEST | 1 << d.STATE["LISTEN"],
                      pause=coming_and_going(address))
    keys = [x.key() for x in rows if x.state == "SYN_RECV"]
    ktap.result(found <= set(keys) and len(keys) < ROWS * 1.02,
                f"{address}: none that stays is missed when others come and go",
                f"{len(found - set(keys))} missed, {len(keys) - len(set(keys))} twice")

    before = slab()
    open_dumps = [d.Diag(receive=4096) for _ in range(50)]
    for diag in open_dumps:
        diag.ask(d.SOCK_DIAG_BY_FAMILY, d.DUMP, family, d.sockid(), states=REQUEST)
        next(diag.answers())
    used = slab() - before
    ktap.result(used < 50 * 160, f"{address}: 50 dumps that are left open cost little",
                f"{used} kB")
    for diag in open_dumps:
        diag.sock.close()

    many = [t.listener(address, 7200 + i) for i in range(200)]
    rows = small.dump(states=1 << d.STATE["LISTEN"], ext=d.EVERYTHING)
    ktap.equal(sorted(x.sport for x in rows if 7200 <= x.sport < 7400),
               [7200 + i for i in range(200)], f"{address}: each listener once in small pieces")
    for sock in many:
        sock.close()

    pid = os.fork()
    if not pid:
        t.private_netns()
        os._exit(len(d.Diag().dump()) > 0)
    ktap.equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0,
               f"{address}: another namespace has none of these")
    lsock.close()
    ktap.run(f"{address}: sockets that end while they are shown", busy_dumps, address)


d.load()
t.side_by_side(story, "10.99.0.1", "fd99::1")
