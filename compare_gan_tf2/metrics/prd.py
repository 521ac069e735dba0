"""Precision and recall of distributions over shared clusters, as F_8 and F_1/8 (Sajjadi et al. 2018)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair
from compare_gan_tf2.metrics.clusters import assignments

DEFAULT = False
LOWER_IS_BETTER = {
    "prd_f8": False,
    "prd_f8_standard_deviation": None,
    "prd_f1_8": False,
    "prd_f1_8_standard_deviation": None,
}
NEEDS = ("features",)
LEAST_SAMPLES = 20

_CLUSTERS = 20
_RUNS = 10
_ANGLES = 1001
_BETA = 8.0
PROTOCOL = f"{_CLUSTERS} clusters, {_RUNS} runs, {_ANGLES} angles"


def metric(pair: Pair) -> dict[str, float]:
    """{"prd_f8": weighs recall, "prd_f1_8": weighs precision}, both in [0, 1], higher is better.

    They are the greatest F of the curve that is averaged over runs of the clustering; "..._standard_deviation" is that
    of the single runs' F.
    """
    precisions, recalls = _curves(pair)
    scores = {}
    for name, beta in (("prd_f8", _BETA), ("prd_f1_8", 1.0 / _BETA)):
        scores[name] = max_f_beta(precisions.mean(axis=0), recalls.mean(axis=0), beta)
        singles = [max_f_beta(*run, beta) for run in zip(precisions, recalls, strict=True)]
        scores[f"{name}_standard_deviation"] = float(np.std(singles))
    return scores


def curve(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """(recall, precision) along the curve, averaged over runs, each float64 [1001] in [0, 1]; as it is drawn."""
    precisions, recalls = _curves(pair)
    return recalls.mean(axis=0), precisions.mean(axis=0)


def histograms(
    generated: np.ndarray,
    real: np.ndarray,
    generator: np.random.Generator,
    clusters: int = _CLUSTERS,
    runs: int = _RUNS,
) -> tuple[np.ndarray, np.ndarray]:
    """Shares of both sets' samples in each cluster of their union, float64 [runs, clusters]; each row sums to 1.

    Args:
        generated: features [N, F].
        real: features [M, F]; the counts may differ.
        generator: of the clusterings.

    Raises:
        ValueError: for an empty set, or numbers that are not finite.
    """
    if not (len(generated) and len(real)):
        raise ValueError("both sets need samples")
    union = np.concatenate([np.asarray(generated, np.float32), np.asarray(real, np.float32)])
    if not np.isfinite(union.sum(axis=0, dtype=np.float64)).all():
        raise ValueError("features are not finite")
    found = assignments(union, clusters, runs, generator)

    def shares(part: np.ndarray) -> np.ndarray:
        return np.stack([np.bincount(run, minlength=clusters) / part.shape[1] for run in part])

    return shares(found[:, : len(generated)]), shares(found[:, len(generated) :])


def prd_curve(
    eval_dist: np.ndarray, ref_dist: np.ndarray, num_angles: int = _ANGLES, epsilon: float = 1e-10
) -> tuple[np.ndarray, np.ndarray]:
    """(precision, recall) of two discrete distributions, float64 [num_angles] in [0, 1] (algorithm 1 of the paper).

    At each slope t, the tangent of equidistant angles in [epsilon, pi/2 - epsilon], precision is the sum of
    min(t q, p) and recall that over t, with p = eval_dist and q = ref_dist.

    Args:
        eval_dist: p [K], sums to 1; of what is judged.
        ref_dist: q [K], sums to 1.
        num_angles: from 3 to 1,000,000.
        epsilon: above 0 and below 0.1.

    Raises:
        ValueError: for other values.
    """
    if not 0.0 < epsilon < 0.1:
        raise ValueError(f"epsilon is {epsilon} and has to be above 0 and below 0.1")
    if not (3 <= num_angles <= 1_000_000 and num_angles == int(num_angles)):
        raise ValueError(f"num_angles is {num_angles} and has to be an integer from 3 to 1,000,000")
    slopes = np.tan(np.linspace(epsilon, np.pi / 2.0 - epsilon, int(num_angles)))
    p, q = np.asarray(eval_dist, np.float64), np.asarray(ref_dist, np.float64)
    if p.shape != q.shape or p.ndim != 1:
        raise ValueError(f"the distributions have shapes {p.shape} and {q.shape}")
    precision = np.minimum(slopes[:, None] * q, p).sum(axis=1)
    # Rounding takes equal distributions a hair above 1.
    return np.clip(precision, 0.0, 1.0), np.clip(precision / slopes, 0.0, 1.0)


def f_beta(precision: np.ndarray, recall: np.ndarray, beta: float = 1.0, epsilon: float = 1e-10) -> np.ndarray:
    """F_beta = (1 + beta^2) P R / (beta^2 P + R + epsilon) of arrays of one shape; 0 where both are 0.

    Raises:
        ValueError: for a beta that is not above 0, or values outside [0, 1].
    """
    if not beta > 0.0:
        raise ValueError(f"beta is {beta} and has to be above 0")
    precision, recall = np.asarray(precision, np.float64), np.asarray(recall, np.float64)
    for name, values in (("precision", precision), ("recall", recall)):
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise ValueError(f"{name} has values outside [0, 1]")
    return (1.0 + beta**2) * precision * recall / (beta**2 * precision + recall + epsilon)


def max_f_beta(precision: np.ndarray, recall: np.ndarray, beta: float) -> float:
    """The greatest F_beta along a curve. With beta 8 it is the recall, with 1/8 the precision that can be had."""
    return float(f_beta(precision, recall, beta).max())


def _curves(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall of every run, [runs, angles]."""

    def compute() -> tuple[np.ndarray, np.ndarray]:
        p, q = histograms(pair.generated.features, pair.real.features, pair.generator("prd"))
        found = np.array([prd_curve(*run) for run in zip(p, q, strict=True)])
        return found[:, 0], found[:, 1]

    return pair.derived("prd_curves", compute)
