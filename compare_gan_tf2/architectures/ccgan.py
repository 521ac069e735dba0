"""CCGAN's networks: a generator that fills holes, a discriminator, a classifier of its features (Denton et al. 2016).

The authors' networks for 64 pixels in the style of DCGAN; square images whose sides can be halved. Images inside are in
[-1, 1]. Convolutions have no bias, but for the classifier's: that program sets all others to 0 before each use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Kernel, Layers, flatten, leaky_relu, relu, tanh
from compare_gan_tf2.architectures._holes import Filler, Shape, doubling, halving, halvings, whole
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options

IMPLIES = {"d_normalization": "batch"}

FILTERS = 64
_lrelu = leaky_relu(0.2)
_FACTORS = (1, 2, 4, 8)


def context_filler(image_shape: Shape, options: Options) -> Filler:
    """From images with holes of gray to whole images.

    Args:
        image_shape: of both.
        options: the task's.
    """
    make, count = Layers(options, "generator"), halvings(image_shape, "ccgan", most=len(_FACTORS))
    chain: list[Callable] = []
    for i, factor in enumerate(_FACTORS[:count]):
        chain += [halving(make, f"down{i}", make.channels(factor * FILTERS)), make.norm(f"down{i}_bn"), relu]
    side = image_shape[0] >> count
    for i, factor in enumerate(reversed(_FACTORS[: count - 1])):
        side *= 2
        chain += [doubling(make, f"up{i}", make.channels(factor * FILTERS), side), make.norm(f"up{i}_bn"), relu]
    return Filler([*chain, doubling(make, "out", image_shape[2], 2 * side), tanh], image_shape)


def composite_discriminator(image_shape: Shape, options: Options) -> FeatureDiscriminator:
    """Halvings to a small map, all of which gives one logit."""
    make, count = Layers(options, "discriminator"), halvings(image_shape, "ccgan", most=len(_FACTORS))
    chain: list[Callable] = []
    for i, factor in enumerate(_FACTORS[:count]):
        chain += [halving(make, f"down{i}", make.channels(factor * FILTERS)), make.norm(f"down{i}_bn"), _lrelu]
    return FeatureDiscriminator(chain, whole(make, "out", 1, image_shape[0] >> count), image_shape)


def feature_classifier(features_shape: Shape, options: Options, num_classes: int) -> FeatureClassifier:
    """A logit for each class of the discriminator's features.

    Args:
        features_shape: of these.
        options: the task's.
        num_classes: how many.
    """
    return FeatureClassifier([class_layer(features_shape, options, num_classes)], features_shape)


def class_layer(features_shape: Shape, options: Options, num_classes: int) -> Kernel:
    """The classifier's convolution of the whole map, with a bias."""
    return whole(
        Layers(options, "discriminator").within("classifier"), "classes", num_classes, features_shape[0], bias=True
    )


class FeatureDiscriminator(Network):
    """Images float32 [B, H, W, C] in [0, 1] -> logits float32 [B, 1], features float32 [B, h, w, F].

    Args:
        chain: from images to features.
        head: from features to a logit.
        image_shape: of the images.

    Attributes:
        features_shape: (h, w, F).
    """

    def __init__(self, chain: Sequence[Callable], head: Kernel, image_shape: Shape):
        super().__init__("discriminator", chain, 0)
        self.head = head
        _, features = self(tf.zeros([2, *image_shape]))
        height, width, channels = features.shape[1:]
        self.features_shape = (height, width, channels)

    def call(self, images: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        features = self.follow(2.0 * images - 1.0, None, None, training)
        return tf.cast(flatten(self.head(features, training=training)), tf.float32), tf.cast(features, tf.float32)


class FeatureClassifier(Network):
    """Features float32 [B, h, w, F] -> logits float32 [B, K].

    Args:
        chain: from features to [B, 1, 1, K].
        features_shape: (h, w, F).
    """

    def __init__(self, chain: Sequence[Callable], features_shape: Shape):
        super().__init__("classifier", chain, 0)
        self(tf.zeros([2, *features_shape]))

    def call(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(flatten(self.follow(features, None, None, training)), tf.float32)
