#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Documentation/linux-names.rst has every knob, counter and file of the kernel that runs, and is right about atcp's."""
# timeout: 60
# platforms: stock uml
# cpus: 1
# check: stock
import glob
import os
import re
import sys

sys.path.insert(0, "lib")
import atcptest as t

PAGE = "../Documentation/linux-names.rst"


def rows():
    """Linux's name, and what atcp has."""
    found = {}
    with open(PAGE, encoding="utf-8") as page:
        for line in page:
            match = re.match(r"``(\S+)``  +(\S+)", line)
            if match:
                found[match.group(1)] = match.group(2).strip("`")
    return found


def names():
    """All that stand there, in tables or in words."""
    with open(PAGE, encoding="utf-8") as page:
        return set(re.findall(r"``([^`]+)``", page.read()))


def columns(path, group):
    """The names of a group of counters."""
    with open(path, encoding="ascii") as file:
        return next(line.split()[1:] for line in file if line.startswith(group))


def knobs():
    """Every net.ipv4.tcp_*, ip_* and net.core.* is there; what is said to be a knob of atcp's is one."""
    there = names()
    for path in glob.glob("/proc/sys/net/ipv4/tcp_*"):
        assert f"net.ipv4.{os.path.basename(path)}" in there, path
    for path in glob.glob("/proc/sys/net/ipv4/ip_*") + glob.glob("/proc/sys/net/core/*"):
        assert {f"net.{'.'.join(path.split('/')[4:])}", os.path.basename(path)} & there, path
    ours = {x for x in rows().values() if x.startswith("net.atcp.")}
    assert len(ours) > 60, ours
    for name in ours:
        assert os.path.exists("/proc/sys/" + name.replace(".", "/")), name


def counters():
    """Every column of the kernel's files is there, and of atcp's those that are said to be."""
    said = rows()
    for path, group in (("netstat", "TcpExt:"), ("snmp", "Tcp:")):
        ours = columns(f"/proc/net/atcp/{path}", group)
        for name in columns(f"/proc/net/{path}", group):
            assert name in said, name
            assert (said[name] in ("itself", "0")) == (name in ours), name


def files():
    """The files of both."""
    for linux, ours in rows().items():
        if linux.startswith("/proc/net/"):
            assert os.path.exists(linux), linux
            assert ours == "itself" or os.path.exists(ours), ours
    there = names()
    for path in glob.glob("/proc/net/atcp/*"):
        assert path in there, path


if t.STACK == "tcp":
    t.skip_all("it is about what is different")
results = t.Ktap()
for case in (knobs, counters, files):
    results.run(case.__doc__, case)
results.end()
