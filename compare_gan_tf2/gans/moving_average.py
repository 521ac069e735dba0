"""Running averages of players' weights, which are what is evaluated and exported where a task keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from compare_gan_tf2.gans import Player

_STATISTICS = ("moving_mean", "moving_variance")


def decay_from(decay: float, start_step: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """`Average.decay`: `decay` from step `start_step` on, counted from 1; before it 0, which copies the weights."""
    return lambda step: tf.where(step >= start_step, decay, 0.0)


def decay_of_images(
    kimg: float, rampup: float, batch_size: int, start_step: int = 0
) -> float | Callable[[tf.Tensor], tf.Tensor]:
    """`Average.decay` that depends on images, and not on steps: half of the average is forgotten in so many of them.

    Args:
        kimg: thousands of images.
        rampup: share of the images seen before the step that this is at most; 0 is no bound.
        batch_size: images of a step.
        start_step: before which the weights are copied, counted from 1.

    Returns:
        0.5^(batch_size / half-life): a number where it is always the same.
    """
    if not rampup and start_step <= 1:
        return float(0.5 ** (batch_size / (kimg * 1000.0)))

    def decay(step: tf.Tensor) -> tf.Tensor:
        seen = tf.cast(step - 1, tf.float32) * float(batch_size)
        found = decay_after(seen, tf.constant(float(batch_size)), kimg, rampup)
        return tf.where(step >= start_step, found, 0.0)

    return decay


def decay_after(seen: tf.Tensor, batch: tf.Tensor, kimg: float, rampup: float) -> tf.Tensor:
    """The decay of one step, as of `decay_of_images`, by float32 images that were seen before it and that it sees."""
    half_life = tf.minimum(kimg * 1000.0, seen * rampup) if rampup else tf.constant(kimg * 1000.0)
    return tf.pow(0.5, batch / tf.maximum(half_life, 1e-8))


def values_before(player: Player) -> list[tf.Tensor] | None:
    """At a step's start: the player's values, if its average takes those; else None, for the values at its end."""
    if player.average is None or player.average.takes == "after":
        return None
    return [tf.identity(tf.convert_to_tensor(each)) for each in player.network.variables]


def follow(player: Player, step: tf.Tensor, values: Sequence[tf.Tensor] | None = None) -> None:
    """Takes the player's weights into its average, after a step, counted from 1; runs in every replica.

    Args:
        player: with an average, or nothing happens.
        step: its number.
        values: of `values_before`.
    """
    if player.average is None or player.averaged is None:
        return
    decay = player.average.decay
    old, new = (decay, 1.0 - decay) if isinstance(decay, int | float) else (rate := decay(step), 1.0 - rate)
    for i, (kept, latest) in enumerate(zip(player.averaged.variables, player.network.variables, strict=True)):
        if kept.path != latest.path:
            raise ValueError(f"the average has {kept.path} where the network has {latest.path}")
        averages = latest.trainable or (latest.name in _STATISTICS and player.average.averages_statistics)
        value = tf.convert_to_tensor(latest) if values is None else values[i]
        kept.assign(old * kept + new * value if averages else value)
