"""The scores of the best settings: a box of each, with a point for every seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import _canvas, _selection
from compare_gan_tf2.reports.records import Answer, Gathered, Group

TITLE = "Scores of the best settings, a point for each seed"
PER_SCORE = True

_ROW, _AXIS = 0.27, 0.44
# Values below which quartiles say nothing.
_FEWEST_FOR_A_BOX = 4


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each value: its setting, seed, and whether its samples are collapsed."""
    groups, _ = _selection.best(answer)
    rows = []
    for place, group in enumerate(groups, 1):
        scored = _selection.scored(gathered, group, answer)
        for key, value in sorted(group.values.items()):
            rows.append(
                {
                    "place": place,
                    "rank": group.rank,
                    "setting": group.label,
                    "seed": scored[key][0].seed if key in scored else key,
                    answer.column.key: value,
                    "collapsed": key in scored and bool(scored[key][1].collapse),
                    "diverged_seeds": group.diverged,
                    "failed_seeds": group.failed,
                }
            )
    return rows


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """Settings from the best at the top to the worst."""
    groups, notes = _selection.best(answer)
    rows = data(gathered, answer)
    names = _canvas.fitted(_selection.short_names(groups), 2.6)
    ends = [_selection.bad_ends(group) for group in groups]
    left = _canvas.widest(names) + 0.2
    right = _canvas.widest(ends, _canvas.SMALL) + 0.15
    height = max(_ROW * len(groups), 0.6)
    if any(row["collapsed"] for row in rows):
        notes = [*notes, "hollow: samples collapsed"]
    sheet = _canvas.Sheet(height + _AXIS, answer.title, [_meaning(groups), *notes])
    axes = sheet.axes(left, _AXIS, _canvas.WIDTH - left - right, height)
    key = answer.column.key
    for place, group in enumerate(groups, 1):
        own = [row for row in rows if row["place"] == place]
        values = [row[key] for row in own]
        y, color = -float(place), _canvas.COLORS[0]
        if len(values) >= _FEWEST_FOR_A_BOX:
            _box(axes, values, y)
        # Equal ones are seen side by side, and the same way every time.
        heights = [y + 0.16 * ((i + 1) % 3 - 1) for i in range(len(own))]
        for collapsed, face in ((False, color), (True, "white")):
            points = [(row[key], at) for row, at in zip(own, heights, strict=True) if row["collapsed"] == collapsed]
            if points:
                axes.plot(*zip(*points, strict=True), "o", ms=4, mew=1, mfc=face, mec=color, zorder=4)
        if group.mean is not None and len(own) > 1:
            axes.plot([group.mean], [y], "|", markersize=13, markeredgewidth=1.8, color=_canvas.COLORS[1], zorder=5)
        if ends[place - 1]:
            axes.annotate(
                ends[place - 1], (1, y), (4, 0), ("axes fraction", "data"), "offset points",
                va="center", size=_canvas.SMALL, color=_canvas.DARK,
            )  # fmt: skip
    _canvas.scale(axes, "x", [row[key] for row in rows])
    axes.set_yticks([-float(place) for place in range(1, len(groups) + 1)], names, size=_canvas.SIZE)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-len(groups) - 0.6, -0.4)
    axes.set_xlabel(_canvas.axis_title(answer.column))
    return sheet.figure


def _meaning(groups: list[Group]) -> str:
    boxes = "box: quartiles and median" if any(group.count >= _FEWEST_FOR_A_BOX for group in groups) else ""
    means = "orange bar: mean" if any(group.count > 1 for group in groups) else ""
    return "; ".join(each for each in (_selection.meaning(groups), boxes, means) if each)


def _box(axes: Axes, values: list[float], y: float) -> None:
    first, median, third = np.percentile(values, (25, 50, 75))
    axes.plot([min(values), max(values)], [y, y], color=_canvas.GRAY, linewidth=0.8)
    axes.barh(y, third - first, 0.62, first, color="#dcebf5", edgecolor=_canvas.GRAY, linewidth=0.8, zorder=2)
    axes.plot([median, median], [y - 0.31, y + 0.31], color=_canvas.DARK, linewidth=1.2, zorder=3)
