"""Diversity of several outputs for one input: mean pairwise LPIPS by AlexNet (Zhu et al. 2017)."""

from __future__ import annotations

import itertools

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup, _draws, _lpips

NEEDS = ("draws",)
LOWER_IS_BETTER = False
LEAST_SIDE = 31
CHANNELS = (1, 3)
READS_FILE = True
PROTOCOL = "version 0.1, images in their own size, every two outputs of an input"


def measure(setup: Setup) -> Measure:
    """{"diversity_lpips_alex_K": at least 0}, of K draws; 0 if an input's outputs are all the same.

    BicycleGAN's and MUNIT's numbers are of version 0.0, which does not scale pixels, and of consecutive outputs.
    """
    distances, digits = _lpips.load("alex", setup)
    score = _draws.score_name("lpips_alex", setup.draws)

    def values(batch: Batch) -> dict[str, np.ndarray]:
        draws = batch.draws
        assert draws is not None
        ones, others = zip(*itertools.combinations(range(draws.shape[1]), 2), strict=True)
        # Pairs of one input after those of another.
        shape = (-1, *draws.shape[2:])
        found = distances(draws[:, ones].reshape(shape), draws[:, others].reshape(shape))
        return {score: found.reshape(len(draws), len(ones)).mean(axis=1)}

    return Measure(values, details=f"weights {digits}")
