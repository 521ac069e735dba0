"""From what is asked of a study to the options of its tasks: which combinations can be, and why others cannot."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import settings
from compare_gan_tf2.studies.study import Study
from compare_gan_tf2.task_folder import tasks

# Of an experiment's draws.
_DRAWS = 0


@dataclasses.dataclass(frozen=True)
class Combined:
    """The tasks that a study describes.

    Attributes:
        tasks: options and notes of each, without duplicates; seeds vary fastest.
        combinations: how many settings were crossed.
        refused: how many of them cannot be.
        reason: why the first of these cannot.
        equal: how many tasks equal an earlier one, for they differ in nothing that anything reads.
        repeated: how many settings have no other tasks than these.
    """

    tasks: tuple[tuple[Options, Mapping[str, Any]], ...]
    combinations: int
    refused: int
    reason: str
    equal: int
    repeated: int


def combined(study: Study) -> Combined:
    """All tasks of a study that can be.

    Raises:
        UserError: if none can be, or the experiment is not possible.
    """
    found: dict[str, tuple[Options, Mapping[str, Any]]] = {}
    refusals: list[str] = []
    count = equal = repeated = 0
    for options, notes in _crossed(study):
        count += 1
        if isinstance(options, UserError):
            refusals.append(str(options))
            continue
        before = len(found)
        seeds = study.seeds or (options.seed,)
        for seed in seeds:
            task = dataclasses.replace(options, seed=seed) if seed != options.seed else options
            found.setdefault(settings.key(task), (task, notes))
        new = len(found) - before
        equal += len(seeds) - new
        repeated += not new
    if not found:
        said = (
            f"none of the {count} combinations is possible; the first"
            if count > 1
            else "the combination is not possible"
        )
        raise UserError(f"{said}: {refusals[0]}")
    return Combined(tuple(found.values()), count, len(refusals), refusals[0] if refusals else "", equal, repeated)


def _crossed(study: Study) -> Iterator[tuple[Options | UserError, Mapping[str, Any]]]:
    """Options of every combination, the last option varying fastest, or why it cannot be; and notes."""
    for base, notes in _bases(study):
        for values in itertools.product(*study.varied.values()):
            changes = dict(zip(study.varied, values, strict=True))
            try:
                yield Options.from_dict({**study.fixed, **changes}) if base is None else base.replace(**changes), notes
            except UserError as error:
                yield error, notes


def _bases(study: Study) -> list[tuple[Options | None, Mapping[str, Any]]]:
    """What is varied: the tasks of an experiment, or the defaults of all options."""
    if not study.source:
        return [(None, {})]
    return [(task.options, task.notes) for task in tasks.plan(study.source, _DRAWS, study.fixed)]
