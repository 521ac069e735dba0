"""Starts commands in processes of their own, kills them, and keeps what the disk holds before each operation."""

import contextlib
import dataclasses
import hashlib
import os
import pathlib
import random
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from tests.faults import commands

# Python's audit events that change a disk; `open` does if it writes.
_CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.fsync"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CRASHED = 70
_SECONDS_BETWEEN_LOOKS = 0.001


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a command ended, and the processor time that it took; `code` is negative if it was killed."""

    code: int
    seconds: float
    said: str


def start(
    name: str, place: pathlib.Path, *, prepare: Callable[[], None] = lambda: None, kill_after: float | None = None
) -> Outcome:
    """Runs a command in a fork of this process, which must not have computed with TensorFlow.

    Args:
        name: of the command.
        place: the folder of all files.
        prepare: called in the new process.
        kill_after: seconds of processor time until it is killed, if it has not ended. On a busy machine they fall on
            the same moments of the command.
    """
    log = place.with_name("said.txt")
    log.write_text("")
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        _be(name, place, log, prepare)
    if kill_after is not None:
        _wait_for_processor_time(pid, kill_after)
        os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    seconds = _processor_time(pid)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(ProcessLookupError):  # what it had started goes with it, as when its machine is gone
        os.killpg(pid, signal.SIGKILL)
    return Outcome(code, seconds, log.read_text(errors="replace")[-4000:])


def _processor_time(pid: int) -> float:
    """Seconds that a process has had of the processors, also where it has ended and is not waited for yet."""
    return time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid gives on Linux


def _wait_for_processor_time(pid: int, seconds: float) -> None:
    """Returns when a process has had so much of the processors, or has ended."""
    while _processor_time(pid) < seconds and not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _be(name: str, place: pathlib.Path, log: pathlib.Path, prepare: Callable[[], None]) -> None:
    """What the new process does; does not return."""
    code = _CRASHED
    try:
        os.setsid()
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        prepare()
        code = commands.call(name, place)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def on_operations(act: Callable[[], None], place: pathlib.Path) -> None:
    """Has `act` called before every operation by which Python code of this process changes the place."""
    is_at_it = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal is_at_it
        if is_at_it or not _changes(event, arguments, str(place)):
            return
        is_at_it = True
        try:
            act()
        finally:
            is_at_it = False

    def fsync(descriptor: Any) -> None:  # of which Python tells nobody
        sys.audit("os.fsync", descriptor)
        whole(descriptor)

    whole, os.fsync = os.fsync, fsync
    sys.addaudithook(hook)


def _changes(event: str, arguments: tuple[Any, ...], place: str) -> bool:
    if event == "open":
        path, _, flags = arguments
        if not isinstance(flags, int) or not flags & _WRITES or isinstance(path, int):
            return False
    elif event not in _CHANGES:
        return False
    first = arguments[0]
    # One that is relative to an open folder is taken for one of the place's.
    return not isinstance(first, str | os.PathLike) or not os.path.isabs(first) or os.fspath(first).startswith(place)


def keep_states(place: pathlib.Path, states: pathlib.Path) -> Callable[[], None]:
    """Keeps, in folders 0, 1, ... of `states`, the place as a SIGKILL before each operation would leave it.

    Such a kill takes nothing from the disk but what the process had not yet handed to the operating system, and neither
    has a copy of the place. States that are equal are kept once; `states`/operations counts all.
    """
    states.mkdir()
    seen: set[str] = set()
    count = 0

    def keep() -> None:
        nonlocal count
        count += 1
        (states / "operations").write_text(str(count))
        digest = _digest(place)
        if digest not in seen:
            shutil.copytree(place, states / str(len(seen)), symlinks=True)
            seen.add(digest)

    return lambda: on_operations(keep, place)


def _digest(place: pathlib.Path) -> str:
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(place):
        folders.sort()
        digest.update(f"{folder} {folders} {sorted(files)}".encode(errors="surrogateescape"))
        for name in sorted(files):
            if "tfevents" not in name:
                digest.update(pathlib.Path(folder, name).read_bytes())
    return digest.hexdigest()


def kill_at(number: int, delay: float, place: pathlib.Path) -> Callable[[], None]:
    """Kills the process some seconds after its operation of this number began."""
    count = 0

    def at_operation() -> None:
        nonlocal count
        count += 1
        if count == number:
            if delay:
                threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL)).start()
            else:
                os.kill(os.getpid(), signal.SIGKILL)

    return lambda: on_operations(at_operation, place)


def random_kill(draws: random.Random, seconds: float, operations: int, place: pathlib.Path) -> dict[str, Any]:
    """Arguments of `start` for a kill: half at any moment, half soon after an operation, where most can break."""
    if draws.random() < 0.5 or not operations:
        return {"kill_after": draws.uniform(0.0, seconds)}
    delay = draws.choice((0.0, draws.uniform(0.0, 0.02)))
    return {"prepare": kill_at(draws.randint(1, operations), delay, place)}
