"""The score against the time that the training took."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas, _curves
from compare_gan_tf2.reports.records import Answer, Gathered

TITLE = "Score against time of training, with a band of the seeds"
PER_SCORE = True

# What unit an axis has from how many seconds on.
_UNITS = ((172_800.0, 86_400.0, "days"), (7200.0, 3600.0, "hours"), (120.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """As of the figure `steps`, at the mean time that the seeds took to each step; steps without times are left out."""
    rows = [row for row in _curves.rows(gathered, answer) if row["seconds"] is not None]
    if len({row["step"] for row in rows}) < 2:
        raise NothingToShowError("no file says how long trainings took until two of their checkpoints")
    return rows


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A line for each setting, its band from the least to the greatest seed."""
    rows = data(gathered, answer)
    longest = max(row["seconds"] for row in rows)
    _, length, unit = next(each for each in _UNITS if longest >= each[0])
    return _curves.drawn([{**row, unit: row["seconds"] / length} for row in rows], answer, unit, f"{unit} of training")
