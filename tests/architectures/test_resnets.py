"""What the two ResNets share: blocks, names, sizes, labels; their numbers are checked against the reference's."""

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.architectures import _convolution
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

RESNETS = ("resnet5", "resnet_cifar", "resnet_stl")
SMALL = {"dataset": "cifar10", "width": 0.05, "z_dim": 8}
CONDITIONAL = {"conditional": True, "g_normalization": "conditional_batch"}


def _pair(architecture, shape, classes=0, **changes):
    module, options = components.load("architectures", architecture), Options.from_dict(SMALL | changes)
    return module.generator(shape, options, classes), module.discriminator(shape, options, classes)


def _latents(count):
    return tf.random.stateless_uniform([count, SMALL["z_dim"]], [0, 1], -1, 1)


def test_unpool_puts_zeros_between_and_pool_averages_what_exists():
    x = tf.reshape(tf.range(1.0, 7.0), [1, 2, 3, 1])
    wide = [[1, 0, 2, 0, 3, 0], [0] * 6, [4, 0, 5, 0, 6, 0], [0] * 6]
    np.testing.assert_array_equal(_convolution.unpool(x)[0, :, :, 0], wide)
    np.testing.assert_array_equal(_convolution.average_pool(x)[0, :, :, 0], [[3.0, 4.5]])


@pytest.mark.parametrize(
    ("architecture", "shape"),
    slow_unless(
        lambda case: case[1][2] == 3,
        [("resnet5", (4, 4, 1)), ("resnet5", (16, 16, 3)), ("resnet_cifar", (8, 8, 1)), ("resnet_cifar", (24, 16, 3))],
    ),
)
def test_other_sizes_can_be_built_and_learn(architecture, shape):
    generator, discriminator = _pair(architecture, shape, penalty="wgan_gp", d_normalization="layer")
    with tf.GradientTape(persistent=True) as tape:
        images = generator(_latents(3), training=True)
        with tf.GradientTape() as inner:
            inner.watch(images)
            logits, features = discriminator(images, training=True)
        slope = tf.reduce_sum(tf.square(inner.gradient(logits, images)))
        loss = tf.reduce_sum(logits) + slope
    assert images.shape == (3, *shape) and np.min(images) >= 0 and np.max(images) <= 1
    assert logits.shape == (3, 1) and features.shape.rank == 2
    for network in (generator, discriminator):
        gradients = tape.gradient(loss, network.trainable_variables)
        moved = [variable.path for variable, each in zip(network.trainable_variables, gradients, strict=True)
                 if each is not None and np.any(each)]  # fmt: skip
        assert all(each is None or np.all(np.isfinite(each)) for each in gradients)
        assert {path for path in moved if path.endswith("kernel")} == {
            variable.path for variable in network.trainable_variables if variable.path.endswith("kernel")
        }


@pytest.mark.parametrize(("architecture", "features"), [("resnet5", 26), ("resnet_cifar", 6)])
def test_labels_reach_both_networks(architecture, features):
    generator, discriminator = _pair(architecture, (32, 32, 3), 10, **CONDITIONAL)
    z, labels, others = _latents(2), tf.constant([0, 1]), tf.constant([1, 2])
    images = generator(z, labels)
    assert not np.array_equal(images, generator(z, others))
    logits, seen = discriminator(images, labels)
    assert seen.shape == (2, features) and discriminator.named_variables()["embedding_fc/kernel"].shape == (
        10,
        features,
    )
    assert not np.array_equal(logits, discriminator(images, others)[0])


@pytest.mark.parametrize("architecture", slow_unless(lambda name: name == "resnet_cifar", RESNETS))
def test_blocks_start_differently_and_repeatably(architecture):
    first, again = (_pair(architecture, (32, 32, 3), 10, **CONDITIONAL)[0].named_variables() for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    kernels = [value.numpy().ravel()[:5].tobytes() for name, value in first.items() if name.endswith("kernel")]
    assert len(set(kernels)) == len(kernels)


@pytest.mark.parametrize(
    ("architecture", "block", "kind", "norm"),
    slow_unless(
        lambda case: case[::2] in (("resnet5", "layer"), ("resnet_cifar", "batch")),
        [
            (*first, *second)
            for first in (("resnet5", "B0"), ("resnet_cifar", "B1"))
            for second in (("batch", "bn"), ("layer", "ln"))
        ],
    ),
)
def test_blocks_of_the_discriminator_have_the_references_names(architecture, block, kind, norm):
    names = {
        name
        for name in _pair(architecture, (32, 32, 3), d_normalization=kind)[1].named_variables()
        if name.startswith(f"{block}/") and "moving" not in name
    }
    layers = [("down_conv_shortcut", "kernel", "bias"), (f"{norm}1", "gamma", "beta"), ("same_conv1", "kernel", "bias"),
              (f"{norm}2", "gamma", "beta"), ("down_conv2", "kernel", "bias")]  # fmt: skip
    assert names == {f"{block}/{layer}/{leaf}" for layer, *leaves in layers for leaf in leaves}


@pytest.mark.parametrize(
    ("architecture", "reference", "vectors"),
    slow_unless(
        lambda case: case[:2] != ("resnet_cifar", "none"),
        [("resnet5", "v3", 15), ("resnet5", "none", 17), ("resnet_cifar", "v3", 11), ("resnet_cifar", "none", 11)],
    ),
)
def test_spectral_norm_of_the_generator_spares_what_the_reference_spared(architecture, reference, vectors):
    generator, _ = _pair(architecture, (32, 32, 3), g_weight_normalization="spectral", reference=reference)
    assert sum(name.endswith("u_var") for name in generator.named_variables()) == vectors


def test_the_embedding_of_the_latents_can_be_had():
    module = components.load("architectures", "resnet_cifar")
    options = Options.from_dict({"dataset": "cifar10", "architecture": "resnet_cifar", "embed_z": True})
    assert module.generator((32, 32, 3), options).count_params() == 5_866_115 + 3_584
    with pytest.raises(UserError, match="into 4 parts.*z_dim is 126"):
        Options.from_dict({"dataset": "cifar10", "architecture": "resnet_cifar", "hierarchical_z": True, "z_dim": 126})


@pytest.mark.parametrize(
    ("architecture", "shape", "reference", "message"),
    [
        ("resnet5", (28, 28, 1), "none", "needs square images.*are 28x28"),
        ("resnet5", (256, 256, 3), "none", "needs square images.*are 256x256"),
        ("resnet5", (64, 32, 3), "none", "needs square images.*are 64x32"),
        ("resnet_cifar", (28, 28, 1), "none", "divisible by 8.*are 28x28"),
        ("resnet_cifar", (64, 64, 3), "v3", "32x32 only.*64x64"),
    ],
)
def test_sizes_that_cannot_be_are_refused_by_both_networks(architecture, shape, reference, message):
    module, options = components.load("architectures", architecture), Options(reference=reference)
    for build in (module.generator, module.discriminator):
        with pytest.raises(UserError, match=message):
            build(shape, options)
