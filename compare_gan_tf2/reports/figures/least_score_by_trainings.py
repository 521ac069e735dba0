"""The best score of k trainings of each configuration: how much of a rank is a matter of the budget."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas
from compare_gan_tf2.reports.papers_form import PapersForm, compared, least_rows, papers_form, short_names
from compare_gan_tf2.reports.records import Answer, Gathered

TITLE = "Best score by the number of trainings, by configuration"
PER_SCORE = True

_HEIGHT, _AXIS, _LEFT = 3.0, 0.5, 0.65
# Trainings of a configuration, below which there is no curve.
_FEWEST = 4


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each configuration and number of trainings: the best score's mean, and its 5 % and 95 %."""
    return [dict(row) for row in least_rows(_form(gathered, answer))]


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A line and a band for each configuration."""
    form = _form(gathered, answer)
    sign = -1 if answer.column.lower_is_better is False else 1
    curves = sorted(form.least, key=lambda each: sign * each.expected[-1])
    colored = curves[: len(_canvas.COLORS)]
    short = short_names(form)
    texts = _canvas.fitted([short[each.label] for each in colored], 2.0)
    drawn = "line: mean of the best of k trainings drawn from those that were done; band: 5 to 95 %"
    notes = [compared(form), drawn, *form.notes]
    if gray := len(curves) - len(colored):
        notes.append(f"gray: {gray} more configurations")
    sheet = _canvas.Sheet(_HEIGHT + _AXIS, f"{TITLE}: {answer.title}", notes)
    axes = sheet.axes(_LEFT, _AXIS, _canvas.WIDTH - _LEFT - _canvas.room_for_labels(texts), _HEIGHT)
    for place, each in reversed(list(enumerate(curves))):
        _canvas.curve(axes, place, each.trainings, each.expected, each.low, each.high)
    _canvas.scale(axes, "y", [value for each in curves for ends in (each.low, each.high) for value in ends])
    _canvas.scale(axes, "x", [float(k) for each in curves for k in each.trainings])
    axes.set_xlabel("trainings")
    axes.set_ylabel(_canvas.axis_title(answer.column))
    ends = [(each.trainings[-1], each.expected[-1]) for each in colored]
    _canvas.label_ends(sheet, axes, ends, texts, _canvas.COLORS[: len(colored)], _canvas.MARKERS[: len(colored)])
    return sheet.figure


def _form(gathered: Gathered, answer: Answer) -> PapersForm:
    form = papers_form(gathered, answer)
    if max((each.count for each in form.trainings), default=0) < _FEWEST:
        raise NothingToShowError(f"needs at least {_FEWEST} trainings per setting")
    return form
