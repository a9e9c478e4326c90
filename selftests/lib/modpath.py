# SPDX-License-Identifier: GPL-2.0
"""A module path of a test's own, in which the kernel's modprobe(8) looks while the test runs."""
import contextlib
import os
import shutil
import tempfile

import atcptest as t

MODPROBE = "/proc/sys/kernel/modprobe"
HERE = os.path.dirname(os.environ.get("ATCP_KO", "/mnt/atcp.ko"))


def _put(text):
    """The program that the kernel calls."""
    with open(MODPROBE, "w", encoding="ascii") as file:
        file.write(text)


@contextlib.contextmanager
def modules(*names):
    """A path with the modules NAMES. Yields the file with what was asked for, or None where the kernel calls nothing."""
    if not os.path.exists(MODPROBE):
        yield None
        return
    tree = tempfile.mkdtemp()
    where = f"{tree}/lib/modules/{os.uname().release}"
    os.makedirs(where)
    for name in names:
        shutil.copy(f"{HERE}/{name}.ko", where)
    for name in ("builtin", "order"):
        open(f"{where}/modules.{name}", "w", encoding="ascii").close()
    t.sh(f"depmod -b {tree}", check=False)
    script, asked = f"{tree}/modprobe", f"{tree}/asked"
    with open(script, "w", encoding="ascii") as file:
        file.write(f'#!/bin/sh\necho "$@" >> {asked}\nexec /sbin/modprobe -d {tree} -C {tree}/none "$@"\n')
    os.chmod(script, 0o755)
    with open(MODPROBE, encoding="ascii") as file:
        was = file.read().strip()
    _put(script)
    try:
        yield asked
    finally:
        _put(was)
        shutil.rmtree(tree)
