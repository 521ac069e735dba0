"""Context Encoder's networks: an encoder to a 1x1 map, a decoder from it (Pathak et al. 2016, the authors' code).

Square images whose sides can be halved at least twice; published for 128 pixels. Images inside are in [-1, 1].
Convolutions have no bias: that program sets all of them to 0 before each use.
"""

from __future__ import annotations

from collections.abc import Callable

from compare_gan_tf2.architectures._blocks import Layers, leaky_relu, relu, tanh
from compare_gan_tf2.architectures._holes import Filler, Shape, doubling, halving, halvings, unfolded, whole
from compare_gan_tf2.architectures._upscaling import Judge
from compare_gan_tf2.options import Options

HONORS = ("bottleneck_channels",)
IMPLIES = {"d_normalization": "batch"}

_lrelu = leaky_relu(0.2)
_FILTERS, _BOTTLENECK = 64, 4000
# Of the encoder's and the decoder's layers, the inner ones first; small images have the inner ones alone.
_DOWN, _UP, _JUDGE = (8, 4, 2, 1, 1), (8, 4, 2, 1, 1), (1, 2, 4, 8)


def hole_filler(image_shape: Shape, hole_side: int, options: Options) -> Filler:
    """From images with a hole to what is in it.

    Args:
        image_shape: of the images.
        hole_side: of what comes out: half of the images' side, or all of it.
        options: the task's.
    """
    make, count = Layers(options, "generator"), halvings(image_shape, "context_encoder", least=2)
    side, chain = image_shape[0] >> count, list[Callable]()
    for i, factor in enumerate(reversed(_DOWN[:count])):
        chain.append(halving(make, f"down{i}", make.channels(factor * _FILTERS)))
        chain += [make.norm(f"down{i}_bn"), _lrelu] if i else [_lrelu]
    chain += [
        whole(make, "bottleneck", make.channels(options.bottleneck_channels or _BOTTLENECK), side),
        make.norm("bottleneck_bn"),
        _lrelu,
    ]
    chain += [unfolded(make, "up0", make.channels(_UP[0] * _FILTERS), side), make.norm("up0_bn"), relu]
    doublings = (hole_side // side).bit_length() - 1
    for i, factor in enumerate(_UP[1:doublings], 1):
        side *= 2
        chain += [doubling(make, f"up{i}", make.channels(factor * _FILTERS), side), make.norm(f"up{i}_bn"), relu]
    return Filler([*chain, doubling(make, "out", image_shape[2], 2 * side), tanh], image_shape)


def hole_discriminator(hole_shape: Shape, options: Options) -> Judge:
    """Halvings to a small map, all of which gives one logit.

    Args:
        hole_shape: of what it judges.
        options: the task's.
    """
    make, count = Layers(options, "discriminator"), halvings(hole_shape, "context_encoder", most=len(_JUDGE))
    chain: list[Callable] = []
    for i, factor in enumerate(_JUDGE[:count]):
        chain.append(halving(make, f"down{i}", make.channels(factor * _FILTERS)))
        chain += [make.norm(f"down{i}_bn"), _lrelu] if i else [_lrelu]
    return Judge([*chain, whole(make, "out", 1, hole_shape[0] >> count)], hole_shape, centers=True)
