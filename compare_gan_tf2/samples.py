"""What a metric sees: sets of images with their features, a pair of such sets, and the model that made one."""

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


@dataclasses.dataclass(frozen=True)
class TrainedModel:
    """A checkpoint under evaluation, as model metrics see it.

    Attributes:
        generator: called as generator(z, labels, training=False); z float32 [B, z_dim], labels int32 [B] or None;
            gives float32 [B, H, W, C] in [0, 1]. The averaged generator where the task keeps one.
        discriminator: called as discriminator(images, labels, training=False); gives (logits [B, 1], features), or what
            the second network of a GAN type without logits gives.
        draw_latents: draw_latents(count, purpose, batch=0) gives (z, labels) from the task's prior. The same purpose
            and batch give the same numbers; labels is None for an unconditional model.
        latent_bounds: (low, high) of the prior's support, or None where it is unbounded.
        dataset: the entry of the catalogue the model was trained on.
        options: the task's options.
        num_classes: of the labels that both networks take; 0 for an unconditional model.
        real_images: real_images(split) gives the first 50,000 images (or all there are) float32 [N, H, W, C] in [0, 1]
            and labels int32 [N] of split "train" or "evaluation", in stored order.
        real: real images of the evaluation split.
        generated: generated images.
        seed: the evaluation seed.
    """

    generator: Callable[..., Any]
    discriminator: Callable[..., Any]
    draw_latents: Callable[..., tuple[Any, Any]]
    latent_bounds: tuple[float, float] | None
    dataset: Any
    options: Any
    num_classes: int
    real_images: Callable[[str], tuple[np.ndarray, np.ndarray]]
    real: Samples
    generated: Samples
    seed: int


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
