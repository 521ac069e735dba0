"""A search: a line for each setting, through its options to its score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas
from compare_gan_tf2.reports.records import Answer, Gathered, Group
from compare_gan_tf2.studies import settings

TITLE = "Options of all settings, and their scores"
PER_SCORE = True

_HEIGHT, _HEAD, _LINE, _FOOT = 2.9, 0.3, 0.18, 0.15
_FEW_LINES = 100
_FEWEST_SETTINGS, _MOST_SETTINGS, _MOST_OPTIONS, _MOST_NAMES = 6, 1000, 8, 12
# Of an axis: numbers that are written; share of its length below which values are crowded.
_MARKS, _LOW = 5, 0.25


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each setting, best first: its options and mean score, of which diverged ones have none."""
    options, groups, _ = _shown(answer)
    return [
        {
            "rank": group.rank,
            **{name: group.options[name] for name in options},
            answer.column.key: group.mean,
            "diverged_seeds": group.diverged,
            "failed_seeds": group.failed,
        }
        for group in groups
    ]


def _shown(answer: Answer) -> tuple[list[str], list[Group], list[str]]:
    """Options, settings and remarks."""
    groups = [group for group in answer.groups if group.count or group.diverged or group.failed]
    options = [name for name in (groups[0].options if groups else ()) if all(name in each.options for each in groups)]
    options = [name for name in options if len({settings.shown(each.options[name], 12) for each in groups}) > 1]
    if len(options) < 2 or len(groups) < _FEWEST_SETTINGS or not any(group.count for group in groups):
        raise NothingToShowError(f"it needs two options and {_FEWEST_SETTINGS} settings with scores")
    notes = []
    if len(groups) > _MOST_SETTINGS:
        notes.append(f"best {_MOST_SETTINGS:,} of {len(groups):,} settings")
    if len(options) > _MOST_OPTIONS:
        shares = {factor.name: factor.share or 0.0 for factor in answer.factors}
        most = sorted(options, key=lambda name: -shares.get(name, 0.0))[:_MOST_OPTIONS]
        notes.append(f"the {_MOST_OPTIONS} options that explain most of {len(options)}")
        options = [name for name in options if name in most]
    return options, groups[:_MOST_SETTINGS], notes


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """Upright axes: options in their order, and the score at the right, the best at the top."""
    options, groups, notes = _shown(answer)
    rows, key = data(gathered, answer), answer.column.key
    scored = [row for row in rows if row[key] is not None]
    bare = [row for row in rows if row[key] is None]
    notes = [f"a line: a setting, dark the best of {len(groups):,}", *notes]
    if bare:
        notes.append("dotted: diverged or failed")
    heads = [*options, answer.column.short]
    lefts = np.linspace(0.12, _canvas.WIDTH - 0.6, len(heads)).tolist()
    room = lefts[1] - lefts[0] - 0.1
    # Where they are too wide every other one stands higher.
    lines = 2 if max(_canvas.text_width(head, weight="bold") for head in heads) > room else 1
    sheet = _canvas.Sheet(_HEIGHT + _HEAD * lines + _FOOT, answer.title, notes)
    axes = sheet.axes(0, _FOOT, _canvas.WIDTH, _HEIGHT)
    axes.set_xlim(0, _canvas.WIDTH)
    axes.set_ylim(0, 1)
    axes.axis("off")
    scales = [_Scale([row[name] for row in rows]) for name in options]
    score = _Scale([row[key] for row in scored], falling=answer.column.lower_is_better is not False)
    every, names = [*scales, score], [*options, key]
    whole = [[each.place(row[name]) for each, name in zip(every, names, strict=True)] for row in scored]
    parts = [[each.place(row[name]) for each, name in zip(scales, options, strict=True)] for row in bare]
    _draw_lines(axes, lefts, whole, parts)
    for i, (head, each, left) in enumerate(zip(heads, [*scales, score], lefts, strict=True)):
        _upright(axes, each, left, 0.7 * room)
        y = _FOOT + _HEIGHT + 0.1 + _LINE * (i % lines)
        place = {"ha": "left"} if not i else {"ha": "right"} if left == lefts[-1] else {"ha": "center"}
        shift = -0.04 if not i else 0.3 if left == lefts[-1] else 0.0
        text = _canvas.cut(head, lines * room, weight="bold")
        sheet.text(left + shift, y, text, va="bottom", weight="bold", color=_canvas.DARK, **place)
    return sheet.figure


def _draw_lines(axes: Axes, lefts: list[float], whole: list[list[float]], parts: list[list[float]]) -> None:
    """Lines through places on all axes, best first, and dotted ones that end before the last axis."""
    colors = matplotlib.colormaps[_canvas.COLOR_MAP](np.linspace(0.0, 0.92, max(len(whole), 2)))[: len(whole)]
    strokes = [list(zip(lefts, line, strict=True)) for line in whole]
    width = 1.3 if len(strokes) <= _FEW_LINES else 0.6
    # The best are drawn last, over the others.
    axes.add_collection(LineCollection(strokes[::-1], colors=colors[::-1], linewidths=width, alpha=0.85))
    dotted = [list(zip(lefts[:-1], line, strict=True)) for line in parts]
    axes.add_collection(LineCollection(dotted, colors=_canvas.GRAY, linewidths=0.6, linestyles="dotted"))


class _Scale:
    """Where values stand on an upright axis from 0 to 1: numbers by size, other values one above the other.

    Args:
        values: all that there are.
        falling: whether the least stands at the top.
    """

    def __init__(self, values: Sequence[Any], falling: bool = False):
        self._is_number = all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
        self._falling = falling
        if self._is_number:
            self._values = sorted(set(values))
            least, most = self._values[0], self._values[-1]
            # Drawn evenly most would stand at the bottom.
            is_low = float(np.median(values)) - least < _LOW * (most - least)
            self._is_log = is_low and _canvas.is_wide([float(each) for each in values])
            self._low = self._as_drawn(least)
            self._width = (self._as_drawn(most) - self._low) or 1.0
        else:
            texts = sorted({settings.shown(each, 12) for each in values})
            self._names = {text: i for i, text in enumerate(texts)}

    def _as_drawn(self, value: float) -> float:
        return math.log(value) if self._is_log else float(value)

    def place(self, value: Any) -> float:
        """From 0, the bottom, to 1."""
        if self._is_number:
            place = (self._as_drawn(value) - self._low) / self._width
            return 1 - place if self._falling else place
        return (self._names[settings.shown(value, 12)] + 0.5) / len(self._names)

    def marks(self) -> list[tuple[float, str]]:
        """Places and texts of some values."""
        if not self._is_number:
            every = -(-len(self._names) // _MOST_NAMES)
            return [((i + 0.5) / len(self._names), name) for name, i in self._names.items() if i % every == 0]
        values = self._values
        if len(values) > _MARKS:
            inner = np.linspace(self._low, self._low + self._width, _MARKS)
            values = [math.exp(each) if self._is_log else float(each) for each in inner]
        return [(self.place(value), f"{value:.3g}") for value in values]


def _upright(axes: Axes, scale: _Scale, left: float, room: float) -> None:
    axes.plot([left, left], [0, 1], color=_canvas.DARK, linewidth=0.8, zorder=5)
    for place, text in scale.marks():
        axes.plot([left, left + 0.04], [place, place], color=_canvas.DARK, linewidth=0.8, zorder=5)
        axes.text(
            left + 0.07, place, _canvas.cut(text, room, _canvas.SMALL), va="center", size=_canvas.SMALL, zorder=6,
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.6},
        )  # fmt: skip
