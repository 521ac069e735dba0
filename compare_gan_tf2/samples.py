"""What a metric sees: sets of images with their features, and the model that made them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Samples:
    """A set of N images and what the feature extractor says of them.

    Attributes:
        images: float32 [M, H, W, C] in [0, 1]; all N, or the first of them where the rest is not kept (real images).
        features: float32 [N, F], the extractor's representation.
        logits: float32 [N, K], the extractor's class scores before the softmax.
        labels: int32 [N]; -1 where an image has none.
    """

    images: np.ndarray
    features: np.ndarray
    logits: np.ndarray
    labels: np.ndarray


@dataclasses.dataclass(frozen=True)
class TrainedModel:
    """A checkpoint under evaluation, as model metrics see it.

    Attributes:
        generator: called as generator(z, labels, training=False); z float32 [B, z_dim], labels int32 [B] or None;
            gives float32 [B, H, W, C] in [0, 1]. The averaged generator where the task keeps one.
        discriminator: called as discriminator(images, labels, training=False); gives (logits [B, 1], features), or what
            the second network of a GAN type without logits gives.
        draw_latents: draw_latents(count, purpose) gives (z, labels) from the task's prior. The same purpose gives the
            same numbers; labels is None for an unconditional model.
        latent_bounds: (low, high) of the prior's support, or None where it is unbounded.
        dataset: the entry of the catalogue the model was trained on.
        real: real images of the evaluation split.
        generated: generated images.
        seed: the evaluation seed.
    """

    generator: Callable[..., Any]
    discriminator: Callable[..., Any]
    draw_latents: Callable[[int, str], tuple[Any, Any]]
    latent_bounds: tuple[float, float] | None
    dataset: Any
    real: Samples
    generated: Samples
    seed: int
