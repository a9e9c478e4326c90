#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Every knob of net.atcp: readable, writable, its range kept, per namespace."""
# timeout: 120
# platforms: stock uml
# check: uml
import errno
import os
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t

# Linux's defaults and ranges: name, default, least, greatest.
RANGES = [
    ("somaxconn", 4096, 0, 2147483647), ("syncookies", 1, 0, 2),
    ("abort_on_overflow", 0, 0, 1), ("syn_retries", 6, 1, 127),
    ("syn_linear_timeouts", 4, 0, 127),
    ("synack_retries", 5, 0, 255), ("retries1", 3, 0, 255),
    ("retries2", 15, 0, None), ("orphan_retries", 0, 0, 255),
    ("fin_timeout", 60, 0, None), ("keepalive_time", 7200, None, None),
    ("keepalive_intvl", 75, None, None), ("keepalive_probes", 9, 0, 255),
    ("tw_reuse", 2, 0, 2), ("tw_reuse_delay", 1000, 1, 60000),
    ("rfc1337", 0, 0, 1), ("stdurg", 0, 0, 1),
    ("timestamps", 1, 0, None),
    ("sack", 1, 0, 1), ("window_scaling", 1, 0, 1),
    ("ecn", 2, 0, 5), ("ecn_fallback", 1, 0, 1),
    ("ecn_option", 2, 0, 3), ("ecn_option_beacon", 3, 0, 3),
    ("overflow_policy", 2, 0, 2), ("invalid_ratelimit", 500, 0, None),
    ("max_syn_backlog", None, 1, None), ("max_tw_buckets", None, 0, None),
    ("challenge_ack_limit", 2147483647, 0, None), ("moderate_rcvbuf", 1, 0, 1),
    ("no_metrics_save", 0, 0, None), ("no_ssthresh_metrics_save", 1, 0, 1),
    ("limit_output_bytes", 1048576, None, None), ("min_tso_segs", 2, 1, 255),
    ("retrans_collapse", 1, 0, 1),
    ("tso_rtt_log", 9, 0, None), ("tso_win_divisor", 3, 0, 255),
    ("pacing_ss_ratio", 200, 0, 1000), ("pacing_ca_ratio", 120, 0, 1000),
    ("mtu_probing", 0, 0, None), ("base_mss", 1024, None, None),
    ("mtu_probe_floor", 48, None, None), ("probe_interval", 600, None, None),
    ("probe_threshold", 8, None, None),
]


def write_error(name, value):
    """The errno of a write, by name, 0 when it is taken."""
    try:
        t.sysctl(name, value)
    except OSError as error:
        return errno.errorcode[error.errno]
    return 0


def knob(name, default, least, greatest):
    """One knob's default, range and garbage."""
    value = t.sysctl(name)
    if default is not None:
        assert value == [str(default)], f"{value}, wanted {default}"
    for edge, beyond in ((least, -1), (greatest, 1)):
        # Newer kernels take more than the range for some of theirs.
        if edge is None or t.STACK == "tcp":
            continue
        assert write_error(name, edge) == 0, f"{edge} was refused"
        assert t.sysctl(name) == [str(edge)], t.sysctl(name)
        assert write_error(name, edge + beyond) == "EINVAL", \
            f"{edge + beyond}: {write_error(name, edge + beyond)}"
        assert t.sysctl(name) == [str(edge)], "an error changed it"
    assert write_error(name, "what") == "EINVAL"
    t.sysctl(name, value[0])


def words():
    """Enumerations take their words as well as numbers."""
    for name, taken in (("syncookies", ("off", "auto", "always")),
                        ("overflow_policy", ("drop", "reset", "park")),
                        ("wake", ("fifo", "lifo", "cpu")),
                        ("balance", ("hash", "rr", "cpu", "least", "p2c")),
                        ("defer_expire", ("accept", "reset", "drop"))):
        value = t.sysctl(name)[0]
        for number, word in enumerate(taken):
            assert write_error(name, word + "\n") == 0, f"{name}: {word} was refused"
            assert t.sysctl(name) == [str(number)], (name, word, t.sysctl(name))
        assert write_error(name, "inherit") == "EINVAL", f"{name} has nobody to inherit from"
        t.sysctl(name, value)


def named():
    """A refused word's message has the file's name, as all others have."""
    for name, text in (("overflow_policy", "99999999999"), ("defer_expire", "inherit"),
                       ("migrate_req", "2")):
        def said(name=name, text=text):
            assert write_error(name, text) == "EINVAL"
            return f" net.atcp.{name}: {text} is not in 0.." in t.sh("dmesg")

        assert t.wait_until(said, 20), name
    assert "net.atcp.migrate_req: 2 is not in 0..1 boolean\n" in t.sh("dmesg")


def trailing():
    """What stands behind a number is not passed over in silence."""
    for name, value, bad in (("synack_retries", "5", ("7 8", "7\n9", "7 x")),
                             ("rmem", "4096 131072 6291456", ("5000 6000 7000 8000",))):
        t.sysctl(name, value)
        for text in bad:
            assert write_error(name, text) == "EINVAL", f"{name}: {text!r} was taken"
            assert t.sysctl(name) == value.split(), (name, t.sysctl(name))
        t.sysctl(name, value + " \n\n")


def every_file():
    """All files can be read, and what can be written takes its own value."""
    top = os.path.dirname(t.sysctl_path("syncookies"))
    names = sorted(os.listdir(top))
    assert len(names) > 25 or t.STACK == "tcp", names
    for name in names:
        path = os.path.join(top, name)
        if not os.access(path, os.R_OK) or t.STACK == "tcp":
            continue
        with open(path, encoding="ascii") as file:
            text = file.read()
        assert text.strip() or name.startswith("guard_dev"), f"{name} is empty"
        if os.stat(path).st_mode & 0o200:
            with open(path, "w", encoding="ascii") as file:
                file.write(text)


def vectors():
    """rmem, wmem and the port range take ascending numbers only."""
    for name, good, bad in (("rmem", "4096 100000 200000", "5000 4000 9000"),
                            ("wmem", "4096 20000 200000", "-1 5 6"),
                            ("local_port_range", "20000 20010", "30000 20000")):
        was = " ".join(t.sysctl(name))
        assert write_error(name, good) == 0, f"{name}: {good} was refused"
        assert t.sysctl(name) == good.split()
        if t.STACK != "tcp" or name == "local_port_range":
            assert write_error(name, bad) == "EINVAL", f"{name}: {bad}"
        t.sysctl(name, was)
    assert t.STACK == "tcp" or \
        t.sysctl("local_port_range") == ["20000", "32767"]


def per_namespace():
    """A value is one namespace's, and a new one begins with the defaults."""
    t.sysctl("fin_timeout", 33)
    path = t.sysctl_path("fin_timeout")
    other = subprocess.run(["unshare", "-n", "cat", path], check=True,
                           stdout=subprocess.PIPE).stdout.decode().strip()
    assert other == "60", f"another namespace has {other}"
    assert t.sysctl("fin_timeout") == ["33"]


def main():
    """All of it."""
    t.private_netns()
    ktap = t.Ktap()
    ktap.run(every_file.__doc__, every_file)
    for row in RANGES:
        if not os.path.exists(t.sysctl_path(row[0])) and t.STACK == "tcp":
            continue
        ktap.run(f"{row[0]}: default {row[1]}, {row[2]} to {row[3]}", knob, *row)
    ktap.run(vectors.__doc__, vectors)
    if t.STACK != "tcp":
        ktap.run(words.__doc__, words)
        ktap.run(trailing.__doc__, trailing)
        ktap.run(named.__doc__, named)
    ktap.run(per_namespace.__doc__, per_namespace)
    ktap.end()


if __name__ == "__main__":
    main()
