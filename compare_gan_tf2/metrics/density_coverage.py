"""Density and coverage: generated images within neighborhoods of real ones (Naeem et al. 2020, section 3)."""

from __future__ import annotations

import logging

import numpy as np

from compare_gan_tf2.metrics import Pair, neighbors

_log = logging.getLogger(__name__)

DEFAULT = True
LOWER_IS_BETTER = {"density": False, "coverage": False}
NEEDS = ("features",)
LEAST_SAMPLES = 6  # One more than neighbors.KEPT.

_NEIGHBOURS = 5
# Share of real samples with so many exact copies that a warning is due.
_MANY = 0.01
PROTOCOL = f"k={_NEIGHBOURS}"


def metric(pair: Pair) -> dict[str, float]:
    """{"density", "coverage"}; density is 0 or more and about 1 for equal distributions, coverage is in [0, 1].

    A real sample that has five or more exact copies in the set has a ball of radius 0, which holds nothing: density and
    coverage are then lower, also of a generator that copies the set. More than a hundredth of such is warned of.
    """
    empty = np.sum(neighbors.of_samples(pair.real)[:, _NEIGHBOURS - 1] == 0)
    if empty > _MANY * len(pair.real.features):
        _log.warning(
            "density and coverage: %d of %d real samples have %d or more exact copies among them, and count for none; "
            "coverage is at most %.3f",
            empty, len(pair.real.features), _NEIGHBOURS, 1 - empty / len(pair.real.features),
        )  # fmt: skip
    density, coverage = _scores(neighbors.of_pair(pair), _NEIGHBOURS)
    return {"density": density, "coverage": coverage}


def density_and_coverage(real: np.ndarray, generated: np.ndarray, k: int = _NEIGHBOURS) -> tuple[float, float]:
    """Equations 2 and 3 of the paper, as exact as distances in float64.

    Around every real sample lies a ball that reaches to its k-th nearest other real sample. Density is the number of
    balls a generated sample is strictly inside of, divided by k, on average; coverage is the share of balls with at
    least one generated sample strictly inside. As in the paper's program, a sample at exactly the radius is outside:
    where distances tie, as those of repeated samples do, both scores are lower than with closed balls.

    Args:
        real: features [N, F].
        generated: features [M, F].
        k: which neighbor a ball reaches to; at least 1 and below N.

    Raises:
        ValueError: for too few samples, or numbers that are not finite.
    """
    radii = neighbors.nearest_within(real, k)[:, -1]
    return _scores(neighbors.between(real, generated, open_real=radii), k)


def _scores(between: neighbors.Between, k: int) -> tuple[float, float]:
    return float(between.open_balls.mean() / k), float(between.open_reached.mean())
