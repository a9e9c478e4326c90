#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Ephemeral ports: from atcp's own range, unpredictable, and they run out."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import errno
import socket
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t

# Of Linux 6.3, newer than the Python here.
IP_LOCAL_PORT_RANGE = 51


def code_of(function, *args):
    """The errno a call fails with, 0 when it does not."""
    try:
        function(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return 0


def connect_many(address, count, port=9000):
    """COUNT sockets connected to one listener: their ports, and the errno."""
    server = t.listener(address, port, 64)
    socks, last = [server], 0
    for _ in range(count):
        sock = t.make_socket(server.family)
        last = code_of(sock.connect, (address, port))
        if last:
            break
        socks += [sock, server.accept()[0]]
    ports = [s.getsockname()[1] for s in socks[1::2]]
    return socks, ports, last


def default_range(address):
    """The default range is its own, below the kernel's."""
    low, high = map(int, t.sysctl("local_port_range"))
    if t.STACK != "tcp":
        assert (low, high) == (20000, 32767), (low, high)
    # Not the port of the other cases: their four-tuples must not be in TIME_WAIT.
    socks, ports, _ = connect_many(address, 64, 9002)
    assert all(low <= p <= high for p in ports), ports
    assert len(set(ports)) == 64, ports
    steps = {b - a for a, b in zip(ports, ports[1:])}
    assert len(steps) > 2 or t.STACK == "tcp", f"steps {steps}"
    for sock in socks:
        sock.close()


def bound_by_zero(address):
    """bind to port 0 gives ports of the range, none twice."""
    low, high = map(int, t.sysctl("local_port_range"))
    socks = []
    for _ in range(64):
        sock = t.make_socket(socket.AF_INET6 if ":" in address
                             else socket.AF_INET)
        sock.bind((address, 0))
        socks.append(sock)
    ports = [s.getsockname()[1] for s in socks]
    assert all(low <= p <= high for p in ports) and len(set(ports)) == 64, ports
    for sock in socks:
        sock.close()


def exhausted(address):
    """Ten ports to one destination, then EADDRNOTAVAIL; bind: EADDRINUSE."""
    t.sysctl("local_port_range", "20100 20109")
    socks, ports, last = connect_many(address, 20)
    assert sorted(ports) == list(range(20100, 20110)), sorted(ports)
    assert last == "EADDRNOTAVAIL", last
    family = socks[0].family
    # Another destination has all its four-tuples still.
    other = t.listener(address, 9001)
    sock = t.make_socket(family)
    assert code_of(sock.connect, (address, 9001)) == 0
    socks += [other, sock]
    sock = t.make_socket(family)
    assert code_of(sock.bind, (address, 0)) == "EADDRINUSE"
    # One that is reset gives its port back.
    socks[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        b"\1\0\0\0\0\0\0\0")
    socks[1].close()
    sock = t.make_socket(family)
    assert code_of(sock.connect, (address, 9000)) == 0
    for sock in socks[2:]:
        sock.close()
    t.sysctl("local_port_range", "20000 32767")


def own_range(address):
    """IP_LOCAL_PORT_RANGE: a socket's own ports, all of them; bind(2) too; not those of neither range."""
    low = int(t.sysctl("local_port_range")[0])
    listener = t.listener(address, 9003, 64)
    socks, ports = [listener], []

    def make(first, last):
        sock = t.make_socket(listener.family)
        socks.append(sock)
        sock.setsockopt(socket.SOL_IP, IP_LOCAL_PORT_RANGE, struct.pack("=I", last << 16 | first))
        got, = struct.unpack("=I", sock.getsockopt(socket.SOL_IP, IP_LOCAL_PORT_RANGE, 4))
        assert got == last << 16 | first, got
        return sock

    try:
        make(0, 0)
    except OSError as error:
        assert t.STACK == "tcp" and error.errno == errno.ENOPROTOOPT, error
        listener.close()
        return
    assert code_of(make, 200, 100) == "EINVAL"
    # Three of atcp's ports, then three that the kernel's TCP chooses from.
    for first in (low + 501, 45001) if t.STACK != "tcp" else (low + 501,):
        del ports[:]
        for _ in range(3):
            sock = make(first, first + 2)
            sock.connect((address, 9003))
            ports.append(sock.getsockname()[1])
        assert sorted(ports) == [first, first + 1, first + 2], ports
        assert code_of(make(first, first + 2).connect, (address, 9003)) == "EADDRNOTAVAIL"
        # Another destination has them still.
        other = t.listener(address, 9004)
        sock = make(first, first + 2)
        sock.connect((address, 9004))
        assert first <= sock.getsockname()[1] <= first + 2, sock.getsockname()
        other.close()
    if t.STACK != "tcp":
        # Held, as the kernel must not choose it too.
        assert code_of(t.make_socket(listener.family, stack="tcp").bind, (address, 45001)) == "EADDRINUSE"
    sock = make(low + 600, low + 601)
    sock.bind((address, 0))
    assert sock.getsockname()[1] - low in (600, 601), sock.getsockname()
    sock = make(100, 200)
    sock.bind((address, 0))
    assert sock.getsockname()[1] >= 1024, sock.getsockname()
    for sock in socks:
        sock.close()


def beside_the_kernel(address):
    """A port that the kernel's TCP has is passed over."""
    t.sysctl("local_port_range", "20200 20203")
    held = [t.listener(address, p, stack="tcp") for p in (20200, 20202)]
    socks, ports, last = connect_many(address, 8)
    assert not {20200, 20202} & set(ports) and last == "EADDRNOTAVAIL", ports
    for sock in held + socks:
        sock.close()
    t.sysctl("local_port_range", "20000 32767")


def shared_when_exhausted(address):
    """All taken: SO_REUSEADDR shares one with net.ipv4.ip_autobind_reuse."""
    t.sysctl("local_port_range", "20300 20301")
    socks = []

    def bind_one(reuse, reuseport=0):
        sock = t.make_socket(socket.AF_INET6 if ":" in address
                             else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, reuseport)
        socks.append(sock)
        return code_of(sock.bind, (address, 0))

    with open("/proc/sys/net/ipv4/ip_autobind_reuse", "w") as knob:
        told = [bind_one(1, 1), bind_one(1), bind_one(1)]
        assert told == [0, 0, "EADDRINUSE"], told
        print("1", file=knob, flush=True)
        told = [bind_one(0), bind_one(1)]
        assert told == ["EADDRINUSE", 0], told
        # With SO_REUSEPORT too there is one of an owner on a port: the second port has none.
        told = [bind_one(1, 1), bind_one(1, 1)]
        assert told == [0, "EADDRINUSE"], (told, [one.getsockname()[1] for one in socks])
        # A listener shares with nobody.
        socks[0].listen()
        socks[1].close()
        socks[4].close()
        socks[5].close()
        other = bind_one(0)
        assert other == 0 and bind_one(1) == "EADDRINUSE", other
        print("0", file=knob, flush=True)
    for sock in socks:
        sock.close()
    t.sysctl("local_port_range", "20000 32767")


def main():
    """Each behaviour, IPv4 and IPv6, in a namespace of its own: the TIME-WAITs of one have ports of its choice,
    which the next may ask for."""
    ktap_cases = [default_range, bound_by_zero, exhausted, own_range, beside_the_kernel,
                  shared_when_exhausted]
    ktap = t.Ktap()
    for address in ("127.0.0.1", "::1"):
        for case in ktap_cases:
            t.private_netns()
            ktap.run(f"{address}: {case.__doc__}", case, address)
    ktap.end()


if __name__ == "__main__":
    main()
