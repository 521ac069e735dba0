"""ALI's networks: convolutions without padding, and a discriminator with dropout (Dumoulin et al. 2017, appendix A).

Images of 32 pixels have the networks for CIFAR-10, whose discriminator has maxout units; images of 64 pixels those for
CelebA, published with z_dim=256 and d_normalization=batch. With other GAN types than bigan and ali the discriminator
sees images alone. The published bias of every pixel starts at the log odds of the data's mean image, here at 0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, leaky_relu, maxout, reshape, sigmoid
from compare_gan_tf2.architectures._padded import PaddedConv, WideDeconv
from compare_gan_tf2.architectures.dropout import Dropout
from compare_gan_tf2.architectures.joint import CodeEncoder, JoinCodes, JointDiscriminator
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

SIDES = (32, 64)
IMPLIES = {
    "batch_norm_decay": 0.95, "batch_size": 100, "d_learning_rate": 1e-4, "g_learning_rate": 1e-4,
    "initializer_stddev": 0.01, "z_dim": 64,
}  # fmt: skip

# (size, stride, filters) of a convolution.
_Plan = tuple[tuple[int, int, int], ...]


@dataclasses.dataclass(frozen=True)
class _Published:
    """The networks for one side of the images.

    Attributes:
        down: convolutions of encoder and discriminator, to maps of one pixel.
        up: transposed convolutions of the generator, from such a map.
        encoder_units, generator_units: of the layers behind these that see every pixel by itself.
        slope: of leaky ReLU.
        pieces: of the discriminator's maxout units; 1 for leaky ReLU.
        first_dropout: rate before the first layer that sees images, and before the first that sees codes.
        dropout: rate before the discriminator's other layers.
        code_units, pair_units: of its layers that see codes, and pairs.
    """

    down: _Plan
    up: _Plan
    encoder_units: tuple[int, ...]
    generator_units: tuple[int, ...]
    slope: float
    pieces: int
    first_dropout: float
    dropout: float
    code_units: tuple[int, ...]
    pair_units: tuple[int, ...]


_PUBLISHED = {
    32: _Published(
        down=((5, 1, 32), (4, 2, 64), (4, 1, 128), (4, 2, 256), (4, 1, 512)),
        up=((4, 1, 256), (4, 2, 128), (4, 1, 64), (4, 2, 32), (5, 1, 32)),
        encoder_units=(512,), generator_units=(32,), slope=0.1, pieces=2, first_dropout=0.2, dropout=0.5,
        code_units=(512, 512), pair_units=(1024, 1024),
    ),
    64: _Published(
        down=((2, 1, 64), (7, 2, 128), (5, 2, 256), (7, 2, 256), (4, 1, 512)),
        up=((4, 1, 512), (7, 2, 256), (5, 2, 256), (7, 2, 128), (2, 1, 64)),
        encoder_units=(), generator_units=(), slope=0.02, pieces=1, first_dropout=0.2, dropout=0.2,
        code_units=(1024, 1024), pair_units=(2048, 2048),
    ),
}  # fmt: skip


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Five transposed convolutions, every pixel's colors of its channels, a bias of every pixel and color, sigmoid."""
    architecture_limits.check("ali", image_shape, options, bool(num_classes))
    make, plan = Layers(options, "generator"), _PUBLISHED[image_shape[0]]
    has_bias, lrelu = make.normalization == "none", leaky_relu(plan.slope)
    chain: list[Callable] = [reshape(1, 1, options.z_dim)]
    for i, (size, stride, filters) in enumerate(plan.up, 1):
        arguments = (make.channels(filters), size, stride, f"g_dc{i}")
        chain += [make.made(WideDeconv, f"g_dc{i}", *arguments, use_bias=has_bias), make.norm(f"g_bn{i}"), lrelu]
    for i, units in enumerate(plan.generator_units, len(plan.up) + 1):
        conv = make.conv(f"g_conv{i}", make.channels(units), 1, use_bias=has_bias)
        chain += [conv, make.norm(f"g_bn{i}"), lrelu]
    chain += [make.conv("g_out", image_shape[2], 1, use_bias=False), _BiasOfPixels("g_pixels"), sigmoid]
    return Generator(chain, z_dim=options.z_dim, num_classes=num_classes)


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """The joint discriminator without codes; features are the last [B, n] before the logit."""
    architecture_limits.check("ali", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")
    return Discriminator(
        [*_of_images(make, image_shape), flatten, *_of_pairs(make, image_shape)],
        make.linear("d_out", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )


def code_encoder(image_shape: tuple[int, int, int], options: Options, units: int) -> CodeEncoder:
    """Five convolutions to one pixel; normalized as the generator is."""
    make, plan = Layers(options, "generator").within("encoder"), _PUBLISHED[image_shape[0]]
    has_bias, lrelu = make.normalization == "none", leaky_relu(plan.slope)
    chain: list[Callable] = []
    for i, (size, stride, filters) in enumerate(plan.down, 1):
        conv = _conv(make, f"e_conv{i}", filters, size, stride, use_bias=has_bias)
        chain += [conv, make.unconditioned_norm(f"e_bn{i}"), lrelu]
    chain.append(flatten)
    for i, hidden in enumerate(plan.encoder_units, len(plan.down) + 1):
        linear = make.linear(f"e_fc{i}", make.channels(hidden), use_bias=has_bias)
        chain += [linear, make.unconditioned_norm(f"e_bn{i}"), lrelu]
    return CodeEncoder([*chain, make.linear("e_out", units)], image_shape=image_shape)


def joint_discriminator(image_shape: tuple[int, int, int], options: Options, code_length: int) -> JointDiscriminator:
    """Images and codes through layers of their own, then side by side through two more."""
    make, plan = Layers(options, "discriminator"), _PUBLISHED[image_shape[0]]
    of_codes: list[Callable] = []
    for i, units in enumerate(plan.code_units, 1):
        rate = plan.dropout if i > 1 else plan.first_dropout
        linear = make.linear(f"d_z{i}", plan.pieces * make.channels(units))
        of_codes += [Dropout(rate, f"d_z_drop{i}"), linear, _activation(plan)]
    return JointDiscriminator(
        [*_of_images(make, image_shape), JoinCodes("d_codes", of_codes, adds=False), *_of_pairs(make, image_shape)],
        make.linear("d_out", 1),
        image_shape=image_shape,
        code_length=code_length,
    )


def _of_images(make: Layers, image_shape: tuple[int, int, int]) -> list[Callable]:
    plan = _PUBLISHED[image_shape[0]]
    chain: list[Callable] = []
    for i, (size, stride, filters) in enumerate(plan.down, 1):
        chain.append(Dropout(plan.dropout if i > 1 else plan.first_dropout, f"d_drop{i}"))
        chain.append(_conv(make, f"d_conv{i}", filters, size, stride, pieces=plan.pieces))
        chain += [make.unconditioned_norm(f"d_bn{i}")] if i > 1 else []
        chain.append(_activation(plan))
    return chain


def _of_pairs(make: Layers, image_shape: tuple[int, int, int]) -> list[Callable]:
    plan = _PUBLISHED[image_shape[0]]
    chain: list[Callable] = []
    for i, units in enumerate(plan.pair_units, 1):
        linear = make.linear(f"d_fc{i}", plan.pieces * make.channels(units))
        chain += [Dropout(plan.dropout, f"d_fc_drop{i}"), linear, _activation(plan)]
    return [*chain, Dropout(plan.dropout, "d_out_drop")]


def _activation(plan: _Published) -> Callable[[tf.Tensor], tf.Tensor]:
    return maxout(plan.pieces) if plan.pieces > 1 else leaky_relu(plan.slope)


def _conv(
    make: Layers, name: str, filters: int, size: int, stride: int, *, pieces: int = 1, use_bias: bool = True
) -> PaddedConv:
    """A convolution without padding."""
    outputs = pieces * make.channels(filters)
    return make.made(PaddedConv, name, outputs, size, stride, 0, name, use_bias=use_bias)


class _BiasOfPixels(keras.layers.Layer):
    """x [B, H, W, C] + b [H, W, C]."""

    def __init__(self, name: str):
        super().__init__(name=name, autocast=False)

    def build(self, input_shape: tuple) -> None:
        self.bias = self.add_weight(name="bias", shape=tuple(input_shape[1:]), initializer="zeros")

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels, training
        return x + tf.cast(self.bias, x.dtype)
