"""Context Encoder's networks as in PyTorch-GAN: a small map in the middle, and a patch discriminator.

Square images whose sides can be halved at least twice. Images inside are in [-1, 1]. The generator's batch norm has an
epsilon of 0.8, which that program's author meant as the momentum; the discriminator has instance norm of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from compare_gan_tf2.architectures._blocks import Layers, leaky_relu, relu, tanh
from compare_gan_tf2.architectures._holes import Filler, Shape, doubling, halving, halvings
from compare_gan_tf2.architectures._padded import instance_norm, padded
from compare_gan_tf2.architectures._upscaling import Judge
from compare_gan_tf2.options import Options

DISCRIMINATOR_NORMALIZES = False
HONORS = ("bottleneck_channels",)

_lrelu = leaky_relu(0.2)
_FILTERS, _BOTTLENECK, _EPSILON = 64, 4000, 0.8
_DOWN, _UP = (8, 4, 2, 1, 1), (8, 4, 2, 1, 1)


def hole_filler(image_shape: Shape, hole_side: int, options: Options) -> Filler:
    """From images with a hole to what is in it; arguments as of `context_encoder.hole_filler`."""
    make = Layers(dataclasses.replace(options, batch_norm_epsilon=_EPSILON), "generator")
    # The innermost map may have fewer pixels than of architecture context_encoder: 2x2 of images of 64.
    count = halvings(image_shape, "context_encoder_patch", least=2, smallest=2)
    side, chain = image_shape[0] >> count, list[Callable]()
    for i, factor in enumerate(reversed(_DOWN[:count])):
        chain.append(halving(make, f"down{i}", make.channels(factor * _FILTERS), bias=True))
        chain += [make.norm(f"down{i}_bn"), _lrelu] if i else [_lrelu]
    chain.append(padded(make, "bottleneck", make.channels(options.bottleneck_channels or _BOTTLENECK), 1, 1, 0))
    doublings = (hole_side // side).bit_length() - 1
    for i, factor in enumerate(_UP[:doublings]):
        side *= 2
        filters = make.channels(factor * _FILTERS)
        chain += [doubling(make, f"up{i}", filters, side, bias=True), make.norm(f"up{i}_bn"), relu]
    return Filler([*chain, padded(make, "out", image_shape[2], 3, 1, 1), tanh], image_shape)


def hole_discriminator(hole_shape: Shape, options: Options) -> Judge:
    """Three convolutions of stride 2, and one without, then a logit for each patch."""
    make = Layers(options, "discriminator")
    chain: list[Callable] = []
    for i, (factor, stride) in enumerate(((1, 2), (2, 2), (4, 2), (8, 1))):
        chain.append(padded(make, f"conv{i}", make.channels(factor * _FILTERS), 3, stride, 1))
        chain += [instance_norm, _lrelu] if i else [_lrelu]
    return Judge([*chain, padded(make, "out", 1, 3, 1, 1)], hole_shape, centers=True)
