"""L1 of the best of several outputs for one input, for tasks with many right answers (Zhu et al. 2017)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup
from compare_gan_tf2.paired_metrics.l1 import distance

NEEDS = ("truths", "draws")
LOWER_IS_BETTER = True
PROTOCOL = "pixels in 0 to 1"


def measure(setup: Setup) -> Measure:
    """{"l1_best_of_K": in [0, 1]}: the least L1 of the K draws for an input; the more draws, the less it is."""
    score = f"l1_best_of_{setup.draws}"

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.truths is not None and batch.draws is not None
        pairs = zip(batch.draws, batch.truths, strict=True)
        return {score: np.array([min(distance(draw, truth) for draw in draws) for draws, truth in pairs], np.float64)}

    return Measure(values)
