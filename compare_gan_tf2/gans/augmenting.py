"""Augmentation of what a discriminator sees, and how often: steered by its logits, or by a schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.runtime import draws

if TYPE_CHECKING:
    from compare_gan_tf2.gans.base import BaseGan


class Augmenting:
    """Shows a discriminator images as option augmentation says, and steers how often.

    Args:
        gan: whose state gets "augmentation/probability" where that is steered, and where it moves once in several
            updates also the sum of signs and the number of updates since.
        schedule: how probable the transforms are in this update, of a GAN type that does not steer them.

    Attributes:
        adapts: whether the discriminator's logits steer it.
        probability: gives how probable the transforms are in this update, float32 scalar; 0 where nothing asks for it.
    """

    def __init__(self, gan: BaseGan, schedule: Callable[[], tf.Tensor] | None = None):
        self._options = options = gan.options
        self._component = components.load("augmentations", options.augmentation)
        self._facts = components.facts("augmentations", options.augmentation)
        self.adapts = bool(self._facts["ADAPTS"] and schedule is None)
        self.probability: Callable[[], tf.Tensor] = schedule or (lambda: tf.zeros([]))
        if self.adapts:
            steered = gan.add_state("augmentation/probability", options.augmentation_probability)
            self.probability = lambda: tf.convert_to_tensor(steered)
            if self._facts["INTERVAL"] > 1:
                gan.add_state("augmentation/signs")
                gan.add_state("augmentation/updates")

    def __call__(self, images: tf.Tensor, half: str) -> tf.Tensor:
        """Images [B, H, W, C] in [0, 1] as they are to be seen; the same draws for the same turn and half."""
        if self._options.augmentation == "none":
            return images

        def uniform(name: str, shape: list[int]) -> tf.Tensor:
            return draws.rows_of("unit", f"augmentation/{half}/{name}", shape)

        more = {}
        if self._facts["HAS_PIPE"]:
            options = self._options
            more["pipe"] = self._component.strengths(options.augmentation_pipe, options.augmentation_mirrors)
        augmented: tf.Tensor = self._component.augment(images, uniform, self.probability(), **more)
        return augmented

    def adapt(
        self,
        real_logits: tf.Tensor,
        augmentation_probability: tf.Tensor,
        augmentation_signs: tf.Tensor | None = None,
        augmentation_updates: tf.Tensor | None = None,
    ) -> dict[str, tf.Tensor]:
        """`after` of a turn: the probability by what the discriminator said of the whole batch's real images.

        Args:
            real_logits: of the update.
            augmentation_probability: before it.
            augmentation_signs: sum of the mean signs of the logits of the updates since the last move.
            augmentation_updates: their number. Both of an augmentation that moves it once in several updates.
        """
        options, interval = self._options, self._facts["INTERVAL"]
        signs, more = tf.reduce_mean(tf.sign(real_logits)), dict[str, tf.Tensor]()
        if augmentation_signs is not None and augmentation_updates is not None:
            signs, updates = augmentation_signs + signs, augmentation_updates + 1.0
            is_due = updates >= interval
            more = {"augmentation/signs": tf.where(is_due, 0.0, signs),
                    "augmentation/updates": tf.where(is_due, 0.0, updates)}  # fmt: skip
            signs /= interval
        probability = self._component.adapt(
            augmentation_probability, signs, interval * options.batch_size, target=options.augmentation_target,
            kimg=options.augmentation_kimg, limit=options.augmentation_limit,
        )  # fmt: skip
        if more:
            probability = tf.where(is_due, probability, augmentation_probability)
        return {"augmentation/probability": probability, **more}
