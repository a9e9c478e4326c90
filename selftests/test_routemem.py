#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A route that is remembered is the route: whatever changes what leads to a destination changes the
next connection's way, as it does with the kernel's TCP, and no device or namespace is kept by it."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import errno
import json
import os
import socket
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t

THERE = "192.0.2.1"
DEVICES = ("d0", "d1")

# What happens, and how the next connections are made: nothing said is nothing asked for.
STEPS = (
    ("there is a route", "ip route add 192.0.2.0/24 dev d0", {}),
    ("it leads through another device", "ip route replace 192.0.2.0/24 dev d1", {}),
    ("it has another source", "ip addr add 10.2.0.9/24 dev d1; "
     "ip route replace 192.0.2.0/24 dev d1 src 10.2.0.9", {}),
    ("that address goes", "ip addr del 10.2.0.9/24 dev d1", {}),
    ("it comes again", "ip route replace 192.0.2.0/24 dev d0", {}),
    ("a socket is bound to a device", "", {"device": "d1"}),
    ("a socket is bound to an address", "", {"source": "10.2.0.1"}),
    ("a socket is bound to nothing", "", {}),
    ("one host is elsewhere", "ip route add 192.0.2.1/32 dev d1", {}),
    ("it is not any more", "ip route del 192.0.2.1/32 dev d1", {}),
    ("a type of service has a route", "ip route add 192.0.2.0/24 tos 0x10 dev d1", {"tos": 0x10}),
    ("another type has not", "", {}),
    ("that route goes", "ip route del 192.0.2.0/24 tos 0x10 dev d1", {"tos": 0x10}),
    ("a mark", "", {"mark": 5}),
    ("a mark has a rule", "ip route add default dev d1 table 100; ip rule add fwmark 5 table 100",
     {"mark": 5}),
    ("no mark has not", "", {}),
    ("that rule goes", "ip rule del fwmark 5 table 100", {"mark": 5}),
    ("all have a rule", "ip rule add from all to 192.0.2.1 table 100", {}),
    ("it goes", "ip rule del from all to 192.0.2.1 table 100", {}),
    ("a user has a rule", "ip rule add uidrange 1000-1000 table 100", {"uid": 1000}),
    ("root has not", "", {}),
    ("the user's goes", "ip rule del uidrange 1000-1000 table 100", {"uid": 1000}),
    ("it leads nowhere", "ip route add blackhole 192.0.2.1/32", {}),
    ("it is forbidden", "ip route replace prohibit 192.0.2.1/32", {}),
    ("it is not", "ip route del prohibit 192.0.2.1/32", {}),
    ("the device's address changes", "ip addr add 10.4.0.7/24 dev d0; ip addr del 10.1.0.1/24 dev d0",
     {}),
    ("it has its old address", "ip addr add 10.1.0.1/24 dev d0; ip addr del 10.4.0.7/24 dev d0; "
     "ip route replace 192.0.2.0/24 dev d0", {}),
    ("the device is down", "ip link set d0 down", {}),
    ("it is up", "ip link set d0 up; ip route replace 192.0.2.0/24 dev d0", {}),
    ("a policy blocks it", "ip xfrm policy add dir out src 0.0.0.0/0 dst 192.0.2.1/32 action block",
     {}),
    ("none does", "ip xfrm policy flush", {}),
    ("a VRF has a device, and a socket", "ip link add v0 type vrf table 77; ip link set v0 up; "
     "ip link set d1 master v0; ip route add 192.0.2.0/24 dev d1 table 77", {"device": "v0"}),
    ("a socket is outside of it", "", {}),
    ("the VRF goes", "ip link del v0", {}),
    ("the device goes", "ip link del d0", {}),
    ("another of its name comes", "ip link add d0 type dummy; ip link set d0 up; "
     "ip addr add 10.1.0.1/24 dev d0; ip route replace 192.0.2.0/24 dev d0", {}),
)


def sent():
    """Packets that each device has sent."""
    found = {}
    for device in DEVICES:
        try:
            with open("/proc/thread-self/net/dev", encoding="ascii") as file:
                for line in file:
                    name, _, rest = line.partition(":")
                    if name.strip() == device:
                        found[device] = int(rest.split()[9])
        except OSError:
            pass
    return found


def way(stack, device="", source="", tos=0, mark=0, uid=0):
    """Where a SYN goes: the device and the source, or why none does."""
    before = sent()
    os.setresuid(-1, uid, 0)
    sock = t.make_socket(socket.AF_INET, stack)
    os.setresuid(-1, 0, 0)
    with sock:
        sock.setblocking(False)
        if device:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        if tos:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        if mark:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        if source:
            sock.bind((source, 0))
        error = sock.connect_ex((THERE, 80))
        if error != errno.EINPROGRESS:
            return errno.errorcode[error]
        after = sent()
        went = [d for d in DEVICES if after.get(d, 0) > before.get(d, 0)]
        return f"{sock.getsockname()[0]} {' '.join(went)}"


def told(stack):
    """What becomes of each step, in a namespace of its own, three connections each."""
    t.private_netns()
    t.sh("sysctl -qw net.ipv6.conf.default.disable_ipv6=1")
    for number, device in enumerate(DEVICES):
        t.sh(f"ip link add {device} type dummy; ip addr add 10.{number + 1}.0.1/24 dev {device}; "
             f"ip link set {device} up")
    result = []
    for _, command, how in STEPS:
        out = t.sh(f"set -e; {command or ':'}; echo done", check=False)
        if not out.endswith("done\n"):
            result.append("SKIP " + out.strip())
            continue
        result.append([way(stack, **how) for _ in range(3)])
    return result


def in_child(function, *args):
    """What FUNCTION returns in a process that ends, with its namespaces."""
    here, there = os.pipe()
    pid = os.fork()
    if not pid:
        with os.fdopen(there, "w", encoding="ascii") as pipe:
            json.dump(function(*args), pipe)
        os._exit(0)
    os.close(there)
    with os.fdopen(here, encoding="ascii") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(text)


def last_words(number):
    """A namespace that ends a moment after it has used a route: over a device of two ends."""
    t.private_netns()
    # Its other end is in the parent's namespace, and ends with this one.
    t.sh(f"ip link add here type veth peer name there{number} netns {os.getppid()}; "
         "ip link set here up; "
         "ip addr add 10.3.0.1/24 dev here; ip route add 192.0.2.0/24 dev here")
    return [way(t.STACK) for _ in range(3)]


def main():
    """Each step with either stack, and the ends of devices and namespaces."""
    ktap = t.Ktap()
    want = in_child(told, "tcp")
    got = in_child(told, t.STACK)
    for (name, _, _), mine, theirs in zip(STEPS, got, want):
        if "SKIP" in (mine[:4], theirs[:4]):
            ktap.skip(name, mine)
        else:
            ktap.equal(mine, theirs, name)
    t.private_netns()
    start = time.monotonic()
    for number in range(5):
        in_child(last_words, number)
    gone = t.wait_until(lambda: "there" not in t.sh("ip link"), 60)
    ktap.result(gone, "a namespace ends, and its devices with it", t.sh("ip link"))
    print(f"# {time.monotonic() - start:.1f} s", flush=True)
    ktap.end()


if __name__ == "__main__":
    main()
