#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Busy polling, receive flow steering and SO_INCOMING_CPU, XPS: what a socket learns of its segments, as the kernel's TCP does."""
# timeout: 120
# platforms: stock
# check: stock
import json
import os
import socket
import subprocess
import sys
import threading


sys.path.insert(0, "lib")
import atcptest as t
import farend
import router

SO_BUSY_POLL, SO_INCOMING_CPU, SO_INCOMING_NAPI_ID, SO_PREFER_BUSY_POLL = 46, 49, 56, 69
FLOWS = "/proc/sys/net/core/rps_sock_flow_entries"


def number(sock, option):
    """A number of SOL_SOCKET's."""
    return sock.getsockopt(socket.SOL_SOCKET, option)


def talk(sock, child, times):
    """SOCK, on this thread's CPU, is read by CHILD on the other: requests and answers."""
    def answer():
        os.sched_setaffinity(0, {1})
        for _ in range(times):
            data = child.recv(100)
            child.send(data)

    thread = threading.Thread(target=answer)
    thread.start()
    for _ in range(times):
        sock.send(b"x" * 100)
        sock.recv(100)
    thread.join()


def napi(net, stack):
    """The NAPI instance of the device: both ends, told by the handshake and by data; and a reader that polls it."""
    sock, child = net.connect(stack, stack)
    first = number(sock, SO_INCOMING_NAPI_ID) > 0, number(child, SO_INCOMING_NAPI_ID) > 0
    talk(sock, child, 10)
    for s in (sock, child):
        s.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, 2000)
        s.setsockopt(socket.SOL_SOCKET, SO_PREFER_BUSY_POLL, 1)
    talk(sock, child, 50)
    polled = t.counters("tcp").get("BusyPollRxPackets", 0)
    told = first, number(sock, SO_INCOMING_NAPI_ID) > 0, number(child, SO_BUSY_POLL)
    sock.close(), child.close()
    return told, polled


def cpus(net, stack):
    """Where CHILD's segments came last, when its reader is on CPU 1 and RPS may send them there."""
    os.sched_setaffinity(0, {0})
    sock, child = net.connect(stack, stack)
    talk(sock, child, 200)
    # The flow moves when nothing of it is queued on the CPU where it was.
    seen = []

    def followed():
        talk(sock, child, 20)
        seen.append(number(child, SO_INCOMING_CPU))
        return seen[-1] == 1

    good = t.wait_until(followed, 20)
    sock.close(), child.close()
    os.sched_setaffinity(0, {0, 1})
    return good, seen[-10:]


def queues(far, stack):
    """The queue of the device that took most, for a sender on CPU 0, and then on CPU 1."""
    def taken():
        found = {}
        for one in json.loads(subprocess.run(["tc", "-s", "-j", "qdisc", "show", "dev", "near"], check=True,
                                             stdout=subprocess.PIPE).stdout):
            if ":" in one.get("parent", ""):
                found[one["parent"].split(":")[1]] = one["packets"]
        return found

    out = []
    os.sched_setaffinity(0, {0})
    sock, child = far.connect(socket.AF_INET, stack)
    for cpu in (0, 1):
        os.sched_setaffinity(0, {cpu})
        # It moves when nothing of it is on its way.
        for _ in range(20):
            sock.send(b"x")
            child.recv(1)
        before = taken()
        for _ in range(100):
            sock.send(b"x")
            child.recv(1)
        now = taken()
        out.append(max(now, key=lambda name: now[name] - before[name]))
    sock.close(), child.close()
    os.sched_setaffinity(0, {0, 1})
    return out


def main():
    ktap = t.Ktap()
    if os.cpu_count() < 2:
        t.skip_all("one CPU")
    # It is the first namespace's.
    flows = os.open(FLOWS, os.O_WRONLY)
    t.private_netns()
    for v6 in (False, True):
        net = router.Router(v6)
        for name in ("near", "far"):
            # By NAPI, which veth uses where it merges segments.
            net.sh(name, "ethtool -K eth0 gro on")
        results = {stack: napi(net, stack)[0] for stack in ("tcp", t.STACK)}
        ktap.equal(results[t.STACK], results["tcp"], f"v{6 if v6 else 4}: the NAPI instance is known as the kernel's TCP knows it")
        os.pwrite(flows, b"1024", 0)
        net.sh("far", "mount -t sysfs none /sys; (cd /sys/class/net/eth0/queues/rx-0; echo 3 > rps_cpus; echo 1024 > rps_flow_cnt); "
                      "umount /sys")
        for stack in ("tcp", t.STACK):
            good, seen = cpus(net, stack)
            ktap.result(good, f"v{6 if v6 else 4}, {stack}: segments follow the reader to its CPU", seen)
        os.pwrite(flows, b"0", 0)
        net.close()
    far = farend.FarEnd(2)
    t.sh("tc qdisc replace dev near root mq; mount -t sysfs none /sys; cd /sys/class/net/near/queues;"
         "echo 1 > tx-0/xps_cpus; echo 2 > tx-1/xps_cpus; cd /; umount /sys")
    for stack in ("tcp", t.STACK):
        ktap.equal(queues(far, stack), ["1", "2"], f"{stack}: the sender's CPU chooses the device's queue (XPS)")
    ktap.end()


if __name__ == "__main__":
    main()
