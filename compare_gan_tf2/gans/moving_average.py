"""Running averages of players' weights, which are what is evaluated and exported where a task keeps them."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.gans import Player

_STATISTICS = ("moving_mean", "moving_variance")


def decay_from(decay: float, start_step: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """`Average.decay`: `decay` from step `start_step` on, counted from 1; before it 0, which copies the weights."""
    return lambda step: tf.where(step >= start_step, decay, 0.0)


def follow(player: Player, step: tf.Tensor) -> None:
    """Takes the player's weights after a step, counted from 1, into its average; runs in every replica."""
    if player.average is None or player.averaged is None:
        return
    decay = player.average.decay(step)
    for kept, latest in zip(player.averaged.variables, player.network.variables, strict=True):
        if kept.path != latest.path:
            raise ValueError(f"the average has {kept.path} where the network has {latest.path}")
        averages = latest.trainable or (latest.name in _STATISTICS and player.average.averages_statistics)
        value = tf.convert_to_tensor(latest)
        kept.assign(decay * kept + (1.0 - decay) * value if averages else value)
