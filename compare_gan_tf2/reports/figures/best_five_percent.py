"""The best 5 % of all trainings of each configuration: the form in which the Landscape paper compares them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas
from compare_gan_tf2.reports.papers_form import PapersForm, best_part_rows, compared, papers_form, short_names
from compare_gan_tf2.reports.records import Answer, Gathered

TITLE = "The best 5 % of all trainings, by configuration"
PER_SCORE = True

_MOST = 20
_ROW, _AXIS = 0.27, 0.5
# Of all configurations together, below which five percent are one training each.
_FEWEST = 20
# Values below which quartiles say nothing.
_FEWEST_FOR_A_BOX = 4


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each score among the best 5 % of its configuration."""
    return [dict(row) for row in best_part_rows(_form(gathered, answer))]


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A line for each configuration, the one with the best training at the top."""
    form = _form(gathered, answer)
    shown = form.trainings[:_MOST]
    short = short_names(form)
    names = _canvas.fitted([short[each.label] for each in shown], 2.6)
    ends = [f"{len(each.best_part)} of {each.count}" for each in shown]
    left, right = _canvas.widest(names) + 0.2, _canvas.widest(ends, _canvas.SMALL) + 0.15
    height = max(_ROW * len(shown), 0.6)
    notes = [compared(form), "box: quartiles and median", *form.notes]
    if len(shown) < len(form.trainings):
        notes.append(f"{len(shown)} of {len(form.trainings)} configurations")
    sheet = _canvas.Sheet(height + _AXIS, f"{TITLE}: {answer.title}", notes)
    axes = sheet.axes(left, _AXIS, _canvas.WIDTH - left - right, height)
    for place, each in enumerate(shown, 1):
        values, y = list(each.best_part), -float(place)
        if len(values) >= _FEWEST_FOR_A_BOX:
            first, median, third = np.percentile(values, (25, 50, 75))
            axes.barh(y, third - first, 0.62, first, color="#dcebf5", edgecolor=_canvas.GRAY, linewidth=0.8, zorder=2)
            axes.plot([median, median], [y - 0.31, y + 0.31], color=_canvas.DARK, linewidth=1.2, zorder=3)
        for i, value in enumerate(values):
            axes.plot(value, y + 0.16 * (i % 3 - 1), "o", ms=4, mec=_canvas.COLORS[0], mfc="none", zorder=4)
        axes.annotate(
            ends[place - 1], (1, y), (4, 0), ("axes fraction", "data"), "offset points",
            va="center", size=_canvas.SMALL, color=_canvas.DARK,
        )  # fmt: skip
    _canvas.scale(axes, "x", [value for each in shown for value in each.best_part])
    axes.set_yticks([-float(place) for place in range(1, len(shown) + 1)], names, size=_canvas.SIZE)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-len(shown) - 0.6, -0.4)
    axes.set_xlabel(_canvas.axis_title(answer.column))
    return sheet.figure


def _form(gathered: Gathered, answer: Answer) -> PapersForm:
    form = papers_form(gathered, answer)
    if max((each.count for each in form.trainings), default=0) <= _FEWEST:
        raise NothingToShowError(f"needs more than {_FEWEST} trainings per setting")
    return form
