#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Documentation/tour.rst: every command is run, and prints what the page says."""
# timeout: 200
# platforms: stock uml
# check: uml
import os
import shutil
import sys

sys.path.insert(0, "lib")
import atcptest as t
import listeners as ls
import transcript

PAGE = "../Documentation/tour.rst"

if t.STACK == "tcp":
    t.skip_all("it is about atcp")
for program in ("atcpctl", "ab", "curl", "python3"):
    if not shutil.which(program):
        t.skip_all(f"no {program}")
results = t.Ktap()
# As "make vm" begins, but with addresses that nobody else has.
t.private_netns()
ls.mount()
os.environ["TERM"] = "dumb"
shell = transcript.Shell()
with open(PAGE, encoding="utf-8") as page:
    for steps in transcript.blocks(page.read()):
        for command, wanted in steps:
            results.run(command.split("\n", 1)[0], transcript.check, shell, command, wanted)
shell.end()
results.end()
