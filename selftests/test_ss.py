#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""atcpctl ss is ss(8) about atcp's sockets: what ss says of the kernel TCP's, word for word,
by sock_diag; from /proc where there is no atcp_diag, and never TCP's own sockets."""
# timeout: 120
# platforms: stock uml
# check: uml
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, "lib")
import atcptest as t
import sockdiag as d

PORT = 7000
# What is another number each time, or another word: RTT, times, inode, cookie, this process.
FIGURES = re.compile(r"[0-9a-f]*[0-9][0-9a-f.]*(bps|us|ms|sec|min)?|\bcubic\b|\breno\b")
# Only said if it is not nothing, which depends on the moment.
MOMENT = re.compile(r"\b(timer|unacked|retrans|lost|notsent|rcv_rtt|app_limited|busy|ato"
                    r"|delivery_rate|rehash|lastsnd|lastrcv|lastack|minrtt|rcv_ooopack|reord_seen|ssthresh|"
                    r"backoff|rwnd_limited|sndbuf_limited|cwnd|bytes_\w+|\w*segs_\w+|dsack_dups)"
                    r"(:\S*|\b)( \S+bps)?|\bts\b|\bsack\b|\becnseen\b|\becn\b|fwmark:\S*")


def ss(args, stack=t.STACK, check=True):
    """What ss says, as lines, and what it says on stderr."""
    # Where stdout is no terminal its lines are as long as they are.
    done = subprocess.run(("ss -t " if stack == "tcp" else "atcpctl ss ") + args, shell=True,
                          check=False, text=True, capture_output=True)
    if check and done.returncode:
        raise OSError(f"ss {args}: {done.returncode} {done.stderr}")
    return done.stdout.splitlines(), done.stderr.strip()


def shape(line):
    """A line without what is never the same twice."""
    return " ".join(FIGURES.sub("N", MOMENT.sub("", line)).split())


def family_of(address):
    """AF_INET or AF_INET6"""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def pair(stack, address, port):
    """A listener, both ends of a connection, and one that waits for accept(2)."""
    lsock = t.listener(address, port, 5, stack)
    socks = [t.make_socket(family_of(address), stack) for _ in range(2)]
    for sock in socks:
        sock.connect((address, port))
    child = lsock.accept()[0]
    child.send(b"x" * 2000)
    socks[0].recv(1000)
    return [lsock, child] + socks


def as_tcp(ktap, address):
    """The words of many options are those that the kernel's TCP gets."""
    version = "-6" if ":" in address else "-4"
    lines = {}
    for stack in ("tcp", t.STACK):
        socks = pair(stack, address, PORT + (stack != "tcp"))
        for args in ("-taneo", "-tanHmO --tos --cgroup", "-taniO", "-tlnp",
                     "-tanO state established", "-tanO 'sport = :PORT'",
                     "-tanO dst [::1]" if ":" in address else "-tanO dst 127.0.0.0/8"):
            asked = f"{version} {args}".replace("PORT", str(PORT + (stack != "tcp")))
            lines[stack, args] = sorted(shape(x) for x in ss(asked, stack)[0])
        for sock in socks:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.close()
    for stack, args in lines:
        if stack != "tcp":
            ktap.equal(lines[stack, args], lines["tcp", args], f"{address}: ss {args}")


def kills(ktap, address):
    """ss -K ends what it shows, and is refused to who may not."""
    socks = pair(t.STACK, address, PORT)
    pid = os.fork()
    if not pid:
        os.setuid(65534)
        ss(f"-K dport = :{PORT}", check=False)
        os._exit(0)
    os.waitpid(pid, 0)
    ktap.equal(len(ss(f"-tnH state established dport = :{PORT}")[0]), 2,
               f"{address}: ss -K of another user ends nothing")
    shown = ss(f"-HKn dport = :{PORT}")[0]
    ktap.equal(len(shown), 2, f"{address}: ss -K says what it ended")
    ktap.equal(ss(f"-tnH state established dport = :{PORT}")[0], [], f"{address}: and it is gone")
    ktap.equal([s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for s in socks[2:]], [103, 103],
               f"{address}: ECONNABORTED")
    for sock in socks:
        sock.close()


def others(ktap, address):
    """What is said of what, and what is not."""
    tcp = pair("tcp", address, PORT)
    own = t.listener(address, PORT + 1)
    lines, told = ss("-tlnH")
    ktap.result(told == "" and len(lines) == 1 and f":{PORT + 1}" in lines[0],
                f"{address}: TCP's own sockets are not atcp's", lines)
    ktap.result("-E" in ss("-E", check=False)[1], f"{address}: ss -E is refused")
    dump = f"/tmp/dump-{os.getpid()}"
    ss(f"-tln -D {dump}")
    lines = subprocess.run(f"TCPDIAG_FILE={dump} ss -tlnH", shell=True, check=False, text=True,
                           capture_output=True).stdout.splitlines()
    # What ss reads from such a file is IPv4's alone.
    ktap.result(":" in address or (len(lines) == 1 and f":{PORT + 1}" in lines[0]),
                f"{address}: ss -D", lines)
    lines = ss("-s")[0]
    of_its_family = "TCP 1 0 1" if ":" in address else "TCP 1 1 0"
    ktap.result(of_its_family in [" ".join(x.split()) for x in lines], f"{address}: ss -s", lines)
    for sock in tcp + [own]:
        sock.close()


def patched(ktap, address):
    """ss --atcp, of Documentation/patches, says what atcpctl ss says, beside TCP's."""
    program = "/mnt/tools/ss-atcp"
    if not os.path.exists(program):
        ktap.skip(f"{address}: ss --atcp", f"no {program}: see scripts/patched-ss")
        return
    socks = pair(t.STACK, address, PORT)
    tcp = pair("tcp", address, PORT + 1)

    def says(args):
        return t.sh(f"{program} {args}").splitlines()

    for args in ("-tanHO -eimop", f"-tanH 'sport = :{PORT}'"):
        ktap.equal(sorted(shape(x) for x in says(args.replace("-t", "--atcp -"))),
                   sorted(shape(x) for x in ss(args)[0]), f"{address}: ss --atcp {args}")
    lines = says(f"--atcp -tnlpH '( sport = :{PORT} or sport = :{PORT + 1} )'")
    ktap.equal(sorted(x.split()[0] for x in lines), ["atcp", "tcp"],
               f"{address}: ss --atcp -t has both")
    ktap.result(all(f"pid={os.getpid()}" in x for x in lines), f"{address}: and whose they are",
                lines)
    count = lambda args: len([x for x in says(args) if x.startswith("atcp")])
    ktap.equal((count("-anH -A inet"), len(says("-anH4 -A atcp")) + len(says("-anH6 -A atcp"))),
               (5, 5), f"{address}: among inet's tables, and by its name")
    says(f"--atcp -aKH sport = :{PORT}")
    ktap.equal([x for x in says("--atcp -anH") if f":{PORT}" in x and "TIME-WAIT" not in x], [],
               f"{address}: ss --atcp -K")
    for sock in socks + tcp:
        sock.close()


def story(ktap, address):
    """One family."""
    patched(ktap, address)
    as_tcp(ktap, address)
    kills(ktap, address)
    others(ktap, address)


def without(ktap, address):
    """No atcp_diag: from /proc, which is said where it makes a difference."""
    socks = pair(t.STACK, address, PORT)
    tcp = pair("tcp", address, PORT + 1)
    lines, told = ss("-tanH")
    ktap.result(len(lines) == 5 and told == "" and not any(f":{PORT + 1}" in x for x in lines),
                f"{address}: without atcp_diag, from /proc", lines)
    lines, told = ss("-tanHm")
    ktap.result(len(lines) == 5 and "atcp_diag" in told, f"{address}: and it is said", told)
    done = subprocess.run("atcpctl ss -K", shell=True, check=False, text=True, capture_output=True)
    ktap.result(done.returncode == 1 and "atcp_diag" in done.stderr and done.stdout == "",
                f"{address}: ss -K is refused", done)
    # As if it went when atcpctl had looked: what ss falls back to is not TCP's either.
    lines = subprocess.run(f"LD_PRELOAD={shutil.which('atcpctl')[:-len('sbin/atcpctl')]}"
                           "lib/atcp/libatcpss.so ss -tanH", shell=True, check=False, text=True,
                           capture_output=True).stdout.splitlines()
    ktap.result(len(lines) == 5 and not any(f":{PORT + 1}" in x for x in lines),
                f"{address}: nor when it goes meanwhile", lines)
    for sock in socks + tcp:
        sock.close()


if t.STACK == "tcp" or not shutil.which("atcpctl"):
    t.skip_all("no atcpctl to look at")
if "with" in sys.argv:
    d.load()
    t.side_by_side(story, "127.0.0.1", "::1")
if "without" in sys.argv:
    t.side_by_side(without, "127.0.0.1", "::1")
main = t.Ktap()
for part in ("without", "with"):
    main.relay(t.sh(f"{sys.argv[0]} {part}", check=False).splitlines())
main.result(main.total > 30, "all parts ran")
main.end()
