"""F_1/8 against F_8 of each task, as Sajjadi et al. 2018 draw many models (figure 7); rows have no whole curves."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import _canvas, _trade_off
from compare_gan_tf2.reports.records import Answer, Gathered

TITLE = "F 1/8 (precision) against F 8 (recall) of the curves of precision and recall"
PER_SCORE = False

_CURE = "evaluate with --metrics=default,prd"
_PAIR = _trade_off.Pair("prd_f8", "prd_f1_8", "F 8 (recall)", "F 1/8 (precision)", _CURE)


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each task of the best settings, at the checkpoint that the answer is about."""
    return _trade_off.rows(gathered, answer, _PAIR)


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A point for each task, which stands for its whole curve."""
    return _trade_off.drawn(gathered, answer, _PAIR, ["greatest F of each curve: scores.csv has no curves"])
