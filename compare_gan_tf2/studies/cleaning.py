"""Deletes checkpoints that nothing needs any more: of tasks that are over those that are neither last nor best."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import pathlib
from collections.abc import Collection, Iterator
from typing import Any

from compare_gan_tf2.claims import claim
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json
from compare_gan_tf2.studies import state
from compare_gan_tf2.studies.scored import scored_steps
from compare_gan_tf2.task_folder import checkpoints, score_table, tasks

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Cleaned:
    """What was deleted, or would be.

    Attributes:
        steps: of the deleted checkpoints, by number of the task.
        freed: their bytes.
        unfinished: how many tasks are not over, of which nothing is deleted.
    """

    steps: dict[int, list[int]]
    freed: int
    unfinished: int


def clean(workdir: pathlib.Path, *, dry_run: bool = False) -> Cleaned:
    """Deletes checkpoints of a study that nothing needs.

    Kept are: all of a task that is not over; the last one; the best one by every score, of every extractor, protocol
    and ability; those without scores; those that another task of the study starts from; and folders that are links or
    hold files of other people.

    Args:
        workdir: of the study.
        dry_run: whether to only look.

    Raises:
        UserError: if the folder cannot be read, or something cannot be deleted.
    """
    found, freed, unfinished = dict[int, list[int]](), 0, 0
    numbers = tasks.numbers(workdir)
    needed = _started_from(workdir, numbers)
    for number in numbers:
        folder = workdir / str(number)
        with contextlib.ExitStack() as held:
            doomed = _doomed(folder, needed)
            if doomed and not dry_run:
                # Others may score it by more metrics at this moment; what they need is known once they are done.
                try:
                    held.enter_context(claim(folder, "train"))
                    held.enter_context(claim(folder, "evaluate"))
                except UserError as error:
                    _log.warning("%s; its checkpoints are kept", error)
                    doomed = None
                else:
                    doomed = _doomed(folder, needed, is_held=True)
            if doomed is None:
                unfinished += 1
                continue
            for step, size in doomed.items():
                if not dry_run:
                    _delete(folder, step)
                found.setdefault(number, []).append(step)
                freed += size
    return Cleaned(found, freed, unfinished)


def _delete(folder: pathlib.Path, step: int) -> None:
    try:
        checkpoints.delete(folder, step)
    except OSError as error:
        place = checkpoints.path(folder, step)
        raise UserError(f"cannot delete {place}: {error.strerror or error}") from error


def _doomed(folder: pathlib.Path, needed: Collection[pathlib.Path], *, is_held: bool = False) -> dict[int, int] | None:
    """Bytes of the checkpoints that nothing needs by their steps; None of a task that is not over.

    Args:
        folder: of the task.
        needed: folders of checkpoints that other tasks start from.
        is_held: whether this process itself holds the task's claims.
    """
    seen = state.of_task(folder, ignore_claims=is_held)
    if not seen.is_over:
        return None
    there = checkpoints.steps(folder)
    spared = {*there[-1:], *score_table.best_steps_by_any(score_table.read_rows(folder))}
    scored = scored_steps(folder, _options(folder))
    sizes = {
        step: checkpoints.size(folder, step)
        for step in there
        if step in scored and step not in spared and _absolute(checkpoints.path(folder, step)) not in needed
    }
    return {step: size for step, size in sizes.items() if size is not None}


def _started_from(workdir: pathlib.Path, numbers: Collection[int]) -> set[pathlib.Path]:
    """Checkpoints that tasks of the study name as what they start from; the folder of a task means its last one."""
    return {_absolute(pathlib.Path(place)) for place in _places(workdir, numbers) if place}


def _places(workdir: pathlib.Path, numbers: Collection[int]) -> Iterator[str]:
    for number in numbers:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            yield str(_options(workdir / str(number)).get("start_from", ""))


def _options(folder: pathlib.Path) -> dict[str, Any]:
    return dict(read_json(folder / tasks.TASK_FILE)["options"])


def _absolute(place: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(os.path.abspath(place))


def in_words(size: int) -> str:
    """Bytes as people read them: 12 B, 3.4 kB, 1.2 GB."""
    amount, units = float(size), iter(("B", "kB", "MB", "GB"))
    unit = next(units)
    for bigger in units:
        if amount < 1000:
            break
        amount, unit = amount / 1000, bigger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
