#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Every state x every segment: the reply and the next state of RFC 9293.

A cell names what must come back, then the state that follows. "A" is an ACK
that takes nothing new, "A+" one that takes the whole segment, "-" silence;
alternatives are split by "|". RFC 5961's challenge ACKs are in force.
"""
# timeout: 600
# platforms: stock uml
# check: uml
# clock: travel
import sys

sys.path.insert(0, "lib")
import atcptest as t
import rawpeer as r

QUIET = 0.15 if t.PLATFORM == "stock" else 0.4
SEGMENTS = ["SYN", "ACK", "FIN", "RST", "data", "old", "future", "badsum",
            "nearRST", "badack"]
MATRIX = {
    "CLOSE": ["RA -", "R -", "R -", "- -", "R -", "R -", "R -", "- -",
              "- -", "R -"],
    "LISTEN": ["SA LISTEN SYN_RECV", "R LISTEN", "R LISTEN", "- LISTEN",
               "R LISTEN", "R LISTEN", "R LISTEN", "- LISTEN", "- LISTEN",
               "R LISTEN"],
    "SYN_SENT": ["SA SYN_RECV", "- SYN_SENT", "- SYN_SENT", "- -",
                 "- SYN_SENT", "- SYN_SENT", "- SYN_SENT", "- SYN_SENT",
                 "- -", "R SYN_SENT"],
    "SYN_RECV": ["SA|A LISTEN SYN_RECV", "- ESTABLISHED LISTEN",
                 "A+ CLOSE_WAIT LISTEN", "- LISTEN", "A+ ESTABLISHED LISTEN",
                 "A LISTEN SYN_RECV", "A|R LISTEN SYN_RECV",
                 "- LISTEN SYN_RECV", "-|A LISTEN SYN_RECV",
                 "R LISTEN SYN_RECV"],
    "ESTABLISHED": ["A ESTABLISHED", "- ESTABLISHED", "A+ CLOSE_WAIT", "- -",
                    "A+ ESTABLISHED", "A ESTABLISHED", "A ESTABLISHED",
                    "- ESTABLISHED", "A ESTABLISHED", "A ESTABLISHED"],
    "FIN_WAIT1": ["A FIN_WAIT1", "- FIN_WAIT2", "A+ TIME_WAIT", "- -",
                  "A+ FIN_WAIT2", "A FIN_WAIT1", "A FIN_WAIT1",
                  "- FIN_WAIT1", "A FIN_WAIT1", "A|- FIN_WAIT1"],
    "FIN_WAIT2": ["A FIN_WAIT2", "- FIN_WAIT2", "A+ TIME_WAIT", "- -",
                  "A+ FIN_WAIT2", "A FIN_WAIT2", "A FIN_WAIT2",
                  "- FIN_WAIT2", "A FIN_WAIT2", "A|- FIN_WAIT2"],
    "CLOSE_WAIT": ["A CLOSE_WAIT", "- CLOSE_WAIT", "A|- CLOSE_WAIT", "- -",
                   "A|- CLOSE_WAIT", "A CLOSE_WAIT", "A CLOSE_WAIT",
                   "- CLOSE_WAIT", "A CLOSE_WAIT", "A|- CLOSE_WAIT"],
    "CLOSING": ["A CLOSING", "- TIME_WAIT", "A|- TIME_WAIT", "- -",
                "A|- TIME_WAIT", "A CLOSING", "A CLOSING", "- CLOSING",
                "A CLOSING", "A|- CLOSING"],
    "LAST_ACK": ["A LAST_ACK", "- -", "- -", "- -", "- -", "A LAST_ACK",
                 "A LAST_ACK", "- LAST_ACK", "A LAST_ACK", "A|- LAST_ACK"],
    "TIME_WAIT": ["A TIME_WAIT", "- TIME_WAIT", "A|- TIME_WAIT",
                  "- -|TIME_WAIT", "A|- TIME_WAIT", "A TIME_WAIT",
                  "A TIME_WAIT", "- TIME_WAIT", "A|- TIME_WAIT",
                  "A|- TIME_WAIT"],
}


def stimulate(flow, segment, state):
    """Sends the segment; says where its sequence space ends."""
    base = flow.nxt
    if segment == "SYN":
        # One below the window in TIME_WAIT: a higher one may reopen it.
        flow.send("S", options=r.option_mss(1460), keep=True,
                  seq=base - 10 if state == "TIME_WAIT" else
                  base - 1 if state == "SYN_RECV" else base)
    elif segment == "ACK":
        flow.send("A", keep=True)
    elif segment == "FIN":
        flow.send("FA", keep=True)
        return base + 1
    elif segment == "RST":
        flow.send("RA" if state == "SYN_SENT" else "R", keep=True)
    elif segment == "nearRST":
        flow.send("RA" if state == "SYN_SENT" else "R", keep=True,
                  seq=base + 100)
    elif segment == "data":
        flow.send("PA", b"data", keep=True)
        return base + 4
    elif segment == "old":
        flow.send("A", b"old data", seq=base - 8 - 100, keep=True)
    elif segment == "future":
        flow.send("A", b"future", seq=base + 10_000_000, keep=True)
    elif segment == "badsum":
        flow.send("FA", b"spoilt", bad=True, keep=True)
    elif segment == "badack":
        flow.send("A", ack=flow.ack + 100_000, keep=True)
    return base


def reply_of(flow, state, wanted):
    """What came back: the segment, or None."""
    # A FIN not acknowledged yet is sent again and again.
    skip = "FA" if state in ("FIN_WAIT1", "CLOSING", "LAST_ACK") else ""
    only_quiet = wanted == "-"
    return flow.any(QUIET if only_quiet or "-" in wanted.split("|") else 3, skip)


def check_numbers(flow, segment, reply, end, wanted):
    """A reply's numbers follow from the segment that caused it."""
    if reply.kind() == "A":
        want = end if "A+" in wanted.split("|") else flow.nxt
        assert reply.ack in (want & r.MASK, end & r.MASK), \
            f"{reply} acks not {want & r.MASK}"
    if reply.kind() == "R" and segment != "badack":
        assert reply.seq == flow.ack, f"{reply}: seq is not {flow.ack}"
    if reply.kind() == "RA":
        assert reply.ack == (flow.nxt + 1) & r.MASK, f"{reply}: wrong ack"


def cell(peer, state, segment, wanted, port, v6):
    """One cell of the matrix on a connection of its own."""
    kinds, _, after = wanted.partition(" ")
    socks, flow = r.reach(peer, state, port, v6)
    end = stimulate(flow, segment, state)
    reply = reply_of(flow, state, kinds)
    kind = reply.kind() if reply else "-"
    assert kind in kinds.replace("+", "").split("|"), f"{reply}, wanted {kinds}"
    if reply:
        check_numbers(flow, segment, reply, end, kinds)
    choices = [sorted(c.split()) if c != "-" else [] for c in after.split("|")]
    assert t.wait_until(lambda: flow.states() in choices, 3), \
        f"then {flow.states()}, wanted {after}"
    for sock in socks:
        sock.close()


def family(ktap, v6):
    """All cells in one address family."""
    peer = r.Peer()
    port = 20100
    for state, row in MATRIX.items():
        for segment, wanted in zip(SEGMENTS, row):
            port += 1
            peer.forget()
            ktap.run(f"v{6 if v6 else 4} {state} x {segment}: {wanted}",
                     cell, peer, state, segment, wanted, port, v6)


if __name__ == "__main__":
    t.side_by_side(family, False, True)
