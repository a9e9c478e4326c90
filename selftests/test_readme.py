#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""README.md: the commands that it has for a machine with the module are run as they stand, and work."""
# timeout: 120
# platforms: stock uml
# check: uml
import re
import shutil
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls
import sockdiag

# What goes on until it is ended, and what each must have printed by then.
ENDLESS = {
    "atcpctl top": r"(?s)LISTENER.*0\.0\.0\.0:80 ",
    "atcpctl monitor": r"",
    "atcpctl trace :80": r"",
    "atcpctl exporter": r"http://127\.0\.0\.1:9253/metrics",
}
# What the others print.
SHOWN = {
    "atcpctl listeners": r"0\.0\.0\.0:80 .* nginx ",
    "atcpctl listener :80 set backlog=4096 overflow=park": r"(?s):80/backlog = 4096 .*:80/overflow = park ",
    "atcpctl advise": r"^Nothing is wrong\.$",
    "atcpctl metrics": r'(?s)atcp_listener_accepted_total\{listener="0\.0\.0\.0:80".*\n# EOF\n$',
    "atcpctl ss -tnaipm": r'LISTEN .*:80 .*"nginx"',
    "atcpctl nstat -az": r"TcpPassiveOpens ",
    "atcpctl list": r"(?m)^synack_retries ",
    "atcpctl set synack_retries=3": r"^net\.atcp\.synack_retries = 3\n$",
    "sysctl net.atcp.synack_retries=3": r"^net\.atcp\.synack_retries = 3\n$",
}


def commands():
    """Those of the section "Use it", after the programs are on atcp."""
    with open("../Documentation/README.md", encoding="utf-8") as page:
        part = page.read().split("\n## Use it\n", 1)[1].split("\n## ", 1)[0]
    part = part.split("Then look and turn:", 1)[1]
    for line in re.findall(r"^    (\S.*)$", part, re.M):
        command, _, told = line.partition("  #")
        yield command.strip()
        # "or: sysctl net.atcp.synack_retries=3", "--format=prometheus for ..."
        for other in re.findall(r"\bor: (\S.*)", told):
            yield other.strip()


def run(command):
    """Status and text of a command line; what has no end is ended with SIGINT."""
    shell = f"timeout -s INT 4 {command}" if command in ENDLESS else command
    done = subprocess.run(["bash", "-c", shell], check=False, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout, done.stderr


def main():
    """All of them."""
    sockdiag.load()
    t.private_netns()
    ls.mount()
    ktap = t.Ktap()
    with open("../Documentation/README.md", encoding="utf-8") as page:
        ktap.result("`atcpctl run nginx`" in page.read(), "the README puts nginx on atcp")
    code, out, err = run("atcpctl run nginx")
    ktap.equal((code, err), (0, ""), "atcpctl run nginx")
    try:
        ktap.result(t.wait_until(lambda: "nginx" in run("atcpctl listeners")[1], 20), "it listens", out)
        seen = []
        for command in commands():
            seen.append(command)
            code, out, err = run(command)
            want = ENDLESS.get(command, SHOWN.get(command))
            good = code in ((0, 124, 130) if command in ENDLESS else (0,))
            ktap.result(want is not None and good and not err and re.search(want, out), command,
                        f"status {code}\n{out[-2000:]}{err}")
        ktap.equal(sorted({*ENDLESS, *SHOWN} - set(seen)), [], "all that are known here are in the README")
        code, out, err = run("atcpctl run curl -s http://127.0.0.1/")
        ktap.result(code == 0 and "nginx" in out, "and curl gets nginx's page", f"{code} {out} {err}")
    finally:
        run("nginx -s quit")
    ktap.end()


if t.STACK == "tcp":
    t.skip_all("it is about atcp")
for program in ("atcpctl", "nginx", "curl", "ss", "nstat", "sysctl"):
    if not shutil.which(program):
        t.skip_all(f"no {program}")
main()
