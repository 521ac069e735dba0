"""Styles of other latents in the layers of an image from some layer on (Karras et al. 2019, section 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from compare_gan_tf2.gans import Stream
from compare_gan_tf2.runtime import layer_state
from compare_gan_tf2.runtime.draws import Seed
from compare_gan_tf2.runtime.prior import Prior


def other_latents(prior: Prior) -> Callable[[int, str, Seed], tf.Tensor]:
    """`Stream.draw` of latents beside those of the same update."""
    return lambda count, purpose, seed: prior.rows(count, f"{purpose}/other", seed)


def stream() -> Stream:
    """Two numbers in [0, 1), all rows the same: whether styles are mixed, and from which layer on."""
    return Stream(tf.TensorSpec([None, 2]), _numbers)


def _numbers(count: int, purpose: str, seed: Seed) -> tf.Tensor:
    return tf.repeat(seed.draw("unit", f"{purpose}/mixing", [1, 2]), count, axis=0)


def mixed(
    network: Any,
    ws: tf.Tensor,
    other_z: tf.Tensor,
    mixing: tf.Tensor,
    labels: tf.Tensor | None,
    *,
    how_often: float,
    layers: int,
) -> tf.Tensor:
    """A w for every layer, of other latents from some layer on: float32 [B, styles, n].

    Args:
        network: a generator with `mapped` and `for_layers`.
        ws: float32 [B, styles, n] of the first latents.
        other_z: float32 [B, z_dim].
        mixing: of `stream`, [B, 2].
        labels: of both.
        how_often: share of the updates in which styles are mixed.
        layers: how many are in use.
    """
    with layer_state.quiet():
        others = network.for_layers(network.mapped(other_z, training=True, labels=labels))
    place = 1 + tf.cast(mixing[0, 1] * (layers - 1), tf.int32)
    place = tf.where(mixing[0, 0] < how_often, place, ws.shape[1])
    return tf.where(tf.range(ws.shape[1])[None, :, None] < place, ws, others)
