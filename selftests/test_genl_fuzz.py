#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Generic netlink's family atcp refuses what it does not know, and garbage changes nothing."""
# timeout: 180
# platforms: stock debug uml
# check: uml
import errno
import os
import random
import struct
import sys

sys.path.insert(0, "lib")
import atcptest as t
import genl

PORT = 21400
ROUNDS = 3000


def answer(family, data):
    """The errno of what is sent as it is, by name; "taken", or "silent"."""
    family.send(data)
    family.sock.setblocking(False)
    told = "silent"
    try:
        while True:
            for kind, _, _ in family.receive():
                told = "taken" if kind in (genl.NLMSG_ERROR, genl.NLMSG_DONE) else told
    except genl.NetlinkError as error:
        told = errno.errorcode[error.errno].replace("ENOTSUP", "EOPNOTSUPP")
    except BlockingIOError:
        pass
    finally:
        family.sock.setblocking(True)
    return told


def raw(family, command, body, flags=genl.NLM_F_ACK, **other):
    """What the kernel says to a command with such attributes."""
    return answer(family, genl.message(family.kind, genl.NLM_F_REQUEST | flags, command, body,
                                       family.next(), **other))


def u32(number, value):
    """An attribute of a number."""
    return genl.attribute(number, struct.pack("=I", value))


def strict(ident):
    """Unknown attributes and commands, wrong types and lengths, fields that are not 0."""
    family = genl.Family()
    spec = family.spec

    def attr(name):
        return spec.number("listener", name)

    get, put, _, read_default, set_default, table = range(1, 7)
    value = genl.attribute(1, struct.pack("=i", 1))
    good = genl.attribute(spec.number("knobs", "wake"), value, True)

    def change(knobs, nested=True):
        return genl.attribute(1, u32(attr("id"), ident) +
                              genl.attribute(attr("knobs"), knobs, nested), True)

    assert raw(family, put, change(good)) == "taken"
    for why, got in {
            "an unknown attribute": raw(family, get, u32(attr("id"), ident) + u32(99, 1)),
            "one that is only told": raw(family, get, u32(attr("id"), ident) +
                                         u32(attr("family"), 2)),
            "one of a knob that is only told": raw(family, put, change(genl.attribute(
                spec.number("knobs", "wake"), value + u32(2, 0), True))),
            "an unknown knob": raw(family, put, change(genl.attribute(77, value, True))),
            "an unknown part": raw(family, get, u32(attr("id"), ident) +
                                   u32(attr("parts"), 1 << 20)),
            "a short number": raw(family, get, genl.attribute(attr("id"), b"\1\0")),
            "a long number": raw(family, get, genl.attribute(attr("id"), bytes(8))),
            "a flag with text": raw(family, put, change(genl.attribute(
                spec.number("knobs", "wake"), genl.attribute(3, b"x"), True))),
            "a nest without its mark": raw(family, put, change(good, False)),
            "a port beyond": raw(family, get, u32(attr("port"), 65536), genl.NLM_F_DUMP),
            "an id in a dump": raw(family, get, u32(attr("id"), ident), genl.NLM_F_DUMP),
            "a port for one": raw(family, get, u32(attr("id"), ident) + u32(attr("port"), 1)),
            "what follows an attribute": raw(family, get, u32(attr("id"), ident) + b"\0\0\0"),
            "an attribute beyond the end": raw(family, get, struct.pack("=HH", 44, 1)),
            "an attribute for the defaults": raw(family, read_default, u32(1, 1)),
            "no knobs": raw(family, set_default, b""),
            "no listener": raw(family, put, b"") if ident else "",
            "an attribute for the table": raw(family, table, u32(1, 1), genl.NLM_F_DUMP),
            "number 0": raw(family, get, u32(attr("id"), 0)),
            "no number": raw(family, get, b"")}.items():
        assert got in ("EINVAL", "ERANGE", "EOPNOTSUPP"), f"{why}: {got}"
    for command in (0, 7, 17, 255):
        assert raw(family, command, b"") == "EOPNOTSUPP", command
    for command in (put, read_default, set_default):
        assert raw(family, command, b"", genl.NLM_F_DUMP) == "EOPNOTSUPP", command
    header = bytearray(genl.message(family.kind, 5, read_default, b"", family.next()))
    header[18] = 1
    assert answer(family, bytes(header)) == "EINVAL", "a reserved field"


def garbage(seed):
    """Messages that were made wrong at random bytes and lengths."""
    family = genl.Family()
    rand = random.Random(seed)
    names = ("listener-get", "listener-set", "listener-reset", "default-get", "default-set", "knob-get")
    knobs = [one["name"] for one in family.spec.sets["knobs"] if one["name"] != "backlog"]
    told = {}
    for _ in range(ROUNDS):
        some = {name: {"value": rand.choice((0, 1, -1, 2**31 - 1, 7))}
                for name in rand.sample(knobs, rand.randrange(4))}
        values = {"listener-get": {"id": rand.randrange(4)},
                  "listener-reset": {"id": rand.randrange(4)},
                  "listener-set": {"listener": [{"id": rand.randrange(4), "knobs": some}
                                                for _ in range(rand.randrange(3))]},
                  "default-set": {"knobs": some}}
        name = rand.choice(names)
        data = bytearray(family.make(name, values.get(name), rand.choice((4, 0x300, 0x304))))
        for _ in range(rand.randrange(6)):
            data[rand.randrange(18, len(data)) if len(data) > 18 else 0] = rand.randrange(256)
        if not rand.randrange(4):
            data = data[:rand.randrange(16, len(data) + 1)] + rand.randbytes(rand.randrange(9))
        struct.pack_into("=IH", data, 0, len(data), family.kind)
        got = answer(family, bytes(data))
        told[got] = told.get(got, 0) + 1
        if not rand.randrange(50):
            family.close()
            family = genl.Family()
    assert len(told) > 3 and told.get("taken"), told
    print(f"# seed {seed}: {told}", flush=True)


def main():
    """All of it."""
    t.private_netns()
    ktap = t.Ktap()
    socks = [t.listener(address, PORT) for address in ("127.0.0.1", "::1")]
    ktap.run(strict.__doc__, strict, 1)
    ktap.run(garbage.__doc__, garbage, int(os.environ.get("ATCP_SEED", "1")))
    assert len(genl.Family().dump("listener-get")) == len(socks)
    ktap.end()


if __name__ == "__main__":
    main()
