"""Labels of real images: hard or soft, of all images, of some or of none."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.architectures.heads import HeadedDiscriminator
from compare_gan_tf2.architectures.networks import Generator
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans.adversarial import Batch
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.draws import Seed, Share, drawing

SMALL = {"dataset": "mnist", "width": 0.05, "z_dim": 4, "batch_size": 8, "rotated_batch_size": 16}
CONDITIONAL = SMALL | {"conditional": True, "g_normalization": "conditional_batch", "initializer_stddev": 0.3}
FEW_LABELS = CONDITIONAL | {"gan": "s3gan", "class_predictor": True}
AS_V3 = {"dataset": "cifar10", "architecture": "resnet_cifar", "reference": "v3", "d_conditioning": "projection"}
CASES = {
    "projection": CONDITIONAL,
    "projection, data, apart": CONDITIONAL | {"fake_labels": "data", "judge": "apart"},
    "concatenation": CONDITIONAL | {"d_conditioning": "concatenation", "penalty": "r1", "loss": "hinge"},
    "concatenation, apart": CONDITIONAL | {"d_conditioning": "concatenation", "judge": "apart", "fake_labels": "data"},
    "conditional batch norm": CONDITIONAL | {"architecture": "dcgan", "d_normalization": "conditional_batch"},
    "consistency": CONDITIONAL | {"penalty": "balanced_consistency", "fake_labels": "data", "loss": "softmax"},
    "latent consistency": CONDITIONAL | {"penalty": "latent_consistency", "d_weight_normalization": "spectral"},
    "wgan_gp, as v3": CONDITIONAL | AS_V3 | {"penalty": "wgan_gp", "embed_y": True},
    "ssgan": CONDITIONAL | {"gan": "ssgan", "penalty": "dragan", "d_normalization": "batch"},
    "ssgan, apart": CONDITIONAL | {"gan": "ssgan", "judge": "apart", "d_conditioning": "concatenation"},
    "ssgan, as v3": CONDITIONAL | AS_V3 | {"gan": "ssgan", "fake_labels": "data"},
    "s3gan": FEW_LABELS | {"loss": "hinge", "fake_labels": "data"},
    "s3gan, apart": FEW_LABELS | {"soft_predictions": True, "judge": "apart", "d_weight_normalization": "spectral"},
    "s3gan, labels only": FEW_LABELS | {"class_predictor": False, "self_supervision": "none"},
    "s3gan, as v3": FEW_LABELS | AS_V3 | {"judge": "apart"},
    "biggan": CONDITIONAL | {"dataset": "cifar10", "architecture": "biggan", "disc_iters": 1, "d_attention": "none"},
    "biggan_deep": CONDITIONAL | {"dataset": "cifar10", "architecture": "biggan_deep", "disc_iters": 1},
}
SOME = [[3, -1, 1, -1, -1, 9, 0, -1], [-1, 2, 2, 7, -1, -1, 4, 5]]
NONE = [[-1] * 8] * 2


def _gan(values):
    options = Options.from_dict({"disc_iters": 2} | values)
    dataset = catalog.find(options.dataset)
    if options.dataset == "mnist":
        dataset = dataclasses.replace(dataset, image_shape=(16, 16, 1))
    return build(options, dataset)


def _step(values, labels):
    """What a step measures, and all variables after it."""
    gan = _gan(values)
    n = gan.options.disc_iters
    shape = (n, 8, *gan.dataset.image_shape)
    images = tf.cast(tf.random.stateless_uniform(shape, [4, 2], 0, 256, tf.int32), tf.uint8)
    measured = gan.train_step(images, labels[:n], tf.constant(1, tf.int64))
    variables = {f"{part}/{name}": each for part, named in gan.tracked().items() for name, each in named.items()}
    return {name: each.numpy() for name, each in (measured | variables).items()}


def _batch(gan, labels, fake_labels=None):
    real, z = tf.random.stateless_uniform([8, 16, 16, 1], [3, 1]), tf.zeros([8, 4])
    return Batch(real=real, labels=labels, z=z, fake_labels=fake_labels)


def _is_default(case):
    name, labels = case
    return name == "s3gan, apart" and labels != "none"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "which"), slow_unless(_is_default, [(name, which) for name in CASES for which in ("some", "none")])
)
def test_a_soft_label_that_is_certain_does_what_the_hard_one_does(name, which):
    labels = {"some": SOME, "none": NONE}[which]
    hard = _step(CASES[name], tf.constant(labels))
    soft = _step(CASES[name], tf.one_hot(labels, 10))
    assert hard.keys() == soft.keys()
    for key, value in hard.items():
        assert np.all(np.isfinite(value)), key
        np.testing.assert_allclose(soft[key], value, rtol=1e-6, atol=1e-7, err_msg=key)


@pytest.mark.parametrize("name", ["projection", "s3gan, labels only"])
def test_a_projected_distribution_gives_the_mean_of_its_classes_logits(name):
    gan = _gan(CASES[name])
    for kernel in gan.discriminator.trainable_variables:
        kernel.assign(tf.random.stateless_normal(kernel.shape, [7, 7]) * 0.3)
    image = tf.random.stateless_uniform([1, 16, 16, 1], [3, 1])
    of_class = np.array([gan.discriminator(image, tf.constant([label]))[0][0, 0] for label in range(10)])
    none = gan.discriminator(image, tf.constant([-1]))[0]
    share = np.array([[0.5, 0, 0.2, 0, 0, 0, 0, 0, 0, 0.3]], np.float32)
    assert np.std(of_class) > 1e-3
    np.testing.assert_allclose(gan.discriminator(image, share)[0], [share @ of_class], rtol=1e-4)
    np.testing.assert_array_equal(gan.discriminator(image, tf.zeros([1, 10]))[0], none)


def test_labels_of_another_number_of_classes_are_refused():
    gan = _gan(CONDITIONAL)
    for labels in (tf.zeros([1, 9]), tf.zeros([1])):
        with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
            gan.discriminator(tf.zeros([1, 16, 16, 1]), labels)


def _soft_rows():
    """Distributions for some of 8 images, and what is not enough for a label for others."""
    rows = tf.nn.softmax(3 * tf.random.stateless_normal([8, 10], [1, 1])).numpy()
    rows[[1, 4]] = 0
    rows[6] *= 0.4
    return rows, np.array([0, 2, 3, 5, 7])


def test_the_class_loss_is_the_cross_entropy_with_the_distributions_of_labelled_images():
    gan = _gan(FEW_LABELS)
    features = tf.random.stateless_normal([8 + 12, *gan.discriminator.body.features_shape], [5, 6])
    logits = gan.discriminator.class_logits(features[:8]).numpy().astype(np.float64)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    rows, labeled = _soft_rows()
    expected = -np.mean((rows[labeled] * logits[labeled]).sum(axis=1))
    np.testing.assert_allclose(gan._class_loss(_batch(gan, tf.constant(rows)), features), expected, rtol=1e-5)
    assert float(gan._class_loss(_batch(gan, tf.zeros([8, 10])), features)) == 0.0


@pytest.mark.parametrize("is_soft", [False, True])
def test_the_own_distribution_is_projected_or_else_the_guess(is_soft):
    gan = _gan(FEW_LABELS | {"soft_predictions": is_soft})
    rows, labeled = _soft_rows()
    features = 2 * tf.random.stateless_normal([8, *gan.discriminator.body.features_shape], [5, 6])
    guesses = tf.nn.softmax(gan.discriminator.class_logits(features)).numpy()
    expected = guesses if is_soft else np.eye(10)[guesses.argmax(axis=1)]
    expected[labeled] = rows[labeled]
    np.testing.assert_allclose(gan.discriminator._classes(tf.constant(rows), features, False), expected, rtol=1e-5)


def test_rotated_copies_have_their_images_distributions(monkeypatch):
    seen = []
    call = HeadedDiscriminator.call
    monkeypatch.setattr(
        HeadedDiscriminator, "call", lambda self, x, labels, training: (seen.append(labels), call(self, x, labels))[1]
    )
    gan = _gan(CASES["ssgan"])
    rows, fakes = tf.constant(_soft_rows()[0]), tf.one_hot(tf.range(8), 10)
    batch = _batch(gan, rows, fakes)
    seen.clear()
    gan.judge(batch, batch.real, batch.real)
    chosen = gan.chosen(8)
    expected = [rows, *[tf.gather(rows, chosen)] * 3, fakes, *[tf.gather(fakes, chosen)] * 3]
    np.testing.assert_array_equal(seen[0], tf.concat(expected, 0))


def _drawn(values, labels, step=1, purpose="generator"):
    gan, size = _gan(values), labels.shape[0]
    seed = Seed.of(0, step)
    with drawing(seed, purpose, Share()):
        drawn = gan.streams["drawn_labels"].draw(size, purpose, seed)
        return gan.batch(tf.zeros([size, 16, 16, 1]), tf.zeros([size, 4]), labels, drawn).fake_labels


def test_the_generator_is_asked_for_any_class_where_the_image_has_no_label():
    values = CONDITIONAL | {"fake_labels": "data", "batch_size": 1000}
    labels = np.tile(np.array([5, -1, 0, -1], np.int32), 250)
    drawn = _drawn(values, tf.constant(labels)).numpy()
    is_given = labels >= 0
    np.testing.assert_array_equal(drawn[is_given], labels[is_given])
    counts = np.bincount(drawn[~is_given], minlength=10)
    assert len(counts) == 10 and np.all(np.abs(counts - 50) < 30), counts
    np.testing.assert_array_equal(_drawn(values, tf.constant(labels)), drawn)
    assert not np.array_equal(_drawn(values, tf.constant(labels), step=2), drawn)
    assert not np.array_equal(_drawn(values, tf.constant(labels), purpose="discriminator/0"), drawn)
    soft = _drawn(values, tf.one_hot(labels, 10))
    np.testing.assert_array_equal(soft, tf.one_hot(drawn, 10))


def test_of_a_distribution_one_class_is_drawn():
    row = np.array([0, 0.6, 0, 0, 0.1, 0, 0, 0.3, 0, 0], np.float32)
    drawn = _drawn(CONDITIONAL | {"fake_labels": "data", "batch_size": 4000}, tf.tile(row[None], [4000, 1])).numpy()
    assert drawn.dtype == np.float32 and np.all(np.sort(drawn, axis=1) == [0] * 9 + [1])
    np.testing.assert_allclose(drawn.mean(axis=0), row, atol=0.03)
    assert not drawn[:, row == 0].any()


@pytest.mark.parametrize("fake_labels", ["data", pytest.param("uniform", marks=pytest.mark.slow)])
def test_the_generator_only_ever_sees_classes(fake_labels, monkeypatch):
    seen = []
    follow = Generator.follow
    monkeypatch.setattr(Generator, "follow", lambda self, x, z, y, *a: (seen.append(y), follow(self, x, z, y, *a))[1])
    for labels in (tf.constant(SOME), tf.constant([_soft_rows()[0]] * 2), tf.zeros([2, 8, 10])):
        _step(CONDITIONAL | {"fake_labels": fake_labels, "penalty": "latent_consistency"}, labels)
    assert len(seen) > 9
    for each in seen:
        assert np.all(np.sort(each, axis=1) == [0] * 9 + [1])
