#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Generic netlink's family atcp: listeners and defaults, read and set, by its specification."""
# timeout: 120
# platforms: stock debug uml
# check: uml
import ctypes
import errno
import os
import socket
import struct
import sys
import traceback

sys.path.insert(0, "lib")
import atcptest as t
import genl
import listeners as ls

PORT = 21200
CLONE_NEWUSER = 0x10000000


def state(family, ident):
    """Value and origin of each knob of a listener."""
    return {name: (knob["value"], knob["origin"]) for name, knob in
            family.do("listener-get", {"id": ident, "parts": 4})["knobs"].items()}


def one_table(address):
    """sysfs, sysctl, socket options and netlink have the same knobs, values and ranges."""
    family = genl.Family()
    sock = t.listener(address, PORT)
    ident = int(ls.read(sock, "id"))
    rows = family.dump("knob-get")
    assert len(rows) == len(family.spec.sets["knobs"]), rows
    for row in rows:
        name, attr = row["name"], row["name"].replace("_", "-")
        assert attr == family.spec.sets["knobs"][row["id"] - 1]["name"], row
        words = row.get("word", [])
        text, origin = ls.read(sock, name).split()
        value, where = state(family, ident)[attr]
        assert (words[value] if words else str(value), where) == (text, origin), (name, text)
        assert sock.getsockopt(t.SOL_ATCP, row["option"]) == value, name
        top = row["most"]
        if top < 2**31 - 1:
            assert genl.refused(family.do, "listener-set", {"listener": [genl.change(
                ident, **{name: top + 1})]})[0] == "ERANGE", name
            for write in (lambda v, n=name: ls.write(sock, n, v),
                          lambda v, o=row["option"]: sock.setsockopt(t.SOL_ATCP, o, v),
                          lambda v, n=row.get("netns"): n and t.sysctl(n, v)):
                try:
                    assert not write(top + 1), name
                except OSError as error:
                    assert error.errno == errno.EINVAL, (name, error)
        family.do("listener-set", {"listener": [genl.change(ident, **{name: row["least"]})]})
        want = words[row["least"]] if words else str(row["least"])
        assert ls.read(sock, name) == f"{want} listener", (name, ls.read(sock, name))
        family.do("listener-set", {"listener": [genl.change(ident, **{name: None})]})
        assert ls.read(sock, name) == f"{text} {origin}", (name, ls.read(sock, name))
        if "netns" in row:
            told = family.do("default-get")["knobs"][attr]["value"]
            assert t.sysctl(row["netns"]) == [str(told)], name


def figures(address):
    """All that sysfs says of a listener is in one message, with the program that owns it."""
    family = genl.Family()
    sock = t.listener(address, PORT + 1, 3)
    peers = [t.make_socket(sock.family) for _ in range(4)]
    for peer in peers:
        peer.connect((address, PORT + 1))
    assert t.wait_until(lambda: ls.read(sock, "acceptq_len") == "4")
    ls.write(sock, "drain", 1)
    late = t.make_socket(sock.family)
    late.settimeout(0.2)
    assert late.connect_ex((address, PORT + 1))
    late.close()
    sock.accept()[0].close()
    got = family.do("listener-get", {"id": int(ls.read(sock, "id"))})
    for name, want in ls.stats(sock).items():
        if name.startswith("drop_"):
            told = {drop["reason"]: drop["count"] for drop in got["drop"]}[name[5:]]
        else:
            told = got["counters"][name.replace("_", "-")]
        assert told == want or name in ("syns", "drops", "drain_refused"), (name, told, want)
    assert got["drop"], "nothing was dropped?"
    for name in ("handshake_us", "accept_wait_us"):
        assert got[name.replace("_", "-")] == [row[2] for row in ls.histogram(sock, name)], name
        assert sum(got[name.replace("_", "-")]), name
        assert str(got[name[:-2].replace("_", "-") + "sum-us"]) == \
            ls.read(sock, name[:-2] + "sum_us"), name
    names = [one["name"].replace("-", "_") for one in family.spec.sets["counters"]]
    assert {names[one["counter"] - 1] for one in got["last"]} == {
        line.split()[0] for line in ls.read(sock, "last_s").splitlines()
        if not line.startswith("drop_")}, got["last"]
    assert str(got["group-size"]) == ls.read(sock, "group_size")
    assert got["chosen-by"] == ls.read(sock, "chosen_by")
    for nest, keys in (("acceptq", ("len", "limit", "peak", "pressed", "parked")),
                       ("synq", ("len", "young", "peak"))):
        for key in keys:
            file = key if key == "parked" else f"{nest}_{key}"
            assert str(int(got[nest][key])) == ls.read(sock, file), (nest, key, got[nest])
    assert got["synq"]["limit"] == 3 and got["acceptq"]["asked"] == 3, got
    assert "oldest-ms" in got["synq"] and "oldest-ms" in got["acceptq"], got
    assert got["state"] == "drain" and got["port"] == PORT + 1
    assert socket.inet_ntop(got["family"], got["addr"]) == address
    assert got["inode"] == os.fstat(sock.fileno()).st_ino and got["uid"] == os.getuid()
    with open("/proc/self/comm", encoding="ascii") as file:
        assert got["owner"] == {"pid": os.getpid(), "comm": file.read().strip()}, got["owner"]
    some = family.dump("listener-get", {"port": PORT + 1, "parts": 2})
    assert [sorted(one) for one in some] == [sorted(set(got) & {
        "id", "family", "addr", "port", "inode", "uid", "state", "group-size", "chosen-by",
        "synq", "acceptq"})], some
    assert family.dump("listener-get", {"port": 9}) == []
    family.do("listener-reset", {"id": got["id"]})
    anew = family.do("listener-get", {"id": got["id"], "parts": 8 | 32})
    assert not sum(anew["counters"].values()) and not sum(anew["handshake-us"]), anew
    assert genl.refused(family.do, "listener-reset", {"id": 9999}) == \
        ("ENOENT", "listener 9999: there is none")


def all_or_none(address):
    """One bad knob of one listener among many: none is set, and the answer says which."""
    family = genl.Family()
    socks = [t.listener(address, PORT + 10 + i) for i in range(40)]
    ids = [one["id"] for one in family.dump("listener-get", {"parts": 0})][-40:]
    before = [state(family, ident) for ident in ids]
    many = [genl.change(ident, synack_retries=2, overflow=1, backlog=77) for ident in ids]
    bad = genl.knobs(synack_retries=2, proven_share=76, wake=1)
    for listener, want in (
            ({"id": ids[30], "knobs": bad},
             ("ERANGE", f"listener {ids[30]}: proven_share: 76 is not in 0..75 percent")),
            (genl.change(ids[30], overflow=9),
             ("ERANGE", f"listener {ids[30]}: overflow: 9 is not in 0..2 "
              "(drop|reset|park|reset_after:1..120000 ms)")),
            (genl.change(ids[30], synack_rto=-1),
             ("ERANGE", f"listener {ids[30]}: synack_rto: -1 is not in 10..120000 ms")),
            (genl.change(9999, wake=1), ("ENOENT", "listener 9999: there is none")),
            ({"id": ids[30], "knobs": {"wake": {}}},
             ("EINVAL", f"listener {ids[30]}: wake: takes a value, or inherit")),
            ({"id": ids[30], "knobs": {}}, ("EINVAL", f"listener {ids[30]}: which knobs?")),
            ({"knobs": bad}, ("EINVAL", "which listener? there is no id"))):
        where = many[:30] + [listener] + many[30:]
        assert genl.refused(family.do, "listener-set", {"listener": where}) == want, \
            genl.refused(family.do, "listener-set", {"listener": where})
        assert [state(family, ident) for ident in ids] == before, want
    try:
        family.do("listener-set", {"listener": many[:3] + [genl.change(ids[3], wake=7)]})
    except genl.NetlinkError as error:
        sent = family.make("listener-set", {"listener": many[:3] + [genl.change(ids[3], wake=7)]}, 0)
        assert struct.unpack_from("=HHi", sent, error.offset) == (8, 1, 7), error.offset
    family.do("listener-set", {"listener": many})
    for ident in ids:
        now = state(family, ident)
        assert [now[name] for name in ("synack-retries", "overflow", "backlog")] == \
            [(2, "listener"), (1, "listener"), (77, "listener")], now
    family.do("listener-set", {"listener": [genl.change(ids[0], overflow=3 | 500 << 4)]})
    assert ls.read(socks[0], "overflow") == "reset_after:500 listener"


def defaults(_):
    """The namespace's defaults likewise, and listeners follow."""
    family = genl.Family()
    before = family.do("default-get")
    for values, want in (
            ({"fair_share": 30, "wake": 3},
             ("ERANGE", "default wake: 3 is not in 0..2 (fifo|lifo|cpu)")),
            ({"fair_share": 30, "migrate": 2},
             ("ERANGE", "default migrate_req: 2 is not in 0..1 boolean")),
            ({"fair_share": 30, "backlog": 5}, ("EINVAL", "default backlog: the namespace has "
                                                "none, see listen(2) and setsockopt(2)")),
            ({"fair_share": 30, "guard": None},
             ("EINVAL", "default guard: has nobody to inherit from"))):
        assert genl.refused(family.do, "default-set", {"knobs": genl.knobs(**values)}) == want, \
            genl.refused(family.do, "default-set", {"knobs": genl.knobs(**values)})
        assert family.do("default-get") == before, values
    sock = t.listener("127.0.0.1", PORT + 60)
    family.do("default-set", {"knobs": genl.knobs(fair_share=30, wake=1, synack_rto=777)})
    assert t.sysctl("fair_share") == ["30"] and t.sysctl("wake") == ["1"]
    assert ls.read(sock, "synack_rto") == "777 netns" and ls.read(sock, "wake") == "lifo netns"
    family.do("default-set", {"knobs": {name: {"value": knob["value"]} for name, knob
                                        in before["knobs"].items()}})
    assert family.do("default-get") == before


def in_child(function):
    """Runs FUNCTION in a child; raises what it raised."""
    pid = os.fork()
    if not pid:
        try:
            function()
        except BaseException:  # pylint: disable=broad-except
            print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)
            os._exit(1)
        os._exit(0)
    assert not os.waitpid(pid, 0)[1]


def may(address):
    """Everybody reads; CAP_NET_ADMIN over the namespace's user namespace writes, as who owns it."""
    sock = t.listener(address, PORT + 70)
    ident = int(ls.read(sock, "id"))
    change = {"listener": [genl.change(ident, wake=1)]}

    def only_reads():
        family = genl.Family()
        assert state(family, ident)["wake"] == (0, "netns")
        family.dump("listener-get")
        family.dump("knob-get")
        family.do("default-get")
        family.subscribe("events")
        assert genl.refused(family.do, "listener-set", change)[0] == "EPERM"
        assert genl.refused(family.do, "default-set", {"knobs": genl.knobs(wake=1)})[0] == "EPERM"
        assert genl.refused(family.do, "listener-reset", {"id": ident})[0] == "EPERM"

    def user():
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        only_reads()

    def capable():
        """Not root, not the owner: what the files of sysfs refuse."""
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(8, 1, 0, 0, 0)
        os.setuid(65534)
        header = struct.pack("=II", 0x20080522, 0)
        admin = 1 << 12
        assert not libc.capset(header, struct.pack("=IIIIII", admin, admin, 0, 0, 0, 0))
        genl.Family().do("listener-set", change)

    def stranger():
        """Root of a user namespace that does not own the network namespace."""
        assert not ctypes.CDLL(None).unshare(CLONE_NEWUSER), "no user namespace"
        only_reads()

    def own():
        """Root of one that does."""
        assert not ctypes.CDLL(None).unshare(CLONE_NEWUSER | t.CLONE_NEWNET)
        t.sh("ip link set lo up", check=False)
        mine = t.listener(address if ":" not in address else "::", PORT + 71)
        family = genl.Family()
        one, = family.dump("listener-get")
        family.do("listener-set", {"listener": [genl.change(one["id"], wake=2)]})
        assert state(family, one["id"])["wake"] == (2, "listener")
        family.do("default-set", {"knobs": genl.knobs(guard=1)})
        mine.close()
        assert family.dump("listener-get") == []

    in_child(user)
    in_child(stranger)
    in_child(own)
    assert state(genl.Family(), ident)["wake"] == (0, "netns")
    in_child(capable)
    assert ls.read(sock, "wake") == "lifo listener"


def main(ktap, address):
    """All of it, over one family."""
    ls.mount()
    for function in (one_table, figures, all_or_none, defaults, may):
        ktap.run(f"{address}: {function.__doc__}", function, address)


if __name__ == "__main__":
    t.side_by_side(main, "127.0.0.1", "::1")
