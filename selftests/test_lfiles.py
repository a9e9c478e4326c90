#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""atcpctl reads listeners by netlink: what it says is what the files of sysfs say, of one listener as of many, and
their figures begin anew when it is told to; 1,000 listeners are one dump."""
# timeout: 240
# platforms: stock uml
# check: uml
import json
import os
import resource
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls

# Beyond the ports that clients are given.
PORT = 34000
KNOB_MODE = 0o644


def tool(*words, status=0):
    """What atcpctl prints."""
    done = subprocess.run(["atcpctl", *words], check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == status, (words, done.returncode, done.stdout[-500:], done.stderr)
    return done.stdout + done.stderr


def number(text):
    """As JSON has it."""
    return int(text) if text.lstrip("-").isdigit() else text


def of_sysfs(sock):
    """What the files of a listener say, in the form of atcpctl -j."""
    found = {"knobs": {}}
    top = ls.path(sock)
    for name in sorted(os.listdir(top)):
        mode = os.stat(top + name).st_mode & 0o777
        if not mode & 0o400 or name == "uevent":
            continue
        with open(top + name, encoding="ascii") as file:
            text = file.read().strip()
        if mode == KNOB_MODE:
            value, origin = text.split()
            found["knobs"][name] = {"value": number(value), "from": origin}
        elif name in ("stats", "last_s"):
            found[name] = {word: int(count) for word, count in (line.split() for line in text.splitlines())}
        elif name in ("handshake_us", "accept_wait_us"):
            found[name] = [{"low": int(low), "high": None if high == "inf" else int(high), "count": int(count)}
                           for low, high, count in (line.split() for line in text.splitlines())]
        else:
            found[name] = number(text)
    return found


def timeless(listener):
    """Without what grows while it is looked at."""
    return {name: value for name, value in listener.items()
            if name not in ("since_s", "acceptq_oldest_ms", "synq_oldest_ms", "last_s")}


def same(ktap, address):
    """A listener with traffic, drops and knobs of each origin."""
    sock = t.listener(address, PORT, 1)
    sock.setsockopt(t.SOL_ATCP, 4, 3)
    ls.write(sock, "overflow", "reset_after:60000")
    calls = [t.make_socket(sock.family) for _ in range(5)]
    for one in calls:
        one.setblocking(False)
        one.connect_ex((address, PORT))
    sock.accept()[0].close()
    assert t.wait_until(lambda: of_sysfs(sock)["stats"]["overflows"] > 0)
    want = of_sysfs(sock)
    got, = json.loads(tool("-j", "listener", "id:" + ls.read(sock, "id")))
    ktap.equal(timeless({name: got.get(name) for name in want}), timeless(want), f"{address}: what sysfs says is said")
    ktap.equal(sorted(got["last_s"]), sorted(want["last_s"]), f"{address}: and when there was trouble last")
    return sock, calls


def reset(ktap, sock):
    """Figures of one listener begin anew."""
    ident = "id:" + ls.read(sock, "id")
    before = json.loads(tool("-j", "listener", ident))[0]["stats"]
    tool("listener", ident, "reset", "--dry-run")
    ktap.equal(json.loads(tool("-j", "listener", ident))[0]["stats"]["accepted"], before["accepted"],
               "listener reset --dry-run resets nothing")
    ktap.result("its figures begin anew" in tool("listener", ident, "reset"), "listener reset says what it did")
    after = json.loads(tool("-j", "listener", ident))[0]
    ktap.equal((before["accepted"] > 0, after["stats"]["accepted"], after["since_s"] < 5), (True, 0, True),
               "listener reset")
    ktap.result("no listener matches" in tool("listener", ":1", "reset", status=1), "listener reset of none is refused")
    nobody = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "atcpctl", "listener",
                             ident, "reset"], check=False, text=True, stderr=subprocess.PIPE)
    ktap.result(nobody.returncode == 1 and "CAP_NET_ADMIN" in nobody.stderr, "it takes CAP_NET_ADMIN", nobody.stderr)


def many(ktap, address):
    """A thousand: all of them are there, and no file of sysfs is opened for any."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    socks = [t.listener(address, PORT + 1 + i, 16) for i in range(1000)]
    ktap.equal(len(tool("listeners").splitlines()) > 1000, True, "listeners shows 1,000")
    rows = {row["local"]: row for row in json.loads(tool("-j", "listeners"))}
    for i in (0, 500, 999):
        want = of_sysfs(socks[i])
        got = rows[want["local"]]
        ktap.equal(timeless({name: got.get(name) for name in want}), timeless(want), f"number {i} is as sysfs says")
    if not shutil.which("strace"):
        return
    for words in (["listeners"], ["-j", "listeners"], ["metrics"], ["advise", "-i", "1"], ["top", "--once"]):
        done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=openat", "-o", "/tmp/lfiles.trace", "atcpctl",
                               *words], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open("/tmp/lfiles.trace", encoding="ascii", errors="replace") as file:
            opened = [line for line in file if "/sys/kernel/atcp" in line]
        ktap.equal((done.returncode in (0, 1), opened[:3]), (True, []), f"atcpctl {' '.join(words)}: no file of sysfs")


def churn(address, over):
    """Listeners come and go."""
    while not over.is_set():
        t.listener(address, PORT - 1).close()


def while_others_go(ktap, address):
    """A dump during which others come and go has all of those that stay, whole."""
    socks = [t.listener(address, PORT + 1 + i, 16) for i in range(60)]
    over = threading.Event()
    other = threading.Thread(target=churn, args=(address, over))
    other.start()
    wrong = []
    for _ in range(15):
        rows = [row for row in json.loads(tool("-j", "listeners")) if not row["local"].endswith(f":{PORT - 1}")]
        wrong += [row["local"] for row in rows if "stats" not in row or "knobs" not in row or "program" not in row]
        wrong += ["too few"] * (len(rows) < len(socks))
    over.set()
    other.join()
    ktap.equal(wrong, [], "while others come and go all that stay are told of whole")
    for one in socks:
        one.close()


def main():
    """All of it."""
    t.private_netns()
    ls.mount()
    ktap = t.Ktap()
    for address in ("127.0.0.1", "::1"):
        sock, calls = same(ktap, address)
        if address == "::1":
            reset(ktap, sock)
            while_others_go(ktap, address)
            many(ktap, address)
        for one in [*calls, sock]:
            one.close()
    ktap.end()


if t.STACK == "tcp":
    t.skip_all("it is about atcp")
if not shutil.which("atcpctl"):
    t.skip_all("no atcpctl")
main()
