#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Firewall rules that ask for a packet's socket find atcp's as they find the kernel's: its mark,
its owner and its cgroup, whether it is of one address; answers to masked connections too."""
# timeout: 90
# platforms: stock uml
# cpus: 1
import os
import re
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t

OWN, FAR = "10.66.0.1", "10.66.0.2"
USER = 65534


def rules(v6, chain, where):
    """One counter for each question, of what comes to our port."""
    hook = "prerouting priority -150" if chain == "p" else "input priority 0"
    ours = {name: "socket " + name for name in (
        "mark 6", "mark 7", "wildcard 0", "wildcard 1", "transparent 0", "transparent 1")}
    ours["cgroup"] = f'socket cgroupv2 level 1 "nft-{os.getpid()}-{v6:d}"'
    return (f"chain {chain} {{ type filter hook {hook};"
            + "".join(f' {where} {match} counter comment "{chain}: {name}";'
                      for name, match in ours.items()) + " };")


def counts():
    """What each counter has seen: something or nothing."""
    text = t.sh("nft list ruleset")
    return {m[2]: int(m[1]) > 0
            for m in re.finditer(r'counter packets (\d+) bytes \d+ comment "([^"]+)"', text)}


def told(stack, v6, address):
    """The counters after a connection to a listener of one stack, by its kind of packet."""
    def setup(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 6)
    found = {}
    lsock = t.listener(address, 7900, stack=stack, setup=setup)
    lsock.settimeout(10)
    real = "::1" if v6 else "127.0.0.1"
    for name, where in (("SYN", "tcp dport 7900 tcp flags & (syn|ack) == syn"),
                        ("data", "tcp dport 7900 tcp flags & psh == psh")):
        t.sh("nft flush ruleset")
        t.sh(f"nft 'table inet f {{ {rules(v6, 'p', where)} {rules(v6, 'i', where)} }}'")
        client = t.make_socket(socket.AF_INET6 if v6 else socket.AF_INET, stack="tcp")
        client.settimeout(10)
        client.connect((real, 7900))
        sock = lsock.accept()[0]
        sock.settimeout(10)
        client.sendall(b"x")
        assert sock.recv(1) == b"x"
        found[name] = counts()
        client.close()
        sock.close()
    lsock.close()
    return found


def joined(v6):
    """This process is in a cgroup of its own, by whose name the rules ask."""
    path = f"/sys/fs/cgroup/nft-{os.getpid()}-{v6:d}"
    os.mkdir(path)
    with open(path + "/cgroup.procs", "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    return path


def masked(stack):
    """An answer to a connection that leaves under another address finds its socket."""
    t.sh("nft flush ruleset")
    t.sh("nft 'table ip n { chain o { type nat hook postrouting priority 100;"
         f" ip daddr {FAR} tcp dport 90 snat to 10.66.0.77; }};"
         " chain p { type filter hook prerouting priority -150;"
         ' tcp sport 90 socket mark 9 counter comment "answers"; }; }\'')
    server = t.sh("ip netns exec far python3 -c 'import socket\n"
                  "l=socket.create_server((\"10.66.0.2\",90)); l.settimeout(20)\n"
                  "import os\nif os.fork(): os._exit(0)\n"
                  "os.close(1); os.close(2)\n"
                  "s,p=l.accept(); s.sendall(p[0].encode()); s.recv(1)'")
    sock = t.make_socket(socket.AF_INET, stack=stack)
    sock.settimeout(10)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 9)
    sock.connect((FAR, 90))
    seen = sock.recv(100)
    sock.close()
    return server, seen, counts()


def story(ktap, v6):
    """All questions over one family."""
    name = "IPv6" if v6 else "IPv4"
    joined(v6)
    try:
        t.sh("nft 'table inet f { chain i { type filter hook input priority 0;"
             " socket mark 1 accept; }; }'")
    except OSError as error:
        t.skip_all(f"no socket match: {str(error).splitlines()[-1]}")
    for address in ("::1", "::") if v6 else ("127.0.0.1", "0.0.0.0", "::"):
        want = told("tcp", v6, address)
        have = told(t.STACK, v6, address)
        for kind, seen in want.items():
            ktap.equal(have[kind], seen, f"{name} to {address}: {kind}")
        ktap.result(want["data"]["i: mark 6"] and not want["data"]["i: mark 7"],
                    f"{name} to {address}: the kernel's are found", want)
    if not v6:
        t.sh("ip netns add far; ip link add v0 type veth peer name v1 netns far;"
             f"ip addr add {OWN}/24 dev v0; ip addr add 10.66.0.77/24 dev v0; ip link set v0 up;"
             f"ip -n far addr add {FAR}/24 dev v1; ip -n far link set v1 up")
        ktap.equal(masked(t.STACK), masked("tcp"), "masked")
        t.sh("ip netns del far")


t.side_by_side(story, False, True)
