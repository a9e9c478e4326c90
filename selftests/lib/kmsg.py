# SPDX-License-Identifier: GPL-2.0
"""What the kernel says while a test runs."""
import os


class Log:
    """The kernel's messages from now on."""

    def __init__(self):
        self.netns = os.stat("/proc/thread-self/ns/net").st_ino
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.lines = []

    def count(self, text):
        """How many messages have had TEXT."""
        while True:
            try:
                self.lines.append(os.read(self.fd, 8192).decode())
            except BlockingIOError:
                break
            except BrokenPipeError:
                continue
        return sum(text in line for line in self.lines)

    def said(self, text):
        """How many messages have begun with TEXT, and said that it is of this namespace."""
        self.count(text)
        return sum(f";atcp: netns {self.netns}: {text}" in line for line in self.lines)
