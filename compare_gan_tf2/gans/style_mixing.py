"""Styles of other latents in the layers of an image from some layer on (Karras et al. 2019, section 3.1)."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from compare_gan_tf2.gans import Stream
from compare_gan_tf2.runtime import layer_state
from compare_gan_tf2.runtime.draws import Seed
from compare_gan_tf2.runtime.prior import Prior


def streams(prior: Prior) -> dict[str, Stream]:
    """Latents beside those of the same update, and two numbers in [0, 1), which are the same in all rows.

    The numbers say whether styles are mixed, and from which layer on.
    """

    def other_latents(count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return prior.rows(count, f"{purpose}/other", seed)

    return {"other_z": Stream(prior.spec, other_latents), "mixing": Stream(tf.TensorSpec([None, 2]), _numbers)}


def _numbers(count: int, purpose: str, seed: Seed) -> tf.Tensor:
    return tf.repeat(seed.draw("unit", f"{purpose}/mixing", [1, 2]), count, axis=0)


def styles(
    network: Any,
    z: tf.Tensor,
    labels: tf.Tensor | None,
    other_z: tf.Tensor | None,
    mixing: tf.Tensor | None,
    *,
    how_often: float,
    layers: int,
) -> tf.Tensor:
    """A w for every layer; where styles are mixed, of other latents from some layer on: float32 [B, styles, n].

    Args:
        network: a generator with `mapped` and `for_layers`.
        z: float32 [B, z_dim].
        labels: int32 [B] of z and other_z, or None.
        other_z: float32 [B, z_dim]; None where styles are never mixed, as `mixing` is then.
        mixing: of `streams`, float32 [B, 2].
        how_often: share of the updates in which styles are mixed.
        layers: how many are in use.
    """
    ws: tf.Tensor = network.for_layers(network.mapped(z, training=True, labels=labels))
    if other_z is None or mixing is None:
        return ws
    with layer_state.quiet():
        others = network.for_layers(network.mapped(other_z, training=True, labels=labels))
    place = 1 + tf.cast(mixing[0, 1] * (layers - 1), tf.int32)
    place = tf.where(mixing[0, 0] < how_often, place, ws.shape[1])
    return tf.where(tf.range(ws.shape[1])[None, :, None] < place, ws, others)
