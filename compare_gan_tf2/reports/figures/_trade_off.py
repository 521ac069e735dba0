"""Two scores of the same checkpoints against one another: how true samples are, and how many kinds there are."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas, _selection
from compare_gan_tf2.reports.records import Answer, Column, Gathered

_HEIGHT, _AXIS, _LEFT = 3.2, 0.44, 0.65

_LEAST_RANGE = 0.2


@dataclasses.dataclass(frozen=True)
class Pair:
    """What is drawn against what.

    Attributes:
        x, y: scores as metrics' files call them.
        x_title, y_title: of the axes.
        cure: how to get them where they are missing.
    """

    x: str
    y: str
    x_title: str
    y_title: str
    cure: str


def rows(gathered: Gathered, answer: Answer, pair: Pair) -> list[dict[str, Any]]:
    """A row for each task: the two scores of the checkpoint that the answer is about.

    Raises:
        NothingToShowError: if no task has both.
    """
    x, y = _columns(gathered, answer, pair)
    groups, _ = _selection.best(answer)
    tasks = _selection.tasks_of(gathered, groups)
    found = []
    for place, group in enumerate(groups, 1):
        for task in sorted(tasks[group.key], key=lambda task: task.seed):
            point = None if task.has_ended_badly else _selection.chosen(task, answer.column, answer.at)
            if point and x.key in point.values and y.key in point.values:
                found.append(
                    {
                        "place": place,
                        "setting": group.label,
                        "seed": task.seed,
                        "step": point.step,
                        x.key: point.values[x.key],
                        y.key: point.values[y.key],
                        "collapsed": bool(point.collapse),
                    }
                )
    if not found:
        raise NothingToShowError(f"no checkpoint has {pair.x} and {pair.y} beside {answer.column.short}; {pair.cure}")
    return found


def _columns(gathered: Gathered, answer: Answer, pair: Pair) -> tuple[Column, Column]:
    """Both columns, of one ability, extractor and protocol: the answer's where there are several."""
    ability, protocol = answer.column.ability, answer.column.protocol
    xs = [each for each in gathered.columns if each.score == pair.x and each.ability == ability]
    ys = [each for each in gathered.columns if each.score == pair.y and each.ability == ability]
    both = [
        (x, y)
        for x in xs
        for y in ys
        if x.protocol == y.protocol and x.name.removeprefix(pair.x) == y.name.removeprefix(pair.y)
    ]
    if not both:
        raise NothingToShowError(f"no checkpoint has {pair.x} and {pair.y} under one protocol; {pair.cure}")
    return next((each for each in both if each[0].protocol == protocol), both[0])


def drawn(gathered: Gathered, answer: Answer, pair: Pair, notes: list[str]) -> Figure:
    """A point for each task, of a color for each of the best settings."""
    found = rows(gathered, answer, pair)
    x, y = (column.key for column in _columns(gathered, answer, pair))
    groups, more = _selection.best(answer)
    places = sorted({row["place"] for row in found})
    colored = places[: _selection.COLORED]
    texts = _canvas.fitted(_selection.short_names([groups[place - 1] for place in colored]), 2.0)
    at = f"its {answer.at} checkpoint" if answer.at in ("last", "best") else f"step {answer.at}"
    notes = [_selection.meaning(groups), f"a point: a task at {at}", *notes, *more]
    if len(places) > len(colored):
        notes.append(f"gray: the other {len(places) - len(colored)}")
    if any(row["collapsed"] for row in found):
        notes.append("hollow: samples collapsed")
    right = _canvas.room_for_labels(texts)
    name = pair.y_title[0].upper() + pair.y_title[1:]
    title = f"{name} against {pair.x_title} of the settings that are best by {answer.column.short}"
    sheet = _canvas.Sheet(_HEIGHT + _AXIS, title, notes)
    axes = sheet.axes(_LEFT, _AXIS, _canvas.WIDTH - _LEFT - right, _HEIGHT)
    centers = []
    for i, place in reversed(list(enumerate(places))):
        own = [row for row in found if row["place"] == place]
        color = _canvas.COLORS[i] if i < len(colored) else _canvas.FAINT
        marker = _canvas.MARKERS[i] if i < len(colored) else "o"
        zorder = 4 if i < len(colored) else 2
        for collapsed, face in ((False, color), (True, "white")):
            points = [(row[x], row[y]) for row in own if row["collapsed"] == collapsed]
            if points:
                axes.plot(*zip(*points, strict=True), marker, ms=5, mfc=face, mec=color, mew=1.1, zorder=zorder)
        if i < len(colored):
            centers.append((_mean([row[x] for row in own]), _mean([row[y] for row in own])))
    axes.set_xlim(*_limits([row[x] for row in found]))
    axes.set_ylim(*_limits([row[y] for row in found]))
    axes.grid()
    axes.set_xlabel(f"{pair.x_title}   higher is better →")
    axes.set_ylabel(f"{pair.y_title}   higher is better →")
    colors, markers = _canvas.COLORS[: len(colored)], _canvas.MARKERS[: len(colored)]
    _canvas.label_ends(sheet, axes, centers[::-1], texts, colors, markers, leaders=False)
    return sheet.figure


def _limits(values: list[float]) -> tuple[float, float]:
    """Of an axis: not less than a part of the range from 0 to 1, and no further than a marker beyond it."""
    middle, half = (min(values) + max(values)) / 2, max(max(values) - min(values), _LEAST_RANGE) / 2 * 1.1
    return max(middle - half, -0.03), min(middle + half, 1.03)


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
