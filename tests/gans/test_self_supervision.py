"""SSGAN and S3GAN: rotated copies, heads, guessed classes, and what trains what."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.architectures.heads import HeadedDiscriminator
from compare_gan_tf2.compare_gan_v3 import networks
from compare_gan_tf2.gans.adversarial import Batch
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options

SMALL = {"dataset": "mnist", "width": 0.05, "z_dim": 8, "batch_size": 8, "rotated_batch_size": 16}
FEW_LABELS = SMALL | {"gan": "s3gan", "conditional": True, "class_predictor": True}
SOME = [3, -1, 1, -1, -1, 9, 0, -1]


def _images(size=8):
    return tf.cast(tf.random.stateless_uniform([1, size, 28, 28, 1], [4, 2], 0, 256, tf.int32), tf.uint8)


def _batch(gan, labels=None, fake_labels=None):
    real = gan.to_float(_images()[0])
    z = tf.random.stateless_uniform([8, 8], [1, 2], -1, 1)
    return Batch(real=real, labels=labels, z=z, fake_labels=fake_labels)


@pytest.mark.parametrize(("reference", "chosen"), [("none", [1, 3, 5, 7]), ("v3", [4, 5, 6, 7])])
def test_a_quarter_is_rotated_counter_clockwise_and_judged_with_its_labels(reference, chosen):
    gan = build(Options.from_dict(SMALL | {"gan": "ssgan", "architecture": "dcgan", "reference": reference}))
    images = gan.to_float(_images()[0])
    shown = gan._with_rotated(images).numpy()
    np.testing.assert_array_equal(shown[:8], images)
    for k in (1, 2, 3):
        expected = np.rot90(images.numpy()[chosen], k, axes=(1, 2))
        np.testing.assert_array_equal(shown[8 + 4 * (k - 1) : 8 + 4 * k], expected)
    labels = tf.range(8)
    np.testing.assert_array_equal(gan._with_copies(labels, labels), [*range(8), *chosen * 3])


@pytest.mark.parametrize(
    ("gan_type", "reference", "mixes"), [("ssgan", "v3", True), ("ssgan", "none", False), ("s3gan", "v3", False)]
)
def test_the_labels_of_rotated_generated_images(gan_type, reference, mixes, monkeypatch):
    values = SMALL | {"gan": gan_type, "architecture": "dcgan", "conditional": True, "reference": reference}
    values |= {"d_conditioning": "projection"} if gan_type == "s3gan" else {}
    gan = build(Options.from_dict(values))
    seen = []
    call = type(gan.discriminator).call

    def spy(self, images, labels=None, training=False):
        seen.append(labels)
        return call(self, images, labels, training)

    monkeypatch.setattr(HeadedDiscriminator, "call", spy)
    batch = _batch(gan, tf.range(8), 9 - tf.range(8))
    gan.judge(batch, batch.real, batch.real)
    copies = seen[-1].numpy()[8 + 12 + 8 :]
    chosen = gan.chosen(8)
    np.testing.assert_array_equal(copies, (chosen if mixes else [9 - i for i in chosen]) * 3)


def test_the_rotation_loss_is_the_cross_entropy_of_the_angles():
    gan = build(Options.from_dict(SMALL | {"gan": "ssgan"}))
    size, chosen = 8, gan.chosen(8)
    features = tf.random.stateless_normal([size + 12, gan.discriminator.body.features_shape[0]], [5, 6]) * 3
    rows = tf.gather(features, [*chosen, *range(size, size + 12)])
    logits = gan.discriminator.rotation_logits(rows).numpy().astype(np.float64)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -np.mean([logits[i, i // 4] for i in range(16)])
    np.testing.assert_allclose(gan._rotation_loss(features, size), expected, rtol=1e-5)


CASES = {
    "ssgan": SMALL | {"gan": "ssgan", "penalty": "wgan_gp", "d_weight_normalization": "spectral"},
    "ssgan, joint statistics": SMALL | {"gan": "ssgan", "architecture": "dcgan", "d_normalization": "batch"},
    "ssgan, relativistic": SMALL | {"gan": "ssgan", "loss": "relativistic_average", "augmentation": "diff_augment"},
    "ssgan, as v3": SMALL | {"gan": "ssgan", "reference": "v3", "conditional": True, "architecture": "dcgan"},
    "s3gan": FEW_LABELS | {"architecture": "dcgan", "loss": "hinge", "ema_decay": 0.9},
    "s3gan, soft": FEW_LABELS | {"soft_predictions": True, "d_weight_normalization": "spectral"},
    "s3gan, labels only": FEW_LABELS | {"class_predictor": False, "self_supervision": "none"},
    "s3gan, biggan": FEW_LABELS | {"dataset": "cifar10", "architecture": "biggan", "d_attention": "none"},
}


# What traces fastest; a step of each type is taken by the test of every GAN type.
_DEFAULT = ("s3gan, labels only",)


@pytest.mark.parametrize("name", slow_unless(_DEFAULT.__contains__, CASES))
def test_a_step_is_finite_and_moves_both_networks_and_the_heads(name):
    gan = build(Options.from_dict(CASES[name]))
    before = {part: {key: each.numpy() for key, each in named.items()} for part, named in gan.networks().items()}
    shape = (1, 8, *gan.dataset.image_shape)
    images = tf.cast(tf.random.stateless_uniform(shape, [4, 2], 0, 256, tf.int32), tf.uint8)
    measured = tf.function(gan.train_step)(images, tf.constant([SOME]), tf.constant(1, tf.int64))
    assert set(measured) == set(gan.measurements)
    assert all(np.isfinite(value) for value in measured.values()), measured
    for part in ("generator", "discriminator"):
        after = gan.networks()[part]
        still = [
            key for key, each in before[part].items() if key.endswith("kernel") and np.array_equal(each, after[key])
        ]
        assert not still, still


def test_without_self_supervision_it_is_the_modular_gan_to_the_bit():
    outcomes = []
    for gan_type in ("modular", "ssgan"):
        options = Options.from_dict(SMALL | {"gan": gan_type, "self_supervision": "none", "penalty": "r1"})
        gan = build(options)
        gan.train_step(_images(), tf.zeros([1, 8], tf.int32), tf.constant(1, tf.int64))
        outcomes.append({key: each.numpy() for key, each in gan.networks()["discriminator"].items()})
    modular, ssgan = outcomes
    assert all(np.array_equal(modular[key], ssgan[key]) for key in modular)
    assert ssgan.keys() == modular.keys()


def test_rotation_only_leaves_the_adversarial_head_alone():
    gan = build(Options.from_dict(SMALL | {"gan": "ssgan", "self_supervision": "rotation_only", "d_optimizer": "sgd"}))
    before = {key: each.numpy() for key, each in gan.networks()["discriminator"].items()}
    measured = gan.train_step(_images(), tf.zeros([1, 8], tf.int32), tf.constant(1, tf.int64))
    after = gan.networks()["discriminator"]
    assert np.array_equal(before["d_fc4/kernel"], after["d_fc4/kernel"])
    assert not np.array_equal(before["d_fc3/kernel"], after["d_fc3/kernel"])
    assert float(measured["loss/d"]) > 0


def test_every_spectral_vector_moves_once_in_a_step():
    gan = build(Options.from_dict(FEW_LABELS | {"d_weight_normalization": "spectral"}))
    before = {key: each.numpy() for key, each in gan.networks()["discriminator"].items()}
    gan.train_step(_images(), tf.constant([SOME]), tf.constant(1, tf.int64))
    vectors = [key for key in before if key.endswith("u_var")]
    assert len(vectors) == 7
    for key in vectors:
        matrix = before[key.replace("u_var", "kernel")]
        matrix = matrix.reshape(-1, matrix.shape[-1]).astype(np.float64)
        once = matrix @ (matrix.T @ before[key])
        after = gan.networks()["discriminator"][key].numpy()
        np.testing.assert_allclose(after, once / np.linalg.norm(once), atol=1e-5, err_msg=key)


def test_the_rotated_images_do_not_depend_on_the_number_of_replicas():
    gan = build(Options.from_dict(SMALL | {"gan": "ssgan", "batch_size": 12, "rotated_batch_size": 32}))
    assert gan.chosen(12) == [*gan.chosen(6), *(6 + number for number in gan.chosen(6))]


@pytest.mark.parametrize("is_soft", [False, True])
def test_the_own_label_is_projected_or_else_the_guess(is_soft):
    gan = build(Options.from_dict(FEW_LABELS | {"soft_predictions": is_soft}))
    discriminator, images = gan.discriminator, gan.to_float(_images()[0])
    kernel = discriminator.named_variables()["discriminator_projection/kernel"]
    kernel.assign(tf.random.stateless_normal(kernel.shape, [7, 7]))
    alone, features = discriminator.body(images, tf.zeros([8], tf.int32))
    logits, _ = discriminator(images, tf.constant(SOME))
    guesses = tf.nn.softmax(discriminator.class_logits(features)).numpy()
    if not is_soft:
        guesses = np.eye(10)[guesses.argmax(axis=1)]
    classes = np.stack([np.eye(10)[label] if label >= 0 else guess for label, guess in zip(SOME, guesses, strict=True)])
    expected = alone + ((classes @ kernel.numpy()) * features.numpy()).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(discriminator(images, tf.constant(SOME))[0])
    predictor = [each for each in discriminator.trainable_variables if "predictor" in each.path]
    assert len(predictor) == 2 and tape.gradient(total, predictor) == [None, None]


def test_the_class_loss_is_of_labelled_real_images_only():
    gan = build(Options.from_dict(FEW_LABELS))
    features = tf.random.stateless_normal([8 + 12, gan.discriminator.body.features_shape[0]], [5, 6])
    logits = gan.discriminator.class_logits(features[:8]).numpy().astype(np.float64)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -np.mean([logits[i, label] for i, label in enumerate(SOME) if label >= 0])
    np.testing.assert_allclose(gan._class_loss(_batch(gan, tf.constant(SOME)), features), expected, rtol=1e-5)
    assert float(gan._class_loss(_batch(gan, tf.fill([8], -1)), features)) == 0.0


@pytest.mark.parametrize(
    ("architecture", "shape", "classes", "counts"),
    slow_unless(
        lambda case: case[0] == "resnet_cifar",
        [
            ("resnet_cifar", (32, 32, 3), 10, {"rotation": 516}),
            ("resnet5", (64, 64, 3), 10, {"rotation": 2_052}),
            ("biggan", (128, 128, 3), 1000, {"rotation": 6_148, "predictor": 1_537_000, "projection": 1_536_000}),
        ],
    ),
)
def test_heads_have_the_references_parameters_and_names(architecture, shape, classes, counts):
    values = {"architecture": architecture, "gan": "ssgan", "z_dim": 120, "d_weight_normalization": "spectral"}
    options = Options.unchecked(values)
    with tf.Graph().as_default():
        body = components.load("architectures", architecture).discriminator(
            shape, dataclasses.replace(options, d_conditioning="none"), classes
        )
        is_full = len(counts) == 3
        headed = HeadedDiscriminator(body, options, predicts=is_full, projects=is_full)
        variables = networks.reference_variables(architecture, headed)
        leaves = {"rotation": "score_classify", "predictor": "predictor_linear", "projection": None}
        for head, count in counts.items():
            scope = "/".join(filter(None, [f"discriminator_{head}", leaves[head]]))
            mine = {name: each for name, each in variables.items() if name.startswith(f"{scope}/")}
            assert sum(each.shape.num_elements() for each in mine.values() if each.trainable) == count
            expected = {"kernel", "kernel/u_var"} | ({"bias"} if head != "projection" else set())
            assert {name.removeprefix(f"{scope}/") for name in mine} == expected
    assert sum(name.startswith("discriminator_") for name in variables) == sum(
        3 if head != "projection" else 2 for head in counts
    )
