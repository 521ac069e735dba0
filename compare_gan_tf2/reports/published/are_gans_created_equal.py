"""Lucic et al. 2018, "Are GANs Created Equal? A Large-Scale Study", table 2: best FIDs of eight GANs, 50 seeds each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compare_gan_tf2.reports.published import Published

_PAPER = "Lucic et al. 2018, Are GANs Created Equal?"
_PLACE = "table 2"
_SETTING = "the best of a search over wide ranges, mean and deviation of 50 seeds"
_SAMPLES = 10_000
# Data sets in the order of the table's columns, and the split that version 1 of compare_gan compared with.
_DATA = (("mnist", "test"), ("fashion_mnist", "test"), ("cifar10", "test"), ("celeb_a_validation", "validation"))


def _modular(loss: str, penalty: str = "none") -> dict[str, Any]:
    return {"gan": "modular", "architecture": "infogan", "loss": loss, "penalty": penalty}


_Score = tuple[float, float]
_ROWS: tuple[tuple[dict[str, Any], tuple[_Score, ...]], ...] = (
    (_modular("minimax"), ((9.8, 0.9), (29.6, 1.6), (72.7, 3.6), (65.6, 4.2))),
    (_modular("non_saturating"), ((6.8, 0.5), (26.5, 1.6), (58.5, 1.9), (55.0, 3.3))),
    (_modular("least_squares"), ((7.8, 0.6), (30.7, 2.2), (87.1, 47.5), (53.9, 2.8))),
    (_modular("wasserstein"), ((6.7, 0.4), (21.5, 1.6), (55.2, 2.3), (41.3, 2.0))),
    (_modular("wasserstein", "wgan_gp"), ((20.3, 5.0), (24.5, 2.1), (55.8, 0.9), (30.0, 1.0))),
    (_modular("non_saturating", "dragan_v1"), ((7.6, 0.4), (27.7, 1.2), (69.8, 2.0), (42.3, 3.0))),
    ({"gan": "began", "architecture": "infogan"}, ((13.1, 1.0), (22.9, 0.9), (71.4, 1.6), (38.9, 0.9))),
    ({"gan": "vae", "architecture": "infogan"}, ((23.8, 0.6), (58.7, 1.2), (155.7, 11.6), (85.7, 3.8))),
)


def numbers() -> Sequence[Published]:
    """One of each GAN on each data set."""
    return [
        Published(fid, deviation, _PAPER, _PLACE, dataset, split, _SAMPLES, options, _SETTING)
        for options, scores in _ROWS
        for (dataset, split), (fid, deviation) in zip(_DATA, scores, strict=True)
    ]
