"""Adds tasks to a work directory: what is there by content stays, what is new gets the next numbers."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import pathlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2.claims import claim
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import settings
from compare_gan_tf2.task_folder import tasks, threads

_ROLE = "add"
# Adding takes seconds: one waits for another that is at it.
_PATIENCE_SECONDS, _SECONDS_BETWEEN_TRIES = 60.0, 0.5

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Added:
    """Where the tasks that were asked for are.

    Attributes:
        numbers: of the tasks asked for, in their order; equal ones share a number.
        new: those of them that were not there before.
    """

    numbers: tuple[int, ...]
    new: frozenset[int]

    @property
    def there(self) -> frozenset[int]:
        """Those that were there."""
        return frozenset(self.numbers) - self.new


def add(
    workdir: pathlib.Path,
    wanted: Sequence[Options],
    *,
    experiment: str,
    threads_each: int,
    notes: Sequence[Mapping[str, Any]] | None = None,
) -> Added:
    """Adds the tasks that are not there by content; where another process is adding, it is waited for.

    A number that was ever given is not given again as long as its folder, or one with a higher number, is there. What
    was added before a failure stays, and the same call adds the rest.

    Args:
        workdir: of the study; made if it is not there.
        wanted: options of the tasks.
        experiment: the name that new tasks repeat.
        threads_each: threads that a new task computes with.
        notes: of each task (`tasks.Task.notes`); none if None.

    Raises:
        UserError: if the place cannot be written, or another process has been adding for a minute.
    """
    with alone(workdir):
        return add_alone(workdir, wanted, experiment=experiment, threads_each=threads_each, notes=notes)


def add_alone(
    workdir: pathlib.Path,
    wanted: Sequence[Options],
    *,
    experiment: str,
    threads_each: int,
    notes: Sequence[Mapping[str, Any]] | None = None,
) -> Added:
    """As `add`, within a block of `alone`."""
    numbers = {settings.key(options): number for number, options in reversed(there(workdir).items())}
    added, new = [], set()
    upcoming = _numbers_after(workdir)
    for options, its_notes in zip(wanted, notes or [{}] * len(wanted), strict=True):
        key = settings.key(options)
        if key not in numbers:
            numbers[key] = _make_folder(workdir, upcoming)
            task = tasks.Task(numbers[key], experiment, options, dict(its_notes))
            _write(workdir / str(task.number), task, threads_each)
            new.add(task.number)
        added.append(numbers[key])
    return Added(tuple(added), frozenset(new))


def there(workdir: pathlib.Path) -> dict[int, Options]:
    """Options of the tasks of a work directory by their numbers; what cannot be understood is warned of, and left out.

    Raises:
        UserError: if the folder cannot be read.
    """
    found = {}
    for number in tasks.numbers(workdir):
        try:
            found[number] = tasks.read(workdir, number).options
        except UserError as error:
            _log.warning("%s; it is left alone, and counts as not there", error)
    return found


@contextlib.contextmanager
def alone(workdir: pathlib.Path) -> Iterator[None]:
    """Keeps other processes from adding to the same folder, and from changing its study file, for a block.

    Raises:
        UserError: if the place cannot be written, or another process has been adding for a minute.
    """
    with contextlib.ExitStack() as held:
        start = time.monotonic()
        while True:
            try:
                held.enter_context(claim(workdir, _ROLE))
                break
            except UserError:
                # A folder that cannot be written has no claim, and does not get one by waiting.
                if not (workdir / f"{_ROLE}.claim").exists() or time.monotonic() - start > _PATIENCE_SECONDS:
                    raise
                time.sleep(_SECONDS_BETWEEN_TRIES)
        yield


def _numbers_after(workdir: pathlib.Path) -> Iterator[int]:
    """Numbers above those of all folders that are there, whether they hold a task or not."""
    taken = [int(entry.name) for entry in os.scandir(workdir) if re.fullmatch(r"\d+", entry.name)]
    number = max(taken, default=-1)
    while True:
        number += 1
        yield number


def _make_folder(workdir: pathlib.Path, upcoming: Iterator[int]) -> int:
    """Makes the folder of the first of these numbers that nobody has."""
    for number in upcoming:
        try:
            (workdir / str(number)).mkdir()
            return number
        except FileExistsError:
            continue
        except OSError as error:
            raise UserError(f"cannot write {workdir / str(number)}: {error.strerror or error}") from error
    raise AssertionError


def _write(folder: pathlib.Path, task: tasks.Task, threads_each: int) -> None:
    """Writes a task's files, the one that makes it a task last; no folder is left where that fails."""
    try:
        threads.assign(folder, threads_each)
        with replace_file(folder / tasks.TASK_FILE, durable=False) as file:
            file.write(task.to_json().encode())
    except UserError:
        with contextlib.suppress(OSError):
            (folder / threads.MACHINE_FILE).unlink(missing_ok=True)
            folder.rmdir()
        raise
