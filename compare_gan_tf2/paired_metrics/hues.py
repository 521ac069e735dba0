"""Hues in polygon_tint, by rule: how many of six occur, how evenly, and how many for one outline."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.paired_metrics import Batch, Measure, Setup

NEEDS = ("draws", "hues")
LOWER_IS_BETTER = {"hue_coverage": False, "hue_chi_square": True, "hues_of_an_input": False}
CHANNELS = (3,)
PROTOCOL = "nearest hue of what is not white, covered from a third of its even share"
# A hue that is made less often than a third of evenly is not covered.
_LEAST = 1 / 3


def measure(setup: Setup) -> Measure:
    """{"hue_coverage": 0 to 6, "hue_chi_square": at least 0, "hues_of_an_input": 1 to 6}.

    The coverage is how many hues are made, over all inputs and draws; the chi square that of their frequencies against
    even ones, by the number of outputs; hues_of_an_input how many different ones the K draws for one input have, 3.59
    of 5 draws of even, independent hues. A model that makes one hue of each outline by itself covers all with 1 of an
    input. An output that shows nothing counts for no hue.
    """
    del setup
    names = tuple(polygon_drawing.HUES)

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.draws is not None
        count, draws = batch.draws.shape[:2]
        hues, shares = polygon_drawing.seen(batch.draws.reshape(-1, *batch.draws.shape[2:]))
        is_shown = shares.sum(axis=(1, 2)) >= polygon_drawing.LEAST_INK
        one_hot = (np.eye(len(names))[hues] * is_shown[:, None]).reshape(count, draws, len(names))
        found = {f"share_{name}": one_hot[..., number].mean(axis=1) for number, name in enumerate(names)}
        return found | {"hues_of_an_input": one_hot.max(axis=1).sum(axis=1)}

    def finished(means: dict[str, float]) -> dict[str, float]:
        even = 1 / len(names)
        shares = np.array([means[f"share_{name}"] for name in names])
        return {
            "hue_coverage": float((shares >= _LEAST * even).sum()),
            "hue_chi_square": float((np.square(shares - even) / even).sum()),
            "hues_of_an_input": means["hues_of_an_input"],
        }

    return Measure(values, finished=finished)
