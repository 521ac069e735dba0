"""The score to expect of the best of some trainings, against what they cost."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas, _selection
from compare_gan_tf2.reports.records import Answer, Gathered

TITLE = "Best score to expect under a budget"
PER_SCORE = True

_HEIGHT, _AXIS, _LEFT = 3.0, 0.44, 0.65


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each curve and amount of the budget: what is to be expected, and its band of 95 %."""
    if not any(len(budget.amounts) > 1 for budget in answer.budgets):
        raise NothingToShowError("nothing was trained often enough to say what more trainings would bring")
    return [
        {"label": budget.label, budget.unit: amount, "expected": expected, "low": low, "high": high}
        for budget in answer.budgets
        for amount, expected, low, high in zip(budget.amounts, budget.expected, budget.low, budget.high, strict=True)
    ]


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A line and a band for each curve, the best at the largest budget in colors."""
    rows = data(gathered, answer)
    sign = -1 if answer.column.lower_is_better is False else 1
    budgets = sorted((each for each in answer.budgets if each.amounts), key=lambda each: sign * each.expected[-1])
    colored, unit = budgets[: _selection.COLORED], budgets[0].unit
    texts = _canvas.fitted([each.label for each in colored], 2.0)
    notes = ["band: 95 % by resampling"]
    if gray := len(budgets[: _selection.MOST]) - len(colored):
        notes.append(f"gray: the next {gray} of {len(budgets)}")
    sheet = _canvas.Sheet(_HEIGHT + _AXIS, f"{_title(answer)} under a budget of {unit}", notes)
    axes = sheet.axes(_LEFT, _AXIS, _canvas.WIDTH - _LEFT - _canvas.room_for_labels(texts), _HEIGHT)
    for i, budget in reversed(list(enumerate(budgets[: _selection.MOST]))):
        _canvas.curve(axes, i, budget.amounts, budget.expected, budget.low, budget.high)
    _canvas.scale(axes, "y", [row[name] for row in rows for name in ("expected", "low", "high")])
    if _canvas.is_wide(amounts := [amount for each in budgets for amount in each.amounts]):
        _canvas.scale(axes, "x", amounts)
    else:
        _canvas.even_scale(axes, unit != "seconds")
    axes.set_xlabel({"images": "images seen", "seconds": "seconds of training"}.get(unit, unit))
    axes.set_ylabel(_canvas.axis_title(answer.column))
    ends = [(each.amounts[-1], each.expected[-1]) for each in colored]
    _canvas.label_ends(sheet, axes, ends, texts, _canvas.COLORS[: len(colored)], _canvas.MARKERS[: len(colored)])
    return sheet.figure


def _title(answer: Answer) -> str:
    least = {True: "Least", False: "Greatest", None: "Best"}[answer.column.lower_is_better]
    return f"{least} {answer.column.short} to expect"
