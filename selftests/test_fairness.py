#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Fair shares of a SYN queue: one network's flood leaves room for the others."""
# timeout: 240
# platforms: stock uml
# check: uml
# clock: travel
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

NOISY = {False: "198.18.200.{}", True: "fdaa:0:0:c8::{:x}"}
QUIET = {False: "198.18.{}.9", True: "fdaa:0:0:{:x}::9"}
LIMIT = 80


def flood(peer, v6, port, number, form):
    """SYNs of NUMBER sources."""
    for i in range(number):
        flow = r.Flow(peer, v6, None, port,
                      form[v6].format(i % 250 + 1))
        flow.send("S", options=r.option_mss(1460))
    peer.forget()


def held(port):
    """Requests in the SYN queue."""
    return t.states_of(port).count("SYN_RECV")


def about(port, want):
    """As many requests are held, or a little less: networks may share counting cells."""
    assert want - 2 <= held(port) <= want, (held(port), want)


def one_network(peer, v6):
    """Over half full, a network that has its share gets no more; others do."""
    port = 20700
    t.sysctl("syncookies", 0)
    before = t.counter("DropFairShare")
    listener = t.listener(peer.addresses(v6)[0], port, LIMIT)
    flood(peer, v6, port, 200, NOISY)
    assert held(port) == LIMIT // 2 + 1, held(port)
    assert t.counter("DropFairShare") - before == 200 - held(port)
    flood(peer, v6, port, 20, QUIET)
    # One of them in 65536 has both of its counting cells in common with the noisy one.
    now = held(port)
    assert LIMIT // 2 + 20 <= now <= LIMIT // 2 + 21, now
    flood(peer, v6, port, 20, NOISY)
    assert held(port) == now, (held(port), now)
    listener.close()


def only_it_gets_cookies(peer, v6):
    """With cookies, the noisy network alone gets them."""
    port = 20701
    t.sysctl("syncookies", 1)
    listener = t.listener(peer.addresses(v6)[0], port, LIMIT)
    flood(peer, v6, port, 100, NOISY)
    sent = t.counter("SyncookiesSent")
    assert held(port) == LIMIT // 2 + 1, held(port)
    assert t.counter("FairCookies") == sent == 100 - held(port), sent
    # Honest clients complete by a cookie or a request alike.
    for sport, source in ((3000, NOISY), (3001, QUIET)):
        before = t.states_of(port).count("ESTABLISHED")
        r.Flow(peer, v6, sport, port, source[v6].format(251)).connect()
        assert t.wait_until(
            lambda n=before: t.states_of(port).count("ESTABLISHED") > n), t.states_of(port)
    listener.close()


def the_share(peer, v6):
    """fair_share is what a network may have of a queue that others half fill."""
    port = 20702
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 4096)
    t.sysctl("fair_share", 30)
    listener = t.listener(peer.addresses(v6)[0], port, LIMIT)
    flood(peer, v6, port, LIMIT // 2 + 1, QUIET)
    flood(peer, v6, port, 60, NOISY)
    about(port, LIMIT // 2 + 1 + LIMIT * 30 // 100)
    # At once, for those that are counted already.
    t.sysctl("fair_share", 35)
    flood(peer, v6, port, 60, NOISY)
    about(port, LIMIT // 2 + 1 + LIMIT * 35 // 100)
    t.sysctl("fair_share", 100)
    flood(peer, v6, port, 60, NOISY)
    assert held(port) == LIMIT + 1, held(port)
    listener.close()
    t.sysctl("fair_share", 25)


def the_prefix(peer, v6):
    """The prefix's length says what a network is."""
    port = 20703
    knob = "fair_prefix6" if v6 else "fair_prefix4"
    default = t.sysctl(knob)[0]
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 4096)
    t.sysctl(knob, 128 if v6 else 32)
    listener = t.listener(peer.addresses(v6)[0], port, LIMIT)
    flood(peer, v6, port, LIMIT - 10, NOISY)
    assert held(port) == LIMIT - 10, held(port)
    t.sysctl(knob, 0)
    flood(peer, v6, port, 40, QUIET)
    # All are one network now, and only who came since counts as its.
    about(port, LIMIT - 10 + 11)
    t.sysctl(knob, default)
    listener.close()
    assert not t.states_of(port)


def answered_count_not(peer, v6):
    """Whose ACK has come counts no longer against its network."""
    port = 20704
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 4096)

    def setup(sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)

    listener = t.listener(peer.addresses(v6)[0], port, LIMIT, setup=setup)
    for i in range(60):
        flow = r.Flow(peer, v6, 3000 + i, port, NOISY[v6].format(i % 9 + 1))
        flow.connect()
    assert t.wait_until(lambda: t.counter("TCPDeferAcceptDrop") >= 60)
    assert held(port) == 60, held(port)
    flood(peer, v6, port, 40, NOISY)
    assert held(port) == LIMIT + 1 or held(port) == 60 + LIMIT // 4, held(port)
    listener.close()


def reopened(peer, v6):
    """A SYN that reopens a TIME_WAIT is under the limits as others are."""
    port = 20705
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 4096)
    listener = t.listener(peer.addresses(v6)[0], port, 4)
    sock, flow = r.accepted(peer, listener, port, v6)
    sock.close()
    flow.expect("FA")
    flow.send("FA")
    flow.expect("A")
    assert t.wait_until(lambda: "TIME_WAIT" in t.states_of(port))
    flood(peer, v6, port, 20, QUIET)
    assert held(port) == 5, held(port)
    again = r.Flow(peer, v6, flow.sport, port)
    again.nxt = (flow.nxt + 100000) & r.MASK
    before = t.counter("TCPReqQFullDrop")
    again.send("S", options=r.option_mss(1460))
    assert t.wait_until(lambda: t.counter("TCPReqQFullDrop") > before)
    again.silence(0.3)
    assert held(port) == 5, held(port)
    listener.close()


def main():
    """Each behaviour in a namespace of its own, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("these are atcp's rules")
    ktap = t.Ktap()
    for case in (one_network, only_it_gets_cookies, the_share, the_prefix,
                 answered_count_not, reopened):
        for v6 in (False, True):
            t.private_netns()
            peer = r.Peer()
            t.sh("ip route add 198.18.0.0/15 dev peer0; ip -6 route add fdaa::/16 dev peer0")
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
            peer.close()
    ktap.end()


if __name__ == "__main__":
    main()
