"""The score against the step of the training."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import _canvas, _curves
from compare_gan_tf2.reports.records import Answer, Gathered

TITLE = "Score against step, with a band of the seeds"
PER_SCORE = True


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each setting and step: mean, least and greatest score of the seeds that have one."""
    return _curves.rows(gathered, answer)


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A line for each setting, its band from the least to the greatest seed."""
    return _curves.drawn(data(gathered, answer), answer, "step", "step of the training")
