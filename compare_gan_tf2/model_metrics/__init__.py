"""Scores that need the model itself, not only its samples; the file's name is the metric's name.

A file defines `metric(model) -> {score: value}` and `applies(dataset, options)`, and says of itself:
    DEFAULT: whether it is in the standard panel of what it applies to.
    APPLIES_TO: what it applies to, in words.
    LOWER_IS_BETTER: as of a metric on samples.
    COST: what it takes, in words; what takes longer than five minutes says so with `progress.announce` when it begins.
    PROTOCOL: what its numbers depend on beside the model, for the row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare_gan_tf2.gans import Ability
from compare_gan_tf2.metrics import Samples

if TYPE_CHECKING:
    from compare_gan_tf2.extractors import Extractor
    from compare_gan_tf2.runtime.codes import Part


def _not_there() -> Any:
    raise ValueError("this model comes without what the metric needs")


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
        dataset: the entry of the catalog the model was trained on.
        options: the task's options.
        num_classes: of the labels that both networks take; 0 for an unconditional model.
        real_images: real_images(split) gives the first 50,000 images (or all there are) float32 [N, H, W, C] in [0, 1]
            and labels int32 [N] of split "train" or "evaluation", in stored order.
        real: real images of the evaluation split.
        generated: generated images.
        seed: the evaluation seed.
        kept: compiled calls by name, for the next checkpoint of the same networks; a metric may add its own.
        has_parts: whether latents are of parts with distributions of their own (`runtime.codes`, `shaped_prior`).
        parts: these, in their order; () where latents are of one piece.
        abilities: what the model can do, by name.
        untrained: gives what the same networks can do with their initial weights, the control of encoders.
        extractor: gives the extractor that images are scored with.
        judge: gives the classifier of the data set, which no training of a GAN sees.
        labeled_images: gives the training images that have a label in the training, in stored order, float32
            [N, H, W, C] in [0, 1], and the labels int32 [N].
        training_images: gives how many images the training reads, those without a label among them.
        tables: counts int [rows, columns] that a metric leaves beside its scores, by the column of the row.
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
    has_parts: bool = False
    parts: tuple[Part, ...] = ()
    abilities: Mapping[str, Ability] = dataclasses.field(default_factory=dict)
    untrained: Callable[[], Mapping[str, Ability]] = _not_there
    extractor: Callable[[], Extractor] = _not_there
    judge: Callable[[], Extractor] = _not_there
    labeled_images: Callable[[], tuple[np.ndarray, np.ndarray]] = _not_there
    training_images: Callable[[], int] = _not_there
    kept: dict[str, Any] = dataclasses.field(default_factory=dict)
    tables: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
