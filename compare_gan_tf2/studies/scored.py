"""Which checkpoints of a task have their scores, by the text of its rows: no component is imported for it.

`evaluation.unscored` decides the same before an evaluation, for what else may be asked for; it has to know which
metrics apply to a model, and imports them.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import abilities
from compare_gan_tf2.options import EVALUATION, parse
from compare_gan_tf2.task_folder import score_table
from compare_gan_tf2.task_folder.column_names import ABILITY, METRICS, STATUS, STEP

# Options of the evaluation that a row has to share; which weights were scored may be asked for in two ways.
_SHARED = tuple(name for name in EVALUATION if name not in (METRICS, "evaluated_weights", "evaluated_abilities"))


@dataclasses.dataclass(frozen=True)
class _Asked:
    """The options that decide which abilities are scored."""

    gan: str
    evaluated_abilities: str


def scored_steps(folder: pathlib.Path, options: Mapping[str, Any]) -> set[int]:
    """Steps that have rows with all scores that a task's options ask for, of every ability; or a row of divergence.

    Args:
        folder: of the task.
        options: as its task file has them.

    Raises:
        UserError: if there are rows that cannot be read.
    """
    return steps_of(score_table.sound(score_table.read_rows(folder)), options)


def steps_of(rows: Sequence[Mapping[str, str]], options: Mapping[str, Any]) -> set[int]:
    """Steps that have rows, from undamaged rows already read."""
    if not rows:
        return set()
    # Tasks from before there was a choice score generated images.
    asked = _Asked(options["gan"], options.get("evaluated_abilities", abilities.GENERATE))
    wanted = {
        abilities.in_row(name): _metrics(options["metrics"], name == abilities.GENERATE)
        for name in abilities.scored(asked)
    }
    found: dict[int, set[str]] = {}
    for row in rows:
        if not _shares_evaluation(row, options):
            continue
        step, ability = int(row[STEP]), row.get(ABILITY, "")
        if row[STATUS] == "diverged":
            found[step] = set(wanted)
        elif ability in wanted and wanted[ability] <= set(row.get(METRICS, "").split(",")):
            found.setdefault(step, set()).add(ability)
    return {step for step, there in found.items() if there >= wanted.keys()}


@functools.cache
def _metrics(asked: str, of_images: bool) -> frozenset[str]:
    """Metrics that a row needs, without those that not every model has."""
    names = set(asked.split(","))
    wanted = names & set(components.names("metrics"))
    if of_images:
        wanted |= names & set(components.names("model_metrics"))
    if "default" in names:
        wanted |= {name for name in components.names("metrics") if components.facts("metrics", name)["DEFAULT"]}
    return frozenset(wanted)


def _shares_evaluation(row: Mapping[str, str], options: Mapping[str, Any]) -> bool:
    """Whether a row was made with the evaluation that the task's options ask for."""
    for name in _SHARED:
        cell, value = row.get(name), options.get(name)
        if cell and value is not None and cell != score_table.text(value):
            try:
                if parse({name: cell}) != {name: value}:
                    return False
            except UserError:
                return False
    return True
