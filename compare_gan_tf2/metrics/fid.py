"""Fréchet distance between Gaussians fitted to the features (Heusel et al. 2017, equation 6), in float64."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair, Samples

DEFAULT = True
LOWER_IS_BETTER = True
NEEDS = ("features",)
LEAST_SAMPLES = 2
PROTOCOL = ""

_ROWS_AT_ONCE = 16384
_COLUMNS_AT_ONCE = 256
# A feature whose variance is this much explained by the others' makes a Cholesky factor too uncertain.
_LEAST_PIVOT = 1e-10
# Rounding that is accepted in a trace of a root, as a share of the traces of the covariances.
_ACCEPTED_ROUNDING = 1e-10


def metric(pair: Pair) -> dict[str, float]:
    """{"fid": |m_r - m_g|^2 + Tr(S_r) + Tr(S_g) - 2 Tr((S_r S_g)^(1/2))}; 0 or more, lower is better."""
    return {"fid": distance(pair.real, pair.generated)}


def distance(real: Samples, generated: Samples) -> float:
    """FID of two sets of samples; their moments and the real covariance's root are computed once.

    Raises:
        ValueError: for fewer than two samples, or features that are not finite.
    """
    mean_real, _ = sample_moments(real)
    root_real = sample_root(real)
    mean, covariance = sample_moments(generated)
    # So few samples are the shortest description of their own covariance.
    root = sample_root(generated) if len(generated.features) <= generated.features.shape[1] else None
    return distance_from_root(mean_real, root_real, mean, covariance, root)


def sample_moments(samples: Samples) -> tuple[np.ndarray, np.ndarray]:
    """`moments` of a set's features, kept as its "moments"."""

    def compute() -> dict[str, np.ndarray]:
        mean, covariance = moments(samples.features)
        return {"mean": mean, "covariance": covariance}

    found = samples.derived("moments", compute)
    return found["mean"], found["covariance"]


def sample_root(samples: Samples) -> np.ndarray:
    """A [F, K] with A A' = covariance of a set's features, kept as its "covariance_root"."""

    def compute() -> dict[str, np.ndarray]:
        mean, covariance = sample_moments(samples)
        number, dimensions = samples.features.shape
        if number > dimensions:
            return {"root": covariance_root(covariance)}
        # The centered samples themselves, reflected so that their sum, which is 0, becomes the row that is left out.
        centered = samples.features - mean
        return {"root": (centered[1:] + centered[0] / (number**0.5 - 1.0)).T / (number - 1) ** 0.5}

    return samples.derived("covariance_root", compute)["root"]


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean [F] and unbiased covariance [F, F] of features [N, F], float64.

    Raises:
        ValueError: for fewer than two rows, or numbers that are not finite.
    """
    features = np.asarray(features)
    if len(features) < 2:
        raise ValueError(f"a covariance needs at least 2 samples, and there are {len(features)}")
    mean = features.mean(axis=0, dtype=np.float64)
    if not np.isfinite(mean).all():
        raise ValueError("features are not finite")
    covariance = np.zeros((features.shape[1],) * 2)
    for start in range(0, len(features), _ROWS_AT_ONCE):
        centered = features[start : start + _ROWS_AT_ONCE] - mean
        covariance += centered.T @ centered
    return mean, covariance / (len(features) - 1)


def covariance_root(covariance: np.ndarray) -> np.ndarray:
    """A [F, K] with A A' = covariance [F, F], float64; K is the rank.

    Cholesky's factor of the features that vary at all; of dependent features the roots of the eigenvalues that are
    more than rounding.
    """
    variances = np.diag(covariance)
    varying = variances > 0.0
    inner = covariance[np.ix_(varying, varying)]
    try:
        factor = np.linalg.cholesky(inner)
        safe = bool((np.diag(factor) ** 2 > _LEAST_PIVOT * variances[varying]).all())
    except np.linalg.LinAlgError:
        safe = False
    if not safe:
        values, vectors = np.linalg.eigh(inner)
        kept = values > len(values) * np.finfo(np.float64).eps * values[-1]
        factor = vectors[:, kept] * np.sqrt(values[kept])
    root = np.zeros((len(covariance), factor.shape[1]))
    root[varying] = factor
    return root


def frechet_distance(
    mean_real: np.ndarray, covariance_real: np.ndarray, mean_generated: np.ndarray, covariance_generated: np.ndarray
) -> float:
    """Squared Fréchet (2-Wasserstein) distance of two Gaussians; means [F], covariances [F, F], float64."""
    return distance_from_root(mean_real, covariance_root(covariance_real), mean_generated, covariance_generated)


def distance_from_root(
    mean_real: np.ndarray,
    root_real: np.ndarray,
    mean_generated: np.ndarray,
    covariance_generated: np.ndarray,
    root_generated: np.ndarray | None = None,
) -> float:
    """`frechet_distance` with the real covariance given by its root.

    With A A' = S_r and B B' = S_g the trace of the root is the sum of the roots of the eigenvalues of A' S_g A, which
    is symmetric, and the sum of the singular values of A' B: no root of a non-symmetric matrix, no complex numbers,
    nothing added to a diagonal. The first is three times faster; the second, which takes no root of rounding, is used
    where the first would be uncertain.

    Args:
        mean_real: [F].
        root_real: A [F, K].
        mean_generated: [F].
        covariance_generated: S_g [F, F].
        root_generated: B [F, L], if it is at hand and narrow; the singular values are used then.
    """
    traces = np.sum(root_real**2) + np.trace(covariance_generated)
    roots = None
    if root_generated is None:
        roots = _roots_of_eigenvalues(root_real, covariance_generated, _ACCEPTED_ROUNDING * traces)
    if roots is None:
        other = covariance_root(covariance_generated) if root_generated is None else root_generated
        roots = np.linalg.svd(root_real.T @ other, compute_uv=False)
    difference = mean_real - mean_generated
    # Rounding can leave equal sets a hair below zero.
    return float(max(difference @ difference + traces - 2.0 * np.sum(roots), 0.0))


def _roots_of_eigenvalues(root: np.ndarray, covariance: np.ndarray, accepted: float) -> np.ndarray | None:
    """Roots of the eigenvalues of A' S A; None if their sum is less certain than `accepted`."""
    varying = root.any(axis=1)
    eigenvalues = np.linalg.eigvalsh(_congruence(root[varying], covariance[np.ix_(varying, varying)]))
    if not len(eigenvalues) or eigenvalues[-1] <= 0.0:
        return np.zeros(1)
    # Each eigenvalue is wrong by about this much, and its root by that over twice the root.
    rounding = 4.0 * np.finfo(np.float64).eps * eigenvalues[-1]
    roots = np.sqrt(np.maximum(eigenvalues, rounding))
    return roots if rounding / 2.0 * np.linalg.norm(1.0 / roots) <= accepted else None


def _congruence(root: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Lower triangle of A' S A [K, K]. A Cholesky factor's zeros are left out, three quarters of the work."""
    triangular = root.shape[0] == root.shape[1] and not np.triu(root, 1).any()
    size = root.shape[1]
    product = np.zeros((size, size))
    for start in range(0, size, _COLUMNS_AT_ONCE):
        first = start if triangular else 0
        columns = slice(start, start + _COLUMNS_AT_ONCE)
        half = covariance[first:, first:] @ root[first:, columns]
        for below in range(start, size, _COLUMNS_AT_ONCE):
            skipped = below if triangular else 0
            block = slice(below, below + _COLUMNS_AT_ONCE)
            product[block, columns] = root[skipped:, block].T @ half[skipped - first :]
    return product
