"""Layers of networks that enlarge images: residual and dense blocks, pixel shuffle; and the judge of images."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Kernel, Layers
from compare_gan_tf2.architectures._padded import PaddedConv
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

Shape = tuple[int, int, int]
Links = Sequence[Callable]


class Residual(keras.layers.Layer):
    """x + weight links(x).

    Args:
        name: of the layer.
        links: from [B, H, W, C] to the same shape.
        weight: a constant factor.
    """

    def __init__(self, name: str, links: Links, weight: float = 1.0):
        super().__init__(name=name, autocast=False)
        self.links = list(links)
        self._weight = weight
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        y = x
        for link in self.links:
            y = link(y, training=training) if isinstance(link, keras.layers.Layer) else link(y)
        return x + (y if self._weight == 1.0 else self._weight * y)


class _SmallConv(PaddedConv):
    """A convolution whose kernel starts normal, with a tenth of He's deviation, whatever option initializer is.

    As in the authors' dense blocks, whose residuals are therefore small at the start.
    """

    def __init__(self, *arguments: Any, initializer: keras.initializers.VarianceScaling, **more: Any):
        small = keras.initializers.VarianceScaling(0.02, "fan_in", "untruncated_normal", initializer.seed)
        super().__init__(*arguments, initializer=small, **more)


class DenseBlock(keras.layers.Layer):
    """x + 0.2 times five 3x3 convolutions, each of x and all outputs before it (Wang et al. 2018, section 3.1).

    Args:
        name: of the layer.
        make: of the network's layers.
        growth: channels of the first four; the last has those of x.
        channels: of x.
        activation: behind the first four.
        starts_small: whether its kernels begin as `_SmallConv`'s.
    """

    def __init__(
        self, name: str, make: Layers, growth: int, channels: int, activation: Callable, *, starts_small: bool
    ):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        filters = [growth] * 4 + [channels]
        kind = _SmallConv if starts_small else PaddedConv
        names = [f"conv{i}" for i in range(1, len(filters) + 1)]
        self.convs = [make.made(kind, conv, each, 3, 1, 1, conv) for conv, each in zip(names, filters, strict=True)]
        self._activation = activation
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        *first, last = self.convs
        found = [x]
        for conv in first:
            found.append(self._activation(conv(tf.concat(found, -1), training=training)))
        return x + 0.2 * last(tf.concat(found, -1), training=training)


def rrdb(name: str, make: Layers, growth: int, channels: int, activation: Callable, *, starts_small: bool) -> Residual:
    """The residual-in-residual dense block: x + 0.2 times three dense blocks."""
    inner = make.within(name)
    blocks = [
        DenseBlock(f"dense{i}", inner, growth, channels, activation, starts_small=starts_small) for i in (1, 2, 3)
    ]
    return Residual(name, blocks, 0.2)


class _Alike(keras.initializers.Initializer):
    """Draws a quarter of the outputs, and gives each of them four times: all pixels of a square begin alike (ICNR)."""

    def __init__(self, drawn: keras.initializers.Initializer):
        self._drawn = drawn

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> tf.Tensor:
        *others, outputs = shape
        return tf.tile(self._drawn([*others, outputs // 4], dtype=dtype), [*(1 for _ in others), 4])


class _ShuffledConv(PaddedConv):
    """The convolution in front of a pixel shuffle; it begins without a checkerboard (Aitken et al. 2017)."""

    def __init__(self, *arguments: Any, initializer: Any, **more: Any):
        super().__init__(*arguments, initializer=_Alike(initializer), **more)


def before_shuffle(make: Layers, name: str, filters: int) -> Kernel:
    """A 3x3 convolution to four times so many channels, for `shuffled`."""
    return make.made(_ShuffledConv, name, 4 * filters, 3, 1, 1, name)


def shuffled(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, 4 C] -> [B, 2 H, 2 W, C], the channels of a pixel as a square of four (Shi et al. 2016)."""
    return tf.nn.depth_to_space(x, 2)


def doubled(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, 2 H, 2 W, C], every pixel four times."""
    return tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)


def doublings(options: Options) -> int:
    """How often sides are doubled, of option zoom.

    Raises:
        UserError: if that is no whole number.
    """
    times = options.zoom.bit_length() - 1
    if 1 << times != options.zoom:
        raise UserError(f"option zoom is {options.zoom}, and networks double the sides; set zoom=2, 4 or 8")
    return times


def enlarging_reach(options: Options, behind: int) -> int:
    """How far the end of an upscaler sees, in low-resolution pixels.

    A 3x3 convolution of each side on the way, and then others that see `behind` pixels of the high resolution far.
    """
    times = doublings(options)
    return math.ceil(sum(2.0**-i for i in range(times + 1)) + behind / options.zoom)


def small_shape(image_shape: Shape, options: Options) -> Shape:
    """The shape of low-resolution images.

    Raises:
        UserError: if the sides are no multiples of option zoom, or as `doublings`.
    """
    doublings(options)
    height, width, channels = image_shape
    if height % options.zoom or width % options.zoom:
        raise UserError(
            f"option zoom is {options.zoom}, and sides of {height}x{width} cannot be divided by it; set another zoom "
            "or image_size"
        )
    return height // options.zoom, width // options.zoom, channels


class Upscaler(Network):
    """Low-resolution images float32 [B, h, w, C] in [0, 1] -> float32 [B, zoom h, zoom w, C], of any h and w.

    Args:
        chain: from what goes in to what comes out.
        shape: of low-resolution images.
        centers_input: whether images inside begin in [-1, 1].
        centers_output: whether they end there; what the network gives is always meant in [0, 1], but only a tanh keeps
            it there.
    """

    def __init__(self, chain: Links, shape: Shape, *, centers_input: bool = False, centers_output: bool = False):
        super().__init__("generator", chain, 0)
        self._centers = centers_input, centers_output
        self(tf.zeros([1, *shape]))

    def call(self, lr: tf.Tensor, training: bool = False) -> tf.Tensor:
        centers_input, centers_output = self._centers
        images = tf.cast(self.follow(2.0 * lr - 1.0 if centers_input else lr, None, None, training), tf.float32)
        return 0.5 * images + 0.5 if centers_output else images


class Judge(Network):
    """Images float32 [B, H, W, C] in [0, 1] -> float32 logits: [B, 1], or [B, h, w, 1] of patches.

    Args:
        chain: from images to logits.
        image_shape: of the images.
        centers: whether images inside are in [-1, 1].
    """

    def __init__(self, chain: Links, image_shape: Shape, *, centers: bool):
        super().__init__("discriminator", chain, 0)
        self._centers = centers
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(2.0 * images - 1.0 if self._centers else images, None, None, training), tf.float32)


def halvings(image_shape: Shape, most: int) -> int:
    """How often a map of 4x4 pixels or more can be halved, at most so often, and at least once."""
    return max(1, min(most, int(math.log2(min(image_shape[:2]) / 4))))
