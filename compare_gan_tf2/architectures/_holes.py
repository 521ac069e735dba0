"""Layers of networks that fill holes: halvings to a small map and doublings from it; and the geometry of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Deconv, Layers
from compare_gan_tf2.architectures._padded import PaddedConv, WideDeconv
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.errors import UserError

Shape = tuple[int, int, int]


def halvings(image_shape: Shape, architecture: str, *, most: int = 5, least: int = 1, smallest: int = 4) -> int:
    """How often both sides can be halved, until they are odd or have as few pixels as they may have.

    Raises:
        UserError: if the images are no squares, or their sides cannot be halved so often as the networks need.
    """
    height, width, _ = image_shape
    count = 0
    while count < most and height % (2 << count) == 0 and height >> (count + 1) >= smallest:
        count += 1
    if height != width or count < least:
        raise UserError(
            f"architecture {architecture} needs square images whose sides can be halved (times: {least}) to {smallest} "
            f"or more pixels, and the images are {height}x{width}"
        )
    return count


def halving(make: Layers, name: str, filters: int, *, bias: bool = False) -> PaddedConv:
    """A 4x4 convolution, stride 2, padding 1."""
    return make.made(PaddedConv, name, filters, 4, 2, 1, name, use_bias=bias)


def whole(make: Layers, name: str, filters: int, side: int, *, bias: bool = False) -> PaddedConv:
    """A convolution of a whole map of this side; [B, side, side, I] -> [B, 1, 1, filters]."""
    return make.made(PaddedConv, name, filters, side, 1, 0, name, use_bias=bias)


def unfolded(make: Layers, name: str, filters: int, side: int) -> WideDeconv:
    """Its transpose; [B, 1, 1, I] -> [B, side, side, filters]."""
    return make.made(WideDeconv, name, filters, side, 1, name, use_bias=False)


def doubling(make: Layers, name: str, filters: int, side: int, *, bias: bool = False) -> Deconv:
    """A transposed 4x4 convolution, stride 2, padding 1, to a map of this side."""
    return make.made(Deconv, name, filters, 4, 2, (side, side), name, use_bias=bias)


class Filler(Network):
    """Images with a hole, float32 [B, H, W, C] in [0, 1] -> what belongs there, float32 [B, h, w, C] in [0, 1].

    Args:
        chain: from images in [-1, 1] to such images.
        image_shape: (H, W, C).
    """

    def __init__(self, chain: Sequence[Callable], image_shape: Shape):
        super().__init__("generator", chain, 0)
        self(tf.zeros([2, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return 0.5 * tf.cast(self.follow(2.0 * images - 1.0, None, None, training), tf.float32) + 0.5
