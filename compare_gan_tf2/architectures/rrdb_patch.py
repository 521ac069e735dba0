"""ESRGAN's networks as in PyTorch-GAN: dense blocks that grow by all channels, pixel shuffle, a patch discriminator.

Sides divisible by option zoom. Images inside are in [-1, 1]; they come out of a convolution.
"""

from __future__ import annotations

from compare_gan_tf2.architectures import srresnet_patch
from compare_gan_tf2.architectures._blocks import Layers, leaky_relu
from compare_gan_tf2.architectures._padded import padded
from compare_gan_tf2.architectures._upscaling import (
    Judge,
    Shape,
    Upscaler,
    before_shuffle,
    doublings,
    shuffled,
    small_shape,
)
from compare_gan_tf2.architectures.rrdb import dense_stage
from compare_gan_tf2.options import Options

HONORS = ("translator_blocks",)
IMPLIES = {"d_normalization": "batch", "g_normalization": "none", "initializer": "pytorch"}

_lrelu = leaky_relu(0.01)
_FILTERS = 64


def upscaler(image_shape: Shape, options: Options) -> Upscaler:
    """Dense blocks between convolutions of 3x3, then pixel shuffles; arguments as of `rrdb.upscaler`."""
    make = Layers(options, "generator")
    filters, small = make.channels(_FILTERS), small_shape(image_shape, options)
    chain = dense_stage(make, filters, filters, options.translator_blocks, _lrelu)
    for i in range(1, doublings(options) + 1):
        chain += [before_shuffle(make, f"up{i}", filters), _lrelu, shuffled]
    chain += [padded(make, "hr", filters, 3, 1, 1), _lrelu, padded(make, "out", small[2], 3, 1, 1)]
    return Upscaler(chain, small, centers_input=True, centers_output=True)


def hr_discriminator(image_shape: Shape, options: Options) -> Judge:
    """A logit for each patch, as of architecture srresnet_patch."""
    return srresnet_patch.hr_discriminator(image_shape, options)
