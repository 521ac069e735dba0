"""The mean score over the values of two options: the two that explain most."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas
from compare_gan_tf2.reports.records import Answer, Gathered, Group
from compare_gan_tf2.studies import settings

TITLE = "Mean score over two options"
PER_SCORE = True

_MOST_VALUES = 12
_CELL, _AXIS, _BAR = 0.36, 0.44, 0.85


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each pair of values: the mean over everything else, and how many values and bad ends it has."""
    (down, downs), (across, acrosses) = _options(answer)
    cells: dict[tuple[Any, Any], list[Group]] = {}
    for group in answer.groups:
        cells.setdefault((group.options[down], group.options[across]), []).append(group)
    rows = []
    for one in downs:
        for other in acrosses:
            groups = cells.get((one, other), [])
            values = [value for group in groups for value in group.values.values()]
            rows.append(
                {
                    down: settings.shown(one, 6),
                    across: settings.shown(other, 6),
                    "mean": math.fsum(values) / len(values) if values else None,
                    "values": len(values),
                    "diverged": sum(group.diverged for group in groups),
                    "failed": sum(group.failed for group in groups),
                }
            )
    return rows


def _options(answer: Answer) -> list[tuple[str, list[Any]]]:
    """Two options with their values in order: of those with few values the two that explain most."""
    found = []
    for factor in sorted(answer.factors, key=lambda each: -(each.share if each.share is not None else -1.0)):
        if not all(factor.name in group.options for group in answer.groups):
            continue
        values = list(dict.fromkeys(group.options[factor.name] for group in answer.groups))
        if 2 <= len(values) <= _MOST_VALUES:
            numbers = all(isinstance(value, int | float) for value in values)
            found.append((factor.name, sorted(values, key=None if numbers else str)))
    if len(found) < 2:
        raise NothingToShowError(f"it needs two options with 2 to {_MOST_VALUES} values each")
    # The one with more values goes down the page, where names have room.
    return sorted(found[:2], key=lambda each: -len(each[1]))


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A cell for each pair, with its mean, and how many values that is of."""
    (down, downs), (across, acrosses) = _options(answer)
    rows = data(gathered, answer)
    means = np.array([math.nan if row["mean"] is None else row["mean"] for row in rows]).reshape(len(downs), -1)
    if not np.isfinite(means).any():
        raise NothingToShowError(f"no task has a value of {answer.column.short} at {answer.at}")
    names = _canvas.fitted([settings.shown(value, 6) for value in downs], 1.6)
    left = max(_canvas.widest(names), 0.3) + 0.45
    height, width = _CELL * len(downs), _canvas.WIDTH - left - _BAR
    head = _canvas.fitted([settings.shown(value, 6) for value in acrosses], width / len(acrosses) - 0.06, _canvas.SMALL)
    texts, has_counts = _texts(rows, width / len(acrosses) - 0.06)
    notes = ["a cell: mean over everything else" + (", and of how many values" if has_counts else "")]
    if np.isnan(means).any():
        notes.append("hatched: no value")
    sheet = _canvas.Sheet(height + _AXIS, answer.title, notes)
    axes = sheet.axes(left, _AXIS, width, height)
    finite = means[np.isfinite(means)].tolist()
    low, high = min(finite), max(finite)
    norm: Normalize = LogNorm(low, high) if _canvas.is_wide(finite) else Normalize(low, high)
    # The best is dark: what is printed in gray says the same.
    colors = matplotlib.colormaps["cividis" if answer.column.lower_is_better is not False else "cividis_r"].copy()
    axes.set_facecolor("white")
    picture = axes.imshow(np.ma.masked_invalid(means), cmap=colors, norm=norm, aspect="auto")
    _write_cells(axes, means, texts, lambda value: colors(norm(value)))
    axes.set_xticks(range(len(acrosses)), head)
    axes.set_yticks(range(len(downs)), names, size=_canvas.SIZE)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(_canvas.cut(across, width))
    axes.set_ylabel(_canvas.cut(down, max(height, 1.0)))
    bar_axes = sheet.axes(_canvas.WIDTH - _BAR + 0.12, _AXIS, 0.12, height)
    bar = sheet.figure.colorbar(picture, cax=bar_axes)
    bar.outline.set_visible(False)
    _canvas.scale(bar_axes, "y", finite)
    bar_axes.grid(visible=False)
    sheet.text(_canvas.WIDTH - 0.08, 0.06, _canvas.axis_title(answer.column), ha="right", size=_canvas.SMALL)
    return sheet.figure


def _texts(rows: list[dict[str, Any]], room: float) -> tuple[list[str], bool]:
    """What stands in the cells, and whether the numbers of values have room there."""
    bad = ["; ".join(f"{row[name]} {name}" for name in ("diverged", "failed") if row[name]) for row in rows]
    means = [text if row["mean"] is None else f"{row['mean']:.3g}" for row, text in zip(rows, bad, strict=True)]
    whole = [
        text if row["mean"] is None else f"{text} ({row['values']})" for row, text in zip(rows, means, strict=True)
    ]
    has_room = _canvas.widest(whole, _canvas.SMALL) <= room
    return [_canvas.cut(text, room, _canvas.SMALL) for text in (whole if has_room else means)], has_room


def _write_cells(axes: Axes, means: np.ndarray, texts: list[str], color_of: Callable[[float], Any]) -> None:
    for i, text in enumerate(texts):
        y, x = divmod(i, means.shape[1])
        color = _canvas.DARK
        if np.isnan(means[y, x]):
            sides = [x - 0.5, x + 0.5]
            axes.fill_between(sides, y - 0.5, y + 0.5, fc="white", ec=_canvas.FAINT, hatch="///", lw=0)
        else:
            red, green, blue, _ = color_of(means[y, x])
            color = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else "black"
        axes.text(x, y, text, ha="center", va="center", color=color, size=_canvas.SMALL)
