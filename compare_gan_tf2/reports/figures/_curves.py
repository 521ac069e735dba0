"""The course of a score over a training: the mean of a setting's seeds, with the range from the worst to the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas, _selection
from compare_gan_tf2.reports.records import Answer, Gathered, Point, Task

_HEIGHT, _AXIS, _LEFT = 3.0, 0.44, 0.65


def rows(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each setting and step.

    Raises:
        NothingToShowError: if no task has two checkpoints with the score.
    """
    groups, _ = _selection.best(answer)
    found = []
    for place, group in enumerate(groups, 1):
        tasks = _selection.tasks_of(gathered, [group])[group.key]
        seeds = [(task, _scored(task, answer.column.key)) for task in tasks]
        for step in sorted({point.step for _, points in seeds for point in points}):
            here = [point for _, points in seeds for point in points if point.step == step]
            values = [point.values[answer.column.key] for point in here]
            seconds = [point.seconds for point in here if point.seconds is not None]
            found.append(
                {
                    "place": place,
                    "setting": group.label,
                    "step": step,
                    "seconds": math.fsum(seconds) / len(seconds) if len(seconds) == len(here) else None,
                    "seeds": len(values),
                    "mean": math.fsum(values) / len(values),
                    "low": min(values),
                    "high": max(values),
                    "ended_badly": sum(
                        task.has_ended_badly and points[-1].step == step for task, points in seeds if points
                    ),
                }
            )
    if len({row["step"] for row in found}) < 2:
        raise NothingToShowError(f"tasks have one checkpoint with {answer.column.short}, and a course needs two")
    return found


def _scored(task: Task, key: str) -> Sequence[Point]:
    return [point for point in task.points if key in point.values]


def drawn(found: list[dict[str, Any]], answer: Answer, along: str, axis_title: str) -> Figure:
    """A figure of `rows`, of which those without a value of `along` were left out."""
    groups, notes = _selection.best(answer)
    groups = [group for place, group in enumerate(groups, 1) if any(row["place"] == place for row in found)]
    colored = groups[: _selection.COLORED]
    texts = _canvas.fitted(_selection.short_names(colored), 2.0)
    if gray := len(groups) - len(colored):
        notes = [*notes, f"gray: the other {gray}"]
    if any(row["low"] < row["high"] for row in found):
        notes = ["line: mean of the seeds; band: from the least to the greatest", *notes]
    if any(row["ended_badly"] for row in found):
        notes = [*notes, "×: last checkpoint of seeds that diverged or failed, which are not in the mean after it"]
    right, notes = _canvas.room_for_labels(texts), [_selection.meaning(groups), *notes]
    sheet = _canvas.Sheet(_HEIGHT + _AXIS, _title(answer, along), notes)
    axes = sheet.axes(_LEFT, _AXIS, _canvas.WIDTH - _LEFT - right, _HEIGHT)
    places = sorted({row["place"] for row in found})
    ends = []
    for i, place in reversed(list(enumerate(places))):
        own = [row for row in found if row["place"] == place]
        xs, means = [row[along] for row in own], [row["mean"] for row in own]
        _canvas.curve(axes, i, xs, means, [row["low"] for row in own], [row["high"] for row in own])
        if i < len(colored):
            bad = [(row[along], row["mean"]) for row in own if row["ended_badly"]]
            axes.plot([x for x, _ in bad], [y for _, y in bad], "x", color=_canvas.COLORS[i], ms=7, mew=1.6, zorder=5)
            ends.append((xs[-1], means[-1]))
    _canvas.scale(axes, "y", [row[name] for row in found for name in ("low", "high")])
    axes.set_xlabel(axis_title)
    axes.set_ylabel(_canvas.axis_title(answer.column))
    _canvas.even_scale(axes, along == "step")
    colors = list(_canvas.COLORS[: len(colored)])
    _canvas.label_ends(sheet, axes, ends[::-1], texts, colors, _canvas.MARKERS[: len(colored)])
    return sheet.figure


def _title(answer: Answer, along: str) -> str:
    """Without the checkpoint: all of them are shown."""
    return f"{answer.column.short} against {'step' if along == 'step' else 'time'} of the best settings"
