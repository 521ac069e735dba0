"""Precision against recall of each task (Kynkäänniemi et al. 2019)."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import _canvas, _trade_off
from compare_gan_tf2.reports.records import Answer, Gathered

TITLE = "Precision against recall"
PER_SCORE = False

_PAIR = _trade_off.Pair("recall", "precision", "recall", "precision", "evaluate with --metrics=precision_recall")


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each task of the best settings, at the checkpoint that the answer is about."""
    return _trade_off.rows(gathered, answer, _PAIR)


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A point for each task; a mode collapse lies at the left, noise at the bottom."""
    return _trade_off.drawn(gathered, answer, _PAIR)
