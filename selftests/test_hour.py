#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A stranger's hour, with nothing but the README: five programs on atcp are seen in stock tools, five troubles are
found, each is mended from outside, and Prometheus has an alert for each."""
# timeout: 300
# platforms: stock uml
# check: uml
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls
import rawpeer as r

EXPORTER, SERVER = 9253, 19091
RULES = "/mnt/tools/share/atcp/atcp.rules.yml"
with open("../Documentation/README.md", encoding="utf-8") as page:
    README = page.read()

# A web server of sorts: port, what it asks of listen(2), seconds from one accept(2) to the next.
PROGRAM = """
import socket, sys, time
s = socket.create_server(("", int(sys.argv[1])), backlog=int(sys.argv[2]))
while True:
    s.accept()[0].close()
    time.sleep(float(sys.argv[3]))
"""
# What is planted: the port, the program, what advise calls it, and the alert.
SHORT, CUT, DRAINED, UNGUARDED, FLOODED = range(8001, 8006)
PLANTED = {
    SHORT: ("2", "0", "small-backlog", "AtcpAcceptQueueOverflow"),
    CUT: ("6000", "0", "truncated-backlog", "AtcpBacklogTruncated"),
    DRAINED: ("64", "0", "drained", "AtcpDrainLeftOn"),
    UNGUARDED: ("64", "0", "guard-without-device", "AtcpGuardWithoutDevice"),
    FLOODED: ("16", "0", "syn-flood", "AtcpSynFlood"),
}


def tool(*words, check=True):
    """atcpctl with WORDS, if the README has that command."""
    assert f"atcpctl {words[0]}" in README, f"the README does not know atcpctl {words[0]}"
    done = subprocess.run(["atcpctl", *words], check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert not check or done.returncode == 0, (words, done.stdout)
    return done.stdout


def advise():
    """What is wrong now: by name, the listener's port and the commands that mend it."""
    assert "atcpctl advise" in README
    done = subprocess.run(["atcpctl", "-j", "advise"], check=False, text=True, stdout=subprocess.PIPE)
    return {one["advice"]: one for one in json.loads(done.stdout)}


def burst(port, count=30):
    """So many clients at once; those that are refused do not matter."""
    calls = []
    for _ in range(count):
        one = t.make_socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", port))
        calls.append(one)
    return calls


def rush(program):
    """A burst that comes while the program is busy for a moment; then one client after the other."""
    program.send_signal(signal.SIGSTOP)
    calls = burst(SHORT)
    t.wait_until(lambda: figures(SHORT)["syns"] >= 30, 5)
    program.send_signal(signal.SIGCONT)
    for _ in range(80):
        one = burst(SHORT, 1)[0]
        assert t.wait_until(lambda: closed(one), 20)
        one.close()
    return calls


def flood(peer, count=100):
    """SYNs of many networks, none answered."""
    for i in range(count):
        flow = r.Flow(peer, False, dport=FLOODED, source=f"10.100.{i}.2")
        flow.send("S", options=r.option_mss(1000))


class Prometheus:
    """Exporter and server with the rules that come with atcp, if the server is here."""

    def __init__(self, work):
        self.programs = []
        if not shutil.which("prometheus") or not os.path.exists(RULES):
            return
        with open(f"{work}/prometheus.yml", "w", encoding="ascii") as file:
            json.dump({"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [RULES],
                       "scrape_configs": [{"job_name": "atcp", "static_configs":
                                           [{"targets": [f"127.0.0.1:{EXPORTER}"]}]}]}, file)
        assert "atcpctl exporter" in README
        for words in (["atcpctl", "exporter"],
                      ["prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/data",
                       f"--web.listen-address=127.0.0.1:{SERVER}"]):
            # pylint: disable=consider-using-with
            self.programs.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    @staticmethod
    def ask(path):
        """What its API says, None while it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{SERVER}/api/v1/{path}", timeout=20) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def sees(self, port):
        """Has a listener's series come?"""
        data = self.ask(f"query?query=atcp_listener_accepted_total%7Blistener%3D~%22.*:{port}%22%7D")
        return bool(data and data["result"])

    def alerts(self):
        """Those that are pending or fire, by port."""
        data = self.ask("alerts") or {"alerts": []}
        return {(one["labels"]["alertname"], one["labels"].get("listener", "").split(":")[-1])
                for one in data["alerts"]}

    def end(self):
        """Both programs."""
        for one in self.programs:
            one.send_signal(signal.SIGTERM)
        for one in self.programs:
            one.wait(60)


def stock_tools(ktap):
    """The programs are seen as any."""
    seen = tool("ss", "-tnlp")
    for port in PLANTED:
        ktap.result(re.search(rf"LISTEN .*:{port} .*python3", seen), f"ss shows :{port} and whose it is", seen)
    one = burst(UNGUARDED, 1)[0]
    # Closed before the SYN-ACK is here it would count nowhere.
    assert t.wait_until(lambda: closed(one), 20)
    one.close()
    ktap.result(t.wait_until(lambda: re.search(r"TcpPassiveOpens +[1-9]", tool("nstat", "-az")), 10),
                "nstat counts", "")
    table = tool("listeners")
    ktap.result(all(f":{port}" in table for port in PLANTED), "the queues of all are in one table", table)


def found(ktap, prom):
    """Each trouble is named, nothing else is, and there is an alert for each."""
    names = {name: port for port, (_, _, name, _) in PLANTED.items()}
    said = {}

    def all_of_it():
        said.clear()
        said.update(advise())
        return set(names) <= set(said)

    t.wait_until(all_of_it, 20)
    ktap.equal(sorted(said), sorted(names), "advise names the five, and nothing else")
    for name, port in names.items():
        ktap.result(name in said and f":{port}" in json.dumps(said[name]), f"{name} is told of :{port}",
                    json.dumps(said.get(name)))
    if not prom.programs:
        ktap.skip("Prometheus has an alert for each", "no Prometheus here")
        return said
    wanted = {(alert, str(port)) for port, (_, _, _, alert) in PLANTED.items()}
    ktap.result(t.wait_until(lambda: wanted <= prom.alerts(), 60), "Prometheus has an alert for each",
                str(prom.alerts()))
    return said


def mended(ktap, prom, said, peer, program):
    """What advise proposes is pasted, and holds."""
    for port, (_, _, name, _) in PLANTED.items():
        commands = said.get(name, {}).get("try", [])
        ktap.result(bool(commands), f"{name}: there is a command that mends it", json.dumps(said.get(name)))
        for command in commands:
            print(f"# $ {command}", flush=True)
            t.sh(command)
        if name in ("truncated-backlog", "drained", "guard-without-device"):
            ktap.result(name not in advise(), f"{name} is mended")
    calls = burst(DRAINED, 3)
    before = figures(SHORT)["overflows"]
    calls += rush(program)
    ktap.result(t.wait_until(lambda: len(calls) == sum(closed(one) for one in calls), 20),
                "all clients are served")
    ktap.equal(figures(SHORT)["overflows"], before, "the same burst meets no full queue")
    flood(peer, 20)
    call = burst(FLOODED, 1)[0]
    ktap.result(t.wait_until(lambda: closed(call), 20), "an honest client is served beside the SYNs")
    if prom.programs:
        gone = {(PLANTED[port][3], str(port)) for port in (CUT, DRAINED, UNGUARDED)}
        ktap.result(t.wait_until(lambda: not gone & prom.alerts(), 60), "the alerts of what stood go",
                    str(prom.alerts()))


def closed(sock):
    """Has the program taken the connection, and closed it?"""
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False


def figures(port):
    """Counters of a listener, by atcpctl."""
    out = subprocess.run(["atcpctl", "-j", "listeners", f":{port}"], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(out)[0]


def main():
    """The hour."""
    t.private_netns()
    ls.mount()
    peer = r.Peer()
    t.sh("ip route add default dev peer0; sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.peer0.rp_filter=0")
    ktap = t.Ktap()
    assert "atcpctl run" in README
    programs = [subprocess.Popen(["atcpctl", "run", "python3", "-c", PROGRAM, str(port), backlog, pause])
                for port, (backlog, pause, _, _) in PLANTED.items()]
    with tempfile.TemporaryDirectory() as work:
        prom = Prometheus(work)
        try:
            ktap.result(t.wait_until(lambda: all(f":{port}" in tool("listeners", check=False)
                                                 for port in PLANTED), 60), "five programs run on atcp")
            stock_tools(ktap)
            if prom.programs:
                ktap.result(t.wait_until(lambda: all(prom.sees(port) for port in PLANTED), 120),
                            "Prometheus has their series", str(prom.ask("targets")))
            # By somebody else: a worker that was taken out and forgotten, and a guard that nobody armed.
            tool("listener", f":{DRAINED}", "set", "drain=1")
            tool("listener", f":{UNGUARDED}", "set", "guard=1")
            tool("listener", f":{SHORT}", "set", "syn_backlog=256")
            calls = rush(programs[0]) + burst(DRAINED, 3)
            flood(peer)
            said = found(ktap, prom)
            mended(ktap, prom, said, peer, programs[0])
            for one in calls:
                one.close()
        finally:
            prom.end()
            for one in programs:
                one.kill()
                one.wait()
    ktap.end()


if t.STACK == "tcp":
    t.skip_all("it is about atcp")
if not shutil.which("atcpctl"):
    t.skip_all("no atcpctl")
main()
