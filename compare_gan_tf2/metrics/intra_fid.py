"""FID within each class, averaged over classes (Miyato & Koyama 2018)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair, fid, of_features

DEFAULT = False
LOWER_IS_BETTER = {"intra_fid": True, "intra_fid_worst": True}
NEEDS = ("features", "labels")
LEAST_SAMPLES = 2
PROTOCOL = ""


def metric(pair: Pair) -> dict[str, float]:
    """{"intra_fid": mean over classes, "intra_fid_worst": of the class where it is greatest}; lower is better."""
    real, generated = pair.real, pair.generated
    values = class_distances(real.features, real.labels, generated.features, generated.labels)
    return {"intra_fid": float(np.mean(list(values.values()))), "intra_fid_worst": max(values.values())}


def class_distances(
    real: np.ndarray, real_labels: np.ndarray, generated: np.ndarray, generated_labels: np.ndarray
) -> dict[int, float]:
    """FID of the generated samples of every class to the real ones of that class, in order of the classes.

    Args:
        real: features [N, F].
        real_labels: int [N], from 0.
        generated: features [M, F].
        generated_labels: int [M], from 0.

    Raises:
        ValueError: for samples without a label, a class with fewer than two samples in either set, or features that
            are not finite.
    """
    for name, labels in (("real", real_labels), ("generated", generated_labels)):
        if not len(labels) or min(labels) < 0:
            raise ValueError(f"not all {name} samples have a label, and FID within classes needs them")
    distances = {}
    for label in np.union1d(real_labels, generated_labels).tolist():
        x, y = real[real_labels == label], generated[generated_labels == label]
        if min(len(x), len(y)) < 2:
            found = f"{len(x)} real and {len(y)} generated samples"
            raise ValueError(f"class {label} has {found}, and FID within classes needs at least 2 of each")
        distances[label] = fid.distance(of_features(x), of_features(y))
    return distances
