# SPDX-License-Identifier: GPL-2.0
"""/sys/kernel/atcp/listeners for tests: find a listener's directory, read it, turn it."""
import os
import subprocess


# Where the tree is: in a namespace of its own a test mounts it anew.
TOP = "/sys/kernel/atcp/listeners"


def mount():
    """Mounts sysfs for the namespace that private_netns() made."""
    subprocess.run(["mount", "-t", "sysfs", "none", "/sys"], check=True)


def ids():
    """The listeners that this namespace shows."""
    return sorted(int(name) for name in os.listdir(TOP))


def path(sock, name=""):
    """The directory of a listening socket, or a file in it."""
    inode = str(os.fstat(sock.fileno()).st_ino)
    for number in ids():
        with open(f"{TOP}/{number}/inode", encoding="ascii") as file:
            if file.read().strip() == inode:
                return f"{TOP}/{number}/{name}"
    raise OSError(f"no directory of inode {inode}")


def read(sock, name):
    """The text of a file."""
    with open(path(sock, name), encoding="ascii") as file:
        return file.read().strip()


def write(sock, name, value):
    """Turns a knob."""
    file = os.open(path(sock, name), os.O_WRONLY)
    try:
        os.write(file, str(value).encode())
    finally:
        os.close(file)


def stats(sock):
    """The counters by name."""
    return {line.split()[0]: int(line.split()[1])
            for line in read(sock, "stats").splitlines()}


def histogram(sock, name):
    """The buckets: (low, high, count), times in us."""
    return [(int(f[0]), None if f[1] == "inf" else int(f[1]), int(f[2]))
            for f in (line.split() for line in read(sock, name).splitlines())]


