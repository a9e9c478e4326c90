#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Listeners follow one another as fast as they can: no client notices, whenever it comes."""
# timeout: 240
# platforms: stock debug uml
# check: debug
import multiprocessing
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import reuseport as g

PORT = 20741
TCP_FASTOPEN_CONNECT = 30
SECONDS = 2 if t.CHECK else 10 if t.PLATFORM == "stock" else 15
CLIENTS = 3


def echo():
    """The client's byte comes back."""
    with g.call("127.0.0.1", PORT) as sock:
        sock.sendall(b"x")
        assert sock.recv(1) == b"x", "no echo"


def greeting():
    """The server speaks first: no data of the client's makes good for an ACK that is lost."""
    with g.call("127.0.0.1", PORT) as sock:
        assert sock.recv(1) == b"x", "no greeting"


def fast():
    """The byte comes with the SYN."""
    with t.make_socket() as sock:
        t.abrupt(sock)
        sock.settimeout(20)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
        sock.connect(("127.0.0.1", PORT))
        sock.sendall(b"x")
        assert sock.recv(1) == b"x", "no echo"


def calls(how, go, stop, out):
    """Connections, one after the other: how many, and what went wrong."""
    done, wrong = 0, []
    go.wait()
    while not stop.is_set():
        try:
            how()
            done += 1
        except (OSError, AssertionError) as error:
            wrong.append(repr(error))
    out.put((done, wrong))


def serve(listener, how, lost):
    """A byte to each that waits; a client is free to have gone after that. Says how many."""
    found = g.accept_all(listener)
    for sock, _ in found:
        with sock:
            # Ends by FIN: what was sent arrives.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes(8))
            sock.settimeout(20)
            try:
                sock.sendall(b"x" if how is greeting else sock.recv(1))
            except OSError as error:
                lost.append(str(error))
    return len(found)


def reloads(balance, shut, how):
    """One listener after the other; every second one has served before it closes."""
    go, stop = multiprocessing.Event(), multiprocessing.Event()
    out, lost, count, served = multiprocessing.Queue(), [], 0, 0
    # Before there is a listener, or they would keep it open.
    jobs = [multiprocessing.Process(target=calls, args=(how, go, stop, out))
            for _ in range(CLIENTS)]
    for job in jobs:
        job.start()
    old = g.member("127.0.0.1", PORT, balance=balance)
    go.set()
    begun = time.monotonic()
    # Where the machine does not run all the time, until there was something to be seen.
    while time.monotonic() < begun + SECONDS or served < 20 and time.monotonic() < begun + 60:
        new = g.member("127.0.0.1", PORT, balance=balance)
        if count % 2:
            served += serve(old, how, lost)
        if shut:
            old.shutdown(socket.SHUT_RDWR)
        old.close()
        old = new
        count += 1
    stop.set()
    results = []
    while len(results) < CLIENTS:
        serve(old, how, lost)
        while not out.empty():
            results.append(out.get())
    for job in jobs:
        job.join()
    print(f"# {count} reloads, {sum(done for done, _ in results)} connections")
    assert not any(wrong for _, wrong in results), [wrong[:3] for _, wrong in results]
    assert not lost, lost[:3]
    assert sum(done for done, _ in results) > 10, results
    old.close()


def spoken():
    """No third ACK is dropped, that its SYN-ACK's timer would have to ask for again."""
    before = t.counter("DropReqAck")
    reloads("rr", False, greeting)
    assert t.counter("DropReqAck") == before, t.counter("DropReqAck") - before


def taken(before):
    """Some of them were connections by their SYN alone."""
    assert t.counter("TCPFastOpenPassive") > before


def main():
    """By close(2) and by shutdown(2), by hash and by a choice at the end of the handshake."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP loses them unless it is told to migrate")
    t.private_netns()
    ktap = t.Ktap()
    for balance in ("hash", "rr"):
        for shut in (False, True):
            ktap.run(f"{balance}, {'shutdown' if shut else 'close'}",
                     reloads, balance, shut, echo)
    ktap.run("the server speaks first", spoken)
    # By cookie, and without one; every listener takes data with a SYN.
    t.sysctl("fastopen", 0x403)
    before = t.counter("TCPFastOpenPassive")
    ktap.run("data with the SYN", reloads, "hash", False, fast)
    ktap.run("which was taken", taken, before)
    t.sysctl("syncookies", 2)
    ktap.run("cookies always", reloads, "hash", False, echo)
    ktap.run("cookies always, the server speaks first", reloads, "rr", False, greeting)
    # On two CPUs, some of them at the same time.
    t.sysctl("syncookies", 1)
    t.sh("tc qdisc add dev lo root netem delay 200us duplicate 50%")
    ktap.run("segments come twice", reloads, "hash", False, echo)
    ktap.end()


if __name__ == "__main__":
    main()
