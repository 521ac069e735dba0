"""CoGAN, LAPGAN, IcGAN, TL-GAN, mean codes: what their parts share, what their labels are, and what they refuse."""

import dataclasses
import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import coupled
from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.mnist_and_edges import edges
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import lapgan, latent_axes, tlgan
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.draws import Seed
from tests.test_every_gan_type import options_of

SMALL = {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4}
PLANE = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))


def _gan(**options):
    return build(Options.from_dict(SMALL | options), PLANE)


# The data set of two domains


def test_edges_are_the_dilation_less_the_image():
    image = np.zeros([1, 5, 5, 1], np.uint8)
    image[0, 2, 2], image[0, 0, 4] = 200, 50
    expected = np.zeros([5, 5], np.uint8)
    expected[1:4, 1:4] = 200
    expected[2, 2] = 0
    expected[0, 3], expected[1, 4] = 50, 50
    np.testing.assert_array_equal(edges(image)[0, ..., 0], expected)


@pytest.mark.slow
def test_no_digit_of_mnist_lies_in_both_domains(real_data, tmp_path):
    places, whole = Places(real_data, tmp_path), catalog.find("mnist_and_edges")
    digits, labels = pipeline.read(catalog.find("mnist"), "test", places)
    a, of_a = pipeline.read(whole.part("a"), "test", places)
    b, of_b = pipeline.read(whole.part("b"), "test", places)
    np.testing.assert_array_equal(a, digits[:5000])
    np.testing.assert_array_equal(b, edges(digits[5000:]))
    np.testing.assert_array_equal(np.concatenate([of_a, of_b]), labels)
    assert pipeline.read(whole, "test", places)[0].shape == digits.shape
    with pytest.raises(UserError, match="reads a set 'c'"):
        whole.part("c")


# CoGAN


@pytest.fixture(scope="module")
def cogan():
    return _gan(gan="cogan")


def test_what_both_generators_share_changes_both_domains_and_their_own_layers_one(cogan):
    z = tf.random.stateless_normal([2, 4], [1, 2])
    named = cogan.generator.named_variables()

    def changed(name):
        before = {each: cogan.generator(z, domain=each).numpy() for each in coupled.DOMAINS}
        named[name].assign_add(tf.random.stateless_normal(named[name].shape, [3, 4]))
        return [each for each in coupled.DOMAINS if not np.array_equal(cogan.generator(z, domain=each), before[each])]

    assert changed("g_fc1/kernel") == ["a", "b"]
    assert changed("a/g_fc4/kernel") == ["a"]
    assert changed("b/g_fc4/kernel") == ["b"]
    both = cogan.generator(z, domain=coupled.BOTH)
    each = [cogan.generator(z, domain=domain) for domain in coupled.DOMAINS]
    np.testing.assert_allclose(both, tf.concat(each, 0), atol=1e-6)


def test_discriminators_of_both_domains_differ_in_their_first_layers(cogan):
    names = set(cogan.discriminator.named_variables())
    assert {"a/d_fc1/kernel", "b/d_fc1/kernel", "d_fc2/kernel", "d_fc4/kernel"} <= names and "d_fc1/kernel" not in names
    a, b = (cogan.discriminator.named_variables()[f"{domain}/d_fc1/kernel"] for domain in "ab")
    assert not np.array_equal(a, b), "both domains start alike"


def test_what_coupled_networks_cannot_be_made_of_is_refused():
    with pytest.raises(UserError, match="the generator of gan=cogan takes no reference batch"):
        _gan(gan="cogan", g_normalization="virtual_batch")
    with pytest.raises(UserError, match="own_layers is 3, but a network of architecture mlp has 3 layers"):
        _gan(gan="cogan", own_layers=3)


def _adapting(**options):
    data = dataclasses.replace(catalog.find("mnist_and_edges"), image_shape=(8, 8, 1))
    given = SMALL | {"dataset": "mnist_and_edges", "gan": "cogan_adaptation", "initializer_stddev": 0.3}
    return build(Options.from_dict(given | options), data)


def test_classes_are_learned_of_one_domain_and_features_of_pairs_are_to_be_the_same():
    gan, source = _adapting(), np.random.default_rng(0)
    a, b = (tf.constant(source.uniform(0, 1, (4, 8, 8, 1)), tf.float32) for _ in range(2))
    z, labels = tf.constant(source.normal(size=(4, 4)), tf.float32), tf.constant([3, 1, 4, -1])

    def terms(*inputs):
        with draws.drawing(Seed.of(0, 1), "discriminator/0", draws.Share()):
            return gan.d(*inputs)

    found = terms(a, b, z, labels)
    assert {name: each.weight for name, each in found.items() if "class" in name or "distance" in name} == {
        "loss/d_class": 10.0, "loss/d_distance": 0.01,
    }  # fmt: skip
    abilities = gan.abilities(gan.evaluated())
    of_a, of_b = (abilities[name].call(a).numpy() for name in ("classify", "classify_b"))
    np.testing.assert_allclose(of_a.sum(axis=1), 1.0, rtol=1e-5)
    assert np.abs(of_a - of_b).max() > 1e-3  # first layers of their own
    right = -np.log(of_a[[0, 1, 2], [3, 1, 4]]).mean()
    assert float(found["loss/d_class"].value) == pytest.approx(right, rel=1e-4)
    # Neither images nor labels of b are read for it, and the last row has no label.
    assert float(terms(a, a, z, labels)["loss/d_class"].value) == pytest.approx(right, rel=1e-4)
    pair = [gan.discriminator(gan.generator(z, domain=each, training=True), domain=each)[1].numpy() for each in "ab"]
    by_hand = np.square(pair[0] - pair[1]).reshape(4, -1).sum(axis=1).mean()
    assert float(found["loss/d_distance"].value) == pytest.approx(by_hand, rel=1e-4)
    with tf.GradientTape() as tape:
        outcome = terms(a, b, z, labels)
        whole = outcome["loss/d_class"].value + outcome["loss/d_distance"].value
    assert set(tape.gradient(whole, [each.value for each in gan.generator.trainable_variables])) == {None}


def test_labels_of_the_first_domain_are_read_and_have_to_be_there():
    gan = _adapting()
    assert gan.engine.columns()["a"] == {"a": "images", "labels": "labels"}
    assert "labels" not in gan.engine.columns()["b"]
    assert [turn.whole for turn in gan.engine.turns] == [False, False]
    assert [turn.whole for turn in _adapting(labels_per_class=2).engine.turns] == [True, False]
    with pytest.raises(UserError, match="gan=cogan_adaptation learns classes, but data set 'celeb_a' has none"):
        Options.from_dict({"dataset": "celeb_a", "gan": "cogan_adaptation"})


# LAPGAN


def test_a_level_is_given_real_coarse_images_and_the_chain_its_own():
    gan = _gan(gan="lapgan", architecture="lapgan", width=0.01, pyramid_levels=2)
    images = tf.random.stateless_uniform([2, 8, 8, 1], [1, 2])
    finest, middle, coarsest = lapgan.pyramid(images, 2)
    np.testing.assert_allclose(coarsest, tf.reduce_mean(tf.reshape(images, [2, 2, 4, 2, 4, 1]), [2, 4]), atol=1e-6)
    z = gan.prior.rows(2, "test", Seed.of(0, 1))
    assert z.shape == (2, gan.generator.z_dim) and gan.generator.z_dim == 4 + 16 + 64
    given = gan.made([finest, middle, coarsest], z, None)
    other = gan.made([finest, middle, coarsest + 0.5], z, None)
    same = [np.array_equal(*both) for both in zip(given, other, strict=True)]
    assert same == [True, False, True], "a level takes what another one made"


def test_half_of_an_odd_batch_cannot_be_real_and_sides_cannot_be_halved_at_will():
    with pytest.raises(UserError, match="batch_size is 3; gan=lapgan needs twice as many"):
        _gan(gan="lapgan", architecture="lapgan", width=0.01, batch_size=3)
    with pytest.raises(UserError, match="pyramid_levels is 4, and sides of 8x8 cannot be halved so often"):
        _gan(gan="lapgan", architecture="lapgan", width=0.01, pyramid_levels=4)


# IcGAN


def test_a_wrong_label_is_any_other_class():
    gan = _gan(gan="matching_aware", architecture="mlp")
    labels = tf.repeat(tf.range(10), 100)
    shift = gan.streams["shift"].draw(1000, "test", Seed.of(0, 1))
    wrong = gan.wrong_labels(labels, shift).numpy()
    assert not np.any(wrong == labels.numpy()) and set(np.unique(wrong)) == set(range(10))
    assert len(np.unique(wrong[:100])) == 9


def test_an_edit_keeps_the_latents_of_the_image_and_takes_the_label_that_is_asked_for():
    gan = build(options_of("icgan", dataset="mnist", ema_decay=0.0), PLANE)
    for variable in gan.generator.trainable_variables:
        variable.assign_add(0.3 * tf.random.stateless_normal(variable.shape, [5, 6]))
    abilities = gan.abilities(gan.evaluated())
    images = tf.random.stateless_uniform([3, 8, 8, 1], [1, 2])
    codes = abilities["encode"].call(images)
    own = tf.argmax(codes["y"], 1, tf.int32)
    edited = abilities["edit"].call(images, (own + 1) % 10)
    np.testing.assert_allclose(edited, gan.generator(codes["z"], (own + 1) % 10), atol=1e-6)
    np.testing.assert_allclose(abilities["reconstruct"].call(images), gan.generator(codes["z"], own), atol=1e-6)
    assert np.abs(edited - abilities["reconstruct"].call(images)).max() > 1e-3


# TL-GAN


def _found(monkeypatch, caplog, **options):
    """What a fit finds where class k is seen if number k of the latents is large."""
    gan = build(options_of("tlgan", dataset="mnist", z_distribution="normal", axis_samples=2000, **options), PLANE)
    monkeypatch.setattr(gan, "train_predictor", lambda *_: None)

    def predictor(images, training):
        del training
        return tf.concat([images, tf.fill([tf.shape(images)[0], 6], -4.0)], 1)

    found = gan.fit({"generator": lambda z, training: z, "predictor": predictor}, {"": None})
    for name, value in found.items():
        gan.state[name].assign(value)
    return gan, found


def test_an_axis_is_where_a_class_comes_from_and_one_of_few_images_is_told_of(monkeypatch, caplog):
    gan, found = _found(monkeypatch, caplog)
    np.testing.assert_allclose(found["axes"][:, :4], np.eye(4), atol=0.02)
    np.testing.assert_allclose(found["positives"][:4], 0.5, atol=0.05)
    assert found["explained"][:4].min() > 0.99 and found["positives"][4:].max() == 0
    assert "only 0 of 2000 generated images show class 4" in caplog.text and "class 3" not in caplog.text
    moved = gan.moved(tf.zeros([2, 4]), tf.constant([0, 2]), 3.0)
    np.testing.assert_allclose(moved, [[3, 0, 0, 0], [0, 0, 3, 0]], atol=0.1)
    step = gan.abilities(gan.evaluated())["axis"].call(tf.constant([2]))
    np.testing.assert_allclose(step, [[0, 0, gan.options.axis_distance, 0]], atol=0.1)


@pytest.mark.slow
def test_the_predictor_of_a_wide_network_learns_classes_that_are_rare(monkeypatch):
    """One class in ten: outputs of all classes move to -1 first, and come back."""
    gan = build(options_of("tlgan", architecture="infogan", width=0.5, z_distribution="normal"))
    labels = np.arange(6400) % 10
    images = np.random.default_rng(0).integers(0, 60, (6400, 28, 28, 1)).astype(np.uint8)
    images[np.arange(6400), :, 2 * labels + 4] = 255
    batches = [(images[start : start + 128], labels[start : start + 128]) for start in range(0, 6400, 128)]
    monkeypatch.setattr(tlgan, "labeled_batches", lambda rows: batches)
    predictor = gan.players["predictor"].network
    gan.train_predictor(predictor, None)
    assert (np.argmax(predictor(images[:500] / np.float32(255), training=False), 1) == labels[:500]).mean() > 0.95


def test_labels_that_go_together_are_told_with_their_correlation(monkeypatch, caplog):
    rows = np.array([[1, 1, -1], [-1, -1, 1], [1, 1, 1], [-1, -1, -1], [1, -1, 0], [-1, -1, 0], [0, 0, 0]], float)
    (pair,) = latent_axes.going_together(rows)
    assert pair[:2] == (0, 1) and pair[2] == pytest.approx(np.corrcoef(rows[:, 0], rows[:, 1])[0, 1])
    assert latent_axes.going_together(np.ones([5, 3])) == []
    gan = build(options_of("tlgan", dataset="mnist", z_distribution="normal", axis_samples=500), PLANE)
    monkeypatch.setattr(gan, "train_predictor", lambda *_: None)

    def predictor(images, training):
        del training
        return tf.concat([images, images[:, :1], tf.fill([tf.shape(images)[0], 5], -4.0)], 1)

    gan.fit({"generator": lambda z, training: z, "predictor": predictor}, {"": None})
    assert "labels 0 and 4 go together (r 1.00): an edit to one moves the other" in caplog.text
    assert "labels 0 and 1 go together" not in caplog.text


def test_axes_are_orthogonal_to_those_of_classes_that_are_to_stay():
    told = types.SimpleNamespace
    assert tlgan.base_of(told(axis_base="none"), PLANE) == [] and len(tlgan.base_of(told(axis_base="all"), PLANE)) == 10
    assert tlgan.base_of(told(axis_base="7, 1"), PLANE) == [7, 1]
    with pytest.raises(UserError, match="option axis_base is '7,ten': unknown class 'ten'"):
        tlgan.base_of(told(axis_base="7,ten"), PLANE)


# Mean codes of classes


def test_an_edit_moves_from_the_nearest_mean_code_to_that_of_the_class(caplog):
    gan, source = build(options_of("class_means", dataset="mnist"), PLANE), np.random.default_rng(0)
    labels = np.tile(np.arange(10, dtype=np.int32), 60)
    labels[:2] = -1
    images = source.integers(0, 5, [600, 8, 8, 1], np.uint8)
    images[np.arange(600), 0, labels % 4, 0] += (20 * (1 + labels // 4)).astype(np.uint8)

    def encoder(images, training):
        assert training is False
        codes = 10.0 * images[:, 0, :4, 0]
        return tf.concat([codes, codes - 5.0], 1)

    nets = {"encoder": encoder, "generator": lambda codes, training: codes[:, None, None, :]}
    rows = [{"images": images[:400], "labels": labels[:400]}, {"images": images[400:], "labels": labels[400:]}]
    found = gan.fit(nets, {"": rows})
    codes = images[:, 0, :4, 0] / 25.5
    expected = [codes[labels == number].mean(axis=0) for number in range(10)]
    np.testing.assert_allclose(found["means"], expected, rtol=1e-5)
    assert found["counts"].tolist() == [59, 59, *[60] * 8] and "says little" not in caplog.text
    for name, value in found.items():
        gan.state[name].assign(value)
    abilities = gan.abilities(nets)
    shown = tf.constant(images[10:20] / np.float32(255))
    assert abilities["classify"].call(shown).numpy().argmax(axis=1).tolist() == labels[10:20].tolist()
    asked = tf.constant((labels[10:20] + 3) % 10)
    edited = abilities["edit"].call(shown, asked)[:, 0, 0]
    means = np.array(expected)
    np.testing.assert_allclose(edited, codes[10:20] + means[asked] - means[labels[10:20]], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(abilities["reconstruct"].call(shown)[:, 0, 0], codes[10:20], rtol=1e-5)
    gan.fit(nets, {"": [{"images": images[:100], "labels": labels[:100]}]})
    assert "only 9 training images are of class 0: its mean code says little" in caplog.text
