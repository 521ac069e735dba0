"""PixelDA's networks: a generator from one domain to another, and a classifier (Bousmalis et al. 2017).

Inside the networks images are in [-1, 1], outside in [0, 1]. The classifier is the authors' tower for MNIST.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, leaky_relu, relu, reshape, tanh
from compare_gan_tf2.architectures.dropout import Dropout
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.architectures.noise import GaussianNoise
from compare_gan_tf2.options import Options

HONORS = ("d_dropout", "d_noise", "translator_blocks")

_lrelu = leaky_relu(0.2)
_FILTERS, _BLOCKS = 64, 6
# The discriminator's map is halved as long as it is larger.
_SMALLEST = 4
# Channels and units of the tower.
_OWN, _SHARED, _DENSE = 32, 48, 100


def noisy_translator(image_shape: tuple[int, int, int], options: Options, name: str) -> NoisyTranslator:
    """From images of the source and latents to images of the target.

    Args:
        image_shape: of both.
        options: the task's.
        name: of the network; networks of other names start differently.
    """
    make = Layers(options, "generator").within(name)
    (height, width, colors), filters = image_shape, make.channels(_FILTERS)
    planes = [
        make.linear("planes", height * width, use_bias=False), make.norm("planes_norm"), relu,
        reshape(height, width, 1),
    ]  # fmt: skip
    chain: list[Callable] = [make.conv("in", filters, 3), relu]
    chain += [Residual(f"block{i}", make, filters) for i in range(1, (options.translator_blocks or _BLOCKS) + 1)]
    chain += [make.conv("out", colors, 1), tanh]
    return NoisyTranslator(name, planes, chain, image_shape=image_shape, z_dim=options.z_dim)


def domain_judge(image_shape: tuple[int, int, int], options: Options, name: str) -> DomainJudge:
    """Tells images of the target from images made like them; arguments as of `noisy_translator`."""
    make = Layers(options, "discriminator").within(name)
    filters, side = make.channels(_FILTERS), max(image_shape[:2])

    def disturbed(i: int) -> list[Callable]:
        return [
            _lrelu,
            *([Dropout(options.d_dropout, f"dropout{i}")] if options.d_dropout else []),
            *([GaussianNoise(options.d_noise, f"noise{i}")] if options.d_noise else []),
        ]

    chain: list[Callable] = [make.conv("in", filters, 3), *disturbed(0)]
    i = 0
    while side > _SMALLEST:
        i, side = i + 1, -(-side // 2)
        chain += [make.conv(f"down{i}", filters << i, 3, 2, use_bias=False), make.norm(f"norm{i}"), *disturbed(i)]
    return DomainJudge(name, [*chain, flatten, make.linear("out", 1)], image_shape=image_shape)


def task_tower(image_shape: tuple[int, int, int], options: Options, name: str, classes: int) -> TaskTower:
    """Tells the classes of images of both domains; arguments as of `noisy_translator`, and how many classes."""
    make = Layers(options, "discriminator").within(name)
    own, dense = make.channels(_OWN), make.channels(_DENSE)
    chain = [
        make.conv("shared", make.channels(_SHARED), 5), relu, pooled, flatten,
        make.linear("dense1", dense), relu, make.linear("dense2", dense), relu, make.linear("out", classes),
    ]  # fmt: skip
    return TaskTower(
        name, make.conv("of_source", own, 5), make.conv("of_target", own, 5), chain, image_shape=image_shape
    )


class NoisyTranslator(Network):
    """(images float32 [B, H, W, C] in [0, 1], z float32 [B, z_dim]) -> images of the same shape and range.

    Args:
        name: of the network.
        planes: from latents to [B, H, W, P], which stand beside the colors.
        chain: from both to images.
        image_shape: of the images.
        z_dim: of the latents.
    """

    def __init__(
        self, name: str, planes: list[Callable], chain: list[Callable], *, image_shape: tuple[int, int, int], z_dim: int
    ):
        super().__init__(name, [*planes, *chain], 0)
        self._of_planes, self.z_dim = len(planes), z_dim
        self(tf.zeros([1, *image_shape]), tf.zeros([1, z_dim]))

    def call(self, images: tf.Tensor, z: tf.Tensor, training: bool = False) -> tf.Tensor:
        planes = self.follow(z, None, None, training, self.chain[: self._of_planes])
        both = tf.concat([tf.cast(2.0 * images - 1.0, planes.dtype), planes], -1)
        made = self.follow(both, None, None, training, self.chain[self._of_planes :])
        return 0.5 * tf.cast(made, tf.float32) + 0.5


class DomainJudge(Network):
    """images float32 [B, H, W, C] in [0, 1] -> logits float32 [B, ...] of being of the target."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(2.0 * images - 1.0, None, None, training), tf.float32)


class TaskTower(Network):
    """(images float32 [B, H, W, C] in [0, 1], of_source) -> logits float32 [B, classes].

    of_source: whether the images are of the source, as they are; else they are of the target, or made like it. Each has
    a first layer of its own.
    """

    def __init__(
        self,
        name: str,
        of_source: Callable,
        of_target: Callable,
        chain: list[Callable],
        *,
        image_shape: tuple[int, int, int],
    ):
        super().__init__(name, [of_source, of_target, *chain], 0)
        for is_source in (True, False):
            self(tf.zeros([1, *image_shape]), of_source=is_source)

    def call(self, images: tf.Tensor, of_source: bool, training: bool = False) -> tf.Tensor:
        first = self.chain[0 if of_source else 1]
        x = self.follow(2.0 * images - 1.0, None, None, training, [first, relu, pooled, *self.chain[2:]])
        return tf.cast(x, tf.float32)


class Residual(keras.layers.Layer):
    """x + two convolutions of x, both normalized, the first rectified."""

    def __init__(self, name: str, make: Layers, filters: int, *, use_bias: bool = False):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.first, self.first_norm = make.conv("conv1", filters, 3, use_bias=use_bias), make.norm("norm1")
        self.second, self.second_norm = make.conv("conv2", filters, 3, use_bias=use_bias), make.norm("norm2")
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        y = relu(self.first_norm(self.first(x, training=training), training=training))
        return x + self.second_norm(self.second(y, training=training), training=training)


def pooled(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, ceil(H / 2), ceil(W / 2), C], the largest of 2x2 pixels."""
    return tf.nn.max_pool2d(x, 2, 2, "SAME")
