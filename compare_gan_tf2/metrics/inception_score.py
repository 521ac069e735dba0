"""Inception score; a classifier score if it uses a data set's own classifier (Salimans et al. 2016, section 4)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair

DEFAULT = False
LOWER_IS_BETTER = {
    "inception_score": False,
    "inception_score_10_splits": False,
    "inception_score_10_splits_standard_deviation": None,
}
NEEDS = ("logits",)
LEAST_SAMPLES = 10

_SPLITS = 10
PROTOCOL = "natural logarithm, float64"


def metric(pair: Pair) -> dict[str, float]:
    """{"inception_score", "inception_score_10_splits", "inception_score_10_splits_standard_deviation"}.

    Of generated samples alone; from 1 to the number of classes, higher is better. The first is over all samples, the
    second, which papers on Inception report, the mean over ten consecutive parts, with its population standard
    deviation. Each is comparable only to scores of the same extractor, whose id the name carries.
    """
    logits = pair.generated.logits
    parts = split_scores(logits, _SPLITS)
    return {
        "inception_score": inception_score(logits),
        f"inception_score_{_SPLITS}_splits": float(parts.mean()),
        f"inception_score_{_SPLITS}_splits_standard_deviation": float(parts.std()),
    }


def inception_score(logits: np.ndarray) -> float:
    """exp(mean_i KL(p_i || mean_i p_i)) with p_i = softmax of logits [N, K], in float64; 0 log 0 is 0.

    Raises:
        ValueError: for no samples or classes, or numbers that are not finite.
    """
    logits = np.asarray(logits, np.float64)
    if not logits.size:
        raise ValueError(f"there are no class scores in an array of shape {logits.shape}")
    if not np.isfinite(logits).all():
        raise ValueError("logits are not finite")
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    totals = exponentials.sum(axis=1, keepdims=True)
    p = exponentials / totals
    q = p.mean(axis=0)
    # The mean divergence is the entropy of the mean less the mean entropy.
    entropy_of_mean = -np.sum(q[q > 0] * np.log(q[q > 0]))
    negative_entropy = np.sum(p * (shifted - np.log(totals))) / len(p)
    return float(np.exp(entropy_of_mean + negative_entropy))


def split_scores(logits: np.ndarray, splits: int) -> np.ndarray:
    """The score of each of `splits` consecutive near-equal parts, float64 [splits].

    Raises:
        ValueError: for fewer samples than parts, or numbers that are not finite.
    """
    borders = np.arange(splits + 1) * len(logits) // splits
    return np.array([inception_score(logits[a:b]) for a, b in zip(borders[:-1], borders[1:], strict=True)])
