"""The residual blocks of compare_gan's ResNets and BigGANs, and generators whose blocks see parts of the latents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._attention import attend
from compare_gan_tf2.architectures._blocks import Layers, Linear, relu
from compare_gan_tf2.architectures._convolution import average_pool, unpool
from compare_gan_tf2.architectures.networks import Generator
from compare_gan_tf2.options import block_plans
from compare_gan_tf2.runtime.recomputation import Recomputed


class Block(Recomputed):
    """[norm, ReLU, conv 3x3] twice, plus a shortcut; x [B, H, W, I] -> [B, H', W', channels].

    H' is 2H, H / 2 rounded up, or H. The papers' blocks (Gulrajani et al. 2017, appendix; Miyato et al. 2018, figure 8;
    Brock et al. 2019, figure 15), but as in compare_gan "up" puts zeros between the pixels instead of repeating them.

    Args:
        make: makes the network's layers.
        name: "B1" and so on.
        channels: of the output.
        scale: "up" (before the first convolution), "down" (after the second one) or "same".
        shortcut: side of the learned convolution that the shortcut is. compare_gan's ResNets have 3 in every block,
            also where neither size nor channels change; its BigGAN has 1, or 0 where the channels of a discriminator's
            block stay the same: then there is no shortcut at all.
    """

    def __init__(self, make: Layers, name: str, channels: int, scale: str, shortcut: int = 3):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.channels = channels
        # compare_gan's names, so that its variables are found by them.
        norm = "ln" if make.normalization == "layer" else "bn"
        first, second = ("up" if scale == "up" else "same"), ("down" if scale == "down" else "same")
        self.shortcut = make.conv(f"{scale}_conv_shortcut", channels, shortcut, scale=scale) if shortcut else None
        self.norm1 = make.norm(f"{norm}1")
        self.conv1 = make.conv(f"{first}_conv1", channels, 3, scale=first)
        self.norm2 = make.norm(f"{norm}2")
        self.conv2 = make.conv(f"{second}_conv2", channels, 3, scale=second)
        # Sub-layers build themselves at their first call; Keras must not try to trace the block by guessing inputs.
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """z and labels are for the normalizations; there is no activation after the sum."""
        y = relu(self.norm1(x, z=z, labels=labels, training=training))
        y = self.conv1(y, training=training)
        y = relu(self.norm2(y, z=z, labels=labels, training=training))
        y = self.conv2(y, training=training)
        return y if self.shortcut is None else y + self.shortcut(x, training=training)


class Bottleneck(Recomputed):
    """BigGAN-deep's block; x [B, H, W, I] -> [B, H', W', channels] (Brock et al. 2019, figure 16).

    norm, ReLU and a convolution four times: 1x1 to a quarter of the channels, 3x3, 3x3, 1x1 to all of them. The
    shortcut learns nothing about channels that were there: "up" keeps the first of them where there are fewer
    afterwards, "down" adds those that are missing by a 1x1 convolution of the pooled x.

    Args:
        make: makes the network's layers.
        name: "B1" and so on.
        inputs: I.
        channels: of the output; more than I only in "down" blocks, fewer only in "up" ones.
        scale: "up" (before the first 3x3), "down" (before the last 1x1) or "same".
    """

    def __init__(self, make: Layers, name: str, inputs: int, channels: int, scale: str):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.channels = channels
        quarter = max(1, max(inputs, channels) // 4)
        self._rescale = {"up": unpool, "down": average_pool, "same": _same}[scale]
        self.stages = [
            _Stage(make, "conv1", quarter, 1),
            _Stage(make, "conv2", quarter, 3, "up" if scale == "up" else "same"),
            _Stage(make, "conv3", quarter, 3),
            _Stage(make, "conv4", channels, 1, "down" if scale == "down" else "same"),
        ]
        self.shortcut = _MoreChannels(make, channels - inputs) if channels > inputs else None
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """z and labels are for the normalizations; there is no activation after the sum."""
        y = x
        for stage in self.stages:
            y = stage(y, z=z, labels=labels, training=training)
        x = self._rescale(x[..., : self.channels])
        return y + (x if self.shortcut is None else self.shortcut(x, training=training))


class _Stage(keras.layers.Layer):
    """norm, ReLU, convolution; its names are those below compare_gan's scopes conv1 to conv4."""

    def __init__(self, make: Layers, name: str, channels: int, size: int, scale: str = "same"):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.norm = make.norm("bn")
        self.conv = make.conv(f"{size}x{size}_conv", channels, size, scale=scale)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        y = relu(self.norm(x, z=z, labels=labels, training=training))
        return self.conv(y, training=training)


class _MoreChannels(keras.layers.Layer):
    """x and, behind its channels, as many more as are asked for; below compare_gan's scope `shortcut`."""

    def __init__(self, make: Layers, count: int):
        super().__init__(name="shortcut", autocast=False)
        self.conv = make.within(self.name).conv("add_channels", count, 1)
        self.built = True

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.concat([x, self.conv(x, training=training)], axis=-1)


def plain_block(make: Layers, name: str, inputs: int, channels: int, scale: str) -> Block:
    """The block of compare_gan's ResNets."""
    del inputs
    return Block(make, name, channels, scale)


def residual_chain(
    make: Layers,
    architecture: str,
    side: int,
    inputs: int = 0,
    build: Callable[[Layers, str, int, int, str], keras.layers.Layer] = plain_block,
) -> list[Callable]:
    """The residual blocks of a network by its architecture's plan, with self-attention behind them as options ask.

    Args:
        make: makes the network's layers.
        architecture: its name.
        side: of the images, in pixels.
        inputs: channels of what the first block sees, for a `build` that asks for them.
        build: makes a block of (make, name, channels of its input, channels of its output, scale).
    """
    blocks = []
    for planned in block_plans.blocks(architecture, side, make.network):
        channels = make.channels(planned.channels)
        blocks.append(build(make, planned.name, inputs, channels, planned.scale))
        inputs = channels
    return attend(make, blocks, block_plans.attention(architecture, side, make.network, make.attention))


class ConditionedGenerator(Generator):
    """A generator whose blocks can see parts of the latents, and embedded latents or labels (Brock et al. 2019).

    Args:
        chain: as of every network; the residual blocks in it are what gets the parts.
        embed_z: linear in the latents, replaces them everywhere.
        embed_y: linear in the labels, replaces them everywhere.
        hierarchical: the latents are cut into equal parts, one for the chain's start and one for each block in turn; a
            block is conditioned on its part, and on part and labels together where labels are asked for.
        joins: where there are labels, latents and labels joined into one vector replace both (BigGAN-deep).
        z_dim: length of the latents.
        num_classes: of the labels; 0 if the network takes none.
    """

    def __init__(
        self,
        chain: Sequence[Callable],
        *,
        embed_z: Linear | None = None,
        embed_y: Linear | None = None,
        hierarchical: bool = False,
        joins: bool = False,
        z_dim: int,
        num_classes: int,
    ):
        # Before the base class, which ends with a first call.
        self.embed_z, self.embed_y, self._hierarchical, self._joins = embed_z, embed_y, hierarchical, joins
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
        if self._joins and labels is not None:
            z = labels = tf.concat([z, labels], axis=1)
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
