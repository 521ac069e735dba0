"""Word accuracy for polygon_caption, by rule: share of a caption's four words that are true of the picture."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_words
from compare_gan_tf2.paired_metrics import Batch, Measure, Setup

NEEDS = ("words",)
COLUMNS = ("words",)
LOWER_IS_BETTER = {
    "word_accuracy": False, "word_accuracy_size": False, "word_accuracy_hue": False, "word_accuracy_shape": False,
    "word_accuracy_place": False,
}  # fmt: skip
CHANNELS = (3,)
PROTOCOL = "hue nearest, size by area, place by center, shape by the most similar polygon"


def measure(setup: Setup) -> Measure:
    """{"word_accuracy": in [0, 1], the mean of those of size, hue, shape and place}.

    Real pictures deserve 99 % of their words: pentagons and hexagons of a few pixels look alike.
    """
    del setup

    def values(batch: Batch) -> dict[str, np.ndarray]:
        is_right = polygon_words.read(batch.outputs) == batch.beside["words"]
        found = {f"word_accuracy_{name}": is_right[:, number] for number, name in enumerate(polygon_words.WORDS)}
        return {
            name: each.astype(np.float64) for name, each in ({"word_accuracy": is_right.mean(axis=1)} | found).items()
        }

    return Measure(values)
