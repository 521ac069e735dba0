"""Improved precision and recall: share of each set within the other's neighborhoods (Kynkaanniemi et al. 2019)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair, neighbors

DEFAULT = True
LOWER_IS_BETTER = {"precision": False, "recall": False}
NEEDS = ("features",)
LEAST_SAMPLES = 6  # One more than neighbors.KEPT.
PROTOCOL = "k=3"


def metric(pair: Pair) -> dict[str, float]:
    """{"precision": fidelity of the generated samples, "recall": variety of them}; in [0, 1], higher is better."""
    between = neighbors.of_pair(pair)
    return {"precision": float(between.in_closed_real.mean()), "recall": float(between.in_closed_generated.mean())}


def precision_and_recall(real: np.ndarray, generated: np.ndarray, k: int = 3) -> tuple[float, float]:
    """Equations 1 and 2 of the paper, as exact as distances in float64.

    A ball around every sample reaches to its k-th nearest other sample of the same set, edge included. Precision is the
    share of generated samples in any ball of a real one, recall the share of real samples in any ball of a generated
    one. Both depend on the numbers of samples: compare values of equal N and M only.

    Args:
        real: features [N, F].
        generated: features [M, F].
        k: which neighbor a ball reaches to; at least 1 and below N and M.

    Raises:
        ValueError: for too few samples, or numbers that are not finite.
    """
    of_real = neighbors.nearest_within(real, k)[:, -1]
    of_generated = neighbors.nearest_within(generated, k)[:, -1]
    between = neighbors.between(real, generated, closed_real=of_real, closed_generated=of_generated)
    return float(between.in_closed_real.mean()), float(between.in_closed_generated.mean())
