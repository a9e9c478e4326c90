#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a connection was made of is another's at once; nobody who looks one up is given the other's.

Connections come and go on all CPUs, each with a ticket that says whose it is, beside a flood of
SYNs, members of a group that close with others' connections in their queues, and readers of every
table. Connections that stay are asked for all the time, and SOCK_DESTROY is told to end those that
are gone: it must not meet who has their memory now.
"""
# timeout: 300
# platforms: stock debug uml
# check: debug
import multiprocessing
import os
import random
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import sockdiag as d

PORTS = {"127.0.0.1": 20900, "::1": 20901, "127.0.0.2": 20902}
GROUP = 20902
STAYS = 20903
FLOODED = 20904
# "SEED SECONDS": one again, or for longer.
STORM = os.environ.get("ATCP_STORM", "").split()
SEED = int(STORM[0]) if STORM else int(time.time()) % 1000000
SECONDS = int(STORM[1]) if STORM else 10 if t.CHECK or t.PLATFORM == "stock" else 20
# Those who look leave most of the time to those who come and go: to walk the table takes long where all is checked.
PAUSE = 0.2
WALK = 1.5
PROGS = os.environ.get("ATCP_PROGS", "progs")


def storm(address, port):
    """Starts one."""
    more = "-m" if port == GROUP else ""
    # A pipe of its own: what it prints is little.
    return subprocess.Popen(
        f"{PROGS}/storm -s {t.STACK} -a {address} -p {port} -t {SECONDS} -j 4 -S {SEED} {more}",
        shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def flood(stop):
    """SYNs of strangers for a queue that is full of them."""
    with subprocess.Popen([f"{PROGS}/synflood", "-a", "10.98.0.1", "-p", str(FLOODED), "-r", "100",
                           "-n", "1000000", "-s", str(SEED)]) as process:
        while not stop.wait(PAUSE):
            t.sysctl("syncookies", random.randrange(2))
        process.kill()


def readers(stop):
    """Every row of the tables is one of a connection, and not of two halves of them."""
    known = {*PORTS.values(), STAYS, FLOODED}
    while not stop.is_set():
        for local, remote, state, fields in t.table():
            assert (local in known or remote in known) and state, fields
        with open(t.proc_net("listen"), encoding="ascii") as file:
            file.read()
        stop.wait(WALK)


def destroyer(stop):
    """Ends connections of the group, and those of the others that have ended, by their cookies."""
    diag = d.Diag()
    established = 1 << d.STATE["ESTABLISHED"]
    alive = established | 1 << d.STATE["SYN_RECV"] | 1 << d.STATE["CLOSE_WAIT"]
    while not stop.is_set():
        rows = diag.dump(socket.AF_INET, sport=GROUP, states=alive)
        gone = diag.dump(socket.AF_INET, dport=PORTS["127.0.0.1"], states=established)
        stop.wait(random.random() * 0.05)
        for row in rows[::4]:
            diag.destroy(row.id, socket.AF_INET)
        for row in gone:
            try:
                # The same socket, though it may have been disconnected since it was found.
                assert diag.exact(row.id, socket.AF_INET).cookie == row.cookie, row
            except OSError:
                # Its memory may be another's, who is not to be met.
                assert diag.destroy(row.id, socket.AF_INET) == "ENOENT", row
        stop.wait(WALK)


def watcher(stop, pairs):
    """Connections that stay are found, with what they carry, whoever else comes and goes."""
    diag = d.Diag()
    mine = {}
    for sock, _ in pairs:
        here, there = sock.getsockname(), sock.getpeername()
        mine[here[1]] = diag.exact(d.sockid(*here, *there), socket.AF_INET)
    while not stop.is_set():
        for row in random.sample(list(mine.values()), 4):
            assert diag.exact(row.id, socket.AF_INET).id == row.id, row
        for sock, child in random.sample(pairs, 4):
            said = os.urandom(8)
            sock.sendall(said)
            heard = child.recv(8, socket.MSG_WAITALL)
            assert heard == said, (heard, said)
        # A new socket's first dump comes in more than one message.
        walk = d.Diag()
        seen = {row.sport for row in walk.dump(socket.AF_INET, dport=STAYS)}
        walk.sock.close()
        missed = [row for sport, row in mine.items() if sport not in seen]
        for row in missed:
            print(f"# missed by a walk: {row}, {diag.exact(row.id, socket.AF_INET)}", flush=True)
        assert not missed, missed
        stop.wait(PAUSE)


def stay(count):
    """Connections that stay."""
    with t.listener("127.0.0.1", STAYS, count) as lsock:
        pairs = []
        for _ in range(count):
            sock = t.make_socket()
            sock.connect(("127.0.0.1", STAYS))
            pairs.append((sock, lsock.accept()[0]))
            for end in pairs[-1]:
                end.settimeout(60)
    return pairs


def main():
    """All at once."""
    if t.STACK == "tcp":
        t.skip_all("atcp's tables are looked at")
    t.private_netns()
    d.load()
    t.sh("ip link add d0 type dummy; ip link set d0 up; ip addr add 10.98.0.1/24 dev d0; "
         "ip route add default dev d0")
    t.sysctl("migrate_req", 1)
    t.sysctl("synack_retries", 1)
    print(f"# again: ATCP_STORM=\"{SEED} {SECONDS}\"", flush=True)
    ktap = t.Ktap()
    flooded = t.listener("10.98.0.1", FLOODED, 256)
    stop = multiprocessing.Event()
    jobs = [(flood, stop), (readers, stop), (destroyer, stop), (watcher, stop, stay(32))]
    jobs = [multiprocessing.Process(target=j[0], args=j[1:]) for j in jobs]
    storms = {where: storm(*where) for where in PORTS.items()}
    for job in jobs:
        job.start()
    told = {where: job.communicate()[0] for where, job in storms.items()}
    stop.set()
    for job in jobs:
        job.join(60)
    ktap.equal([job.exitcode for job in jobs], [0] * len(jobs),
               "the tables have rows of one connection each, and those that stay are found")
    flooded.close()
    for (address, port), text in told.items():
        print(f"# {address} {port}: {text.strip()}", flush=True)
        found = re.fullmatch(r"made (\d+) broken (\d+) wrong (\d+)\n", text)
        made, broken, wrong = map(int, found.groups()) if found else (0, -1, -1)
        ktap.result(made > 5, f"connections to {port} were made", text)
        ktap.equal(wrong, 0, f"none to {port} was another's")
        if port != GROUP:
            ktap.equal(broken, 0, f"none to {port} broke")
    ktap.end()


if __name__ == "__main__":
    main()
