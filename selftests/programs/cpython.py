#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""CPython's own tests of sockets, one outcome a test.

# timeout: 1500
# packages: libpython3.11-testsuite python3
"""
import os
import subprocess
import sys
import unittest

MODULES = ["test_select", "test_selectors", "test_epoll", "test_poll", "test_socketserver", "test_httpservers",
           "test_socket", "test_ssl", "test_asyncio"]
# What takes long and opens no sockets, and what wants the Internet.
LEFT_OUT = ("test_asyncio.test_subprocess", "test_asyncio.test_tasks", "test_asyncio.test_futures",
            "test_asyncio.test_queues", "test_asyncio.test_locks", "test_asyncio.test_runners", "SendfileTryFallback",
            "test_ssl.NetworkedTests")


def name_of(test):
    """What a test is called in the outcomes."""
    return test.id().replace("test.", "", 1).replace(" ", "_").replace(":", "_")


class Outcomes(unittest.TestResult):
    """Prints a line for each test, at once."""

    def say(self, test, what):
        print(f"\n= {name_of(test)}: {what}", flush=True)

    def addSuccess(self, test):
        self.say(test, "ok")

    def addSkip(self, test, reason):
        self.say(test, "skip")

    def addExpectedFailure(self, test, err):
        self.say(test, "expected")

    def addUnexpectedSuccess(self, test):
        self.say(test, "unexpected")

    def addFailure(self, test, err):
        print(f"\n# {test.id()}\n{self._exc_info_to_string(err, test)}")
        self.say(test, "FAIL")

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addFailure(test, err)


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def wanted(module, tests):
    """Those that are to be run: all, or what differed at the first try."""
    only = set(os.environ.get("ONLY", "").split("\n")) - {""}
    names = {name_of(test): test for test in tests}
    if only and module not in only and only & names.keys():
        return [names[name] for name in only & names.keys()]
    return tests


def run_module(module):
    """Runs the tests of one module in this process."""
    import test.support
    test.support.verbose = 0
    # Nothing that takes much time.
    test.support.use_resources = ["network"]
    suite = unittest.TestLoader().loadTestsFromName("test." + module)
    kept = [t for t in flat(suite) if not any(out in t.id() for out in LEFT_OUT)]
    unittest.TestSuite(wanted(module, kept)).run(Outcomes())
    sys.stdout.flush()
    # A thread that a test left behind is not waited for.
    os._exit(0)


def main():
    """A process for each module."""
    if len(sys.argv) > 1:
        run_module(sys.argv[1])
    only = os.environ.get("ONLY", "")
    for module in os.environ.get("ATCP_MODULES", "").split() or MODULES:
        if only and module not in only:
            continue
        command = os.environ["RUN"].split() + [sys.executable, os.path.abspath(__file__), module]
        status = subprocess.run(command, check=False).returncode
        print(f"\n= {module}: {'ok' if status == 0 else 'FAIL'}", flush=True)


main()
