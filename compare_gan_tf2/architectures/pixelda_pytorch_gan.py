"""PixelDA's networks as in PyTorch-GAN: more noise, a patch discriminator, a classifier without branches.

Its classifier gives probabilities, which that program trains as if they were logits; see docs/systems.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, leaky_relu, relu, reshape, tanh
from compare_gan_tf2.architectures._padded import instance_norm, padded
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.architectures.pixelda import DomainJudge, NoisyTranslator, Residual
from compare_gan_tf2.options import Options

HONORS = ("translator_blocks",)
IMPLIES = {"d_normalization": "none", "g_normalization": "batch", "batch_norm_epsilon": 1e-5}

_lrelu = leaky_relu(0.2)
_FILTERS, _BLOCKS, _HALVINGS = 64, 6, 4


def noisy_translator(image_shape: tuple[int, int, int], options: Options, name: str) -> NoisyTranslator:
    """As of `pixelda`, with as many planes of noise as there are colors."""
    make = Layers(options, "generator").within(name)
    (height, width, colors), filters = image_shape, make.channels(_FILTERS)
    planes: list[Callable] = [make.linear("planes", height * width * colors), reshape(height, width, colors)]
    chain: list[Callable] = [make.conv("in", filters, 3), relu]
    for i in range(1, (options.translator_blocks or _BLOCKS) + 1):
        chain.append(Residual(f"block{i}", make, filters, use_bias=True))
    chain += [make.conv("out", colors, 3), tanh]
    return NoisyTranslator(name, planes, chain, image_shape=image_shape, z_dim=options.z_dim)


def domain_judge(image_shape: tuple[int, int, int], options: Options, name: str) -> DomainJudge:
    """Judges patches; arguments as of `pixelda`."""
    make = Layers(options, "discriminator").within(name)
    return DomainJudge(name, [*_halvings(make), make.conv("out", 1, 3)], image_shape=image_shape)


def task_tower(image_shape: tuple[int, int, int], options: Options, name: str, classes: int) -> Tower:
    """Tells the classes of images; arguments as of `pixelda`."""
    make = Layers(options, "discriminator").within(name)
    chain = [*_halvings(make), flatten, make.linear("out", classes), tf.nn.softmax]
    return Tower(name, chain, image_shape=image_shape)


class Tower(Network):
    """(images float32 [B, H, W, C] in [0, 1], of_source) -> float32 [B, classes], the same of both domains."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]), of_source=True)

    def call(self, images: tf.Tensor, of_source: bool, training: bool = False) -> tf.Tensor:
        del of_source
        return tf.cast(self.follow(2.0 * images - 1.0, None, None, training), tf.float32)


def _halvings(make: Layers) -> list[Callable]:
    """Rectified, and then normalized, all but the first."""
    chain: list[Callable] = []
    for i in range(_HALVINGS):
        chain += [padded(make, f"down{i}", make.channels(_FILTERS) << i, 3, 2, 1), _lrelu]
        chain += [instance_norm] if i else []
    return chain
