#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""net.atcp.guard_devices: all or nothing, said why, and devices that change or go."""
# timeout: 60
# platforms: stock uml
# check: uml
# clock: travel
import os
import sys

sys.path.insert(0, "lib")
import atcptest as t

NAME = "guard_devices"


def refused(value, error):
    """Writing VALUE fails, and the list stays."""
    before = t.sysctl(NAME)
    try:
        t.sysctl(NAME, value)
    except OSError as failed:
        assert failed.errno == error, failed
    else:
        raise AssertionError(f"{value!r:.40} was taken")
    assert t.sysctl(NAME) == before, t.sysctl(NAME)


def log():
    """The kernel's messages so far."""
    return t.sh("dmesg")


def lists():
    """A list is set and read, whole; blanks and commas part names."""
    for text in ("d0", "d1 d0", "d0,d1\n", " d1\t d0 d1 ", "lo d0"):
        t.sysctl(NAME, text)
        wanted = sorted(set(text.replace(",", " ").split()))
        assert sorted(t.sysctl(NAME)) == wanted, t.sysctl(NAME)
    t.sysctl(NAME, "\n")
    assert t.sysctl(NAME) == [], t.sysctl(NAME)


def unknown():
    """An unknown device changes nothing, and is named in the log."""
    t.sysctl(NAME, "d0")
    refused("d1 no-such-dev", 19)                           # ENODEV
    assert 'no device "no-such-dev"' in log()
    refused("no-such-dev d0", 19)


def kinds():
    """A device whose link header is not known is refused by name."""
    if "OK" not in t.sh("ip link add tn0 type ipip local 127.0.0.1 remote 127.0.0.2"
                        " 2>&1 && echo OK", False):
        return
    refused("d0 tn0", 95)                                   # EOPNOTSUPP
    assert "guard_devices: tn0" in log()
    t.sh("ip link del tn0")


def pieces():
    """A list comes in one write that fits."""
    refused("d0 " * 2000, 22)                               # EINVAL
    file = os.open(t.sysctl_path(NAME), os.O_WRONLY)
    os.write(file, b"d0\n")
    try:
        os.write(file, b"d1\n")
    except OSError as failed:
        assert failed.errno == 22, failed
    else:
        raise AssertionError("a second write was taken")
    finally:
        os.close(file)
    assert t.sysctl(NAME) == ["d0"], t.sysctl(NAME)


def renamed():
    """A new name is the same device."""
    t.sysctl(NAME, "d0")
    t.sh("ip link set d0 down; ip link set d0 name other0; ip link set other0 up")
    assert t.sysctl(NAME) == ["other0"], t.sysctl(NAME)
    refused("d0", 19)
    t.sh("ip link set other0 down; ip link set other0 name d0; ip link set d0 up")


def gone():
    """A device that goes, or moves elsewhere, leaves the list."""
    t.sh("ip link add d2 type veth peer name d3; ip netns add guard-away")
    try:
        t.sysctl(NAME, "d0 d2 d3")
        t.sh("ip link set d3 netns guard-away")
        assert sorted(t.sysctl(NAME)) == ["d0", "d2"], t.sysctl(NAME)
        t.sh("ip link del d2")
        assert t.sysctl(NAME) == ["d0"], t.sysctl(NAME)
    finally:
        t.sh("ip netns del guard-away")


def ranges():
    """Rate and burst have ranges, and say them."""
    for name, values in (("guard_rate", (-1, 1000001)), ("guard_burst", (0, 1000001))):
        before = t.sysctl(name)
        for value in values:
            try:
                t.sysctl(name, value)
            except OSError as failed:
                assert failed.errno == 22, failed
            else:
                raise AssertionError(f"{name} took {value}")
            assert f"net.atcp.{name}: {value} is not in" in log()
        assert t.sysctl(name) == before


def main():
    """Each behaviour, in a namespace of its own."""
    if t.STACK == "tcp":
        t.skip_all("the guard is atcp's")
    if not os.path.exists(t.sysctl_path(NAME)):
        t.skip_all("no flood guard")
    t.private_netns()
    t.sh("ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up")
    ktap = t.Ktap()
    for case in (lists, unknown, kinds, pieces, renamed, gone, ranges):
        ktap.run(case.__doc__, case)
    ktap.end()


if __name__ == "__main__":
    main()
