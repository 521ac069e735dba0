"""Fully connected networks, three hidden layers of 128 units each; any image size, meant for points in the plane.

Small networks of the kind that GANs of Gaussian mixtures are studied with («Unrolled Generative Adversarial Networks»,
Metz et al. 2017, https://arxiv.org/abs/1611.02163), not a copy of any; compare_gan had none.
"""

from __future__ import annotations

import math

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, flatten, relu, reshape, sigmoid
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

_lrelu = _blocks.leaky_relu(0.2)
_HIDDEN = 128


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Three hidden layers, each normalized and rectified, and a sigmoid per pixel and channel."""
    architecture_limits.check("mlp", image_shape, options, bool(num_classes))
    make = Layers(options, "generator")
    hidden = make.channels(_HIDDEN)
    return Generator(
        [
            make.linear("g_fc1", hidden), make.norm("g_bn1"), relu,
            make.linear("g_fc2", hidden), make.norm("g_bn2"), relu,
            make.linear("g_fc3", hidden), make.norm("g_bn3"), relu,
            make.linear("g_fc4", math.prod(image_shape)), reshape(*image_shape), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Pixels moved to [-1, 1], three hidden layers, the first not normalized; features are the last's [B, 128]."""
    architecture_limits.check("mlp", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")
    hidden = make.channels(_HIDDEN)
    return Discriminator(
        [
            lambda x: 2.0 * flatten(x) - 1.0,
            make.linear("d_fc1", hidden), _lrelu,
            make.linear("d_fc2", hidden), make.norm("d_bn2"), _lrelu,
            make.linear("d_fc3", hidden), make.norm("d_bn3"), _lrelu,
        ],
        make.linear("d_fc4", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip
