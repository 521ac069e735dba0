"""Worker processes of the local engine, as their parent has them."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from typing import IO, Any

import compare_gan_tf2
from compare_gan_tf2.studies.engines._handle import Handle

# Without the folder that the user is in, in which files may have names of modules.
COMMAND = (
    sys.executable,
    "-c",
    "import sys; sys.path[:] = filter(None, sys.path); "
    "from compare_gan_tf2.studies.engines import _child; sys.exit(_child.main())",
)
# Longer than a checkpoint takes; afterwards a process is killed, whose task goes on from the last one.
GRACE_SECONDS = 60.0
_PART = 2**16


class Process(Handle):
    """One worker process of this machine.

    Args:
        command: that starts it.
        order: the first line that it reads.
        threads: that its tasks compute with, within an operation and operations at a time.
    """

    def __init__(self, command: Sequence[str], order: dict[str, Any], threads: tuple[int, int]):
        super().__init__(threads)
        self._printed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115, closed with the process
        self._rest = b""
        # In a session of its own: Ctrl-C is for the parent, which asks it to leave.
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
            env=_environment(),
            start_new_session=True,
        )
        self.send({**order, "threads": list(threads)})

    @property
    def output(self) -> int:
        """The descriptor that its answers come from."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._process.pid

    def send(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone, which its output tells
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def retire(self) -> None:
        self.is_retired = True
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def answers(self) -> list[dict[str, Any]] | None:
        part = os.read(self.output, _PART)
        if not part:
            return None
        *lines, self._rest = (self._rest + part).split(b"\n")
        return [json.loads(line) for line in lines]

    def signal(self, number: int) -> None:
        """Sends it a signal, if it is there."""
        with contextlib.suppress(OSError):
            self._process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        try:
            self._process.wait(max(0.0, seconds))
            return True
        except subprocess.TimeoutExpired:
            return False

    def how_it_ended(self) -> str:
        code = self._process.wait()
        by = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        how = f"its process {by}"
        self._printed.seek(0)
        lines = self._printed.read().decode(errors="replace").strip().splitlines()
        return f"{how}: {lines[-1]}" if lines else how

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._printed):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()


def end(processes: Iterable[Process], *, at_once: bool) -> None:
    """Ends processes, and waits until they are gone; what they do not do in time is not waited for.

    Args:
        processes: that were started.
        at_once: whether they leave their tasks, with a checkpoint, or are idle and only have to go.
    """
    processes = list(processes)
    try:
        for each in processes:
            # One of both: a second notice would not wait for the checkpoint.
            if at_once:
                each.signal(signal.SIGTERM)
            else:
                each.retire()
        last = time.monotonic() + GRACE_SECONDS
        for each in processes:
            each.wait(last - time.monotonic())
    finally:  # also where the user does not want to wait
        for each in processes:
            if not each.wait(0):
                each.signal(signal.SIGKILL)
        for each in processes:
            each.wait(GRACE_SECONDS)
            each.close()


def _environment() -> dict[str, str]:
    """As this process's, so that the same package is found."""
    root = str(pathlib.Path(compare_gan_tf2.__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    # TensorFlow's own log, of which most is noise.
    return {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "PYTHONPATH": os.pathsep.join(paths)}
