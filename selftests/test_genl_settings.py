#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Generic netlink's family atcp: every knob of net.atcp is read and set by it, several in a message, all or none, and
a refusal names knob, value and range; a key that is replaced by whatever way is told of."""
# timeout: 120
# platforms: stock debug uml
# check: uml
import json
import os
import shutil
import socket
import struct
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t
import genl

PORT = 21450
TOP = "/proc/sys/net/atcp"
SECRETS = {"cookie_key": "7:" + "ab" * 16, "fastopen_key": "01234567-89abcdef-01234567-89abcdef"}


def settings(**values):
    """What a request says of them."""
    return [{"name": name, "value": str(value)} for name, value in values.items()]


def files():
    """What the files say, those that everybody may read."""
    return {name: " ".join(t.sysctl(name)) for name in os.listdir(TOP)
            if os.stat(f"{TOP}/{name}").st_mode & 4}


def table(family):
    """The dump, by name."""
    rows = family.dump("setting-get")
    found = {row["name"]: row for row in rows}
    assert len(found) == len(rows), "one came twice"
    return found


def all_of_them(ktap):
    """A dump has every file's value, and one by one they are the same."""
    family = genl.Family()
    rows, told = table(family), files()
    ktap.equal(sorted(rows), sorted([*told, *SECRETS]), "a dump has every knob of net.atcp that holds something")
    ktap.equal({name: rows[name]["value"] for name in told}, told, "and its value")
    ktap.equal([name for name, row in rows.items() if row.get("first", row.get("value")) != row.get("value")], [],
               "in a new namespace each is what it began with")
    ktap.equal([(name, sorted(rows[name])) for name in sorted(SECRETS)], [(name, ["name"]) for name in sorted(SECRETS)],
               "of secrets there is no more than the name")
    ktap.equal([name for name in told if family.do("setting-get", {"name": name}) != rows[name]], [],
               "asked for by name they are the same")
    ktap.equal([name for name, row in rows.items() if ("least" in row) != ("most" in row)], [],
               "a range has both ends")
    ktap.equal([name for name, row in rows.items() if row.get("fixed") and name not in
                ("available_congestion_control", "allowed_congestion_control")], [], "all but lists can be set")
    for name, want in (("nosuch", ("ENOENT", "default nosuch: there is none")),
                       ("a\nb", ("ENOENT", "default a\\nb: there is none")),
                       ("metrics_flush", ("ENOTSUP", "default metrics_flush: there is nothing to tell"))):
        ktap.equal(genl.refused(family.do, "setting-get", {"name": name}), want, f"{name!r} is refused")


def each_is_set(ktap):
    """What is set by netlink is in the file; out of range nothing is."""
    family = genl.Family()
    before = table(family)
    family.do("default-set", {"setting": settings(**{name: row["value"] for name, row in before.items()
                                                     if "fixed" not in row and "value" in row})})
    ktap.equal(table(family), before, "all that there are at once, to what they are")
    wrong, same = [], []
    for name, row in before.items():
        if "most" not in row or name == "abort_on_overflow":
            continue
        least, most = row["least"], row["most"]
        count = len(row["value"].split())
        # One more is none of 32 bits.
        if name not in ("comp_sack_delay_ns", "comp_sack_slack_ns", "notsent_lowat"):
            got = genl.refused(family.do, "default-set", {"setting": settings(**{"synack_retries": 9} | {name: " ".join(
                [str(most + 1)] * count)})})
            if got[0] != "ERANGE" or f"{name}: " not in got[1] or str(most + 1) not in got[1] \
                    or f"{least}..{most}" not in got[1]:
                wrong.append((name, got))
        if count == 1:
            value = str(least if row["value"] != str(least) else least + 1)
            family.do("default-set", {"setting": settings(**{name: value})})
            now = family.do("setting-get", {"name": name})
            if t.sysctl(name) != [value] or now["value"] != value or now["first"] != row["value"]:
                same.append((name, t.sysctl(name), value, now))
            family.do("default-set", {"setting": settings(**{name: row["value"]})})
    ktap.equal(wrong, [], "one too many of each is refused by knob, value and range, with all of the message")
    ktap.equal(same, [], "the least of each is in its file")
    ktap.equal(table(family), before, "and as they were again")


def all_or_none(ktap):
    """One that is wrong among many leaves all as they were, whatever its kind."""
    family = genl.Family()
    before = table(family)
    good = settings(synack_retries=3, rmem="4096 100000 200000", congestion_control="reno", guard_devices="lo",
                    local_port_range="20000 30000", somaxconn=77, notsent_lowat=5)
    bad = (({"name": "timestamps", "value": "3"},
            ("ERANGE", "default timestamps: 3 is not in 0..2 0 off, 1 on, 2 on without offset")),
           ({"name": "wmem", "value": "3 2 1"},
            ("ERANGE", "default wmem: 3 2 1 is not in 4096..2147483647 bytes, three in ascending order")),
           ({"name": "syncookies", "value": "maybe"},
            ("ERANGE", "default syncookies: maybe is not in 0..2 (off|auto|always)")),
           ({"name": "congestion_control", "value": "none"},
            ("ENOENT", "default congestion_control: there is no none; see available_congestion_control")),
           ({"name": "guard_devices", "value": "lo nodev9"},
            ("ENODEV", "default guard_devices: nodev9 is no device here")),
           ({"name": "cookie_key", "value": "7:xy"},
            ("EINVAL", "default cookie_key takes none, or 1 to 4 of EPOCH:KEY, KEY being 32 hexadecimal digits")),
           ({"name": "metrics_flush", "value": "all"}, ("EINVAL", "default metrics_flush: cannot be set here")),
           ({"name": "listener_knob", "value": "1 wake=1"}, ("EINVAL", "default listener_knob: cannot be set here")),
           ({"name": "available_congestion_control", "value": "reno"},
            ("EINVAL", "default available_congestion_control: cannot be set here")),
           ({"name": "nosuch", "value": "1"}, ("ENOENT", "default nosuch: there is none")),
           ({"name": "sack"}, ("EINVAL", "default sack: takes a value")),
           ({"value": "1"}, ("EINVAL", "which knob? there is no name")))
    for one, want in bad:
        for where in ([one] + good, good[:3] + [one] + good[3:], good + [one]):
            got = genl.refused(family.do, "default-set", {"setting": where, "knobs": genl.knobs(fair_share=31)})
            if got != want:
                break
        ktap.equal(got, want, f"{one.get('name', 'no name')}: {one.get('value', 'no value')!r} is refused")
    ktap.equal(table(family), before, "and nothing of any of the messages was taken")
    got = genl.refused(family.do, "default-set", {"setting": good, "knobs": genl.knobs(fair_share=101)})
    ktap.equal((got[0], table(family) == before), ("ERANGE", True), "nor if a listener's default is wrong")
    family.do("default-set", {"setting": good, "knobs": genl.knobs(fair_share=31)})
    now = table(family)
    ktap.equal({one["name"]: now[one["name"]]["value"] for one in good} | {"fair_share": now["fair_share"]["value"]},
               {one["name"]: one["value"] for one in good} | {"fair_share": "31"}, "all of a good one is")
    family.do("default-set", {"setting": settings(**{name: row["value"] for name, row in before.items()
                                                     if "fixed" not in row and "value" in row})})
    ktap.equal(table(family), before, "an empty list is a value too")
    ktap.equal(genl.refused(family.do, "default-set", {}), ("EINVAL", "which knobs?"), "nothing is no request")


def listeners_follow(ktap):
    """What listeners inherit is as if their file was written."""
    family = genl.Family()
    before = {name: row.get("value") for name, row in table(family).items()}
    with t.listener("127.0.0.1", PORT, 500) as sock:
        ident = family.dump("listener-get", {"parts": 0})[-1]["id"]
        family.do("default-set", {"setting": settings(wake="lifo", somaxconn=33)})
        got = family.do("listener-get", {"id": ident})
        ktap.equal((got["knobs"]["wake"], got["acceptq"]["limit"], "truncated" in got["acceptq"]),
                   ({"value": 1, "origin": "netns"}, 33, True), "a listener follows")
        sock.close()
    family.do("default-set", {"setting": settings(wake=before["wake"], somaxconn=before["somaxconn"])})


def told(watch, name, key=None):
    """The next event, which has to be NAME, of a KEY or a knob."""
    got = watch.event()
    assert got and got[0] == name + "-ntf", (got, name, key)
    assert key is None or got[1]["key"] == key, got
    return got[1]


def keys(ktap):
    """Whoever replaces a secret, by whatever way: the event comes, and the secret is not in it."""
    family, watch = genl.Family(), genl.Family()
    watch.subscribe("events")

    def by_netlink(name):
        family.do("default-set", {"setting": settings(**{name: SECRETS[name]})})

    def once(case, key, function, *args):
        function(*args)
        got = told(watch, "key-rotated", key)
        ktap.equal((got["by"]["uid"], got["by"]["pid"], sorted(got)),
                   (os.getuid(), os.getpid(), ["by", "key", "lost", "seq", "time"]), f"{case}: told of, and by whom")
        function(*args)
        ktap.equal(watch.event(0.3), None, f"{case}: the same once more is no change")

    once("cookie_key by its file", "cookie-set", t.sysctl, "cookie_key", "8:" + "cd" * 16)
    once("cookie_key by netlink", "cookie-set", by_netlink, "cookie_key")
    once("no cookie_key", "cookie-set", t.sysctl, "cookie_key", "none")
    once("fastopen_key by its file", "fastopen", t.sysctl, "fastopen_key", "1-2-3-4,5-6-7-8")
    once("fastopen_key by netlink", "fastopen", by_netlink, "fastopen_key")
    ktap.equal(t.sysctl("fastopen_key"), [SECRETS["fastopen_key"]], "the file has what netlink set")
    ktap.equal([family.do("setting-get", {"name": name}).get("set") for name in sorted(SECRETS)], [None, True],
               "which secrets are set is told")
    got = genl.refused(family.do, "default-set", {"setting": settings(
        cookie_key="9:" + "ef" * 16, fastopen_key="4-3-2-1", sack=7)})
    ktap.equal((got[0], watch.event(0.3), t.sysctl("fastopen_key")), ("ERANGE", None, [SECRETS["fastopen_key"]]),
               "keys of a message that is refused are not taken")
    # A listener's own, by TCP_FASTOPEN_KEY.
    with t.listener("127.0.0.1", PORT + 1) as sock:
        ident = told(watch, "listener-added")["listener"]["id"]
        for value, event in ((b"k" * 16, True), (b"k" * 16, False), (b"l" * 32, True)):
            sock.setsockopt(socket.IPPROTO_TCP, 33, value)
            got = told(watch, "key-rotated", "fastopen") if event else watch.event(0.3)
            ktap.equal(got and (got["listener"]["id"], got["by"]["pid"]), (ident, os.getpid()) if event else None,
                       f"TCP_FASTOPEN_KEY, {len(value)} bytes, {'others' if event else 'the same'}")
    told(watch, "listener-gone")


def garbage(ktap):
    """Texts without an end, too long, or of nothing are refused, and no knob is the worse for it."""
    family = genl.Family()
    before = table(family)
    for name, value in ((b"sack", b"0\0"), (b"sack\0", b"0"), (b"", b""), (b"sack\0", b"0" * 5000 + b"\0"),
                        (b"s" * 200 + b"\0", b"0\0"), (b"sack\0", b"0\0" + b"junk")):
        got = genl.refused(family.do, "default-set", {"setting": [{"name": name, "value": value}]})
        if got[0] == "taken":
            ktap.equal(value, b"0\0junk", "what stands behind a text's end is not read")
            family.do("default-set", {"setting": settings(sack=1)})
    body = genl.attribute(2, genl.attribute(9, struct.pack("=I", 1)), True)
    family.send(genl.message(family.kind, genl.NLM_F_REQUEST | genl.NLM_F_ACK,
                             family.spec.ops["default-set"]["number"], body, family.next()))
    ktap.equal(genl.refused(family.receive)[0], "EINVAL", "an unknown attribute is refused")
    ktap.equal(table(family), before, "nothing changed")


def by_atcpctl(ktap):
    """atcpctl set is one request: what is refused was at no time anything else."""
    watch = genl.Family()
    watch.subscribe("events")
    done = subprocess.run(["atcpctl", "set", "sack=0", "synack_retries=7", "congestion_control=nosuch"], check=False,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ktap.equal((done.returncode, done.stdout, watch.event(0.5)), (1, "", None), "atcpctl set: all or none")
    ktap.equal(done.stderr, "atcpctl: refused by the kernel: net.atcp.congestion_control: there is no nosuch; see "
               "available_congestion_control\natcpctl: nothing was changed\n", "atcpctl set: says what the kernel said")
    done = subprocess.run(["atcpctl", "set", "sack=0", "synack_retries=7"], check=False, stdout=subprocess.DEVNULL)
    got = {told(watch, "knob-changed")["turn"]["name"] for _ in range(2)}
    ktap.equal((done.returncode, got), (0, {"sack", "synack_retries"}), "atcpctl set: what is taken is told of")


def saved():
    """What atcpctl save would keep."""
    out = subprocess.run(["atcpctl", "save"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return [line for line in out.splitlines() if not line.startswith("#")]


def save_changed(ktap):
    """A namespace where nothing was changed has nothing to save: sizes by memory and random keys are its own."""
    ktap.equal(saved(), [], "nothing to save in a new namespace")
    most = int(t.sysctl("max_orphans")[0]) + 1
    t.sysctl("max_orphans", most)
    t.sysctl("fastopen_key", SECRETS["fastopen_key"])
    t.sysctl("guard_devices", "lo")
    ktap.equal(saved(), ["net.atcp.fastopen_key = " + SECRETS["fastopen_key"], "net.atcp.guard_devices = lo",
                         f"net.atcp.max_orphans = {most}"], "and then what was changed")
    t.sysctl("guard_devices", "\n")
    t.sysctl("max_orphans", most - 1)
    out = subprocess.run(["atcpctl", "-j", "list", "max_orphans"], check=True, stdout=subprocess.PIPE).stdout
    ktap.equal(json.loads(out)[0]["default"], most - 1, "atcpctl list knows the default")


def main():
    """All of it, in a namespace of its own."""
    t.private_netns()
    ktap = t.Ktap()
    if shutil.which("atcpctl"):
        save_changed(ktap)
        t.private_netns()
    for case in (all_of_them, each_is_set, all_or_none, listeners_follow, keys, garbage):
        case(ktap)
    if shutil.which("atcpctl"):
        by_atcpctl(ktap)
    ktap.end()


if t.STACK == "tcp":
    t.skip_all("it is about atcp")
main()
