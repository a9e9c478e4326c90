#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A dump of very many listeners by generic netlink, while others come and go."""
# timeout: 900
# platforms: stock debug uml
# check: uml
import resource
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t
import genl

PORT = 21300
MANY = 1200 if t.CHECK or t.PLATFORM in ("uml", "debug") else 10000


def crowd(number):
    """So many listeners, on as many addresses."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (number + 1024, number + 1024))
    return [t.listener(f"127.{1 + i // 62500}.{i // 250 % 250}.{i % 250 + 1}", PORT, 4)
            for i in range(number)]


def ids(family, values):
    """The numbers that a dump brings."""
    return [family.read(data)[1]["id"] for data in family.dump_raw("listener-get", values)]


def whole():
    """Each of them once, in order, however small the buffer of who reads is."""
    family = genl.Family()
    want = list(range(1, MANY + 1))
    assert ids(family, {"parts": 0}) == want
    assert not family.interrupted
    small = genl.Family(buffer=9000)
    assert ids(small, {}) == want


def meanwhile(crowded):
    """Those that stay are there once; NLM_F_DUMP_INTR says that others came and went."""
    family = genl.Family()
    dump = family.dump_raw("listener-get", {"parts": 63})
    seen = [family.read(next(dump))[1]["id"]]
    gone = set(range(2, MANY, 10))
    for number in gone:
        crowded[number - 1].close()
    new = [t.listener("127.9.9.9", PORT + i, 4) for i in range(1, 50)]
    seen += [family.read(data)[1]["id"] for data in dump]
    assert family.interrupted, "it does not say so"
    assert seen == sorted(set(seen)), "out of order, or twice"
    stay = set(range(1, MANY + 1)) - gone
    assert stay <= set(seen), sorted(stay - set(seen))[:9]
    assert not ids(family, {"parts": 0}) == seen or not family.interrupted
    for sock in new:
        sock.close()
    return stay


def set_all(stay):
    """All of them are set by one message, or by none."""
    family = genl.Family()
    some = sorted(stay)[:2000]
    family.do("listener-set", {"listener": [genl.change(ident, drain=1) for ident in some]})
    told = {one["id"]: one["state"] for one in family.dump("listener-get", {"parts": 0})}
    assert all(told[ident] == "drain" for ident in some)
    family.do("listener-set", {"listener": [genl.change(ident, drain=0) for ident in some]})


def churn():
    """Listeners come and go as fast as they can while they are read and set."""
    code = ("import sys; sys.path.insert(0, 'lib')\nimport atcptest as t\n"
            "for i in range(400):\n    t.listener('127.8.0.' + sys.argv[1], 21290, 4).close()\n")
    makers = [subprocess.Popen([sys.executable, "-c", code, str(i + 1)]) for i in range(2)]
    family = genl.Family()
    while any(maker.poll() is None for maker in makers):
        for one in family.dump("listener-get", {"port": 21290}):
            try:
                family.do("listener-set", {"listener": [genl.change(
                    one["id"], drain=1, backlog=9, overflow=0)]})
                family.do("listener-get", {"id": one["id"]})
            except genl.NetlinkError as error:
                assert error.errno == 2, error
    assert not any(maker.returncode for maker in makers)
    assert family.dump("listener-get", {"port": 21290}) == []


def main():
    """All of it."""
    t.private_netns()
    ktap = t.Ktap()
    crowded = crowd(MANY)
    ktap.run(f"{MANY}: {whole.__doc__}", whole)
    stay = []
    ktap.run(meanwhile.__doc__, lambda: stay.extend(meanwhile(crowded)))
    ktap.run(set_all.__doc__, set_all, stay)
    for sock in crowded:
        sock.close()
    ktap.run(churn.__doc__, churn)
    ktap.end()


if __name__ == "__main__":
    main()
