#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Many addresses with listeners on one port: a SYN comes to those of its address, or to the wildcard that is for it."""
# timeout: 60
# platforms: stock uml
# check: uml
import errno
import select
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t

PORT = 443
ADDRESSES = 40
V4, V6 = socket.AF_INET, socket.AF_INET6


def v4(n):
    """The nth IPv4 address of this host."""
    return f"127.1.0.{n + 1}"


def v6(n):
    """The nth IPv6 address of this host."""
    return f"fd98::{n + 1:x}"


def listener(family, address, reuseport=1, v6only=0):
    """One more on the port."""
    sock = t.make_socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, reuseport)
    if family == V6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    sock.bind((address, PORT))
    sock.listen(4)
    return sock


def taker(address, listeners):
    """The listener, by its number, that takes a connection to ADDRESS; None if it is refused."""
    client = t.make_socket(V6 if ":" in address else V4)
    try:
        client.connect((address, PORT))
    except ConnectionRefusedError:
        return None
    finally:
        client.close()
    poll = select.poll()
    for sock in listeners:
        poll.register(sock, select.POLLIN)
    ready = poll.poll(10000)
    assert len(ready) == 1, (address, ready)
    taken = next(n for n, sock in enumerate(listeners) if sock.fileno() == ready[0][0])
    listeners[taken].accept()[0].close()
    return taken


def close(listeners):
    """All of them."""
    for sock in listeners:
        sock.close()


def refused(address, reuseport):
    """A bind that must fail."""
    try:
        listener(V4, address, reuseport)
    except OSError as error:
        assert error.errno == errno.EADDRINUSE, error
    else:
        raise AssertionError(f"{address} was shared")


def by_address():
    """Each address has its own."""
    socks = [listener(V4, v4(n)) for n in range(ADDRESSES)]
    socks += [listener(V6, v6(n)) for n in range(ADDRESSES)]
    socks += [listener(V6, "::ffff:" + v4(n)) for n in range(ADDRESSES, ADDRESSES + 10)]
    for n in range(ADDRESSES):
        assert taker(v4(n), socks) == n, n
        assert taker(v6(n), socks) == ADDRESSES + n, n
    for n in range(10):
        assert taker(v4(ADDRESSES + n), socks) == 2 * ADDRESSES + n, n
    assert taker(v4(200), socks) is None
    assert taker(v6(200), socks) is None
    # One that leaves is missed at its address only.
    socks.pop(3).close()
    assert taker(v4(3), socks) is None
    assert taker(v4(4), socks) == 3
    close(socks)


def wildcards():
    """An address comes before a wildcard, and a wildcard is for what no address takes."""
    socks = [listener(V4, v4(n)) for n in range(ADDRESSES)]
    socks += [listener(V6, "::", v6only=1), listener(V4, "0.0.0.0")]
    assert taker(v4(7), socks) == 7
    assert taker(v4(200), socks) == ADDRESSES + 1
    assert taker(v6(7), socks) == ADDRESSES
    socks.pop().close()
    socks.pop().close()
    # One for both families.
    socks.append(listener(V6, "::"))
    assert taker(v4(7), socks) == 7
    assert taker(v4(200), socks) == ADDRESSES
    assert taker(v6(7), socks) == ADDRESSES
    socks.pop().close()
    # The IPv4 wildcard by IPv6's door.
    socks.append(listener(V6, "::ffff:0.0.0.0"))
    assert taker(v4(200), socks) == ADDRESSES
    assert taker(v6(7), socks) is None
    close(socks)


def groups():
    """Of an address's SO_REUSEPORT group one takes it; who has the option alone does not join another's address."""
    socks = [listener(V4, v4(n // 4)) for n in range(4 * ADDRESSES)]
    for n in range(ADDRESSES):
        assert taker(v4(n), socks) // 4 == n, n
    refused(v4(0), 0)
    refused("0.0.0.0", 0)
    # One address without it is as it was, and what comes to others too.
    alone = listener(V4, v4(ADDRESSES), reuseport=0)
    refused(v4(ADDRESSES), 1)
    refused("0.0.0.0", 1)
    socks.append(listener(V4, v4(0)))
    alone.close()
    socks.pop().close()
    socks.append(listener(V4, v4(ADDRESSES)))
    assert taker(v4(ADDRESSES), socks) == 4 * ADDRESSES
    close(socks)


def main():
    """Each behaviour."""
    t.private_netns()
    # All of these addresses are this host's.
    t.sh("ip -6 route add local fd98::/64 dev lo; sysctl -qw net.ipv6.ip_nonlocal_bind=1")
    ktap = t.Ktap()
    for case in by_address, wildcards, groups:
        ktap.run(case.__doc__, case)
    ktap.end()


if __name__ == "__main__":
    main()
