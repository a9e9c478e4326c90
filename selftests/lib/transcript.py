# SPDX-License-Identifier: GPL-2.0
"""Commands and what they print, as a page shows them: run one by one in a shell, and compared."""
import re
import subprocess

PROMPT = "# "


def blocks(text):
    """The literal blocks that have commands: lists of (command, lines that it prints)."""
    for block in re.findall(r"::\n\n((?:(?: {4}.*)?\n)+)", text):
        lines = [line[4:].rstrip() for line in block.rstrip("\n").split("\n")]
        if not lines[0].startswith(PROMPT):
            continue
        steps = []
        for line in lines:
            if line.startswith(PROMPT):
                steps.append((line[len(PROMPT):], []))
            elif steps[-1][0].endswith("\\") and not steps[-1][1]:
                steps[-1] = (f"{steps[-1][0]}\n{line}", [])
            else:
                steps[-1][1].append(line)
        yield steps


def pattern(lines):
    """... is what varies within a line, and any lines where it stands alone; so are blanks."""
    out = ""
    for line in lines:
        if line.strip() == "...":
            out += r"(?:.*\n)*?"
            continue
        words = re.split(r"(\.\.\.| +)", line.strip())
        out += r"[ \t]*" + "".join(r".*?" if w == "..." else r"[ \t]+" if w.isspace() else re.escape(w)
                                   for w in words if w) + r"[ \t]*\n"
    return re.compile(out)


class Shell:
    """One shell for all of a page, as somebody at a terminal has it."""

    MARK = "=== that was it ==="

    def __init__(self):
        # pylint: disable=consider-using-with
        self.proc = subprocess.Popen(["bash", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, bufsize=1)

    def run(self, command):
        """What COMMAND prints, on both."""
        self.proc.stdin.write(f"{command}\necho \"{self.MARK}\"\n")
        self.proc.stdin.flush()
        out = ""
        for line in self.proc.stdout:
            head, mark, _ = line.partition(self.MARK)
            out += head
            if mark:
                if head:
                    out += "\n"
                return out
        raise AssertionError(f"{command}: the shell ended; it said: {out}")

    def end(self):
        """And all that was started in it."""
        self.proc.stdin.close()
        self.proc.kill()
        self.proc.wait()


def check(shell, command, wanted):
    """One step: what is printed is what the page has."""
    out = shell.run(command)
    # What a job of the shell's says of itself is not the command's.
    out = re.sub(r"^\[\d+\].*\n", "", out, flags=re.M)
    if not pattern(wanted).fullmatch(out):
        raise AssertionError("\n".join([f"$ {command}", "the page has:", *wanted, "it printed:", out]))
