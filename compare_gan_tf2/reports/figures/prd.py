"""Curves of precision and recall, and F_1/8 against F_8 of each task (Sajjadi et al. 2018, figures 6 and 7).

Curves are read from the tasks' folders, those of the column's protocol alone; tasks that an older version scored have
only the two numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas, _selection, _trade_off
from compare_gan_tf2.reports.records import Answer, Column, Gathered, Point, Task
from compare_gan_tf2.task_folder import curves
from compare_gan_tf2.task_folder.protocol import Protocol

TITLE = "Curves of precision and recall, and their F 1/8 against their F 8"
PER_SCORE = False

_CURE = "evaluate with --metrics=default,prd"
_PAIR = _trade_off.Pair("prd_f8", "prd_f1_8", "F 8 (recall)", "F 1/8 (precision)", _CURE)
# What rows call the metric itself, whose curve it is.
_METRIC = "prd"
# Of a setting; more would hide one another.
_MOST_CURVES = 5
# Steps of a curve; a curve of 1,001 angles looks the same with every fifth.
_MOST_STEPS = 200
_CURVES, _POINTS, _AXIS, _LEFT = 3.2, 2.2, 0.44, 0.65


@dataclasses.dataclass
class _Found:
    """What is drawn: a row of data for each task, and the curves of some of them.

    Attributes:
        rows: as `_trade_off.row` has them, by place and seed.
        drawn: curves by number of the row.
        medians: numbers of the rows whose task is the median one of its setting.
        is_chosen: whether a setting has more tasks than are looked at.
        lacking: tasks that were looked at and have no curve, how many.
        damaged: a line for each curve that cannot be read.
    """

    rows: Sequence[Mapping[str, Any]]
    drawn: dict[int, curves.Curve] = dataclasses.field(default_factory=dict)
    medians: list[int] = dataclasses.field(default_factory=list)
    is_chosen: bool = False
    lacking: int = 0
    damaged: list[str] = dataclasses.field(default_factory=list)


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each point of a curve that is drawn, and one for each other task; with the two numbers of the task."""
    found, rows = _found(gathered, answer), []
    for number, row in enumerate(found.rows):
        curve = found.drawn.get(number)
        if curve is None:
            rows.append({**row, "recall": None, "precision": None})
        else:
            pairs = zip(curve.recall, curve.precision, strict=True)
            rows += [{**row, "recall": recall, "precision": precision} for recall, precision in pairs]
    return rows


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """Curves of each of the best settings above the points of all tasks; the points alone where there are no curves."""
    found = _found(gathered, answer)
    groups, more = _selection.best(answer)
    places = sorted({row["place"] for row in found.rows})
    texts = _trade_off.names(groups, places)
    notes = [_selection.meaning(groups), *_remarks(found, answer), *_trade_off.remarks(found.rows, places, answer)]
    above = _CURVES + _AXIS if found.drawn else 0.0
    title = TITLE if found.drawn else _trade_off.title(_PAIR, answer)
    sheet = _canvas.Sheet(above + (_POINTS if found.drawn else _CURVES) + _AXIS, title, [*notes, *more])
    width = _canvas.WIDTH - _LEFT - _canvas.room_for_labels(texts)
    axes = sheet.axes(_LEFT, _AXIS, width, sheet.height - above - _AXIS)
    centers = _trade_off.points(axes, found.rows, _PAIR, _trade_off.columns(gathered, answer, _PAIR))
    if found.drawn:
        upper = sheet.axes(_LEFT, sheet.height - _CURVES, width, _CURVES)
        _draw_curves(upper, found, places)
    _trade_off.label(sheet, axes, centers, texts)
    return sheet.figure


def _draw_curves(axes: Axes, found: _Found, places: Sequence[int]) -> None:
    for number, curve in found.drawn.items():
        place = places.index(found.rows[number]["place"])
        is_median = number in found.medians
        how: dict[str, Any] = {"color": _canvas.COLORS[place], "linestyle": _canvas.LINES[place]}
        how |= {"linewidth": 1.6, "zorder": 4} if is_median else {"linewidth": 0.6, "alpha": 0.6, "zorder": 3}
        axes.plot(curve.recall, curve.precision, **how)
    axes.set_xlim(0.0, 1.02)
    axes.set_ylim(0.0, 1.02)
    axes.grid()
    axes.set_xlabel("recall   higher is better →")
    axes.set_ylabel("precision   higher is better →")


def _remarks(found: _Found, answer: Answer) -> list[str]:
    if not found.drawn:
        notes = ["points only: these tasks have no curves, which older versions did not store"]
    else:
        notes = [f"line: a task's curve, thick that of the median {answer.column.short}"]
        if found.is_chosen:
            notes.append(f"of settings with more tasks {_MOST_CURVES} from best to worst")
        if found.lacking:
            notes.append(f"tasks of which no curve is stored: {found.lacking}")
    return [*notes, *found.damaged]


def _found(gathered: Gathered, answer: Answer) -> _Found:
    """The points of all tasks, and the curves of those settings that have colors."""
    x, y = _trade_off.columns(gathered, answer, _PAIR)
    checkpoints = list(_trade_off.checkpoints(gathered, answer, _PAIR))
    if not checkpoints:
        raise NothingToShowError(f"no checkpoint has a curve's F 8 and F 1/8 beside {answer.column.short}; {_CURE}")
    found = _Found([_trade_off.row(*each, x, y) for each in checkpoints])
    for place in sorted({place for place, *_ in checkpoints})[: _selection.COLORED]:
        own = [number for number, each in enumerate(checkpoints) if each[0] == place]
        own.sort(key=lambda number: checkpoints[number][3].values[answer.column.key])
        found.medians.append(own[(len(own) - 1) // 2])
        found.is_chosen = found.is_chosen or len(own) > _MOST_CURVES
        for number in _evenly(own):
            _, _, task, point = checkpoints[number]
            try:
                curve = _read(task, point, x)
            except curves.DamagedCurveError as error:
                found.damaged.append(str(error))
                continue
            if curve is None:
                found.lacking += 1
            else:
                found.drawn[number] = curve
    return found


def _evenly(numbers: Sequence[int]) -> list[int]:
    """Some of a sequence: its ends, its middle, and others between."""
    last = len(numbers) - 1
    places = {last * i // (_MOST_CURVES - 1) for i in range(_MOST_CURVES)}
    return [numbers[place] for place in sorted(places)]


def _read(task: Task, point: Point, x: Column) -> curves.Curve | None:
    """The curve whose F 8 is in the column x, with as many points as a figure needs."""
    name = _METRIC + x.name.removeprefix(_PAIR.x)
    curve = curves.read(task.workdir / str(task.number), point.step, Protocol.parse(x.protocol), name)
    if curve is None:
        return None
    every = max(1, (len(curve.recall) - 1) // _MOST_STEPS)
    return curves.Curve(curve.recall[::every], curve.precision[::every])
