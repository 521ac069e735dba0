"""Fully connected conditional networks, as in PyTorch-GAN (after Mirza and Osindero 2014); any image size.

Each network has learned vectors of the classes, as long as there are classes: the generator behind its latents, the
discriminator behind its pixels (with d_conditioning=concatenation). The original's batch norms add 0.8 to the variance
(batch_norm_epsilon) and its images are in [-1, 1]. The paper's own networks had ReLU in the generator and maxout in the
discriminator.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, flatten, reshape, sigmoid
from compare_gan_tf2.architectures.dropout import Dropout
from compare_gan_tf2.architectures.labeled import JoinLabels
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

IMPLIES = {"initializer": "pytorch", "z_dim": 100, "z_distribution": "normal"}
JOINS_LABELS = True
DISCRIMINATOR_NORMALIZES = False

_lrelu = _blocks.leaky_relu(0.2)
_RATE = 0.4


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Hidden layers of 128, 256, 512 and 1024, the first not normalized, and a sigmoid per pixel and channel."""
    architecture_limits.check("cgan_mlp", image_shape, options, bool(num_classes))
    make = Layers(options, "generator")
    chain: list[Callable] = _joined(make, "g_labels", num_classes)
    chain += [make.linear("g_fc1", make.channels(128)), _lrelu]
    for number, units in enumerate((256, 512, 1024), 2):
        chain += [make.linear(f"g_fc{number}", make.channels(units)), make.norm(f"g_bn{number}"), _lrelu]
    chain += [make.linear("g_fc5", math.prod(image_shape)), reshape(*image_shape), sigmoid]
    return Generator(chain, z_dim=options.z_dim, num_classes=num_classes)


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Pixels moved to [-1, 1], three hidden layers of 512, the last two with dropout; features are the last's."""
    architecture_limits.check("cgan_mlp", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")
    hidden = make.channels(512)
    return Discriminator(
        [
            lambda x: 2.0 * flatten(x) - 1.0,
            *_joined(make, "d_labels", num_classes if make.concatenates else 0),
            make.linear("d_fc1", hidden), _lrelu,
            make.linear("d_fc2", hidden), Dropout(_RATE, "d_drop2"), _lrelu,
            make.linear("d_fc3", hidden), Dropout(_RATE, "d_drop3"), _lrelu,
        ],
        make.linear("d_fc4", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
    )  # fmt: skip


def _joined(make: Layers, name: str, num_classes: int) -> list[Callable]:
    return [JoinLabels(name, make.within(name).vector_of_class("vector", num_classes))] if num_classes else []
