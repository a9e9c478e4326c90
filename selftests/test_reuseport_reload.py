#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Four workers are replaced one by one under load: no client notices.

    clients --> 127.0.0.1 / ::1, one port --> worker 0..3, a process each, with
                                              a SO_REUSEPORT listener of its own

Each new worker listens before the old one goes. In one round the old ones just
close, with whatever waits in their queues; in the other they drain first. A
client that is refused, reset or kept waiting counts as an error.
"""
# timeout: 240
# platforms: stock debug uml
# check: stock
import multiprocessing
import os
import signal
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import reuseport as g

PORT = 20780
WORKERS, CLIENTS = 4, 3


def worker(address, drain, ready):
    """Serves one connection after another until SIGTERM; then goes."""
    gone = []
    signal.signal(signal.SIGTERM, lambda *_: gone.append(1))
    listener = g.member(address, PORT, 64)
    ready.set()
    while not gone:
        serve(listener, 0.05)
    # Some come and wait, so that it has something to leave.
    time.sleep(0.2)
    if drain:
        g.knob(listener, "drain", 1)
        # Half-open ones may come yet: what is left when it closes moves on.
        while serve(listener, 0.2):
            pass
    listener.close()
    os._exit(0)


def serve(listener, timeout):
    """Echoes for one client; False: none came."""
    listener.settimeout(timeout)
    try:
        sock = listener.accept()[0]
    except OSError:
        return False
    with sock:
        sock.settimeout(20)
        try:
            sock.sendall(sock.recv(64))
            # The peer's RST: it has its answer.
            sock.recv(1)
        except ConnectionResetError:
            pass
    return True


def client(address, stop, results):
    """Connections one after another; reports how many, and every error."""
    made, errors = 0, []
    while not stop.is_set():
        try:
            with g.call(address, PORT) as sock:
                text = b"%d" % made
                sock.sendall(text)
                if sock.recv(64) != text:
                    errors.append("short answer")
        except OSError as error:
            errors.append(repr(error))
        made += 1
        time.sleep(0.002)
    results.put((made, errors))


def start(address, drain):
    """A new worker, when it listens."""
    ready = multiprocessing.Event()
    job = multiprocessing.Process(target=worker, args=(address, drain, ready))
    job.start()
    assert ready.wait(30), "a worker does not start"
    return job


def end(job):
    """Tells a worker to go, and waits for that."""
    os.kill(job.pid, signal.SIGTERM)
    job.join(60)
    assert job.exitcode == 0, f"worker: {job.exitcode}"


def replaced(address, drain, policy):
    """Replaces every worker; all that clients asked was answered."""
    t.sysctl("balance", policy)
    stop, results = multiprocessing.Event(), multiprocessing.Queue()
    workers = [start(address, drain) for _ in range(WORKERS)]
    clients = [multiprocessing.Process(target=client, args=(address, stop, results))
               for _ in range(CLIENTS)]
    for job in clients:
        job.start()
    for i, old in enumerate(workers):
        workers[i] = start(address, drain)
        end(old)
    stop.set()
    made, errors = 0, []
    for _ in clients:
        more, bad = results.get(timeout=60)
        made += more
        errors += bad
    for job in clients:
        job.join(60)
    for job in workers:
        end(job)
    assert not errors, f"{len(errors)} of {made}: {errors[:5]}"
    assert made > 20, made
    print(f"# {made} connections, {t.counter('TCPMigrateReqSuccess')} migrated so far")


def main():
    """Both ways to go, by hash and by the shortest queue, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP loses connections here")
    t.private_netns()
    ktap = t.Ktap()
    for address in ("127.0.0.1", "::1"):
        family = "v6" if ":" in address else "v4"
        ktap.run(f"{family} workers that close", replaced, address, False, "hash")
        ktap.run(f"{family} workers that drain, least", replaced, address, True, "least")
    ktap.end()


if __name__ == "__main__":
    main()
