"""The engine of one machine: worker processes that stay, started by this process, which imports no TensorFlow."""

from __future__ import annotations

import contextlib
import os
import pathlib
import selectors
from collections.abc import Sequence
from typing import Any

from compare_gan_tf2.studies.engines import RunPlan, Summary, _engine
from compare_gan_tf2.studies.engines._handle import Handle
from compare_gan_tf2.studies.engines._processes import COMMAND, Process, end

# Of memory that a worker needs, TensorFlow and a small model.
_BYTES_OF_WORKER = 3 * 2**29
_ABOUT_MEMORY = pathlib.Path("/proc/meminfo")
_ABOUT_CONTAINER = pathlib.Path("/sys/fs/cgroup")


def run(workdir: pathlib.Path, plan: RunPlan, command: Sequence[str] | None = None) -> Summary:
    """Runs all tasks that are not done; see the package.

    Args:
        workdir: of the study.
        plan: what is asked for.
        command: that starts a worker process; the usual one if None.

    Raises:
        UserError: if no worker can start.
        KeyboardInterrupt: after Ctrl-C, once all workers have left their tasks, which go on from there.
    """
    return _engine.run(workdir, plan, _Pool(command or COMMAND))


def default_jobs(threads_each: int) -> int:
    """How many tasks run side by side where nobody says it: as processors and memory allow."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(processors // max(1, threads_each), _memory_available() // _BYTES_OF_WORKER))


def _memory_available() -> int:
    """Bytes that new processes can have; more than any machine has where that is not known."""
    found = [2**60]
    with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
        lines = _ABOUT_MEMORY.read_text().splitlines()
        found.append(1024 * int(next(each for each in lines if each.startswith("MemAvailable:")).split()[1]))
    with contextlib.suppress(OSError, ValueError):  # of a container
        limit, used = (int((_ABOUT_CONTAINER / f"memory.{each}").read_text()) for each in ("max", "current"))
        found.append(limit - used)
    return min(found)


class _Pool:
    """Worker processes of this machine."""

    def __init__(self, command: Sequence[str]):
        self._command = command
        self._selector = selectors.DefaultSelector()

    def most(self, threads: int) -> int:
        return default_jobs(threads)

    def start(self, order: dict[str, Any], threads: tuple[int, int]) -> Process:
        process = Process(self._command, order, threads)
        self._selector.register(process.output, selectors.EVENT_READ, process)
        return process

    def that_spoke(self, seconds: float) -> list[Process]:
        return [key.data for key, _ in self._selector.select(seconds)]

    def forget(self, process: Handle) -> None:
        assert isinstance(process, Process)
        self._selector.unregister(process.output)

    def end(self, *, at_once: bool) -> None:
        end([key.data for key in self._selector.get_map().values()], at_once=at_once)
        self._selector.close()
