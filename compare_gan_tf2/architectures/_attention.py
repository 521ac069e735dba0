"""Self-attention over space: the non-local block of BigGAN (Zhang et al. 2019, section 3; Wang et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers
from compare_gan_tf2.runtime.recomputation import Recomputed


class NonLocalBlock(Recomputed):
    """x + sigma o; x [B, H, W, C] -> same shape.

    With queries theta [B, H W, C/8], keys phi [B, H W/4, C/8] and values g [B, H W/4, C/2], all 1x1 convolutions of x
    without biases, the latter two with the largest of every 2x2 pixels, o = softmax(theta phi') g, brought back to C
    channels by one more. There is no division by the root of the keys' length. sigma starts at 0, so that the block
    starts as the identity.

    Args:
        make: makes the network's layers.
        name: "non_local_block" as in compare_gan; a network's second one needs another name.
        channels: C.
    """

    def __init__(self, make: Layers, name: str, channels: int):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        few, half = max(1, channels // 8), max(1, channels // 2)
        self._few, self._half = few, half
        self.theta = make.conv("conv2d_theta", few, 1, use_bias=False)
        self.phi = make.conv("conv2d_phi", few, 1, use_bias=False)
        self.g = make.conv("conv2d_g", half, 1, use_bias=False)
        self.back = make.conv("conv2d_attn_g", channels, 1, use_bias=False)
        self.sigma = self.add_weight(name="sigma", shape=(), initializer="zeros")
        # Sub-layers build themselves at their first call; Keras must not try to trace the block by guessing inputs.
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """z and labels are not looked at."""
        del z, labels
        height, width = x.shape[1:3]
        fewer = (height // 2) * (width // 2)
        queries = tf.reshape(self.theta(x, training=training), [-1, height * width, self._few])
        keys = tf.reshape(_largest(self.phi(x, training=training)), [-1, fewer, self._few])
        values = tf.reshape(_largest(self.g(x, training=training)), [-1, fewer, self._half])
        weights = tf.nn.softmax(tf.cast(tf.matmul(queries, keys, transpose_b=True), tf.float32))
        seen = tf.reshape(tf.matmul(tf.cast(weights, x.dtype), values), [-1, height, width, self._half])
        return x + tf.cast(self.sigma, x.dtype) * self.back(seen, training=training)


def attend(make: Layers, blocks: Sequence[keras.layers.Layer], after: Sequence[str]) -> list[Callable]:
    """The blocks in order, with self-attention behind those that are named; blocks know their `channels`."""
    chain: list[Callable] = []
    for block in blocks:
        chain.append(block)
        if block.name in after:
            number = sum(isinstance(link, NonLocalBlock) for link in chain)
            name = f"non_local_block_{number}" if number else "non_local_block"
            chain.append(NonLocalBlock(make, name, block.channels))
    return chain


def _largest(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, H // 2, W // 2, C]: the largest of 2 x 2 pixels; the first of equals has the gradient.

    As tf.nn.max_pool2d, whose gradient XLA refuses to compile where determinism is asked for; but a NaN stays one.
    """
    _, height, width, channels = x.shape
    height, width = height // 2, width // 2
    squares = tf.reshape(x[:, : 2 * height, : 2 * width], [-1, height, 2, width, 2, channels])
    left, right = tf.unstack(squares, axis=4)
    upper, lower = tf.unstack(tf.maximum(left, right), axis=2)
    return tf.maximum(upper, lower)
