# SPDX-License-Identifier: GPL-2.0
"""Command lines of tests, with as few processes as it takes."""
import ctypes
import fcntl
import re
import socket
import struct
import subprocess

SIOCETHTOOL = 0x8946
ETHTOOL_GSTRINGS, ETHTOOL_GSSET_INFO, ETHTOOL_SFEATURES, ETH_SS_FEATURES = 0x1b, 0x37, 0x3b, 4
# What ethtool(8) means by them.
_FEATURES = {"tso": re.compile("tx-tcp.*-segmentation"), "gso": re.compile("tx-generic-segmentation"),
             "gro": re.compile("rx-gro")}

# A process costs a test machine what ten thousand system calls cost a host: command lines that are nothing but settings
# take one for all that ip(8) is to do, none for sysctl(8) and "ethtool -K" of what is above, and no shell.
_PLAIN = re.compile(r"[\w\s;=.,:/@%+-]+")
_BATCH = {"add", "append", "change", "del", "delete", "flush", "replace", "set"}


def _settings(command):
    """The steps of a command line of ip, tc, ethtool and "sysctl -qw": lists of a program's words and lines that it
    reads, or None. None at all for a line that needs a shell."""
    steps = []
    for words in [part.split() for part in command.split(";")] if _PLAIN.fullmatch(command) else [["sh"]]:
        if not words:
            continue
        if words[0] == "ip":
            at = next((i for i, word in enumerate(words) if i and word[0] != "-" and words[i - 1] != "-n"), 0)
            if not at or words[at] == "netns":
                return None
            if len(words) > at + 1 and words[at + 1] in _BATCH:
                program, line = words[:at] + ["-force", "-batch", "-"], " ".join(words[at:])
                if steps and steps[-1][0] == program:
                    steps[-1][1].append(line)
                else:
                    steps.append((program, [line]))
                continue
        elif words[0] == "sysctl":
            if words[1:2] != ["-qw"] or not all("=" in word for word in words[2:]):
                return None
        elif words[0] not in ("tc", "ethtool"):
            return None
        steps.append((words, None))
    return steps


def _ethtool(sock, device, command, room):
    """One of SIOCETHTOOL's calls: what it returns, and its structure of ROOM more bytes than COMMAND as it is then."""
    data = ctypes.create_string_buffer(command, len(command) + room)
    status = fcntl.ioctl(sock, SIOCETHTOOL, struct.pack("16sQ16x", device.encode(), ctypes.addressof(data)))
    return status, data.raw


def _set_features(device, pairs):
    """What "ethtool -K DEVICE" does: of ("tso", "on") and the like."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        count = struct.unpack_from("I", _ethtool(sock, device, struct.pack("=IIQ", ETHTOOL_GSSET_INFO, 0,
                                                                           1 << ETH_SS_FEATURES), 4)[1], 16)[0]
        names = _ethtool(sock, device, struct.pack("III", ETHTOOL_GSTRINGS, ETH_SS_FEATURES, count), 32 * count)[1][12:]
        blocks = [[0, 0] for _ in range((count + 31) // 32)]
        for feature, how in pairs:
            for bit in range(count):
                if _FEATURES[feature].fullmatch(names[32 * bit:32 * bit + 32].split(b"\0")[0].decode()):
                    blocks[bit // 32][0] |= 1 << bit % 32
                    blocks[bit // 32][1] |= (how == "on") << bit % 32
        _ethtool(sock, device, struct.pack(f"{2 + 2 * len(blocks)}I", ETHTOOL_SFEATURES, len(blocks),
                                           *(word for block in blocks for word in block)), 0)


def _set_knobs(settings):
    """What "sysctl -qw" does: of "name=value"."""
    for name, value in (setting.split("=", 1) for setting in settings):
        with open("/proc/sys/" + name.replace(".", "/"), "w", encoding="ascii") as file:
            file.write(value + "\n")


def _step(words, lines):
    """Does one: its status, which of several lines is that of the last, and what it printed."""
    try:
        if words[0] == "sysctl":
            return 0, _set_knobs(words[2:]) or ""
        if words[:2] == ["ethtool", "-K"] and set(words[3::2]) <= set(_FEATURES) and set(words[4::2]) <= {"on", "off"}:
            return 0, _set_features(words[2], zip(words[3::2], words[4::2])) or ""
    except OSError as error:
        return 1, f"{words[0]}: {error}\n"
    done = subprocess.run(words, check=False, text=True, input=lines and "\n".join(lines) + "\n",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    failed = re.findall(r"Command failed -:(\d+)", done.stdout) if lines else []
    return (str(len(lines)) in failed if failed else done.returncode), done.stdout


def sh(command, check=True):
    """Runs a command line; returns what it printed."""
    steps = _settings(command)
    if steps:
        said = ""
        for step in steps:
            status, out = _step(*step)
            said += out
    else:
        done = subprocess.run(command, shell=True, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        status, said = done.returncode, done.stdout
    if check and status:
        raise OSError(f"{command}: {said.strip()}")
    return said
