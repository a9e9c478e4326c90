#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""atcp_diag.ko is loaded when somebody asks, not before and not without atcp; it may go in the
middle of a dump. What makes the kernel ask changes nothing for packets of IP protocol 253."""
# timeout: 240
# platforms: stock uml
# check: uml
import os
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import modpath
import rawpeer as r
import sockdiag as d

ICMP_UNREACH_PROTOCOL = (3, 2)


def told(diag):
    """How many rows, or the error's text."""
    try:
        return len(diag.dump())
    except OSError as error:
        return os.strerror(error.errno)


def removal(ktap):
    """The module goes while a dump is open: that one ends, by an error; the next finds none."""
    lsocks = [t.listener("127.0.0.1", 7000 + i) for i in range(300)]
    diag = d.Diag(receive=4096)
    gone = []

    def rmmod():
        if not gone:
            gone.append(t.sh("rmmod atcp_diag", check=False))

    try:
        rows = len(diag.dump(ext=d.EVERYTHING, pause=rmmod))
    except OSError as error:
        rows = os.strerror(error.errno)
    ktap.equal((gone, d.loaded(), rows), ([""], False, os.strerror(2)),
               "it goes in the middle of a dump")
    ktap.equal(told(d.Diag()), os.strerror(2), "and nobody answers then")
    for sock in lsocks:
        sock.close()


def autoload(ktap):
    """With a module path that has it."""
    with modpath.modules("atcp", "atcp_diag") as asked, t.listener("127.0.0.1", 7000) as lsock:
        if not asked:
            ktap.skip("it is loaded when asked for", "no modprobe path")
            return
        pid = os.fork()
        if not pid:
            os.setuid(65534)
            os._exit(told(d.Diag()) != 1)
        ktap.equal((os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), d.loaded()), (0, True),
                   "it is loaded when asked for, whoever asks")
        with open(asked, encoding="ascii") as file:
            ktap.result("net-pf-16-proto-4-type-2-253" in file.read(), "by its alias")
        d.unload()
        lsock.close()
        # Orphans, if other tests left any, are waited for.
        if t.wait_until(lambda: not t.sh("rmmod atcp", check=False), 150):
            ktap.equal((told(d.Diag()), d.loaded(), d.loaded("atcp")),
                       (os.strerror(2), False, False), "without atcp nobody loads either")
            t.sh(f"insmod {modpath.HERE}/atcp.ko")
        else:
            ktap.result(False, "rmmod atcp")


def unknown_count():
    """IP packets of a protocol that nobody has, and of those that somebody had."""
    with open("/proc/thread-self/net/snmp", encoding="ascii") as file:
        names, values = file.readline().split(), file.readline().split()
    return [int(values[names.index(x)]) for x in ("InUnknownProtos", "InDelivers")]


def packets(ktap):
    """Packets of protocol 253: refused by ICMP, or a raw socket's, as without atcp."""
    peer = r.Peer()
    before = unknown_count()
    peer.forget()
    peer.send_ip(False, 253, b"what is this?")
    peer.receive(lambda segment: False, 1)
    ktap.equal([(x[0], x[1], x[8 + 9]) for x in peer.icmp], [ICMP_UNREACH_PROTOCOL + (253,)],
               "a packet of protocol 253 is answered by protocol unreachable")
    # The answer to our own ICMP is none: one packet was unknown.
    ktap.equal(unknown_count()[0] - before[0], 1, "and counted as unknown")
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
    raw.settimeout(5)
    peer.icmp.clear()
    before = unknown_count()
    peer.send_ip(False, 253, b"for you")
    ktap.equal(raw.recv(100)[20:], b"for you", "a raw socket gets it")
    peer.receive(lambda segment: False, 0.5)
    ktap.equal((peer.icmp, [n - b for n, b in zip(unknown_count(), before)]), ([], [0, 1]),
               "and nobody is told that it was not wanted")
    raw.close()
    peer.close()


if t.STACK == "tcp":
    t.skip_all("the kernel's own")
d.load()
t.private_netns()
main = t.Ktap()
removal(main)
packets(main)
autoload(main)
main.end()
