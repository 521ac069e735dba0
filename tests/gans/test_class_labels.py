"""ACGAN and CGAN beyond what the originals' numbers show: labels in the inputs, classes in the outputs, their order."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import build, class_losses
from compare_gan_tf2.gans.adversarial import Batch
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

SMALL = {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))
IMAGES = np.random.default_rng(0).uniform(0, 1, (4, 8, 8, 1)).astype(np.float32)
Z = np.random.default_rng(1).uniform(-1, 1, (4, 4)).astype(np.float32)


def _gan(name, **changes):
    return build(Options.from_dict(SMALL | {"gan": name, "initializer_stddev": 0.3} | changes), DATA)


def _terms(gan, real_labels=(1, 2, 3, 4), asked=(5, 6, 7, 8)):
    """Names, values and weights of what both players descend on."""
    batch = Batch(tf.constant(IMAGES), tf.constant(real_labels), tf.constant(Z), tf.constant(asked))
    with draws.drawing(draws.Seed.of(0, 1), "discriminator/0", draws.Share()):
        found = {**gan.discriminator_objective(batch, gan.fakes(batch)), **gan.generator_objective(batch)}
    return {name: (float(each.value), each.weight) for name, each in found.items()}


def test_classes_that_are_sure_and_right_cost_nothing():
    right = tf.one_hot([3, 7], 10)
    # Behind a second softmax no logits cost less than log(1 + 9 / e) = 1.46.
    assert float(class_losses.of_labeled(50.0 * right, right)) < 1e-4
    assert float(class_losses.of_labeled(-50.0 * right, right)) > 40
    half = tf.concat([right[:1], tf.zeros([1, 10])], 0)
    zero = tf.zeros([2, 10])
    np.testing.assert_allclose(class_losses.of_labeled(zero, half), np.log(10), rtol=1e-6)
    assert float(class_losses.of_labeled(zero, zero)) == 0.0


def test_acgan_tells_as_many_classes_as_the_data_has_and_is_not_shown_them():
    gan = _gan("acgan")
    first, again = (gan.discriminator(IMAGES, tf.fill([4], label), training=True) for label in (1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    classify = gan.abilities(gan.evaluated())["classify"].call
    found = classify(tf.constant(IMAGES)).numpy()
    assert found.shape == (4, DATA.num_classes)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(classify(tf.constant(IMAGES[1:2]))[0], found[1], rtol=1e-5)


def test_what_acgan_learns_of_generated_images_is_an_option():
    weights = {"class_weight": 0.5, "g_class_weight": 0.1}
    both, real_only = _terms(_gan("acgan", **weights)), _terms(_gan("acgan", class_of_generated=False, **weights))
    assert both.keys() - real_only.keys() == {"loss/d_class_generated"}
    assert {name: each[1] for name, each in both.items()} == {
        "loss/d": 1.0, "loss/g": 1.0, "loss/d_class_real": 0.5, "loss/d_class_generated": 0.5, "loss/g_class": 0.1,
    }  # fmt: skip
    # Generated images are to be of the classes that they were asked for, real ones of their own.
    other = _terms(_gan("acgan", **weights), real_labels=(0, 0, 0, 0))
    changed = {name for name in both if both[name] != other[name]}
    assert changed == {"loss/d_class_real"}
    assert both["loss/d_class_generated"][0] == pytest.approx(both["loss/g_class"][0], rel=0.5)


def test_classes_of_few_labels_are_learned_from_the_whole_batch():
    few, fewer, all_ = _gan("acgan", label_fraction=0.5), _gan("acgan", labels_per_class=2), _gan("acgan")
    assert [turn.whole for turn in few.engine.turns] == [turn.whole for turn in fewer.turns()] == [True, False]
    assert [turn.whole for turn in all_.engine.turns] == [False, False]
    value, _ = _terms(few, real_labels=(-1, -1, -1, -1))["loss/d_class_real"]
    assert value == 0.0


@pytest.mark.parametrize("way", ["concatenation", "multiplication", "normalization"])
def test_every_way_of_asking_for_a_class_changes_the_image(way):
    gan = _gan("acgan", g_conditioning=way)
    one, two = (gan.generator(Z, tf.fill([4], label)).numpy() for label in (1, 2))
    assert np.abs(one - two).max() > 1e-3 and gan.generator.z_dim == gan.prior.length == 4
    named = gan.generator.named_variables()
    assert named["g_fc1/kernel"].shape[0] == (14 if way == "concatenation" else 4)
    assert ("g_bn1/gamma/kernel" in named) == (way == "normalization")
    if way == "multiplication":
        vectors = named["g_label/kernel"].numpy()
        assert vectors.shape == (10, 4) and 0.6 < vectors.std() < 1.4


def test_the_discriminator_sees_images_of_before_where_the_generator_begins(monkeypatch):
    gan = _gan("cgan", first_update="generator", g_learning_rate=0.1)
    seen = {}
    objective = gan.discriminator_objective
    monkeypatch.setattr(
        gan,
        "discriminator_objective",
        lambda batch, fake: seen.update(batch=batch, fake=fake) or objective(batch, fake),
    )
    before = gan.generator.get_weights()
    reads = {purpose: {"images": tf.constant(IMAGES), "labels": tf.range(4)} for purpose in gan.engine.reads()}
    gan.engine.step(reads, tf.constant(1, tf.int64), gan.engine.due(1), None)
    assert [turn.moves for turn in gan.engine.turns] == [("generator",), ("discriminator",)]
    images = [gan.generator(seen["batch"].z, seen["batch"].fake_labels, training=True).numpy()]
    gan.generator.set_weights(before)
    images.append(gan.generator(seen["batch"].z, seen["batch"].fake_labels, training=True).numpy())
    np.testing.assert_allclose(seen["fake"], images[1], atol=1e-6)
    assert np.abs(images[0] - images[1]).max() > 1e-3


@pytest.mark.parametrize("architecture", ["mlp", "cgan_mlp"])
def test_both_networks_of_cgan_see_labels(architecture):
    gan = _gan("cgan", architecture=architecture, width=0.02)
    options = gan.options
    assert (options.conditional, options.g_conditioning, options.d_conditioning) == (True, *["concatenation"] * 2)
    assert options.g_normalization == "batch"
    for network, inputs in ((gan.generator, Z), (gan.discriminator, IMAGES)):
        one, two = (tf.nest.flatten(network(inputs, tf.fill([4], label)))[0].numpy() for label in (1, 2))
        assert np.abs(one - two).max() > 1e-4
    if architecture == "cgan_mlp":
        assert gan.discriminator.named_variables()["d_fc1/kernel"].shape[0] == 8 * 8 + 10


def test_the_networks_of_cgan_serve_types_without_labels():
    gan = build(Options.from_dict(SMALL | {"architecture": "cgan_mlp", "width": 0.02}), DATA)
    assert gan.generator(Z).shape == (4, 8, 8, 1)
    assert gan.discriminator.named_variables()["d_fc1/kernel"].shape[0] == 8 * 8


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gan": "acgan", "d_conditioning": "projection"}, "tells classes, which it must not be shown"),
        ({"gan": "acgan", "conditional": False}, "gan=acgan needs conditional=true"),
        ({"gan": "cgan", "g_conditioning": "normalization"}, "gan=cgan needs g_conditioning=concatenation"),
        ({"gan": "acgan", "dataset": "fake:celeb_a"}, "has no classes"),
        ({"g_conditioning": "concatenation"}, "gan modular has no place for g_conditioning"),
        ({"gan": "acgan", "g_normalization": "virtual_batch"}, "is of latents alone"),
        ({"gan": "cgan", "first_update": "generator", "disc_iters": 2}, "set disc_iters=1"),
        ({"gan": "acgan", "reference": "v3"}, "compare_gan did not have it"),
    ],
)
def test_what_does_not_go_with_them_is_refused(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict({"dataset": "mnist"} | changes)
    assert words in str(caught.value)
