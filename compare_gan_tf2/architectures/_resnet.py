"""The residual blocks of compare_gan's ResNets (Gulrajani et al. 2017, appendix; Miyato et al. 2018, figure 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, Linear, average_pool, relu, unpool
from compare_gan_tf2.architectures._networks import Generator


class Block(keras.layers.Layer):
    """[norm, ReLU, conv 3x3] twice, plus a shortcut; x [B, H, W, I] -> [B, H', W', channels].

    H' is 2H, H / 2 rounded up, or H. As in compare_gan, and other than in the papers, "up" puts zeros between the
    pixels instead of repeating them, and the shortcut is a learned convolution of 3x3 in every block, also where
    neither size nor channels change.

    Args:
        make: makes the network's layers.
        name: "B1" and so on.
        channels: of the output.
        scale: "up" (before the first convolution), "down" (after the second one) or "same".
    """

    def __init__(self, make: Layers, name: str, channels: int, scale: str):
        super().__init__(name=name)
        make = make.within(name)
        # compare_gan's names, so that its variables are found by them.
        norm = "ln" if make.normalization == "layer" else "bn"
        first, second = ("up" if scale == "up" else "same"), ("down" if scale == "down" else "same")
        self._up = unpool if scale == "up" else _same
        self._down = average_pool if scale == "down" else _same
        self.shortcut = make.conv(f"{scale}_conv_shortcut", channels, 3, 1)
        self.norm1 = make.norm(f"{norm}1")
        self.conv1 = make.conv(f"{first}_conv1", channels, 3, 1)
        self.norm2 = make.norm(f"{norm}2")
        self.conv2 = make.conv(f"{second}_conv2", channels, 3, 1)
        # Sub-layers build themselves at their first call; Keras must not try to trace the block by guessing inputs.
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """z and labels are for the normalisations; there is no activation after the sum."""
        y = relu(self.norm1(x, z=z, labels=labels, training=training))
        y = self.conv1(self._up(y), training=training)
        y = relu(self.norm2(y, z=z, labels=labels, training=training))
        y = self._down(self.conv2(y, training=training))
        return y + self._down(self.shortcut(self._up(x), training=training))


class ConditionedGenerator(Generator):
    """A generator whose blocks can see parts of the latents, and embedded latents or labels (Brock et al. 2019).

    Args:
        chain: as of every network; the blocks in it are what gets the parts.
        embed_z: linear in the latents, replaces them everywhere.
        embed_y: linear in the labels, replaces them everywhere.
        hierarchical: the latents are cut into equal parts, one for the chain's start and one for each block in turn; a
            block is conditioned on its part, and on part and labels together where labels are asked for.
        z_dim: length of the latents.
        num_classes: of the labels; 0 if the network takes none.
    """

    def __init__(
        self,
        chain: Sequence[Callable],
        *,
        embed_z: Linear | None,
        embed_y: Linear | None,
        hierarchical: bool,
        z_dim: int,
        num_classes: int,
    ):
        # Before the base class, which ends with a first call.
        self.embed_z, self.embed_y, self._hierarchical = embed_z, embed_y, hierarchical
        super().__init__(chain, z_dim=z_dim, num_classes=num_classes)

    def follow(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None,
        labels: tf.Tensor | None,
        training: bool,
        links: Sequence[Callable] | None = None,
    ) -> tf.Tensor:
        """z through the chain; x, which is z too, is not looked at."""
        del x
        links = self.chain if links is None else links
        z = self.embed_z(z, training=training) if self.embed_z is not None else z
        labels = self.embed_y(labels, training=training) if self.embed_y is not None else labels
        if not self._hierarchical:
            return super().follow(z, z, labels, training, links)
        x, *parts = tf.split(z, 1 + sum(isinstance(link, Block) for link in links), axis=1)
        for link in links:
            if isinstance(link, Block):
                part = parts.pop(0)
                both = None if labels is None else tf.concat([part, labels], axis=1)
                x = super().follow(x, part, both, training, [link])
            else:
                x = super().follow(x, z, labels, training, [link])
        return x


def _same(x: tf.Tensor) -> tf.Tensor:
    return x
