"""CoGAN's networks for images of 28 pixels (Liu and Tuzel 2016); convolutions without padding, max pooling, PReLU.

As in the authors' code: the generators' own layers only draw, from maps of 25 pixels, what the layers in common have
decided; the discriminators' own layers are one convolution without an activation.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, reshape, sigmoid
from compare_gan_tf2.architectures._padded import PaddedConv, WideDeconv
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.architectures.prelu import PRelu
from compare_gan_tf2.options import Options, architecture_limits

SIDES = (28,)
IMPLIES = {
    "d_normalization": "none", "g_normalization": "plain_batch", "initializer": "glorot",
    "initializer_stddev": 1.4142135623730951,
}  # fmt: skip

_BIAS = 0.1
# (size, stride, filters, pixels that are cut off at every edge) of the generator's transposed convolutions.
_UP = ((4, 1, 1024, 0), (3, 2, 512, 1), (3, 2, 256, 1), (3, 2, 128, 1))


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Transposed convolutions to maps of 4, 7, 13 and 25 pixels, normalized, and a last one to the image."""
    architecture_limits.check("cogan", image_shape, options, bool(num_classes))
    make = Layers(options, "generator")
    chain: list[Callable] = [reshape(1, 1, options.z_dim)]
    for i, (size, stride, filters, cut) in enumerate(_UP, 1):
        name = f"g_dc{i}"
        deconv = make.made(WideDeconv, name, make.channels(filters), size, stride, name, bias_start=_BIAS)
        chain += [deconv, _without_edge(cut), make.norm(f"g_bn{i}"), PRelu(f"g_prelu{i}")]
    last = make.made(WideDeconv, "g_out", image_shape[2], 6, 1, "g_out", bias_start=_BIAS)
    return Generator([*chain, last, _without_edge(1), sigmoid], z_dim=options.z_dim, num_classes=num_classes)


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Three convolutions to one pixel, whose maps of 24 and 8 pixels are halved; features are the last [B, 500]."""
    architecture_limits.check("cogan", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")

    def conv(name: str, filters: int, size: int) -> PaddedConv:
        return make.made(PaddedConv, name, make.channels(filters), size, 1, 0, name, bias_start=_BIAS)

    return Discriminator(
        [
            conv("d_conv1", 20, 5), _halved,
            conv("d_conv2", 50, 5), make.norm("d_bn2"), _halved,
            conv("d_conv3", 500, 4), make.norm("d_bn3"), PRelu("d_prelu3"), flatten,
        ],
        make.linear("d_out", 1, bias_start=_BIAS),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip


def _without_edge(pixels: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Maps without so many pixels at every edge."""
    return lambda x: x[:, pixels : x.shape[1] - pixels, pixels : x.shape[2] - pixels]


def _halved(x: tf.Tensor) -> tf.Tensor:
    """The largest of every 2 x 2 pixels."""
    return tf.nn.max_pool2d(x, 2, 2, "VALID")
