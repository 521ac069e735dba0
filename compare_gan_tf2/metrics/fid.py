"""Fréchet distance between Gaussians fitted to the features (Heusel et al. 2017, equation 6), in float64."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.samples import Samples

DEFAULT = True
PROTOCOL = ""


def metric(real: Samples, generated: Samples) -> dict[str, float]:
    """{"fid": |m_r - m_g|^2 + Tr(S_r) + Tr(S_g) - 2 Tr((S_r S_g)^(1/2))}; 0 or more, lower is better."""
    return {"fid": frechet_distance(*moments(real.features), *moments(generated.features))}


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean [F] and unbiased covariance [F, F] of features [N, F], float64.

    Raises:
        ValueError: for fewer than two rows, or numbers that are not finite.
    """
    features = np.asarray(features, np.float64)
    if len(features) < 2:
        raise ValueError(f"a covariance needs at least 2 samples, and there are {len(features)}")
    if not np.isfinite(features).all():
        raise ValueError("features are not finite")
    mean = features.mean(axis=0)
    centred = features - mean
    return mean, centred.T @ centred / (len(features) - 1)


def frechet_distance(
    mean_real: np.ndarray, covariance_real: np.ndarray, mean_generated: np.ndarray, covariance_generated: np.ndarray
) -> float:
    """Squared Fréchet (2-Wasserstein) distance of two Gaussians; means [F], covariances [F, F], float64.

    With A A' = S_r the trace of the root is the sum of the roots of the eigenvalues of A' S_g A, which is symmetric:
    no root of a non-symmetric matrix, no complex numbers, nothing added to a diagonal; ranks may be deficient.
    """
    values, vectors = np.linalg.eigh(covariance_real)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    product = root.T @ covariance_generated @ root
    eigenvalues = np.linalg.eigvalsh((product + product.T) / 2.0)
    trace_of_root = np.sqrt(np.maximum(eigenvalues, 0.0)).sum()
    difference = mean_real - mean_generated
    distance = difference @ difference + np.trace(covariance_real) + np.trace(covariance_generated) - 2 * trace_of_root
    # Rounding can leave equal sets a hair below zero.
    return float(max(distance, 0.0))
