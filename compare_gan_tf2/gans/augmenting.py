"""Augmentation of what a discriminator sees, for GAN types with objectives of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.runtime import draws

if TYPE_CHECKING:
    from compare_gan_tf2.gans.base import BaseGan


class Augmenting:
    """Shows a discriminator images as option augmentation says, and steers how often.

    Args:
        gan: whose state gets "augmentation/probability" where that is steered.

    Attributes:
        adapts: whether it is.
    """

    def __init__(self, gan: BaseGan):
        self._options = gan.options
        self._component = components.load("augmentations", gan.options.augmentation)
        self.adapts: bool = self._component.ADAPTS
        self._probability = gan.add_state("augmentation/probability") if self.adapts else None

    def __call__(self, images: tf.Tensor, half: str) -> tf.Tensor:
        """Images [B, H, W, C] in [0, 1] as they are to be seen; the same draws for the same turn and half."""
        if self._options.augmentation == "none":
            return images
        probability = tf.zeros([]) if self._probability is None else tf.convert_to_tensor(self._probability)

        def uniform(name: str, shape: list[int]) -> tf.Tensor:
            return draws.rows_of("unit", f"augmentation/{half}/{name}", shape)

        return self._component.augment(images, uniform, probability)

    def adapt(self, real_logits: tf.Tensor, augmentation_probability: tf.Tensor) -> dict[str, tf.Tensor]:
        """`after` of a turn: the probability by what the discriminator said of the whole batch's real images."""
        options = self._options
        probability = self._component.adapt(
            augmentation_probability, tf.reduce_mean(tf.sign(real_logits)), options.batch_size,
            target=options.augmentation_target, kimg=options.augmentation_kimg,
        )  # fmt: skip
        return {"augmentation/probability": probability}
