"""Two scores of the same checkpoints against one another: how true samples are, and how many kinds there are."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas, _selection
from compare_gan_tf2.reports.records import Answer, Column, Gathered, Group, Point, Task

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


def checkpoints(gathered: Gathered, answer: Answer, pair: Pair) -> Iterator[tuple[int, Group, Task, Point]]:
    """The checkpoints that have both scores: place of the setting, setting, task, scores; by place and seed.

    Raises:
        NothingToShowError: if no setting has a score, or no protocol has both.
    """
    x, y = columns(gathered, answer, pair)
    groups, _ = _selection.best(answer)
    for place, group in enumerate(groups, 1):
        scored = _selection.scored(gathered, group, answer).values()
        for task, point in sorted(scored, key=lambda each: (each[0].seed, each[0].number)):
            if x.key in point.values and y.key in point.values:
                yield place, group, task, point


def row(place: int, group: Group, task: Task, point: Point, x: Column, y: Column) -> dict[str, Any]:
    """What the data of a figure say of a checkpoint."""
    return {
        "place": place,
        "setting": group.label,
        "seed": task.seed,
        "step": point.step,
        x.key: point.values[x.key],
        y.key: point.values[y.key],
        "collapsed": bool(point.collapse),
    }


def rows(gathered: Gathered, answer: Answer, pair: Pair) -> list[dict[str, Any]]:
    """A row for each task: the two scores of the checkpoint that the answer is about.

    Raises:
        NothingToShowError: if no task has both.
    """
    x, y = columns(gathered, answer, pair)
    found = [row(*each, x, y) for each in checkpoints(gathered, answer, pair)]
    if not found:
        raise NothingToShowError(f"no checkpoint has {pair.x} and {pair.y} beside {answer.column.short}; {pair.cure}")
    return found


def columns(gathered: Gathered, answer: Answer, pair: Pair) -> tuple[Column, Column]:
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


def drawn(gathered: Gathered, answer: Answer, pair: Pair) -> Figure:
    """A point for each task, of a color for each of the best settings."""
    found = rows(gathered, answer, pair)
    groups, more = _selection.best(answer)
    places = sorted({row["place"] for row in found})
    texts = names(groups, places)
    notes = [_selection.meaning(groups), *remarks(found, places, answer), *more]
    right = _canvas.room_for_labels(texts)
    sheet = _canvas.Sheet(_HEIGHT + _AXIS, title(pair, answer), notes)
    axes = sheet.axes(_LEFT, _AXIS, _canvas.WIDTH - _LEFT - right, _HEIGHT)
    centers = points(axes, found, pair, columns(gathered, answer, pair))
    label(sheet, axes, centers, texts)
    return sheet.figure


def names(groups: Sequence[Group], places: Sequence[int]) -> list[str]:
    """Of the settings that have colors, as they fit beside axes."""
    return _canvas.fitted(_selection.short_names([groups[each - 1] for each in places[: _selection.COLORED]]), 2.0)


def title(pair: Pair, answer: Answer) -> str:
    """Of the figure."""
    name = pair.y_title[0].upper() + pair.y_title[1:]
    return f"{name} against {pair.x_title} of the settings that are best by {answer.column.short}"


def remarks(found: Sequence[Mapping[str, Any]], places: Sequence[int], answer: Answer) -> list[str]:
    """What points mean."""
    at = f"its {answer.at} checkpoint" if answer.at in ("last", "best") else f"step {answer.at}"
    notes = [f"a point: a task at {at}"]
    if (gray := len(places) - _selection.COLORED) > 0:
        notes.append(f"gray: the other {gray}")
    if any(row["collapsed"] for row in found):
        notes.append("hollow: samples collapsed")
    return notes


def points(
    axes: Axes, found: Sequence[Mapping[str, Any]], pair: Pair, drawn_columns: tuple[Column, Column]
) -> list[tuple[float, float]]:
    """Draws the points of all settings; gives the middle of those of each that has a color."""
    x, y = (column.key for column in drawn_columns)
    places = sorted({row["place"] for row in found})
    centers = []
    for i, place in reversed(list(enumerate(places))):
        own = [row for row in found if row["place"] == place]
        is_colored = i < _selection.COLORED
        color = _canvas.COLORS[i] if is_colored else _canvas.FAINT
        marker = _canvas.MARKERS[i] if is_colored else "o"
        for collapsed, face in ((False, color), (True, "white")):
            there = [(row[x], row[y]) for row in own if row["collapsed"] == collapsed]
            if there:
                how: dict[str, Any] = {"mfc": face, "mec": color, "mew": 1.1, "zorder": 4 if is_colored else 2}
                axes.plot(*zip(*there, strict=True), marker, ms=5, **how)
        if is_colored:
            centers.append((_mean([row[x] for row in own]), _mean([row[y] for row in own])))
    axes.set_xlim(*_limits([row[x] for row in found]))
    axes.set_ylim(*_limits([row[y] for row in found]))
    axes.grid()
    axes.set_xlabel(f"{pair.x_title}   higher is better →")
    axes.set_ylabel(f"{pair.y_title}   higher is better →")
    return centers[::-1]


def label(sheet: _canvas.Sheet, axes: Axes, centers: Sequence[tuple[float, float]], texts: Sequence[str]) -> None:
    """Writes the settings' names beside axes, at the heights of these places."""
    colors, markers = _canvas.COLORS[: len(texts)], _canvas.MARKERS[: len(texts)]
    _canvas.label_ends(sheet, axes, centers, texts, colors, markers, leaders=False)


def _limits(values: list[float]) -> tuple[float, float]:
    """Of an axis: not less than a part of the range from 0 to 1, and no further than a marker beyond it."""
    middle, half = (min(values) + max(values)) / 2, max(max(values) - min(values), _LEAST_RANGE) / 2 * 1.1
    return max(middle - half, -0.03), min(middle + half, 1.03)


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
