#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""atcpctl exporter: what clients may take of it is bounded, and it is on the kernel's TCP."""
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls

PORT = 21700
TOOL = "/mnt/tools/sbin/atcpctl"


class Exporter:
    """An exporter, begun; where it is."""

    def __init__(self, host, *words, run=()):
        where = f"[{host}]:0" if ":" in host else f"{host}:0"
        self.process = subprocess.Popen([*run, TOOL, "exporter", "--listen", where, *words], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.url = self.process.stdout.readline().strip()
        found = re.fullmatch(r"http://\[?([^]]*)\]?:(\d+)/metrics", self.url)
        self.address = (found[1], int(found[2])) if found else None

    def dial(self):
        """A connection to it, of the kernel's TCP."""
        sock = socket.create_connection(self.address, 100)
        return sock

    def ask(self, words="", path="/metrics"):
        """Head and body of an answer."""
        with self.dial() as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{words}\r\n".encode())
            text = b""
            while more := sock.recv(65536):
                text += more
        return text.decode().split("\r\n\r\n", 1)

    def end(self):
        """It ends as it is told to, with 0."""
        self.process.terminate()
        _, wrong = self.process.communicate(timeout=60)
        assert not self.process.returncode and not wrong, (self.process.returncode, wrong)


def figures(host):
    """It serves what the listener is, with the program that owns it."""
    sock = t.listener(host, PORT, 7)
    exporter = Exporter(host)
    head, body = exporter.ask()
    assert head.startswith("HTTP/1.1 200"), head
    name = f"[{host}]:{PORT}" if ":" in host else f"{host}:{PORT}"
    ident = ls.read(sock, "id")
    comm = open("/proc/self/comm", encoding="ascii").read().strip()
    assert f'atcp_listener_accept_queue_limit{{listener="{name}",id="{ident}"}} 7\n' in body, body
    assert re.search(rf'^atcp_listener_info{{listener="{re.escape(name)}",id="{ident}",.*'
                     rf'program="{re.escape(comm)}"}} 1$', body, re.M), body
    head, body = exporter.ask("Accept: application/openmetrics-text\r\n")
    assert "openmetrics-text" in head and body.endswith("# EOF\n"), head
    sock.close()
    _, body = exporter.ask()
    assert name not in body, body
    exporter.end()


def idle(host):
    """Who says nothing is let go after 10 s, who says little at a time after 30 s."""
    exporter = Exporter(host)
    silent, slow = exporter.dial(), exporter.dial()
    begun = time.monotonic()
    slow.settimeout(4)
    ends = {}
    while slow and time.monotonic() - begun < 80:
        try:
            slow.send(b"G")
            if not slow.recv(10):
                ends["slow"] = time.monotonic() - begun
                break
        except TimeoutError:
            pass
        except OSError:
            ends["slow"] = time.monotonic() - begun
            break
        if "silent" not in ends:
            silent.setblocking(False)
            try:
                if not silent.recv(10):
                    ends["silent"] = time.monotonic() - begun
            except BlockingIOError:
                pass
    assert 9 <= ends.get("silent", 0) <= 20 and 29 <= ends.get("slow", 0) <= 40, ends
    head, _ = exporter.ask()
    assert head.startswith("HTTP/1.1 200"), head
    exporter.end()


def bounds(host):
    """It takes 16 connections at a time, and heads of 16 KB; the next client waits for a place."""
    exporter = Exporter(host)
    assert exporter.ask("X: " + 12000 * "x" + "\r\n")[0].startswith("HTTP/1.1 200")
    assert exporter.ask("X: " + 20000 * "x" + "\r\n")[0].startswith("HTTP/1.1 431")
    crowd = [exporter.dial() for _ in range(15)]
    assert exporter.ask()[0].startswith("HTTP/1.1 200"), "the sixteenth"
    crowd.append(exporter.dial())
    late = exporter.dial()
    late.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    late.settimeout(1)
    try:
        raise AssertionError(f"the seventeenth is answered: {late.recv(100)}")
    except TimeoutError:
        pass
    crowd.pop().close()
    late.settimeout(30)
    assert late.recv(100).startswith(b"HTTP/1.1 200"), "the seventeenth, once there is a place"
    for one in crowd + [late]:
        one.close()
    exporter.end()


def door(host):
    """Run on atcp it refuses to: what is measured is not the way to the figures."""
    exporter = Exporter(host, run=(TOOL, "run", "-p"))
    out, wrong = exporter.process.communicate(timeout=60)
    assert exporter.process.returncode == 1 and not out and "of protocol 253" in wrong, wrong


def spaces(host):
    """--all-netns has every namespace's, each with its name."""
    name = f"exporter-{os.getpid()}"
    t.sh(f"mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip netns add {name} && "
         f"ip -n {name} link set lo up")
    try:
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{name}", os.O_RDONLY)
        mine = t.listener(host, PORT, 7)
        t.enter_netns(there)
        other = t.listener(host, PORT, 9)
        t.enter_netns(here)
        exporter = Exporter(host, "--all-netns", "--labels=listener")
        _, body = exporter.ask("Accept: application/openmetrics-text\r\n")
        listener = f"[{host}]:{PORT}" if ":" in host else f"{host}:{PORT}"
        for labels, limit in ((f'listener="{listener}"', 7),
                              (f'listener="{listener}",netns="{name}"', 9)):
            assert f"atcp_listener_accept_queue_limit{{{labels}}} {limit}\n" in body, (labels, body)
        assert len(re.findall("^# TYPE atcp_listener_accept_queue_limit ", body, re.M)) == 1
        assert f'atcp_sockstat_TCP_inuse{{netns="{name}"}} ' in body and body.endswith("# EOF\n")
        exporter.end()
        mine.close()
        other.close()
    finally:
        t.sh(f"ip netns del {name}; umount /run/netns", check=False)


def main(ktap, host):
    """All of it, over one family."""
    ls.mount()
    if not os.path.exists(TOOL):
        t.skip_all("atcpctl is not there")
    for function in (figures, idle, bounds, door, spaces):
        ktap.run(f"{host}: {function.__doc__}", function, host)


if __name__ == "__main__":
    t.side_by_side(main, "127.0.0.1", "::1")
