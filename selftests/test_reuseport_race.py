#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Listeners follow one another as fast as they can: no client notices, whenever it comes."""
# timeout: 180
# platforms: stock debug uml
import multiprocessing
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import reuseport as g

PORT = 20741
SECONDS = 10 if t.PLATFORM == "stock" else 15
CLIENTS = 3


def calls(go, stop, out):
    """Connections with an echo of one byte: how many, and what went wrong."""
    done, wrong = 0, []
    go.wait()
    while not stop.is_set():
        step = "connect"
        try:
            with g.call("127.0.0.1", PORT) as sock:
                step = "send"
                sock.sendall(b"x")
                step = "recv"
                assert sock.recv(1) == b"x", "no echo"
                done += 1
        except (OSError, AssertionError) as error:
            wrong.append(f"{step}: {error}")
    out.put((done, wrong))


def serve(listener, lost):
    """Echoes a byte to each that waits; a client is free to have gone after that."""
    for sock, _ in g.accept_all(listener):
        with sock:
            # Ends by FIN: what was sent arrives.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes(8))
            sock.settimeout(20)
            try:
                sock.sendall(sock.recv(1))
            except OSError as error:
                lost.append(str(error))


def reloads(balance, shut):
    """One listener after the other; every second one has served before it closes."""
    go, stop = multiprocessing.Event(), multiprocessing.Event()
    out, lost, count = multiprocessing.Queue(), [], 0
    # Before there is a listener, or they would keep it open.
    jobs = [multiprocessing.Process(target=calls, args=(go, stop, out))
            for _ in range(CLIENTS)]
    for job in jobs:
        job.start()
    old = g.member("127.0.0.1", PORT, balance=balance)
    go.set()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        new = g.member("127.0.0.1", PORT, balance=balance)
        if count % 2:
            serve(old, lost)
        if shut:
            old.shutdown(socket.SHUT_RDWR)
        old.close()
        old = new
        count += 1
    stop.set()
    results = []
    while len(results) < CLIENTS:
        serve(old, lost)
        while not out.empty():
            results.append(out.get())
    for job in jobs:
        job.join()
    print(f"# {count} reloads, {sum(done for done, _ in results)} connections")
    assert not any(wrong for _, wrong in results), [wrong[:3] for _, wrong in results]
    assert not lost, lost[:3]
    assert sum(done for done, _ in results) > 10, results
    old.close()


def main():
    """By close(2) and by shutdown(2), by hash and by a choice at the end of the handshake."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP loses them unless it is told to migrate")
    t.private_netns()
    ktap = t.Ktap()
    for balance in ("hash", "rr"):
        for shut in (False, True):
            ktap.run(f"{balance}, {'shutdown' if shut else 'close'}", reloads, balance, shut)
    t.sysctl("syncookies", 2)
    ktap.run("cookies always, close", reloads, "hash", False)
    ktap.end()


if __name__ == "__main__":
    main()
