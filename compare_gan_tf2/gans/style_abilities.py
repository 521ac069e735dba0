"""What generators with a mapping can do besides generating images: latents to w, w to images, mixing and truncation.

There is a w for each layer, float32 [B, styles, n], from the coarsest layer on, so that layers can differ.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from compare_gan_tf2.gans import Ability, Stream
from compare_gan_tf2.gans.random_inputs import SEED, seeds
from compare_gan_tf2.runtime import row_seeds
from compare_gan_tf2.runtime.draws import Seed


def streams(network: Any) -> dict[str, Stream]:
    """The inputs of the abilities, by name; no step draws them.

    Args:
        network: a generator with `styles`, and with `center`, the mean of all w.
    """
    layers, length = network.styles, network.center.shape[0]

    def drawn(kind: str, name: str, shape: list[int]) -> Stream:
        def draw(count: int, purpose: str, seed: Seed) -> tf.Tensor:
            return seed.draw(kind, f"{purpose}/{name}", [count, *shape])

        return Stream(tf.TensorSpec([None, *shape]), draw)

    vectors = {name: drawn("normal", name, [layers, length]) for name in ("ws", "other_ws")}
    factors = {name: drawn("unit", name, [layers]) for name in ("psi", "shares")}
    return vectors | factors | {SEED: seeds()}


def abilities(network: Any, *, conditional: bool) -> dict[str, Ability]:
    """By name; `synthesize` after `map` gives what the generator does with truncation_psi=1.

    map: latents, and labels of a conditional model, to ws; never truncated.
    synthesize: ws to images [B, H, W, C] in [0, 1], with the noise that the network keeps; with seeds [B] with noise
        drawn by them.
    mix: (ws, other ws, shares [B, styles]) to ws; 0 keeps a layer, 1 takes the other's.
    truncate: (ws, psi [B, styles]) to ws; 1 keeps a layer, 0 takes the mean of all w.

    Args:
        network: a generator with `mapped`, `for_layers`, `synthesized` and `center`.
        conditional: whether it takes labels.
    """

    def to_styles(z: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        ws: tf.Tensor = network.for_layers(network.mapped(z, labels=labels))
        return ws

    def synthesize(ws: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        with row_seeds.seeded(seed):
            return tf.clip_by_value(0.5 * network.synthesized(ws) + 0.5, 0.0, 1.0)

    def mix(ws: tf.Tensor, other_ws: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
        # Exactly the one or the other at both ends.
        share = shares[:, :, None]
        return (1.0 - share) * ws + share * other_ws

    def truncate(ws: tf.Tensor, psi: tf.Tensor) -> tf.Tensor:
        factor = psi[:, :, None]
        return (1.0 - factor) * tf.convert_to_tensor(network.center) + factor * ws

    return {
        "map": Ability(to_styles, ("z", "labels") if conditional else ("z",)),
        "mix": Ability(mix, ("ws", "other_ws", "shares")),
        "synthesize": Ability(synthesize, ("ws", SEED)),
        "truncate": Ability(truncate, ("ws", "psi")),
    }
