#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Proven peers: who completed a handshake gets in where strangers do not."""
# timeout: 240
# platforms: stock uml
# check: uml
# clock: travel
import socket
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

NETS = {False: "198.18.{}.{}", True: "fdaa:0:0:{:x}::{:x}"}


def stranger(i, v6):
    """A source that nobody knows, each of a network of its own."""
    return NETS[v6].format(i % 250, i // 250 + 1)


def syn(peer, v6, port, source=None, sport=None):
    """Sends a SYN; its flow."""
    flow = r.Flow(peer, v6, sport, port, source)
    flow.send("S", options=r.option_mss(1460))
    return flow


def strangers(peer, v6, port, number):
    """SYNs from so many networks."""
    for i in range(number):
        syn(peer, v6, port, stranger(i, v6))
    peer.forget()


def held(port):
    """Requests in the SYN queue."""
    return t.states_of(port).count("SYN_RECV")


def prove(peer, v6, port, source=None):
    """The peer completes a handshake."""
    before = t.states_of(port).count("ESTABLISHED")
    flow = r.Flow(peer, v6, dport=port, source=source)
    flow.connect()
    assert t.wait_until(lambda: t.states_of(port).count("ESTABLISHED") > before)
    return flow


def last_quarter(peer, v6):
    """Cookies off: the last quarter of max_syn_backlog is for proven peers."""
    port = 20600 + v6
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 32)
    before = t.counter("DropUnproven")
    listener = t.listener(peer.addresses(v6)[0], port, 128)
    prove(peer, v6, port)
    strangers(peer, v6, port, 60)
    # 32 - qlen < 8 turns away: 25 fit.
    assert held(port) == 25, held(port)
    assert t.counter("DropUnproven") - before == 35, t.counter("DropUnproven")
    syn(peer, v6, port).expect("SA")
    assert held(port) == 26, held(port)
    listener.close()


def neighbours(peer, v6):
    """Who forges its neighbours' addresses does not shut a proven peer out, nor who forges its own."""
    port = 20608 + v6
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 4096)
    listener = t.listener(peer.addresses(v6)[0], port, 80)
    net = "fd99::{:x}" if v6 else "10.99.0.{}"
    # Two: one in 65536 has both of its counting cells in common with its network.
    two = [net.format(i) for i in (8, 9)]
    for source in two:
        prove(peer, v6, port, source)
    for i in range(200):
        syn(peer, v6, port, net.format(16 + i % 200))
    assert held(port) == 41, held(port)
    peer.forget()
    for source in two:
        flow = syn(peer, v6, port, source)
        synack = flow.any(2)
        if synack:
            break
    assert synack and synack.kind() == "SA", synack
    flow.ack = (synack.seq + 1) & r.MASK
    flow.send("A")
    assert t.wait_until(lambda: t.states_of(port).count("ESTABLISHED") == 3)
    for i in range(60):
        syn(peer, v6, port, source, 30000 + i)
    # A share of its own, 25 percent of 80.
    assert t.wait_until(lambda: held(port) == 61), held(port)
    listener.close()


def reserve(peer, v6):
    """Beyond the limit there is room for proven peers alone, proven_share of it."""
    port = 20602 + v6
    t.sysctl("syncookies", 0)
    t.sysctl("max_syn_backlog", 4096)
    t.sysctl("proven_share", 10)
    listener = t.listener(peer.addresses(v6)[0], port, 40)
    prove(peer, v6, port)
    strangers(peer, v6, port, 80)
    assert held(port) == 41, held(port)
    before = t.counter("ProvenAdmitted")
    for i in range(8):
        syn(peer, v6, port, sport=30000 + i)
    assert t.wait_until(lambda: held(port) == 45), held(port)
    assert t.counter("ProvenAdmitted") == before + 4
    t.sysctl("proven_share", 25)
    listener.close()


def no_cookie(peer, v6):
    """Cookies auto: strangers get cookies, a proven peer a request."""
    port = 20604 + v6
    t.sysctl("syncookies", 1)
    listener = t.listener(peer.addresses(v6)[0], port, 40)
    prove(peer, v6, port)
    strangers(peer, v6, port, 60)
    before = held(port)
    sent = t.counter("SyncookiesSent")
    assert before == 41 and sent, (before, sent)
    peer.forget()
    syn(peer, v6, port, stranger(70, v6))
    assert t.wait_until(lambda: t.counter("SyncookiesSent") == sent + 1)
    assert held(port) == before
    syn(peer, v6, port).expect("SA")
    assert held(port) == before + 1
    assert t.counter("SyncookiesSent") == sent + 1
    listener.close()


def by_close(peer, v6):
    """A connection of ours that ends proves its peer as well."""
    port = 20606 + v6
    t.sysctl("syncookies", 0)
    sock, flow, _ = r.dial(peer, v6)
    flow.send("SA", options=r.option_mss(1460))
    flow.expect("A")
    flow.send("R")
    assert t.wait_until(lambda: t.tcp_state(sock) == "CLOSE")
    sock.close()
    listener = t.listener(peer.addresses(v6)[0], port, 20)
    strangers(peer, v6, port, 40)
    assert held(port) == 21, held(port)
    syn(peer, v6, port).expect("SA")
    assert held(port) == 22, held(port)
    listener.close()


def cached_rto(peer, v6):
    """The remembered round trip sets the first SYN-ACK timeout, if asked for."""
    port = 20608 + v6
    t.sysctl("synack_rto_cached", 1)
    listener = t.listener(peer.addresses(v6)[0], port, 20)
    prove(peer, v6, port)
    flow = syn(peer, v6, port)
    first = flow.expect("SA")
    again = flow.expect("SA")
    near = again.time - first.time
    other = syn(peer, v6, port, stranger(3, v6))
    first = other.expect("SA")
    again = other.expect("SA")
    far = again.time - first.time
    assert near < far and far >= 0.9, (near, far)
    t.sysctl("synack_rto_cached", 0)
    listener.close()


def main():
    """Each behaviour in a namespace of its own, IPv4 and IPv6."""
    if t.STACK == "tcp":
        t.skip_all("these are atcp's rules")
    ktap = t.Ktap()
    for case in (by_close, last_quarter, neighbours, reserve, no_cookie, cached_rto):
        for v6 in (False, True):
            t.private_netns()
            peer = r.Peer()
            t.sh("ip route add 198.18.0.0/15 dev peer0; ip -6 route add fdaa::/16 dev peer0")
            ktap.run(f"{'v6' if v6 else 'v4'} {case.__doc__}", case, peer, v6)
            peer.close()
    ktap.end()


if __name__ == "__main__":
    main()
