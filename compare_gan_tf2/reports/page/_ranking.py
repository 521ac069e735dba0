"""Which tasks are looked at first: by their score, and the best, the median, and the worst of many."""

from __future__ import annotations

import pathlib
from collections.abc import Collection, Mapping
from typing import TypeAlias

from compare_gan_tf2.reports.records import Answer, Gathered

# Work directory and number of a task.
Key: TypeAlias = tuple[pathlib.Path, int]


def values(gathered: Gathered, answer: Answer) -> dict[Key, float]:
    """The answer's scores by task, group by group; tasks that were cut or ended badly have none."""
    seeds = {
        (task.workdir, task.number): task.seed for task in gathered.tasks if not (task.is_cut or task.has_ended_badly)
    }
    return {
        key: group.values[seeds[key]]
        for group in answer.groups
        for key in group.numbers
        if key in seeds and seeds[key] in group.values
    }


def of_groups(gathered: Gathered, answer: Answer | None) -> list[Key]:
    """The best, the median, and the worst task of each group, best group first; none without an answer."""
    if answer is None:
        return []
    scored = values(gathered, answer)
    return [each for group in answer.groups for each in _of_note(group.numbers, scored, answer)]


def of_all(gathered: Gathered, answer: Answer | None) -> list[Key]:
    """The best, the median, and the worst of all tasks; none without an answer."""
    if answer is None:
        return []
    scored = values(gathered, answer)
    return _of_note(scored, scored, answer)


def _of_note(keys: Collection[Key], scored: Mapping[Key, float], answer: Answer) -> list[Key]:
    sign = -1 if answer.column.lower_is_better is False else 1
    ranked = sorted((key for key in keys if key in scored), key=lambda key: (sign * scored[key], str(key[0]), key[1]))
    if not ranked:
        return []
    return list(dict.fromkeys((ranked[0], ranked[(len(ranked) - 1) // 2], ranked[-1])))
