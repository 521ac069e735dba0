"""What the charts of the page are drawn from, as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2 import display
from compare_gan_tf2.reports.page import _ranking as ranking
from compare_gan_tf2.reports.page import _texts as texts
from compare_gan_tf2.reports.page._places import Places
from compare_gan_tf2.reports.records import Answer, Budget, Gathered, Point, Task

# Scores in the page: about as many take two megabytes.
_MOST_NUMBERS = 250_000
# Significant digits of a number; more are not seen in a chart.
_DIGITS = 6


def data(
    gathered: Gathered,
    answers: Mapping[str, Answer],
    places: Places,
    group_numbers: Mapping[str, int],
    left_out: list[str],
) -> dict[str, Any]:
    """Tasks with the scores of their checkpoints, and groups with their means.

    Args:
        gathered: all tasks.
        answers: by `Column.key`, in the order of the page.
        places: of tasks.
        group_numbers: of groups, by their keys.
        left_out: gets a line where checkpoints are left out.

    Returns:
        `options`: names of those that vary, without the seed; `values`: of each, its values as texts, which tasks count
        from 0; `groups`: labels; `scores`: of each answer `name`, `key`, `lower`, `values` by the place of the task,
        `means` by number of a group: [mean, low, high], and `budgets`; `tasks`: of each [name, anchor, group, seed,
        state, places in `values`, points], a point being [step, collapsed, a score of each answer...].
    """
    names = [name for name in gathered.varied if name != "seed"]
    known: list[dict[str, int]] = [{} for _ in names]
    keys = list(answers)
    every = _thinning(gathered.tasks, keys)
    if every > 1:
        left_out.append(
            f"checkpoints in charts by step: of each task the last and, going back, one in {every} are drawn"
        )
    tasks = []
    for task in gathered.tasks:
        own = [_place(known[i], task.options.get(name)) for i, name in enumerate(names)]
        is_there = places.has_section(task.workdir, task.number)
        tasks.append(
            [
                display.visible(places.name(task.workdir, task.number)),
                places.anchor(task.workdir, task.number) if is_there else "",
                group_numbers.get(task.group, -1),
                task.seed,
                task.state,
                own,
                [_point(point, keys) for point in _thinned(task.points, every)],
            ]
        )
    return {
        "options": [display.visible(name) for name in names],
        "values": [list(each) for each in known],
        "groups": [display.visible(gathered.labels.get(key, key)) for key in group_numbers],
        "scores": [_score(gathered, answer, group_numbers) for answer in answers.values()],
        "tasks": tasks,
    }


def _score(gathered: Gathered, answer: Answer, group_numbers: Mapping[str, int]) -> dict[str, Any]:
    values = ranking.values(gathered, answer)
    means = {}
    for group in answer.groups:
        ends = (group.interval.low, group.interval.high) if group.interval else (None, None)
        means[group_numbers[group.key]] = [_rounded(each) for each in (group.mean, *ends)]
    return {
        "name": display.visible(answer.column.short),
        "key": display.visible(answer.column.key),
        "title": display.visible(answer.title),
        "lower": answer.column.lower_is_better,
        "values": [_rounded(values.get((task.workdir, task.number))) for task in gathered.tasks],
        "means": means,
        "budgets": [_budget(each) for each in answer.budgets],
    }


def _budget(budget: Budget) -> dict[str, Any]:
    lines = (budget.amounts, budget.expected, budget.low, budget.high)
    return {
        "label": display.visible(budget.label),
        "unit": budget.unit,
        "points": [[_rounded(each) for each in point] for point in zip(*lines, strict=True)],
    }


def _point(point: Point, keys: Sequence[str]) -> list[Any]:
    return [point.step, int(bool(point.collapse)), *(_rounded(point.values.get(key)) for key in keys)]


def _place(known: dict[str, int], value: Any) -> int:
    text = texts.NOTHING if value is None else display.visible(texts.option(value))
    return known.setdefault(text, len(known))


def _thinning(tasks: Sequence[Task], keys: Sequence[str]) -> int:
    """Which checkpoints are drawn: each one, each second one, ..."""
    return max(math.ceil(sum(len(task.points) for task in tasks) * (len(keys) + 1) / _MOST_NUMBERS), 1)


def _thinned(points: Sequence[Point], every: int) -> list[Point]:
    return [point for i, point in enumerate(reversed(points)) if i % every == 0][::-1]


def _rounded(value: float | None) -> float | int | None:
    """With six digits, and whole numbers as such; None of what is not finite."""
    if value is None or not math.isfinite(value):
        return None
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded
