"""Fréchet distance to the training images of the generator, as many papers report it; it selects no checkpoint."""

from __future__ import annotations

from compare_gan_tf2.metrics import Pair
from compare_gan_tf2.metrics.fid import distance

DEFAULT = False
# A generator that repeats its training images has the best one.
LOWER_IS_BETTER = {"fid_train": None}
NEEDS = ("features", "training")
LEAST_SAMPLES = 2
PROTOCOL = "against the training split"


def metric(pair: Pair) -> dict[str, float]:
    """{"fid_train": as `fid`, with the training split in place of the evaluation split}; 0 or more."""
    return {"fid_train": distance(pair.training, pair.generated)}
