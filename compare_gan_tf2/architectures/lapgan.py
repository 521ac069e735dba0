"""LAPGAN's networks: a pair for each pyramid level; convolutional, fully connected at the coarsest level.

Denton et al. 2015, as the authors' programs for CIFAR-10 have them. Sides are divisible by two as often as option
pyramid_levels says. Inside the networks images are in [-1, 1], outside in [0, 1]. The convolutions of the
discriminators keep the size of a map (SAME), so that levels of any size have some.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, relu, reshape
from compare_gan_tf2.architectures.dropout import Dropout
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

HONORS = ("pyramid_levels",)
JOINS_LABELS = True

_RATE = 0.5
Shape = tuple[int, int, int]


def shrunk(images: tf.Tensor) -> tf.Tensor:
    """Images [B, H, W, C] with halved sides, each pixel the mean of 2x2."""
    return tf.nn.avg_pool2d(images, 2, 2, "VALID")


def enlarged(images: tf.Tensor) -> tf.Tensor:
    """Images [B, H, W, C] with doubled sides, each pixel four times."""
    return tf.repeat(tf.repeat(images, 2, axis=1), 2, axis=2)


def pyramid_generator(image_shape: Shape, options: Options, num_classes: int = 0) -> PyramidGenerator:
    """Two hidden layers of 8000 for the coarsest images; convolutions 7x7, 7x7 and 5x5 for each level's differences."""
    make, shapes = Layers(options, "generator"), level_shapes(image_shape, options)
    *fine, coarsest = shapes
    links: dict[str, list[Callable]] = {
        "coarsest": [
            make.linear("g_fc1", make.channels(8000)), relu,
            make.linear("g_fc2", make.channels(8000)), relu,
            make.linear("g_fc3", math.prod(coarsest)), reshape(*coarsest),
        ]
    }  # fmt: skip
    for level, shape in enumerate(fine):
        links[f"level{level}"] = [
            make.conv(f"g{level}_conv1", make.channels(64), 7), relu,
            make.conv(f"g{level}_conv2", make.channels(64), 7), relu,
            make.conv(f"g{level}_conv3", shape[2], 5),
        ]  # fmt: skip
        if num_classes:
            links[f"map{level}"] = _class_map(make, f"g{level}_map", shape)
    return PyramidGenerator(links, shapes, latents=options.z_dim, num_classes=num_classes)


def pyramid_discriminator(image_shape: Shape, options: Options, num_classes: int = 0) -> PyramidDiscriminator:
    """Two convolutions 5x5 for each level, two hidden layers of 1600 for the coarsest, all with dropout."""
    make, shapes = Layers(options, "discriminator"), level_shapes(image_shape, options)
    links: dict[str, list[Callable]] = {
        "coarsest": [
            make.linear("d_fc1", make.channels(1600)), relu, Dropout(_RATE, "d_dropout1"),
            make.linear("d_fc2", make.channels(1600)), relu, Dropout(_RATE, "d_dropout2"),
            make.linear("d_fc3", 1),
        ]
    }  # fmt: skip
    for level, shape in enumerate(shapes[:-1]):
        links[f"level{level}"] = [
            make.conv(f"d{level}_conv1", make.channels(64), 5), relu,
            make.conv(f"d{level}_conv2", make.channels(64), 5, 2), relu,
            flatten, Dropout(_RATE, f"d{level}_dropout"), make.linear(f"d{level}_fc", 1),
        ]  # fmt: skip
        if num_classes:
            links[f"map{level}"] = _class_map(make, f"d{level}_map", shape)
    return PyramidDiscriminator(links, shapes, num_classes=num_classes)


def level_shapes(image_shape: Shape, options: Options) -> list[Shape]:
    """Shapes of the images of a pyramid, from the finest to the coarsest.

    Raises:
        UserError: if sides cannot be halved so often.
    """
    height, width, colors = image_shape
    if height % (factor := 2**options.pyramid_levels) or width % factor:
        raise UserError(
            f"option pyramid_levels is {options.pyramid_levels}, and sides of {height}x{width} cannot be halved so "
            "often"
        )
    return [(height >> level, width >> level, colors) for level in range(options.pyramid_levels + 1)]


def _class_map(make: Layers, name: str, shape: Shape) -> list[Callable]:
    """From classes [B, K] to one more channel of the images."""
    return [make.linear(name, shape[0] * shape[1]), relu, reshape(shape[0], shape[1], 1)]


class _Pyramid(Network):
    """A network for each level.

    Args:
        name: "generator" or "discriminator".
        links: chains by the names of levels: "coarsest", "level0" of the finest; "map0" of its class map.
        shapes: of the images, from the finest to the coarsest.
        num_classes: of the labels; 0 if the network takes none.
    """

    def __init__(self, name: str, links: Mapping[str, list[Callable]], shapes: list[Shape], *, num_classes: int):
        super().__init__(name, [], num_classes)
        self.links = dict(links)
        self.shapes = shapes

    def _with_class_map(
        self, channels: list[tf.Tensor], level: int, labels: tf.Tensor | None, training: bool
    ) -> tf.Tensor:
        classes = self.one_hot(labels)
        if classes is not None:
            channels = [*channels, self.follow(classes, None, None, training, self.links[f"map{level}"])]
        return tf.concat([tf.cast(each, tf.float32) for each in channels], -1)

    def _with_classes(self, vectors: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        classes = self.one_hot(labels)
        return vectors if classes is None else tf.concat([vectors, classes], 1)


class PyramidGenerator(_Pyramid):
    """(z float32 [B, z_dim], labels) -> images float32 [B, H, W, C] in [0, 1], made from the coarsest level on.

    Latents are those of the coarsest level, and behind them a number for every pixel of each finer level, the coarser
    level first.

    Args:
        links: as of `_Pyramid`.
        shapes: likewise.
        latents: how many the coarsest level has.
        num_classes: as of `_Pyramid`.
    """

    def __init__(self, links: Mapping[str, list[Callable]], shapes: list[Shape], *, latents: int, num_classes: int):
        super().__init__("generator", links, shapes, num_classes=num_classes)
        self.sizes = [latents, *(height * width for height, width, _ in reversed(shapes[:-1]))]
        self.z_dim = sum(self.sizes)
        self(tf.zeros([1, self.z_dim]), tf.zeros([1], tf.int32))

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        first, *noises = tf.split(z, self.sizes, axis=1)
        images = self.coarsest(first, labels, training=training)
        for level, noise in zip(reversed(range(len(noises))), noises, strict=True):
            coarse = enlarged(images)
            images = coarse + self.difference(level, coarse, noise, labels, training=training)
        return tf.clip_by_value(images, 0.0, 1.0)

    def coarsest(self, z: tf.Tensor, labels: tf.Tensor | None, training: bool = False) -> tf.Tensor:
        """The coarsest images float32 [B, h, w, C] of latents [B, n]; about in [0, 1]."""
        made = self.follow(self._with_classes(z, labels), None, None, training, self.links["coarsest"])
        return (tf.cast(made, tf.float32) + 1.0) / 2.0

    def difference(
        self, level: int, coarse: tf.Tensor, noise: tf.Tensor, labels: tf.Tensor | None, training: bool = False
    ) -> tf.Tensor:
        """What enlarged coarse images [B, h, w, C] lack, float32 of their shape; noise is [B, h w]."""
        height, width, _ = self.shapes[level]
        planes = [tf.reshape(noise, [-1, height, width, 1]), 2.0 * coarse - 1.0]
        inputs = self._with_class_map(planes, level, labels, training)
        return tf.cast(self.follow(inputs, None, None, training, self.links[f"level{level}"]), tf.float32) / 2.0


class PyramidDiscriminator(_Pyramid):
    """(images float32 [B, H, W, C] in [0, 1], labels) -> logits float32 [B, 1] of the finest level."""

    def __init__(self, links: Mapping[str, list[Callable]], shapes: list[Shape], *, num_classes: int):
        super().__init__("discriminator", links, shapes, num_classes=num_classes)
        for level, shape in enumerate(shapes):
            self.judge(level, tf.zeros([1, *shape]), tf.zeros([1], tf.int32))

    def call(self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        return self.judge(0, images, labels, training=training)

    def judge(self, level: int, images: tf.Tensor, labels: tf.Tensor | None, training: bool = False) -> tf.Tensor:
        """Logits float32 [B, 1] of images [B, h, w, C] of a level."""
        inputs = 2.0 * images - 1.0
        if level == len(self.shapes) - 1:
            vectors = self._with_classes(flatten(inputs), labels)
            logits = self.follow(vectors, None, None, training, self.links["coarsest"])
        else:
            planes = self._with_class_map([inputs], level, labels, training)
            logits = self.follow(planes, None, None, training, self.links[f"level{level}"])
        return tf.cast(logits, tf.float32)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given: prediction (the probability of being real) and logits."""
        logits = self(images, labels, training=False)
        return {"prediction": tf.sigmoid(logits), "logits": logits}
