# SPDX-License-Identifier: GPL-2.0
"""Runs packet scripts: plays the peer, makes the calls, and compares what the stack does with what is written.

What the stack sends and the script does not say is a failure, at the next line or at the end. A failure names the
line, what was wanted, what came, and all that went before it.
"""
import ast
import fcntl
import os
import signal
import socket
import struct
import subprocess
import threading
import time

import atcptest as t
import pkt_info
import txstamp
from pkt_calls import Calls, Mismatch
from pkt_wire import MASK, Flow, Seg, Wire

EARLY = LATE = 0.004     # seconds
TICK = time.clock_getres(6)         # CLOCK_MONOTONIC_COARSE: 1 / HZ
# A call that should return at once and does not, or a segment at any time: so long is waited.
PATIENCE = 100
# Every script begins at a multiple of this, in seconds: the timer wheel, whose slots are the wider the further
# away they are, rounds the same way each time. Nobody waits where the clock travels; elsewhere there is no such
# order, and the machine may be busy.
with open("/proc/cmdline", encoding="ascii") as cmdline:
    TRAVEL = "time-travel" in cmdline.read()
ALIGN = 10.24
SIOCSIFMTU = 0x8922
# What a script finds, whatever the defaults and the memory of the machine are.
ALWAYS = (("tcp_no_metrics_save", "1"), ("tcp_fastopen_blackhole_timeout_sec", "0"),
          ("tcp_rmem", "4096 131072 6291456"), ("tcp_wmem", "4096 1048576 4194304"), ("tcp_fastopen", "3"), ("tcp_syn_linear_timeouts", "0"))


class Failure(Exception):
    """What differs."""


def sysctl_path(name, stack):
    """The file of a knob by Linux's name, with or without net.ipv4. and tcp_."""
    name = name.removeprefix("net.ipv4.")
    if name.startswith("tcp_") or name in ("net.core.somaxconn", "ip_local_port_range"):
        short = name.removeprefix("tcp_").removeprefix("net.core.").removeprefix("ip_")
        path = t.sysctl_path(short, stack)
        return path if os.path.exists(path) or stack != "tcp" else "/proc/sys/net/ipv4/" + name
    return "/proc/sys/" + (name if name.startswith("net.") else "net.ipv4." + name).replace(".", "/")


class Knobs:
    """Sysctls that are turned for a while."""

    def __init__(self):
        self.before = {}

    def set(self, name, value, stack):
        """Turns one; what it was is kept."""
        path = sysctl_path(name, stack)
        with open(path, encoding="ascii") as file:
            now = file.read().strip()
        if now.split() == str(value).split():
            return
        self.before.setdefault(path, now)
        with open(path, "w", encoding="ascii") as file:
            file.write(str(value))

    def restore(self):
        """Turns all back."""
        for path, value in self.before.items():
            with open(path, "w", encoding="ascii") as file:
                file.write(value or "\n")
        self.before.clear()


class Machine:
    """What all runs share: the devices, fresh ports and addresses."""

    def __init__(self):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))     # its sleeps end when they should
        self.wire = Wire()
        self.runs = 0
        self.mtu = 1500
        for stack in {"tcp", t.STACK}:
            for name, value in ALWAYS:
                if os.path.exists(sysctl_path(name, stack)):
                    Knobs().set(name, value, stack)
            try:
                Knobs().set("tcp_congestion_control", "cubic", stack)
            except PermissionError:     # not for namespaces, where it is not the host's default
                Knobs().set("tcp_congestion_control", "reno", stack)
        Knobs().set("net.ipv4.icmp_ratelimit", 0, "tcp")
        signal.signal(signal.SIGALRM, self.alarm)

    @staticmethod
    def alarm(*_):
        """A call of the main thread hangs."""
        raise TimeoutError("a call did not return")

    def quiet(self, until):
        """Waits, and answers what comes meanwhile with a reset: connections of earlier scripts end."""
        for v6 in (False, True):
            while packet := self.wire.read(v6, 0):
                self.wire.reset(packet)
        now = time.monotonic()
        if until > now:
            time.sleep(until - now)
            self.quiet(0)

    def set_mtu(self, mtu):
        """The devices' MTU."""
        if mtu != self.mtu:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                for name, more in ((b"wire4", 0), (b"wire6", 20)):
                    fcntl.ioctl(sock, SIOCSIFMTU, struct.pack("16si12x", name, mtu + more))
            self.mtu = mtu

    def run(self, script, stack, family):
        """Runs a script; returns None, or what is wrong with what came before it."""
        self.runs += 1
        knobs = Knobs()
        self.set_mtu(script.mtu)
        self.wire.offload(script.offload)
        now = time.monotonic()
        self.quiet(now - now % ALIGN + ALIGN if TRAVEL else now)
        run = Run(self, script, stack, family, knobs)
        try:
            for name, value in script.sysctls:
                if not name.startswith("?") or os.path.exists(sysctl_path(name[1:], stack)):
                    knobs.set(name.lstrip("?"), value, stack)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE + sum(e.end for e in script.events))
            run.play()
            return None
        except Failure as failure:
            return run.story(str(failure))
        except (ValueError, KeyError, OSError, Mismatch, AssertionError) as error:
            return run.story(f"{type(error).__name__}: {error}")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            run.end()
            knobs.restore()


class Run:
    """One script on one stack over one family."""

    def __init__(self, machine, script, stack, family, knobs):
        self.wire, self.script, self.stack, self.family, self.knobs = machine.wire, script, stack, family, knobs
        self.v6 = family == "v6"
        self.here, self.peer = self.wire.addresses(self.v6, machine.runs)
        self.port = 1024 + machine.runs % 20000
        self.peer_port = 30000 + machine.runs * 16 % 30000
        self.flows = {}         # by their numbers
        self.variables = {}
        self.calls = Calls(self)
        self.queue = []         # what came and was not looked at
        self.trace = []
        self.threads = []
        self.event = None
        self.counters = None
        self.counted = {}
        self.start = self.base = time.monotonic()
        if any(e.code and "count(" in e.code for e in script.events):
            self.counters = t.counters(stack)

    def host(self, address):
        """An address as this family's programs write it."""
        return "::ffff:" + address if self.family == "mapped" else address

    def flow(self, number):
        """The flow of that number."""
        if number not in self.flows:
            flow = Flow(number, self.v6, self.here, self.peer, self.peer_port + number, self.port, self.script.isn)
            flow.urgent = False
            self.flows[number] = flow
        return self.flows[number]

    # --- the wire

    def note(self, mark, what, when=None):
        """Puts something in the trace."""
        self.trace.append(((time.monotonic() if when is None else when) - self.start, mark, what))

    def poll(self, timeout):
        """The next segment of a flow within TIMEOUT: (flow, segment), or None."""
        end = time.monotonic() + timeout
        while packet := self.wire.read(self.v6, end - time.monotonic()):
            flow = self.flows.get(packet.sport - self.peer_port)
            if not flow or packet.peer != flow.peer:
                self.wire.reset(packet)
                continue
            if flow.dport != packet.dport:
                flow.dport = packet.dport
            seg = flow.decode(packet)
            self.note(f"> @{flow.number}" if flow.number != 1 else ">", seg, seg.time)
            return flow, seg
        return None

    def wait(self, until):
        """Until then; what comes is queued, and must have been expected."""
        while True:
            got = self.poll(until - time.monotonic())
            if not got:
                break
            self.queue.append(got)
        self.check_queue(until - EARLY)

    def check_queue(self, before):
        """Nothing may have come BEFORE that the script has no line for."""
        for flow, seg in self.queue:
            if seg.time < before:
                raise Failure(f"came, and the script says nothing of it: {self.show(flow, seg)}")

    def show(self, flow, seg):
        """A segment as a script's line."""
        number = f" @{flow.number}" if flow.number != 1 else ""
        return f"{seg.time - self.start:.3f} >{number} {seg}"

    # --- the script

    def play(self):
        """All its lines."""
        for self.event in self.script.events:
            event = self.event
            at, end = event.at, event.end
            if event.relative:
                at, end = self.base + at, self.base + end
            else:
                at, end = self.start + at, self.start + end
            if event.kind == "out":
                self.expect(event, at, end)
                continue
            self.wait(at)
            self.base = max(at, self.base)
            if event.kind == "in":
                self.send(event)
            elif event.kind == "call":
                self.call(event, at, end)
            elif event.kind == "code":
                self.assert_(event.code)
            elif event.kind == "command":
                self.command(event.code)
        self.event = None
        # What is sent at once is there; a thread may still run.
        for thread in self.threads:
            thread.join(PATIENCE)
            self.check_thread(thread)
        self.wait(time.monotonic())
        self.check_queue(float("inf"))

    def send(self, event):
        """< ..."""
        flow = self.flow(event.flow)
        if event.icmp:
            four, six, mtu, seg = event.icmp
            kind = six if self.v6 else four
            if not kind or kind[1] is None:
                raise Failure("IPv6 has no such error")
            self.note("<", event.text.partition("<")[2].strip())
            self.wire.write(self.v6, flow.icmp(*kind, mtu + 20 if self.v6 and mtu else mtu, seg))
            return
        seg = event.seg
        flow.urgent = flow.urgent or "U" in seg.flags
        self.note(f"< @{flow.number}" if flow.number != 1 else "<", seg)
        self.wire.write(self.v6, flow.encode(seg, self.variables))

    def expect(self, event, at, end):
        """> ...: one segment, or all that one line stands for."""
        wanted, left = event.seg, event.seg.length
        early, late = self.margins(end - self.base)
        if event.any_time:
            end, late = time.monotonic() + PATIENCE, 0
        seq, size = wanted.seq, 0
        while True:
            got = self.queue.pop(0) if self.queue else self.poll(end + late - time.monotonic())
            if not got:
                raise Failure("nothing came")
            flow, seg = got
            if flow.number != event.flow:
                raise Failure(f"came: {self.show(flow, seg)}")
            part = not self.script.offload and 0 < seg.length < left and not set("SFR") & set(seg.flags)
            differs = self.compare(flow, wanted, seg, seq, part)
            if part and size and seg.length != size:
                differs.append(f"{seg.length} bytes after segments of {size}")
            if not event.any_time and not at - early <= seg.time <= end + late:
                differs.append(f"it came {seg.time - self.base:+.6f} s after the line before")
            if differs:
                raise Failure(f"came: {self.show(flow, seg)}\n{'; '.join(differs)}")
            size = size or seg.length
            seq = (seq + seg.length) & MASK
            left -= seg.length
            if not part:
                break
        self.base = seg.time

    def margins(self, span):
        """How much too early and too late something may come SPAN after the line before."""
        busy = 0 if TRAVEL else 0.05
        if self.script.tolerance:
            return self.script.tolerance, self.script.tolerance + busy
        # A timer may be late by a tick or two, and one of many ticks by an eighth.
        return EARLY, LATE + 2 * TICK + busy + (span / 8 if span >= 32 * TICK else 0)

    def compare(self, flow, wanted, seg, seq, part):
        """What of a segment is not as it is WANTED, in words."""
        differs = []
        flags = set(wanted.flags)
        left = (wanted.seq + wanted.length - seq) & MASK
        ignore = {"P", "F"} if part else {"P"} if wanted.any_psh else set()
        if flags - ignore != set(seg.flags) - ignore:
            differs.append(f"flags {seg.flags}, wanted {wanted.flags}")
        if seg.seq != seq:
            differs.append(f"sequence number {seg.seq}, wanted {seq}")
        if not part and seg.length != left:
            differs.append(f"length {seg.length}, wanted {left}")
        for name in ("ack", "win", "urg", "ecn"):
            want, got = getattr(wanted, name), getattr(seg, name)
            if want is not None and want != got:
                differs.append(f"{name} {got}, wanted {want}")
        self.compare_options(flow, wanted, seg, differs)
        if not seg.sum_ok:
            differs.append("a wrong checksum")
        place = (seg.seq - 1 + ("S" in seg.flags)) & MASK
        if seg.length and flow.written and seg.payload != flow.sent[place:place + seg.length]:
            differs.append("bytes that are not what was written")
        return differs

    def compare_options(self, flow, wanted, seg, differs):
        """Options, in their order; what stands for what only the stack knows is kept."""
        if wanted.options is None:
            return
        got = list(seg.options)
        for i, (name, value) in enumerate(wanted.options):
            if i >= len(got) or got[i][0] != name:
                break
            live = got[i][1]
            if name == "TS":
                if flow.ts_shift is None and value[0] is not None:
                    flow.ts_shift = (live[0] - value[0]) & MASK
                    live = (value[0], live[1])
                # Its clock ticks in milliseconds, and is read where the timer was late.
                near = (live[0] - (value[0] or 0) + 1000000) & MASK
                if value[0] is None or abs(near - 1000000) <= 1000 * (self.script.tolerance or LATE + 2 * TICK):
                    live = (value[0], live[1])
                got[i] = name, tuple(None if v is None else x for v, x in zip(value, live))
            elif value is None:
                got[i] = name, None
            elif isinstance(value, str):
                self.variables.setdefault(value[1:], live)
                if self.variables[value[1:]] == live:
                    got[i] = name, value
        if got != list(wanted.options):
            differs.append("the options")

    # --- calls, code, commands

    def call(self, event, at, end):
        """A system call, in a thread if it may sleep."""
        name, arguments, wanted, error = event.call
        if not event.blocking:
            text, good = self.calls.make(name, arguments, wanted, error)
            self.note("", f"{event.text.split(None, 1)[1].rpartition('=')[0].strip()} = {text}")
            if not good:
                raise Failure(f"it gave: {text}")
            return

        def work():
            try:
                thread.result = self.calls.make(name, arguments, wanted, error)
            except (Mismatch, ValueError, KeyError) as failure:
                thread.result = str(failure), False
            thread.ended = time.monotonic()
            self.note("", f"{name}(...) = {thread.result[0]}", thread.ended)

        thread = threading.Thread(target=work, daemon=True)
        thread.event, thread.begin, thread.wanted_end = event, at, end
        thread.result = thread.ended = None
        self.threads.append(thread)
        self.note("", f"{name}(...) ...")
        thread.start()

    def check_thread(self, thread):
        """A call that slept: its result and its time."""
        self.event = thread.event
        if thread.ended is None:
            raise Failure("it did not return")
        if not thread.result[1]:
            raise Failure(f"it gave: {thread.result[0]}")
        span = thread.wanted_end - thread.begin
        early, late = self.margins(span)
        if not thread.wanted_end - early <= thread.ended <= thread.wanted_end + late:
            raise Failure(f"it returned after {thread.ended - thread.begin:.6f} s")

    def count(self, name):
        """How much a counter has grown since the script began."""
        self.counted[name] = t.counter(name, self.stack) - self.counters.get(name, 0)
        return self.counted[name]

    def names(self):
        """What code may use."""
        names = dict(pkt_info.CONSTANTS, count=self.count, stack=self.stack, family=self.family,
                     info=lambda fd: pkt_info.tcp_info(self.calls.handles[fd].sock),
                     stamps=lambda fd: txstamp.all_told(self.calls.handles[fd].sock),
                     sysctl=lambda name, value: self.knobs.set(name, value, self.stack))
        if self.calls.last:
            names.update(pkt_info.tcp_info(self.calls.last.sock))
        return names

    def assert_(self, code):
        """%{ Python }%"""
        names = self.names()
        self.counted.clear()
        try:
            exec(compile(code, f"{self.script.name}:{self.event.line}", "exec"), names)  # pylint: disable=exec-used
        except AssertionError as error:
            used = sorted({node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)})
            values = ", ".join(f"{name} = {names[name]}" for name in used
                               if name in names and not callable(names[name]) and name not in pkt_info.CONSTANTS)
            values = ", ".join([values] * bool(values) + [f"{key} = {n}" for key, n in self.counted.items()])
            raise Failure(f"it does not hold: {values}{' (' + str(error) + ')' if str(error) else ''}") from error

    def command(self, text):
        """`command`, with the peer, the device and the family's ip in its environment."""
        env = dict(os.environ, PEER=self.peer, HERE=self.here, DEV="wire6" if self.v6 else "wire4",
                   IP="ip -6" if self.v6 else "ip -4", PORT=str(self.port))
        done = subprocess.run(text, shell=True, check=False, text=True, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode:
            raise Failure(f"it failed: {done.stdout.strip()}")

    # --- the end

    def end(self):
        """Sockets are closed, and what they leave in the stack is reset."""
        self.calls.end()
        for thread in self.threads:
            thread.join(1)
        for flow in self.flows.values():
            # One that fits, as far as is known here.
            flow.their_isn = 0
            self.wire.write(self.v6, flow.encode(Seg("R", (flow.last_ack - flow.isn) & MASK), {}))

    def story(self, why):
        """The failure's text."""
        lines = [f"{self.script.name}: {self.script.title}"]
        if self.event:
            lines.append(f"line {self.event.line}: {self.event.text}")
        lines += why.split("\n")
        lines.append("so far:")
        lines += [f"  {at:8.3f} {mark:<1} {what}" for at, mark, what in self.trace]
        return "\n".join(lines)
