#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The module is unloaded beside subscribers and readers of generic netlink, and comes again without them."""
# timeout: 300
# platforms: stock uml
# check: uml
import errno
import os
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t
import genl

PORT = 21850
ROUNDS = 5


def unload():
    """rmmod, which a dump that is under way may refuse for a moment."""
    assert t.wait_until(lambda: not subprocess.run(
        ["rmmod", "atcp"], check=False, stderr=subprocess.DEVNULL).returncode, 20), "it is refused"


def unheld():
    """Nobody holds the module."""
    with open("/proc/modules", encoding="ascii") as file:
        return any(x.split()[::2][:2] == ["atcp", "0"] for x in file)


def busy():
    """A process that reads all listeners and knobs again and again, whether the family is there or not."""
    pid = os.fork()
    if pid:
        return pid
    while True:
        try:
            family = genl.Family()
            family.subscribe("events")
            while True:
                list(family.dump_raw("listener-get"))
                list(family.dump_raw("knob-get"))
        except (genl.NetlinkError, OSError, KeyError):
            pass


def rounds():
    """Loaded and unloaded while one is subscribed and another one reads."""
    pid = busy()
    try:
        for _ in range(ROUNDS):
            watch = genl.Family()
            watch.subscribe("events")
            t.listener("127.0.0.1", PORT).close()
            assert watch.event()[0] == "listener-added-ntf"
            assert watch.event()[0] == "listener-gone-ntf"
            unload()
            try:
                watch.do("default-get")
                assert False, "a family that is gone has answered"
            except genl.NetlinkError as error:
                assert error.errno == errno.ENOENT, error
            t.sh(f"insmod {os.environ['ATCP_KO']}")
            # Who was subscribed is not any more, whatever number the group has now.
            later = genl.Family()
            later.subscribe("events")
            t.listener("::1", PORT).close()
            assert later.event()[0] == "listener-added-ntf"
            assert later.event()[0] == "listener-gone-ntf"
            assert not watch.event(0), "the old one is told still"
            watch.close()
            later.close()
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def held():
    """A dump that was begun and is not read holds the module, until its socket is closed."""
    with t.listener("127.0.0.1", PORT), t.listener("127.0.0.1", PORT + 1):
        family = genl.Family()
        family.send(family.make("listener-get", None, genl.NLM_F_DUMP))
    done = subprocess.run(["rmmod", "atcp"], check=False, capture_output=True, text=True)
    assert done.returncode and "in use" in done.stderr, done
    family.close()
    unload()
    t.sh(f"insmod {os.environ['ATCP_KO']}")


def main():
    """In a namespace of its own."""
    t.private_netns()
    if not os.path.exists(os.environ.get("ATCP_KO", "")):
        t.skip_all("ATCP_KO names no module")
    # Orphans of whatever ran before, whose peers are gone, retry their FINs for long.
    t.wait_until(unheld, 150)
    ktap = t.Ktap()
    for function in (held, rounds):
        ktap.run(function.__doc__, function)
    ktap.end()


if __name__ == "__main__":
    main()
