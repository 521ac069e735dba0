"""Scores of a set of generated samples against real ones; the file's name is the metric's name.

A file defines `metric(pair) -> {score: value}` and says of itself:
    DEFAULT: whether it is in the standard panel.
    NEEDS: what it looks at: of "features", "logits", "images", "labels" (of both sets) and "training"
        (`Pair.training`). Scores of features or logits carry the extractor's id in their name.
    LEAST_SAMPLES: how many samples of each set it needs.
    LOWER_IS_BETTER: True or False if its only score has the metric's name, otherwise a dict of that by score, with None
        for a number that no checkpoint can be best in (a standard error). It holds for scores whose names go on from
        there too ("sliced_wasserstein_16"). A literal: it is read without importing the file.
    PROTOCOL: what its numbers depend on beside the samples, for the row; may be empty.
and may define `curve(pair) -> (recall, precision)`, float64 [N] each in [0, 1]: the curve that its scores are read
from, which is kept beside a checkpoint's row.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
# Gives the arrays that are kept under a name, computing them if they are not there yet.
Keep = Callable[[str, Callable[[], Arrays]], Arrays]


@dataclasses.dataclass(frozen=True, eq=False)
class Samples:
    """A set of N images and what the feature extractor says of them, in no particular order.

    Attributes:
        images: float32 [M, H, W, C] in [0, 1]; the first M of the N images, for metrics that look at images.
        features: float32 [N, F], the extractor's representation.
        logits: float32 [N, K], the extractor's class scores before the softmax; K is 0 if it has none.
        labels: int32 [N]; -1 where an image has none.
        keep: where `derived` keeps arrays beyond this object (beside a reference's features on disk), or None.
    """

    images: np.ndarray
    features: np.ndarray
    logits: np.ndarray
    labels: np.ndarray
    keep: Keep | None = dataclasses.field(default=None, repr=False)
    _derived: dict[str, Arrays] = dataclasses.field(default_factory=dict, repr=False, init=False)

    def derived(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        """What follows from this set alone (moments, radii), computed once for all metrics and checkpoints.

        Args:
            name: file-name-safe; says everything the arrays depend on beside the set ("neighbours_5").
            compute: gives arrays by name; called only if they are not there.
        """
        if name not in self._derived:
            self._derived[name] = self.keep(name, compute) if self.keep else compute()
        return self._derived[name]


@dataclasses.dataclass(frozen=True, eq=False)
class Pair:
    """Real and generated samples that are compared; what a metric on samples is a function of.

    Attributes:
        real: N samples of the evaluation split.
        generated: M generated samples.
        seed: the evaluation seed; random choices of a metric come from `generator`.
        load_training: gives samples of the training split, for metrics that NEED "training"; else None.
    """

    real: Samples
    generated: Samples
    seed: int = 0
    load_training: Callable[[], Samples] | None = dataclasses.field(default=None, repr=False)
    _derived: dict[str, Any] = dataclasses.field(default_factory=dict, repr=False, init=False)

    @property
    def training(self) -> Samples:
        """Samples of the training split, loaded when a metric first asks.

        Raises:
            ValueError: if there are none.
        """
        if self.load_training is None:
            raise ValueError("these samples come without a training split")
        return self.derived("training", self.load_training)

    def derived(self, name: str, compute: Callable[[], Any]) -> Any:
        """What follows from the two sets together, computed once for all metrics."""
        if name not in self._derived:
            self._derived[name] = compute()
        return self._derived[name]

    def generator(self, purpose: str) -> np.random.Generator:
        """Random numbers that depend on the evaluation seed and the purpose alone."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])


def images_only(images: np.ndarray, labels: np.ndarray | None = None) -> Samples:
    """Samples without features, for metrics that look at images alone."""
    none = np.zeros((len(images), 0), np.float32)
    return Samples(images, none, none, np.full(len(images), -1, np.int32) if labels is None else labels)


def of_features(features: np.ndarray, logits: np.ndarray | None = None, labels: np.ndarray | None = None) -> Samples:
    """Samples without images, for metrics that look at features, logits and labels alone."""
    number = len(features)
    return Samples(
        np.zeros((0, 0, 0, 0), np.float32),
        features,
        np.zeros((number, 0), np.float32) if logits is None else logits,
        np.full(number, -1, np.int32) if labels is None else labels,
    )
