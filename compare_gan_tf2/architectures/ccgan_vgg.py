"""CCGAN's published networks: the generator of architecture ccgan, and a VGG-style discriminator.

Square images whose sides can be halved. Half of the classifier's input channels are dropped in training.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import ccgan
from compare_gan_tf2.architectures._blocks import Layers, leaky_relu
from compare_gan_tf2.architectures._holes import Filler, Shape, halvings, whole
from compare_gan_tf2.architectures._padded import PaddedConv
from compare_gan_tf2.architectures.ccgan import FeatureClassifier, FeatureDiscriminator
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

IMPLIES = {"d_normalization": "batch"}

_lrelu = leaky_relu(0.2)
# Factors on the channels of the convolutions between two halvings.
_GROUPS = ((1,), (2,), (4, 4), (8, 8), (8, 8))
_DROPPED = 0.5


def context_filler(image_shape: Shape, options: Options) -> Filler:
    """As of architecture ccgan."""
    return ccgan.context_filler(image_shape, options)


def composite_discriminator(image_shape: Shape, options: Options) -> FeatureDiscriminator:
    """Groups of 3x3 convolutions, each behind which the maximum of 2x2 pixels is taken, to a map of 2x2 or more."""
    make, count = Layers(options, "discriminator"), halvings(image_shape, "ccgan_vgg", smallest=2)
    chain: list[Callable] = []
    for i, group in enumerate(_GROUPS[:count]):
        for j, factor in enumerate(group):
            name = f"conv{i}_{j}"
            chain.append(
                make.made(PaddedConv, name, make.channels(factor * ccgan.FILTERS), 3, 1, 1, name, use_bias=False)
            )
            chain += [make.norm(f"bn{i}_{j}"), _lrelu]
        chain.append(_largest)
    return FeatureDiscriminator(chain, whole(make, "out", 1, image_shape[0] >> count), image_shape)


def feature_classifier(features_shape: Shape, options: Options, num_classes: int) -> FeatureClassifier:
    """A logit for each class of what is left of the discriminator's features; arguments as of `ccgan`."""
    layer = ccgan.class_layer(features_shape, options, num_classes)
    return FeatureClassifier([_DroppedChannels("dropout"), layer], features_shape)


def _largest(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.max_pool2d(x, 2, 2, "VALID")


class _DroppedChannels(keras.layers.Layer):
    """x [B, H, W, C] with half of the channels of each image 0, and the others doubled; in a training step alone."""

    def __init__(self, name: str):
        super().__init__(name=name, autocast=False)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        if not (training and draws.is_drawing()):
            return x
        drawn = draws.rows_of("unit", draws.counted("dropped_channels"), [x.shape[0], 1, 1, x.shape[3]])
        return tf.where(drawn < _DROPPED, tf.zeros_like(x), x / (1.0 - _DROPPED))
