"""The table of what runs, on a terminal of its own."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading

from studies.conftest import made
from studies.test_local_engine import FAKE, LOSSES, behave, until


class Screen:
    """What a terminal shows of what is written to it: carriage returns, line feeds, and cursors that go up."""

    def __init__(self, descriptor):
        self._descriptor, self._text = descriptor, ""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with contextlib.suppress(OSError):  # where nobody has the other end any more
            while part := os.read(self._descriptor, 2**16):
                self._text += part.decode(errors="replace")

    def close(self):
        self._thread.join()
        os.close(self._descriptor)

    def lines(self):
        rows, row, column = [""], 0, 0
        for part in re.findall(r"\x1b\[A|\r|\n|[^\r\n\x1b]+", self._text):
            if part == "\r":
                column = 0
            elif part == "\n":
                row += 1
                rows += [""] * (row + 1 - len(rows))
            elif part == "\x1b[A":
                row = max(0, row - 1)
            else:
                before = rows[row].ljust(column)
                rows[row] = before[:column] + part + before[column + len(part) :]
                column += len(part)
        return [each.rstrip() for each in rows if each.strip()]


def test_a_terminal_shows_what_runs_below_the_events(tmp_path, repository):
    made(tmp_path, loss=LOSSES[:2])
    behave(tmp_path, {0: "wait", 2: "wait"})
    code = (
        "import sys\nfrom compare_gan_tf2.commands import study\nfrom compare_gan_tf2.studies.engines import local\n"
        "local.COMMAND = tuple(sys.argv[1:3])\nsys.exit(study.main(['compare_gan_study', *sys.argv[3:]]))"
    )
    ours, its = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    screen = Screen(ours)
    words = [sys.executable, "-c", code, *FAKE, "run", tmp_path, "--jobs", "2"]
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    with subprocess.Popen(words, cwd=repository, env=environment, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        try:
            until(lambda: sum("step 0/40" in line for line in screen.lines()) == 2)
            assert screen.lines()[0] == "0/4 finished, 2 waiting"
            (tmp_path / "0/go").touch()
            until(lambda: "3/4 finished, 0 waiting" in screen.lines())
            *events, _, running = screen.lines()
            assert len(events) == 3 and running.startswith("task 2  step 0/40  ") and "loss=least_sq" in running
            (tmp_path / "2/go").touch()
        except BaseException:
            process.kill()
            raise
    screen.close()
    *events, last = screen.lines()
    assert last == "all 4 tasks done" and len(events) == 4
    assert all(re.fullmatch(r"study \d/4: task \d done, FID 3, \d+ s", each) for each in events)
