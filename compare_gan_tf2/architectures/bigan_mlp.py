"""BiGAN's networks for MNIST: fully connected, two hidden layers of 1024 units (Donahue et al. 2017, section 4.1).

Latents enter the generator twice, and codes the discriminator before its second normalization. No layer has a bias.
The original's batch norms have no gain and no offset either; here they are those of the options, as everywhere:
g_normalization=plain_batch and d_normalization=plain_batch are the original's. Any image size; with other GAN types
than bigan and ali the discriminator sees images alone.
"""

from __future__ import annotations

import math

import tensorflow as tf

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, flatten, relu, reshape, sigmoid
from compare_gan_tf2.architectures.joint import CodeEncoder, JoinCodes, JointDiscriminator
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

IMPLIES = {"d_normalization": "batch", "z_dim": 50}

_lrelu = _blocks.leaky_relu(0.2)
_HIDDEN = 1024


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Two hidden layers and a sigmoid per pixel and channel; the second also sees the latents themselves."""
    architecture_limits.check("bigan_mlp", image_shape, options, bool(num_classes))
    make = Layers(options, "generator")
    hidden = make.channels(_HIDDEN)
    again = JoinCodes("g_again", [make.linear("g_z2", hidden, use_bias=False)], adds=True)
    return Generator(
        [
            make.linear("g_fc1", hidden, use_bias=False), make.norm("g_bn1"), relu,
            make.linear("g_fc2", hidden, use_bias=False), again, make.norm("g_bn2"), relu,
            make.linear("g_fc3", math.prod(image_shape), use_bias=False), reshape(*image_shape), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """The joint discriminator without codes; features are its second hidden layer's [B, 1024]."""
    architecture_limits.check("bigan_mlp", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")
    hidden = make.channels(_HIDDEN)
    return Discriminator(
        [
            flatten,
            make.linear("d_fc1", hidden, use_bias=False), _lrelu,
            make.linear("d_fc2", hidden, use_bias=False), make.norm("d_bn2"), _lrelu,
        ],
        make.linear("d_fc3", 1, use_bias=False),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip


def code_encoder(image_shape: tuple[int, int, int], options: Options, units: int) -> CodeEncoder:
    """Two hidden layers, the first not normalized."""
    make = Layers(options, "discriminator").within("encoder")
    hidden = make.channels(_HIDDEN)
    return CodeEncoder(
        [
            flatten,
            make.linear("e_fc1", hidden, use_bias=False), _lrelu,
            make.linear("e_fc2", hidden, use_bias=False), make.norm("e_bn2"), _lrelu,
            make.linear("e_fc3", units, use_bias=False),
        ],
        image_shape=image_shape,
    )  # fmt: skip


def joint_discriminator(image_shape: tuple[int, int, int], options: Options, code_length: int) -> JointDiscriminator:
    """Two hidden layers, a linear map of the codes added to the second; it begins with the logit 0 for every pair."""
    make = Layers(options, "discriminator")
    hidden = make.channels(_HIDDEN)
    made = JointDiscriminator(
        [
            flatten,
            make.linear("d_fc1", hidden, use_bias=False), _lrelu,
            make.linear("d_fc2", hidden, use_bias=False),
            JoinCodes("d_codes", [make.linear("d_z2", hidden, use_bias=False)], adds=True),
            make.norm("d_bn2"), _lrelu,
        ],
        make.linear("d_fc3", 1, use_bias=False),
        image_shape=image_shape,
        code_length=code_length,
    )  # fmt: skip
    made.head.kernel.assign(tf.zeros_like(made.head.kernel))
    return made
