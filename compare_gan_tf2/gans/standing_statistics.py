"""Standing statistics: a trained generator's batch norm from many batches (Brock et al. 2018, section 3.1)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import layer_state


def applies(gan: BaseGan) -> bool:
    """Whether the option asks for them and the generator has statistics at all."""
    names = gan.evaluated_generator.named_variables()
    return gan.options.standing_batches > 0 and any(name.endswith("moving_mean") for name in names)


def fill(gan: BaseGan) -> None:
    """Replaces the evaluated generator's moving statistics where that `applies`.

    They become the equally weighted means, over so many batches of batch_size latents, of what batch norm measured in
    training calls; a function of seed and weights, so an evaluation and an export get the same. Nothing else moves.
    """
    options, generator = gan.options, gan.evaluated_generator
    if not applies(gan):
        return

    @tf.function
    def average(number: tf.Tensor) -> None:
        z, labels = gan.prior.draw_with_labels(
            options.batch_size, "standing", gan.num_classes, seed=options.seed, step=number
        )
        with layer_state.cumulative(tf.cast(number, tf.float32)):
            generator(z, labels, training=True)

    for number in tf.range(options.standing_batches, dtype=tf.int64):
        average(number)
