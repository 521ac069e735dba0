"""Standing statistics: a trained generator's batch norm from many batches (Brock et al. 2018, section 3.1)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import draws, layer_state


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
        draw = {"seed": options.seed, "step": number}
        z = draws.draw(options.z_distribution, "standing/z", [options.batch_size, generator.z_dim], **draw)
        labels = None
        if gan.num_classes:
            labels = draws.draw_labels("standing/labels", options.batch_size, gan.num_classes, **draw)
        with layer_state.cumulative(tf.cast(number, tf.float32)):
            generator(z, labels, training=True)

    for number in tf.range(options.standing_batches, dtype=tf.int64):
        average(number)
