"""Number of modes found in a mixture of Gaussians, share of points near one, and evenness (Srivastava et al. 2017).

VEEGAN, https://arxiv.org/abs/1705.07761, section 4.1: a generated point is of high quality if it is within three
standard deviations of its nearest mode, and a mode is captured if it is the nearest one of at least one such point. Of
the data itself 1 - exp(-9 / 2) = 0.9889 are of high quality.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.model_metrics import TrainedModel
from compare_gan_tf2.model_metrics._batches import in_batches

DEFAULT = True
LOWER_IS_BETTER = {
    "mixture_modes": False,
    "mixture_high_quality": False,
    "mixture_kl": True,
    "mixture_total_variation": True,
}
APPLIES_TO = "mixtures of Gaussians: ring, grid"
COST = "Generates 10,000 points: seconds."

POINTS = 10_000
DEVIATIONS = 3.0
PROTOCOL = f"{POINTS} points, within {DEVIATIONS:g} standard deviations, one such point captures a mode"


def applies(dataset: Any, options: Any) -> bool:
    """Whether the data set is a mixture with known modes."""
    del options
    return bool(getattr(dataset, "modes", ()))


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores 10,000 generated points, labels of conditional models drawn uniformly.

    Returns:
        See `scores`.

    Raises:
        ValueError: if a generated number is not finite.
    """
    z, labels = model.draw_latents(POINTS, "mixture_modes")

    def generate(z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        return model.generator(z, labels, training=False)

    images = in_batches("generating points for mixture_modes", generate, z, labels)
    return scores(model.dataset.points(images), np.asarray(model.dataset.modes), model.dataset.deviation)


def scores(points: np.ndarray, modes: np.ndarray, deviation: float) -> dict[str, float]:
    """What a set of points says of the modes.

    Args:
        points: float [N, 2].
        modes: means of the K Gaussians, float [K, 2].
        deviation: their standard deviation along each axis.

    Returns:
        mixture_modes: modes captured, 0 to K; more is better.
        mixture_high_quality: share of points of high quality, in [0, 1]; higher is better.
        mixture_kl, mixture_total_variation: divergence, in nats from 0 to ln K, and distance, in [0, 1 - 1 / K], of the
            histogram of all points' nearest modes from the uniform one; lower is better.

    Raises:
        ValueError: if a number is not finite.
    """
    if not np.isfinite(points).all():
        raise ValueError("generated points are not finite")
    distances = np.linalg.norm(points[:, None] - modes, axis=2)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= DEVIATIONS * deviation
    shares = np.bincount(nearest, minlength=len(modes)) / len(points)
    there = shares[shares > 0]
    return {
        "mixture_modes": float(len(np.unique(nearest[good]))),
        "mixture_high_quality": float(good.mean()),
        "mixture_kl": max(0.0, float(np.sum(there * np.log(there * len(modes))))),
        "mixture_total_variation": float(0.5 * np.abs(shares - 1.0 / len(modes)).sum()),
    }
