"""SRGAN's networks as in PyTorch-GAN: batch norm before each pixel shuffle, and a patch discriminator.

Sides divisible by option zoom. Images inside are in [-1, 1], low-resolution ones too. Batch norm in and behind the
residual blocks has an epsilon of 0.8, which that program's author meant as the momentum.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from compare_gan_tf2.architectures._blocks import Layers, tanh
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
from compare_gan_tf2.architectures.prelu import PRelu
from compare_gan_tf2.architectures.srresnet import PUBLISHED_BLOCKS, residual_stage, strided
from compare_gan_tf2.options import Options

HONORS = ("translator_blocks",)
IMPLIES = {"d_normalization": "batch", "initializer": "pytorch"}

_FILTERS, _EPSILON = 64, 0.8


def upscaler(image_shape: Shape, options: Options) -> Upscaler:
    """Residual blocks between convolutions of 9x9; doublings are normalized; arguments as of `srresnet.upscaler`."""
    make = Layers(options, "generator")
    inside = Layers(dataclasses.replace(options, batch_norm_epsilon=_EPSILON), "generator")
    filters, small = make.channels(_FILTERS), small_shape(image_shape, options)
    chain: list[Callable] = residual_stage(make, inside, filters, options.translator_blocks or PUBLISHED_BLOCKS)
    for i in range(1, doublings(options) + 1):
        chain += [before_shuffle(make, f"up{i}", filters), make.norm(f"up{i}_bn"), shuffled, PRelu(f"up{i}_prelu")]
    chain += [padded(make, "out", small[2], 9, 1, 4), tanh]
    return Upscaler(chain, small, centers_input=True, centers_output=True)


def hr_discriminator(image_shape: Shape, options: Options) -> Judge:
    """Pairs of convolutions, the second of each with a stride of 2, then one that gives a logit for each patch."""
    make = Layers(options, "discriminator")
    return Judge([*strided(make, image_shape), padded(make, "out", 1, 3, 1, 1)], image_shape, centers=True)
