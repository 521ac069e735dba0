"""Leave-one-out accuracy of 1-NN at telling real from generated images (Lopez-Paz and Oquab 2017)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair, neighbors

DEFAULT = False
# 0.5 is best, so neither less nor more is better.
LOWER_IS_BETTER = {"nn_accuracy": None, "nn_accuracy_real": None, "nn_accuracy_generated": None}
NEEDS = ("features",)
LEAST_SAMPLES = 6  # One more than neighbors.KEPT.
PROTOCOL = "mean of both sets' accuracies"


def metric(pair: Pair) -> dict[str, float]:
    """{"nn_accuracy", "nn_accuracy_real", "nn_accuracy_generated"}, in [0, 1].

    About 0.5 is best; 1 says that the sets are separate, below 0.5 that generated samples are close to single real
    ones.
    """
    within = neighbors.of_samples(pair.real)[:, 0], neighbors.of_samples(pair.generated)[:, 0]
    return _accuracies(*within, neighbors.of_pair(pair))


def nearest_neighbour_accuracies(real: np.ndarray, generated: np.ndarray) -> dict[str, float]:
    """The two-sample statistic of the paper's section 3 for the 1-nearest-neighbor classifier, as `metric` gives it.

    Every sample of the union is given the set of its nearest other sample. The accuracy over real samples and the one
    over generated samples are averaged with equal weight, which is the accuracy on the union if N = M and leaves
    chance at one half otherwise. A sample that is as near to the other set as to its own counts as mistaken: a set
    against its exact copy gives 0.

    Args:
        real: features [N, F], N at least 2.
        generated: features [M, F], M at least 2.

    Raises:
        ValueError: for too few samples, or numbers that are not finite.
    """
    within = neighbors.nearest_within(real, 1)[:, 0], neighbors.nearest_within(generated, 1)[:, 0]
    return _accuracies(*within, neighbors.between(real, generated))


def _accuracies(real: np.ndarray, generated: np.ndarray, between: neighbors.Between) -> dict[str, float]:
    of_real = float((real < between.to_generated).mean())
    of_generated = float((generated < between.to_real).mean())
    mean = (of_real + of_generated) / 2.0
    return {"nn_accuracy": mean, "nn_accuracy_real": of_real, "nn_accuracy_generated": of_generated}
