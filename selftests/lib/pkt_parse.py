# SPDX-License-Identifier: GPL-2.0
"""Packet scripts: from text to events. Documentation/scripts.rst has the format."""
import os
import re
import textwrap

from pkt_wire import ACE, COUNTERS, ECN, UNREACHABLE, Seg

TIME = re.compile(r"(?P<star>\*)|(?P<plus>\+?)(?P<at>\d*\.\d+|\d+)"
                  r"(?P<kind>~|\.\.\.)?(?(kind)\+?(?P<end>\d*\.\d+|\d+))")
SEQUENCE = re.compile(r"(\d+):(\d+)\((\d+)\)")
TOKEN = re.compile(r'\s*(?:(?P<dots>\.\.\.)|(?P<number>-?0x[0-9a-fA-F]+|-?\d+)|(?P<name>[A-Za-z_]\w*)'
                   r'|(?P<string>"(?:[^"\\]|\\.)*")|(?P<flow>@\d+)|(?P<mark>[][(){},|=*]))')
KEYS = {"sysctl", "tolerance", "kernel", "family", "isn", "offload", "mtu"}


class ScriptError(Exception):
    """What is wrong with a script's text."""


class Event:
    """A line of a script: when (a time or a span, relative or not), and what."""

    def __init__(self, line, text, kind):
        self.line, self.text, self.kind = line, text, kind
        self.relative = True
        self.at = self.end = 0.0
        self.any_time = self.blocking = False
        self.flow = 1
        self.seg = self.icmp = None     # of < and >
        self.call = None                # (name, arguments, wanted, errno)
        self.code = None                # Python or a command


class Script:
    """A script: what its head says, and its events."""

    def __init__(self, name, text):
        self.name = name
        self.title = ""
        self.sysctls = []
        self.tolerance = None
        self.skip = self.departs = self.knob = ""
        self.families = ["v4", "v6", "mapped"]
        self.isn = None
        self.offload = False
        self.mtu = 1500
        self.events = []
        self.parse(text)
        if not self.title:
            raise ScriptError(f"{name}: no comment says what it shows")

    def parse(self, text):
        """Head and events."""
        lines = list(enumerate(text.split("\n"), 1))
        titled = False
        while lines:
            number, line = lines.pop(0)
            try:
                if line.startswith("//"):
                    words = line[2:].strip()
                    if not self.events and not titled and not words.startswith("SPDX"):
                        self.title = f"{self.title} {words}".strip()
                    continue
                titled = titled or bool(self.title)
                line = re.sub(r"(^|\s)//.*", "", line).rstrip()
                if not line.strip():
                    continue
                key = re.match(r"(\w+):\s+(.*)", line)
                if key and not self.events:
                    self.head(*key.groups())
                    continue
                while line.count("%{") > line.count("}%") and lines:
                    line += "\n" + lines.pop(0)[1]
                self.events.append(parse_event(number, line))
            except (ValueError, KeyError) as error:
                raise ScriptError(f"{self.name}:{number}: {error!r} in: {line.strip()}") from error

    def head(self, key, value):
        """A line of the head."""
        if key not in KEYS:
            raise ValueError(f"no such key, {', '.join(sorted(KEYS))} are")
        if key == "sysctl":
            self.sysctls += [tuple(x.strip('"') for x in pair.split("=", 1))
                             for pair in re.findall(r'[?\w.]+=(?:"[^"]*"|\S+)', value)]
        elif key == "tolerance":
            self.tolerance = float(value.removesuffix("ms")) / 1000
        elif key == "kernel":
            if value.startswith("with "):
                self.knob = value.split()[1]
                return
            match = re.fullmatch(r"(skip|departs)( (before|from) (\d+)\.(\d+))?,\s*(\S.*)", value)
            if not match:
                raise ValueError("kernel: skip|departs [before|from X.Y], WHY; or with KNOB")
            word, limited, side, major, minor, why = match.groups()
            if not limited or (running() < (int(major), int(minor))) == (side == "before"):
                self.skip, self.departs = (why, "") if word == "skip" else ("", why)
        elif key == "family":
            self.families = value.split()
        elif key == "isn":
            self.isn = int(value, 0)
        elif key == "mtu":
            self.mtu = int(value)
        else:
            self.offload = {"on": True, "off": False}[value]


def running():
    """The version of the kernel that runs, (major, minor)."""
    return tuple(int(x) for x in re.match(r"(\d+)\.(\d+)", os.uname().release).groups())


def parse_event(number, line):
    """An event, from its time on."""
    text = line.strip()
    match = TIME.match(text)
    if not match:
        raise ValueError("no time")
    rest = text[match.end():].strip()
    kind = {"<": "in", ">": "out", "%": "code", "`": "command"}.get(rest[:1], "call")
    event = Event(number, text, "silence" if rest == "silence" else kind)
    event.any_time = bool(match["star"])
    if not event.any_time:
        event.relative = bool(match["plus"])
        event.at = event.end = float(match["at"])
        if match["kind"]:
            event.end = float(match["end"])
        event.blocking = match["kind"] == "..."
    if (event.any_time or match["kind"] == "~") and kind != "out":
        raise ValueError("only what the stack sends has a span of times")
    if kind in ("in", "out"):
        rest = rest[1:].strip()
        if rest.startswith("@"):
            word, rest = rest.split(None, 1)
            event.flow = int(word[1:])
        if rest.startswith("icmp "):
            event.icmp = parse_icmp(rest[5:])
        else:
            event.seg = parse_segment(rest, kind == "in")
    elif kind == "code":
        code = re.fullmatch(r"%\{(.*)\}%", rest, re.S)[1]
        event.code = textwrap.dedent(code.strip("\n")) if "\n" in code.strip() else code.strip()
        compile(event.code, "script", "exec")
    elif kind == "command":
        event.code = rest.strip("`")
    elif event.kind == "call":
        event.call = parse_call(rest)
    return event


def parse_segment(text, sending):
    """FLAGS FIRST:LAST(LENGTH) [ack N] [win N] [urg N] [<options>]; sets what a sender must have."""
    options = ()
    if "<" in text:
        text, _, inside = text.partition("<")
        if not inside.rstrip().endswith(">"):
            raise ValueError("options without >")
        options = parse_options(inside.rstrip()[:-1], sending)
    words = text.split()
    ecn = None
    if words[0].startswith("["):
        ecn = ECN[words.pop(0).strip("[]")]
    flags = words.pop(0).replace("-", "")
    # A digit is the number that AE, CWR and ECE are.
    flags = re.sub("[0-7]", lambda digit: "".join(c for c, bit in ACE.items() if int(digit[0]) & bit), flags)
    if set(flags) - set("FSRP.UEWA?"):
        raise ValueError(f"flags {flags}")
    seq = SEQUENCE.fullmatch(words.pop(0))
    first, last, length = (int(x) for x in seq.groups())
    if (first + length) & 0xFFFFFFFF != last:
        raise ValueError(f"{first} and {length} are not {last}")
    named = dict(zip(words[::2], words[1::2]))
    if set(named) - {"ack", "win", "urg"} or len(words) % 2:
        raise ValueError(f"words {words}")
    number = {key: int(value, 0) for key, value in named.items()}
    if ("." in flags) != ("ack" in number):
        raise ValueError("an ack goes with the flag .")
    return Seg(flags, first, length, number.get("ack"), number.get("win"), number.get("urg"), options, ecn)


def parse_options(text, sending):
    """[(name, value)], or None for any."""
    if text.strip() == "...":
        return None
    found = []
    for item in text.split(","):
        name, *rest = item.split()
        if name in ("nop", "eol", "sackOK") and not rest:
            value = None
        elif name in ("mss", "wscale"):
            value, = (None if x == "*" and not sending else int(x) for x in rest)
        elif name == "TS":
            word, val, echo_word, echo = rest
            if (word, echo_word) != ("val", "ecr"):
                raise ValueError(item)
            value = tuple(None if x == "*" and not sending else x if x == "last" and sending else int(x)
                          for x in (val, echo))
        elif name == "sack":
            value = [tuple(int(x) for x in pair.split(":")) for pair in rest]
        elif name in ("FO", "FOEXP"):
            value = rest[0] if rest and rest[0].startswith("$") else bytes.fromhex("".join(rest))
        elif name == "ECN":
            value = parse_counters(rest, sending)
        elif name == "kind":
            value = int(rest[0]), bytes.fromhex("".join(rest[1:]))
        else:
            raise ValueError(f"option {item}")
        found.append((name, value))
    return found


def parse_counters(words, sending):
    """e1b N ceb N e0b N, or the other way round, from the first on: (order, numbers)."""
    names, numbers = words[::2], [None if x == "*" and not sending else int(x) for x in words[1::2]]
    for order, fields in COUNTERS.items():
        if fields[:len(names)] == names and len(names) == len(numbers):
            return order, numbers
    raise ValueError(f"counters {names}")


def parse_icmp(text):
    """unreachable CODE [mtu N] | time_exceeded [FIRST:LAST(LENGTH)]: ((type, code) of IPv4, of IPv6, mtu, segment)."""
    text, _, quoted = text.partition("[")
    seg = parse_segment(quoted.strip("] ") if re.match(r"[A-Z.]+ ", quoted) else "- " + quoted.strip("] "), True) \
        if quoted else Seg(".", 1, 0, 0)
    words = text.split()
    if words[:2] == ["unreachable", "frag_needed"] and words[2:3] == ["mtu"]:
        return (3, 4), (2, 0), int(words[3]), seg
    if words[0] == "unreachable":
        four, six = UNREACHABLE[words[1]]
        return (3, four), (1, six), 0, seg
    if words == ["time_exceeded"]:
        return (11, 0), (3, 0), 0, seg
    if words == ["parameter_problem"]:
        return (12, 0), (4, 0), 0, seg
    if words == ["source_quench"]:
        return (4, 0), None, 0, seg
    raise ValueError(f"icmp {text}")


class Tokens:
    """The tokens of a system call."""

    def __init__(self, text):
        self.text, self.at = text, 0
        self.kind = self.value = None
        self.next()

    def next(self):
        """Takes one; returns the one before."""
        before = self.kind, self.value
        match = TOKEN.match(self.text, self.at)
        if match:
            self.at = match.end()
            self.kind, self.value = match.lastgroup, match[match.lastgroup]
        else:
            self.kind, self.value = None, None
        return before

    def take(self, mark):
        """Takes MARK if it is next."""
        if self.kind == "mark" and self.value == mark:
            self.next()
            return True
        return False

    def want(self, mark):
        """Takes MARK, which must be next."""
        if not self.take(mark):
            raise ValueError(f"{mark} wanted at: {self.text[self.at - 1:]}")

    def expression(self):
        """An argument: a number (int), words that are or'ed (a list of str and int in "or"), "string", ..., a list, a struct."""
        if self.take("["):
            return ("list", self.items("]"))
        if self.take("{"):
            return ("struct", self.items("}"))
        if self.kind == "string":
            return ("bytes", self.next()[1][1:-1].encode().decode("unicode_escape").encode("latin-1"))
        if self.kind == "dots":
            self.next()
            return ("any", None)
        if self.kind == "flow":
            return ("flow", int(self.next()[1][1:]))
        if self.take("*"):
            return ("any", None)
        words = []
        while True:
            kind, value = self.next()
            if kind not in ("number", "name"):
                raise ValueError(f"an argument wanted at: {self.text[self.at - 1:]}")
            words.append(int(value, 0) if kind == "number" else value)
            if self.take("="):
                return ("field", (words[0], self.expression()))
            if not self.take("|"):
                return ("or", words)

    def items(self, mark):
        """Arguments up to MARK."""
        found = []
        while not self.take(mark):
            found.append(self.expression())
            if not self.take(","):
                self.want(mark)
                break
        return found


def parse_call(text):
    """NAME(ARGUMENT, ...) = RESULT [ERRNO (its text)]"""
    tokens = Tokens(text)
    kind, name = tokens.next()
    if kind != "name":
        raise ValueError("neither a segment nor a call")
    tokens.want("(")
    arguments = tokens.items(")")
    tokens.want("=")
    wanted = tokens.expression()
    error = tokens.next()[1] if tokens.kind == "name" else None
    return name, arguments, wanted, error
