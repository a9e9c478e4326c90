#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Packet scripts: each of scripts/ on the kernel's TCP and on atcp, over IPv4, IPv6 and mapped addresses."""
# timeout: 1000000
# platforms: uml
# clock: travel
import fnmatch
import os
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
from pkt_parse import Script, ScriptError
from pkt_run import Machine

HERE = "scripts"
# ATCP_SCRIPTS: patterns of names; ATCP_STACK, ATCP_FAMILIES: these alone.
PATTERNS = os.environ.get("ATCP_SCRIPTS", "*").split()
STACKS = os.environ.get("ATCP_STACK", "tcp atcp").split()
FAMILIES = os.environ.get("ATCP_FAMILIES", "v4 v6 mapped").split()


def chosen():
    """The scripts' names, without .pkt."""
    names = [os.path.relpath(os.path.join(place, file), HERE).removesuffix(".pkt")
             for place, _, files in os.walk(HERE) for file in files if file.endswith(".pkt")]
    return sorted(n for n in names if any(fnmatch.fnmatch(n, p) or fnmatch.fnmatch(os.path.basename(n), p)
                                          for p in PATTERNS))


def expected():
    """What is known to fail: {(script, stack, family): why}."""
    found = {}
    with open(os.path.join(HERE, "expected"), encoding="utf-8") as file:
        for line in file:
            line = line.partition("#")[0].strip()
            if not line:
                continue
            name, where, why = line.split(None, 2)
            stack, _, family = where.partition("/")
            for one in [family] if family else ["v4", "v6", "mapped"]:
                found[name, stack, one] = why
    return found


def lacking(script):
    """Why the kernel's TCP cannot do what a script is about, or nothing."""
    there = not script.knob or os.path.exists("/proc/sys/net/ipv4/" + script.knob)
    return "" if there else f"this kernel has no {script.knob}"


def judge(ktap, name, script, where, wrong, known):
    """One result: what is known to fail has to."""
    stack, family = where
    label = f"{name} {stack} {family}"
    if stack == "tcp" and script.departs:
        ktap.result(wrong, label + " # differs as it should: " + script.departs,
                    "the kernel's TCP does the same: this is no departure")
    elif (name, stack, family) in known:
        ktap.result(wrong, f"{label} # fails as expected: {known[name, stack, family]}",
                    "it passes: take it from scripts/expected")
    else:
        ktap.result(not wrong, label, wrong)


def main():
    """All of them, in one namespace, one after the other."""
    begun = time.monotonic()
    t.private_netns()
    ktap = t.Ktap()
    names, known, machine = chosen(), expected(), Machine()
    ktap.result(names, "there are scripts", f"none of {PATTERNS}")
    for name, _, _ in known:
        if not os.path.exists(os.path.join(HERE, name + ".pkt")):
            ktap.result(False, f"scripts/expected names {name}", "there is no such script")
    for name in names:
        try:
            with open(os.path.join(HERE, name + ".pkt"), encoding="utf-8") as file:
                script = Script(name, file.read())
        except ScriptError as error:
            ktap.result(False, name, error)
            continue
        for stack in STACKS:
            for family in (f for f in script.families if f in FAMILIES):
                skip = script.skip or lacking(script)
                if stack == "tcp" and skip:
                    ktap.skip(f"{name} tcp {family}", skip)
                    continue
                judge(ktap, name, script, (stack, family), machine.run(script, stack, family), known)
    # What it took of the CPU cannot be told by a clock that stands still: the machine's last lines say it.
    print(f"# {machine.runs} runs of {len(names)} scripts, {time.monotonic() - begun:.0f} s of the machine's clock")
    ktap.end()


if __name__ == "__main__":
    main()
