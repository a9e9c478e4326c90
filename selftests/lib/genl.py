# SPDX-License-Identifier: GPL-2.0
"""Generic netlink for tests: messages made and read as a family's specification says.

What comes is read strictly: an attribute that the specification does not have, of another
length than its type has, or twice where it is not told that it may be, is an error.
"""
import errno
import os
import select
import socket
import struct

import yaml

NETLINK_GENERIC = 16
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 1, 11, 12
NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP_INTR = 1, 2, 4, 0x10
NLM_F_CAPPED, NLM_F_ACK_TLVS, NLM_F_DUMP = 0x100, 0x200, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_F_NESTED = 0x8000
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
NUMBERS = {"u32": "I", "s32": "i", "u64": "Q"}


class NetlinkError(OSError):
    """What the kernel refused: errno, and its extended ack."""

    def __init__(self, number, message, offset):
        super().__init__(number, os.strerror(number))
        self.message = message
        self.offset = offset

    def __str__(self):
        return f"{super().__str__()}: {self.message}"


def attribute(kind, payload, nested=False):
    """One attribute, padded."""
    size = 4 + len(payload)
    return struct.pack("=HH", size, kind | (NLA_F_NESTED if nested else 0)) + payload \
        + bytes(-size % 4)


def attributes(data):
    """(type, payload) of each attribute."""
    found = []
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        assert 4 <= size <= len(data), f"an attribute of {size} bytes in {len(data)}"
        found.append((kind & 0x3fff, data[4:size]))
        data = data[(size + 3) & ~3:]
    return found


def message(kind, flags, command, body, sequence, version=1):
    """A message of generic netlink."""
    return struct.pack("=IHHIIBBH", 20 + len(body), kind, flags, sequence, 0,
                       command, version, 0) + body


class Spec:
    """A family's specification."""

    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            self.yaml = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.sets = {one["name"]: one["attributes"] for one in self.yaml["attribute-sets"]}
        self.enums = {one["name"]: [entry["name"] for entry in one["entries"]]
                      for one in self.yaml["definitions"]}
        self.ops = {op["name"]: dict(op, number=i) for i, op in
                    enumerate(self.yaml["operations"]["list"], 1)}
        self.names = {op["number"]: name for name, op in self.ops.items()}

    def number(self, where, name):
        """The number of an attribute."""
        return 1 + [one["name"] for one in self.sets[where]].index(name)

    def encode(self, where, values):
        """The attributes of a set, of a dictionary; a list is several of the same."""
        out = b""
        for name, value in values.items():
            number = self.number(where, name)
            told = self.sets[where][number - 1]
            for one in value if isinstance(value, list) else [value]:
                if told["type"] == "nest":
                    out += attribute(number, self.encode(told["nested-attributes"], one), True)
                elif told["type"] == "flag":
                    out += attribute(number, b"")
                elif told["type"] in NUMBERS:
                    out += attribute(number, struct.pack("=" + NUMBERS[told["type"]], one))
                else:
                    out += attribute(number, one if isinstance(one, bytes)
                                     else one.encode() + b"\0")
        return out

    def value(self, told, payload):
        """What an attribute says."""
        kind = told["type"]
        if kind == "nest":
            return self.decode(told["nested-attributes"], payload)
        if kind == "flag":
            assert not payload, told
            return True
        if kind == "string":
            assert payload[-1:] == b"\0" and b"\0" not in payload[:-1], (told, payload)
            return payload[:-1].decode()
        if kind == "binary" and told.get("sub-type") == "u64":
            return list(struct.unpack(f"={len(payload) // 8}Q", payload))
        if kind == "binary":
            return payload
        number, = struct.unpack("=" + NUMBERS[kind], payload)
        if "enum" in told and not told.get("enum-as-flags"):
            return self.enums[told["enum"]][number]
        return number

    def decode(self, where, data):
        """A dictionary of the attributes of a set."""
        found = {}
        for number, payload in attributes(data):
            assert 1 <= number <= len(self.sets[where]), f"unknown attribute {number} in {where}"
            told = self.sets[where][number - 1]
            if told["type"] == "pad":
                continue
            value = self.value(told, payload)
            if told.get("multi-attr"):
                found.setdefault(told["name"], []).append(value)
            else:
                assert told["name"] not in found, f"{told['name']} twice in {where}"
                found[told["name"]] = value
        return found


class Family:
    """A socket that speaks to a family."""

    def __init__(self, spec=None, buffer=65536):
        self.spec = spec or Spec(os.path.join(os.path.dirname(__file__), "atcp.yaml"))
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.bind((0, 0))
        self.buffer = buffer
        self.sequence = 0
        self.interrupted = False
        self.groups = {}
        self.kind = self.resolve()

    def resolve(self):
        """The family's number."""
        body = attribute(2, self.spec.yaml["name"].encode() + b"\0")
        self.send(message(GENL_ID_CTRL, NLM_F_REQUEST, CTRL_CMD_GETFAMILY, body, self.next(), 2))
        found = dict(attributes(self.receive()[0][2][4:]))
        for _, group in attributes(found.get(7, b"")):
            group = dict(attributes(group))
            self.groups[group[1][:-1].decode()] = struct.unpack("=I", group[2])[0]
        return struct.unpack("=H", found[1])[0]

    def next(self):
        """A sequence number."""
        self.sequence += 1
        return self.sequence

    def close(self):
        """Ends it."""
        self.sock.close()

    def send(self, data):
        """Sends bytes as they are."""
        self.sock.sendto(data, (0, 0))

    def receive(self):
        """The messages of one recv(2): (type, flags, payload) each."""
        data = self.sock.recv(self.buffer)
        found = []
        while len(data) >= 16:
            size, kind, flags, _, _ = struct.unpack_from("=IHHII", data)
            assert 16 <= size <= len(data), f"a message of {size} bytes in {len(data)}"
            if kind == NLMSG_ERROR:
                self.refused(flags, data[16:size])
            found.append((kind, flags, data[16:size]))
            data = data[(size + 3) & ~3:]
        return found

    @staticmethod
    def refused(flags, data):
        """Raises what an error says, if it is one."""
        number, size = struct.unpack_from("=iI", data)
        if not number:
            return
        told = {}
        if flags & NLM_F_ACK_TLVS:
            told = dict(attributes(data[20 if flags & NLM_F_CAPPED else 4 + ((size + 3) & ~3):]))
        text = told[1][:-1].decode() if 1 in told else ""
        raise NetlinkError(-number, text, struct.unpack("=I", told[2])[0] if 2 in told else None)

    def make(self, name, values, flags):
        """A request's bytes."""
        op = self.spec.ops[name]
        return message(self.kind, NLM_F_REQUEST | flags, op["number"],
                       self.spec.encode(op["attribute-set"], values or {}), self.next())

    def read(self, data):
        """What an answer or an event says: its name and its attributes."""
        name = self.spec.names[data[0]]
        return name, self.spec.decode(self.spec.ops[name]["attribute-set"], data[4:])

    def do(self, name, values=None):
        """The answer to a request, {} if it has none."""
        self.send(self.make(name, values, NLM_F_ACK))
        answer = {}
        while True:
            for kind, _, data in self.receive():
                if kind == NLMSG_ERROR:
                    return answer
                answer = self.read(data)[1]

    def dump_raw(self, name, values=None):
        """Yields the messages of a dump, as they come."""
        self.send(self.make(name, values, NLM_F_DUMP))
        self.interrupted = False
        while True:
            for kind, flags, data in self.receive():
                self.interrupted |= bool(flags & NLM_F_DUMP_INTR)
                if kind == NLMSG_DONE:
                    self.refused(0, data[:4] + bytes(16))
                    return
                if kind != NLMSG_ERROR:
                    yield data

    def dump(self, name, values=None):
        """All answers of a dump."""
        return [self.read(data)[1] for data in self.dump_raw(name, values)]

    def subscribe(self, group):
        """Joins a multicast group."""
        self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, self.groups[group])

    def event(self, timeout=20):
        """The next event: its name and its attributes; None: none came."""
        if not select.select([self.sock], [], [], timeout)[0]:
            return None
        (_, _, data), = self.receive()
        return self.read(data)


def knobs(**values):
    """What a request says of knobs: None inherits."""
    return {name.replace("_", "-"): {"inherit": True} if value is None else {"value": value}
            for name, value in values.items()}


def change(ident, **values):
    """What a request says of a listener."""
    return {"id": ident, "knobs": knobs(**values)}


def refused(function, *args):
    """(errno by name, text) of a refusal."""
    try:
        function(*args)
    except NetlinkError as error:
        return errno.errorcode[error.errno], error.message
    return "taken", ""
