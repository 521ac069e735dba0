"""Vendi score: the effective number of different samples, by cosine similarity of features (Friedman & Dieng 2023)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair

DEFAULT = False
# Of real images it is the same for every model.
LOWER_IS_BETTER = {"vendi_score": False, "vendi_score_real": None}
NEEDS = ("features",)
LEAST_SAMPLES = 1
PROTOCOL = "cosine kernel"


def metric(pair: Pair) -> dict[str, float]:
    """{"vendi_score": of the generated samples, "vendi_score_real"}; from 1 to their number, higher is more diverse."""
    real = pair.real.derived("vendi_score", lambda: {"score": np.array(vendi_score(pair.real.features))})
    return {"vendi_score": vendi_score(pair.generated.features), "vendi_score_real": float(real["score"])}


def vendi_score(features: np.ndarray) -> float:
    """exp of the entropy of the eigenvalues of K / N, K the cosine similarities of features [N, F]; in float64.

    Vectors of length 0 are similar to each other (1) and to nothing else (0).

    Raises:
        ValueError: for no samples, or numbers that are not finite.
    """
    rows = np.array(features, np.float64)
    if not len(rows):
        raise ValueError("there are no samples")
    if not np.isfinite(rows).all():
        raise ValueError("features are not finite")
    # Lengths of scaled rows neither overflow nor vanish.
    greatest = np.abs(rows).max(axis=1, initial=0.0)
    some = greatest > 0.0
    directions = rows[some] / greatest[some, None]
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    # The smaller of the two products has all the eigenvalues that are not 0.
    gram = directions.T @ directions if len(directions) > directions.shape[1] else directions @ directions.T
    shares = np.append(np.linalg.eigvalsh(gram), len(rows) - some.sum()) / len(rows)
    shares = shares[shares > 0.0]
    return float(np.exp(-np.sum(shares * np.log(shares))))
