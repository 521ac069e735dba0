"""One attempt at a task by one process: claimed, its output in a log, its failure on record (no TensorFlow)."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator

from compare_gan_tf2 import claims, display
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import failures, state
from compare_gan_tf2.task_folder import score_table, tasks
from compare_gan_tf2.task_folder.column_names import is_fid

LOG_FILE = "log.txt"
# Held for the whole attempt; training and evaluation have claims of their own besides, as single commands have.
ROLE = "run"
FAILED, HELD = "failed", "held"
# Of training and evaluation, by which a task may be held that no study runs.
_ROLES = (ROLE, "train", "evaluate")
_MOST_LOG_BYTES = 2**20
_SECONDS_BETWEEN_TRIMS = 10.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of an attempt.

    Attributes:
        state: the task's state (`state.STATES`) after it, or HELD by another process, which is no failure.
        line: why it failed, or who holds it; else "".
        kind: of a failure, as in `failures`; else "".
        seconds: that it took.
        fid: the last one that the task has; None if it has none.
    """

    state: str
    line: str = ""
    kind: str = ""
    seconds: float = 0.0
    fid: float | None = None


def attempt(run: Callable[[pathlib.Path], None], folder: pathlib.Path, until: int | None = None) -> Outcome:
    """Has a task run, unless another process holds it or it is over.

    What is printed meanwhile, by libraries too, is added to <folder>/log.txt.

    Args:
        run: trains and scores the task in a folder, whatever is left of it.
        folder: of the task.
        until: the step at which `run` pauses the training; None for its end.

    Raises:
        SystemExit: after a notice to leave, as `run` raises it.
    """
    start = time.monotonic()
    if not _is_there(folder):  # claiming would make the folder again
        return _removed(folder)
    if holder := _holder(folder):
        return Outcome(HELD, f"at {holder.host}, process {holder.pid}")
    try:
        with claims.claim(folder, ROLE):
            outcome = _outcome(run, folder, until)
    except claims.HeldError as error:
        # Claims go with the folder.
        return Outcome(HELD, str(error)) if _is_there(folder) else _removed(folder)
    except UserError as error:
        outcome = _failed(folder, error)
    return dataclasses.replace(outcome, seconds=time.monotonic() - start)


def _outcome(run: Callable[[pathlib.Path], None], folder: pathlib.Path, until: int | None) -> Outcome:
    """Has a task run that this process holds."""
    try:
        before = state.of_task(folder, ignore_claims=True)
        if before.state not in (*state.OVER, "damaged") and not state.has_paused(folder, before, until):
            with _logged(folder):
                run(folder)
        after = state.of_task(folder, ignore_claims=True)
        if after.state == "damaged":
            return Outcome(FAILED, after.reason, failures.USER)
        is_left = not (after.is_over or state.has_paused(folder, after, until))
        if is_left and after.state != "failed":  # an earlier failure is not this one's
            raise RuntimeError(
                f"it ended in state {after.state}, with {after.scored} of {after.due} checkpoints scored"
            )
        failures.forget(folder)
        return Outcome(state.of_task(folder, ignore_claims=True).state, fid=_fid(folder))
    except claims.HeldError:
        raise
    except Exception as error:
        return _failed(folder, error)


def _is_there(folder: pathlib.Path) -> bool:
    return (folder / tasks.TASK_FILE).exists()


def _removed(folder: pathlib.Path) -> Outcome:
    return Outcome(FAILED, f"no task in {folder}: it was removed", failures.USER)


def _holder(folder: pathlib.Path) -> claims.Holder | None:
    """Who works at a task and lives, as far as one look can tell."""
    found = (claims.holder(folder, role) for role in _ROLES)
    return next((each for each in found if each and each.is_alive), None)


def _failed(folder: pathlib.Path, error: Exception) -> Outcome:
    if not _is_there(folder):
        return _removed(folder)
    kind = failures.USER if isinstance(error, UserError) else failures.ERROR
    line = in_words(error)
    # What cannot be written down is still said.
    with contextlib.suppress(UserError, OSError):
        failures.record(folder, line, kind, folder / LOG_FILE)
    return Outcome(FAILED, line, kind)


def in_words(error: BaseException) -> str:
    """An exception in one line; other than a user's mistake with its type's name."""
    if isinstance(error, UserError):
        return display.line(str(error))
    if isinstance(error, OSError) and error.strerror:
        return display.line(f"{error.strerror}: {error.filename or 'while writing'}")
    first = next(iter(str(getattr(error, "message", error)).splitlines()), "")
    return display.line(f"{type(error).__name__}: {first}" if first else type(error).__name__)


def _fid(folder: pathlib.Path) -> float | None:
    """The last FID in a task's rows."""
    for row in reversed(score_table.sound(score_table.read_rows(folder))):
        for name, value in row.items():
            if value and is_fid(name):
                return float(value)
    return None


@contextlib.contextmanager
def _logged(folder: pathlib.Path) -> Iterator[None]:
    """Standard output and errors of the process, those of its libraries too, go to the end of a task's log.

    The log keeps its last part when it becomes too long. An exception is written to it.
    """
    path = folder / LOG_FILE
    trim(path)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    ended = threading.Event()
    trimming = threading.Thread(target=_keep_short, args=(path, ended), daemon=True)
    try:
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        trimming.start()
        print(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}, process {os.getpid()}", file=sys.stderr, flush=True)
        try:
            yield
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            raise
        except Exception:
            traceback.print_exc()
            raise
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):  # of a full disk, which was said by then
                stream.flush()
        for descriptor, before in zip((1, 2), kept, strict=True):
            os.dup2(before, descriptor)
            os.close(before)
        os.close(log)
        ended.set()
        trimming.join()


def _keep_short(path: pathlib.Path, ended: threading.Event) -> None:
    while not ended.wait(_SECONDS_BETWEEN_TRIMS):
        trim(path)


def trim(path: pathlib.Path) -> None:
    """Drops the older half of a log that is too long; in place, as it may be open."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > _MOST_LOG_BYTES:
            with path.open("r+b") as file:
                file.seek(-_MOST_LOG_BYTES // 2, os.SEEK_END)
                end = file.read().partition(b"\n")[2]
                file.seek(0)
                file.truncate()
                file.write(b"(older lines are left out)\n" + end)
