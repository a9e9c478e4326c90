#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The accept queue's knobs: its limit live, watermarks, who is woken."""
# timeout: 90
# platforms: stock debug uml
# check: uml
# clock: travel
import os
import select
import signal
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t

PORT = 20450
WORKERS, ROUNDS = 8, 10
FIFO, LIFO, CPU = 0, 1, 2
ATCP_BACKLOG, ATCP_WAKE, ATCP_ACCEPTQ_LOW, ATCP_ACCEPTQ_HIGH = 5, 12, 13, 14


def connect(port):
    """A client that has connected; its close is a RST."""
    sock = socket.create_connection(("127.0.0.1", port), 10)
    t.abrupt(sock)
    return sock


def queued(port):
    """Length of the accept queue and of the park."""
    with open("/proc/thread-self/net/atcp/listen", encoding="ascii") as file:
        lines = file.read().splitlines()
    for line in lines[1:]:
        found = dict(zip(lines[0].split(), line.split()))
        if found["local"].endswith(f":{port}"):
            return int(found["acceptq"]), int(found["parked"])
    raise AssertionError(f"no row for {port}")


def limit():
    """A raised limit completes parked requests at once; somaxconn bounds it live."""
    listener = t.listener("127.0.0.1", PORT, 1, setup=t.abrupt)
    clients = [connect(PORT) for _ in range(8)]
    assert t.wait_until(lambda: queued(PORT) == (2, 6)), queued(PORT)
    listener.setsockopt(t.SOL_ATCP, ATCP_BACKLOG, 4)
    assert t.wait_until(lambda: queued(PORT) == (5, 3)), queued(PORT)
    listener.listen(6)
    listener.setsockopt(t.SOL_ATCP, ATCP_BACKLOG, -1)
    assert t.wait_until(lambda: queued(PORT) == (7, 1)), queued(PORT)
    t.sysctl("somaxconn", 3)
    listener.accept()[0].close()
    # Shorter than before, but over the new limit: nobody moves up.
    assert queued(PORT) == (6, 1), queued(PORT)
    before = t.counter("BacklogTruncated")
    listener.listen(100)
    assert t.counter("BacklogTruncated") == before + 1
    t.sysctl("somaxconn", 4096)
    assert t.wait_until(lambda: queued(PORT) == (7, 0)), queued(PORT)
    for client in clients:
        client.close()
    listener.close()


def marks():
    """Pressed from the high watermark until the low one, once each."""
    listener = t.listener("127.0.0.1", PORT, 16, setup=t.abrupt)
    listener.setsockopt(t.SOL_ATCP, ATCP_ACCEPTQ_HIGH, 5)
    listener.setsockopt(t.SOL_ATCP, ATCP_ACCEPTQ_LOW, 2)
    pressed, relieved = t.counter("AcceptqPressed"), t.counter("AcceptqRelieved")

    def passed():
        return (t.counter("AcceptqPressed") - pressed,
                t.counter("AcceptqRelieved") - relieved)

    clients = [connect(PORT) for _ in range(4)]
    assert t.wait_until(lambda: queued(PORT)[0] == 4)
    assert passed() == (0, 0), passed()
    clients += [connect(PORT) for _ in range(3)]
    assert t.wait_until(lambda: queued(PORT)[0] == 7)
    assert passed() == (1, 0), passed()
    for left in (6, 5, 4, 3):
        listener.accept()[0].close()
        assert queued(PORT)[0] == left
        assert passed() == (1, 0), (left, passed())
    listener.accept()[0].close()
    assert passed() == (1, 1), passed()
    # The namespace's marks, for the queue as it is: 2 connections.
    listener.setsockopt(t.SOL_ATCP, ATCP_ACCEPTQ_HIGH, -1)
    t.sysctl("acceptq_high", 2)
    assert passed() == (2, 1), passed()
    t.sysctl("acceptq_high", 0)
    assert passed() == (2, 2), passed()
    for client in clients:
        client.close()
    listener.close()


def serve(conn, pipe, number):
    """Says who has it, and when its client has gone."""
    os.write(pipe, bytes([number]))
    conn.setblocking(True)
    try:
        conn.recv(1)
    except OSError:
        pass
    conn.close()
    os.write(pipe, b"D")


def work_epoll(listener, pipe, number):
    """A worker: one byte, its number, for each time that it is woken."""
    epoll = select.epoll()
    epoll.register(listener.fileno(), select.EPOLLIN | select.EPOLLEXCLUSIVE)
    os.write(pipe, b"R")
    while True:
        epoll.poll()
        try:
            conn = listener.accept()[0]
        except BlockingIOError:
            os.write(pipe, b"E")
            continue
        serve(conn, pipe, number)


def work_accept(listener, pipe, number):
    """The same by accept(2)."""
    os.write(pipe, b"R")
    while True:
        serve(listener.accept()[0], pipe, number)


def asleep(stats):
    """Whether all of the processes, by their open /proc/PID/stat, sleep in the kernel."""
    return all(os.pread(fd, 512, 0).rsplit(b")", 1)[1].split()[0] == b"S" for fd in stats)


def spread(port, policy, work, stack=t.STACK):
    """Connections one by one; how many each worker got, and idle wake-ups."""
    listener = t.listener("127.0.0.1", port, 64, stack, t.abrupt)
    if stack != "tcp":
        listener.setsockopt(t.SOL_ATCP, ATCP_WAKE, policy)
    listener.setblocking(work is work_accept)
    out, into = os.pipe()
    pids, stats = [], []
    for number in range(WORKERS):
        pid = os.fork()
        if not pid:
            try:
                work(listener, into, number)
            finally:
                os._exit(1)
        pids.append(pid)
        stats.append(os.open(f"/proc/{pid}/stat", os.O_RDONLY))
        assert os.read(out, 1) == b"R"
        # One after the other, so that their order in the queue is known.
        assert t.wait_until(lambda: asleep(stats))
    got, idle = [0] * WORKERS, 0
    try:
        for _ in range(WORKERS * ROUNDS):
            client = connect(port)
            while (byte := os.read(out, 1)) == b"E":
                idle += 1
            got[byte[0]] += 1
            client.close()
            while (byte := os.read(out, 1)) == b"E":
                idle += 1
            assert byte == b"D", byte
            assert t.wait_until(lambda: asleep(stats))
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for fd in (*stats, out, into):
            os.close(fd)
        listener.close()
    print(f"# {stack} policy {policy} {work.__name__}: {got}, {idle} woken in vain",
          flush=True)
    return got, idle


def fifo_epoll():
    """fifo: epoll workers get their share each, and no other is woken."""
    got, idle = spread(PORT, FIFO, work_epoll)
    assert min(got) >= ROUNDS - 2 and max(got) <= ROUNDS + 2, got
    assert not idle, idle


def fifo_accept():
    """fifo: threads in accept(2) likewise."""
    got, _ = spread(PORT, FIFO, work_accept)
    assert min(got) >= ROUNDS - 2 and max(got) <= ROUNDS + 2, got


def lifo_epoll():
    """lifo: the last epoll worker gets what it can take."""
    got, idle = spread(PORT, LIFO, work_epoll)
    assert got[-1] >= WORKERS * ROUNDS - 8, got
    assert not idle, idle


def lifo_accept():
    """lifo: the thread that went to sleep last is woken."""
    got, _ = spread(PORT, LIFO, work_accept)
    assert got[-1] >= WORKERS * ROUNDS - 8, got


def cpu_accept():
    """cpu: every connection finds somebody, wherever they sleep."""
    got, _ = spread(PORT, CPU, work_accept)
    assert sum(got) == WORKERS * ROUNDS, got


def main():
    """Each, and the kernel's spread for comparison."""
    if t.STACK == "tcp":
        t.skip_all("the kernel's TCP has no such knobs")
    t.private_netns()
    ktap = t.Ktap()
    for case in (limit, marks, fifo_epoll, fifo_accept, lifo_epoll, lifo_accept,
                 cpu_accept):
        ktap.run(case.__doc__, case)
    spread(PORT + 1, FIFO, work_epoll, "tcp")
    ktap.end()


if __name__ == "__main__":
    main()
