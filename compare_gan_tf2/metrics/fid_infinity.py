"""FID extrapolated to infinitely many generated samples (Chong & Forsyth 2020)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair, Samples, fid, of_features

DEFAULT = False
LOWER_IS_BETTER = True
NEEDS = ("features",)
LEAST_SAMPLES = 4

_SIZES = 15
_SMALLEST = 5000
PROTOCOL = f"{_SIZES} subsets of {_SMALLEST} or half of the samples to all"


def metric(pair: Pair) -> dict[str, float]:
    """{"fid_infinity"}: FID without its bias by the number of generated samples, which differs from model to model.

    The bias by the number of real samples, equal for all models, stays. Lower is better; an estimate of a small
    distance can be below 0.
    """
    sizes, values = subset_distances(pair.real, pair.generated.features, pair.generator("fid_infinity"))
    return {"fid_infinity": extrapolated(sizes, values)}


def subset_distances(
    real: Samples, generated: np.ndarray, generator: np.random.Generator, sizes: int = _SIZES
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of samples, int64 [sizes], and FID of random subsets of that many, float64 [sizes].

    Args:
        real: all of it is compared to each subset.
        generated: features [N, F].
        generator: chooses the subsets, without replacement, independently of each other.
        sizes: how many, equidistant from 5,000, or N / 2 if that is less, to N.

    Raises:
        ValueError: for fewer than four samples, or features that are not finite.
    """
    number = len(generated)
    if number < LEAST_SAMPLES:
        raise ValueError(f"{number} samples are too few to leave some out")
    numbers = np.linspace(min(_SMALLEST, number / 2), number, sizes).astype(np.int64)
    subsets = (generated[generator.choice(number, size, replace=False)] for size in numbers)
    return numbers, np.array([fid.distance(real, of_features(subset)) for subset in subsets])


def extrapolated(sizes: np.ndarray, values: np.ndarray) -> float:
    """Least-squares intercept of values against 1 / sizes: what they tend to."""
    inverse = 1.0 / np.asarray(sizes, np.float64)
    centered = inverse - inverse.mean()
    slope = centered @ values / (centered @ centered)
    return float(np.mean(values) - slope * inverse.mean())
