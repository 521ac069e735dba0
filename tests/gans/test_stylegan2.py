"""StyleGAN2 beyond the original's numbers: which turns are due, groups of images, evaluation, precision."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import _style
from compare_gan_tf2.augmentations import ada
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import task
from compare_gan_tf2.gans import Optimizer, build, stylegan2
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

SMALL = {"gan": "stylegan2", "dataset": "cifar10", "width": 0.01, "z_dim": 4, "batch_size": 8, "mapping_layers": 2}
DATA = dataclasses.replace(catalog.find("cifar10"), image_shape=(8, 8, 2))
COLORED = dataclasses.replace(DATA, image_shape=(8, 8, 3))
IMAGES = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 8, 2), np.uint8)


def _gan(**changes):
    return build(Options.from_dict(SMALL | changes), DATA)


def _stepped(gan, number):
    return {name: float(each) for name, each in gan.train_step(
        tf.constant(IMAGES), tf.zeros([1, 8], tf.int32), tf.constant(number, tf.int64)).items()}  # fmt: skip


def test_penalties_are_due_in_the_first_step_and_then_now_and_then():
    gan = _gan()
    purposes = {step: [gan.engine.turns[place].draws for place in gan.engine.due(step)] for step in range(1, 34)}
    assert purposes[1] == ["generator", "path_length", "discriminator", "r1"]
    assert [step for step, named in purposes.items() if "r1" in named] == [1, 17, 33]
    assert [step for step, named in purposes.items() if "path_length" in named] == list(range(1, 34, 4))
    assert purposes[2] == ["generator", "discriminator"] and gan.engine.reads() == ["discriminator"]
    first, second = _stepped(gan, 1), _stepped(gan, 2)
    lazy = {"loss/path_length", "path_length/interval", "path_length/mean", "loss/r1", "r1/interval"}
    assert set(first) - set(second) == lazy
    assert (first["r1/interval"], first["path_length/interval"]) == (16.0, 4.0)
    assert float(gan.state["path_length/mean"]) == first["path_length/mean"] > 0
    without = _gan(r1_gamma=0, path_length_weight=0)
    assert [turn.draws for turn in without.turns()] == ["generator", "discriminator"] and not without.state


def test_batches_are_never_cut():
    gan = _gan(accumulation_steps=4)
    assert set(gan.engine.never_cut()) == {"generator", "discriminator"}


def test_the_optimizers_are_corrected_for_updates_on_penalties():
    said = stylegan2.lazy(Optimizer("adam", 1.0, beta1=0.0, beta2=0.99), 16)
    assert (said.rate, said.beta1, said.beta2) == pytest.approx((16 / 17, 0.0, 0.99 ** (16 / 17)))
    assert said.unreached == "zero" and said.corrects_epsilon


def test_images_are_compared_within_groups_that_take_turns():
    x = np.random.default_rng(2).normal(size=(6, 2, 3, 4)).astype(np.float32)
    found = _style.group_deviation(tf.constant(x), 3).numpy()
    assert found.shape == (6, 1, 1, 1)
    for i in range(6):
        group = x[i % 2 :: 2]  # image i of 6 is in group i mod 2
        np.testing.assert_allclose(found[i], np.sqrt(group.var(axis=0) + 1e-8).mean(), rtol=1e-5)


def test_outside_of_training_an_images_logit_and_a_latents_image_are_their_own():
    gan = _gan()
    images = tf.constant(IMAGES[0] / np.float32(255))
    alone = np.concatenate([gan.discriminator(images[i : i + 1])[0] for i in range(8)])
    np.testing.assert_allclose(gan.discriminator(images)[0], alone, rtol=1e-5, atol=1e-5)
    z = tf.random.stateless_normal([3, 4], [0, 1])
    made = gan.generator(z).numpy()
    np.testing.assert_allclose(gan.generator(z[1:2])[0], made[1], atol=1e-5)
    assert made.shape == (3, 8, 8, 2) and 0 <= made.min() <= made.max() <= 1


def test_the_mean_style_follows_every_turn_that_makes_images_and_goes_into_the_average_as_it_is():
    gan = _gan(ema_decay=0.9, path_length_weight=0)
    _stepped(gan, 1)
    center = gan.networks()["generator"]["center"].numpy()
    assert np.abs(center).max() > 0
    np.testing.assert_array_equal(gan.networks()["average"]["center"], center)
    # Once in the generator's turn and once in the discriminator's, each time by a two-hundredth.
    means = []
    for purpose in ("generator", "discriminator"):
        z = gan.prior.rows(8, purpose, stylegan2.Seed.of(0, 1))
        means.append(_gan().generator.mapped(z).numpy().mean(axis=0))
    np.testing.assert_allclose(center, 0.995 * 0.005 * means[0] + 0.005 * means[1], rtol=0.05, atol=1e-5)


@pytest.mark.slow
def test_labels_and_augmentation_enter_the_turns():
    options = SMALL | {
        "conditional": True,
        "fake_labels": "data",
        "augmentation": "adaptive",
        "augmentation_kimg": 0.01,
    }
    images = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 8, 3), np.uint8)
    found = []
    for label in (1, 2):
        gan = build(Options.from_dict(options), COLORED)
        labels = tf.fill([1, 8], label)
        for number in (1, 2):
            step = tf.constant(number, tf.int64)
            measured = {name: float(each) for name, each in gan.train_step(tf.constant(images), labels, step).items()}
            found.append(measured)
    assert all(np.isfinite(list(each.values())).all() for each in found)
    assert {"loss/path_length", "loss/r1", "augmentation/probability"} <= found[0].keys()
    differing = {name for name in found[0] if found[0][name] != found[2][name]}
    assert {"loss/g", "loss/d_real", "loss/d_fake", "loss/path_length", "loss/r1"} <= differing
    assert set(gan.discriminator.named_variables()) >= {
        "mapping.embed/kernel",
        "mapping.fc0/kernel",
        "mapping.fc1/kernel",
    }


def test_ada_is_that_of_every_type_with_its_pipe_its_start_and_its_interval():
    gan = build(Options.from_dict(SMALL | {"augmentation": "ada", "augmentation_pipe": "color",
                                           "augmentation_probability": 0.7}), COLORED)  # fmt: skip
    expected = {"augmentation/probability": np.float32(0.7), "augmentation/signs": 0.0, "augmentation/updates": 0.0}
    assert {name: float(each) for name, each in gan.state.items() if name.startswith("aug")} == expected
    images, shown = tf.random.stateless_uniform([4, 8, 8, 3], [0, 1]), []
    for show in (
        lambda: gan.augmenting(images, "real"),
        lambda: ada.augment(
            images, lambda name, shape: draws.rows_of("unit", f"augmentation/real/{name}", shape), 0.7, "color"
        ),
    ):
        with draws.drawing(draws.Seed.of(0, tf.constant(1, tf.int64)), "discriminator", draws.Share()):
            shown.append(show())
    np.testing.assert_array_equal(*shown)
    assert np.abs(shown[0] - images).max() > 0.1


def test_the_protocol_says_how_w_was_truncated_and_nothing_where_it_was_not():
    whole = Options.from_dict(SMALL)
    assert task._truncation_said(whole) == {}
    assert task._truncation_said(whole.replace(truncation_psi=0.7)) == {"truncation": "psi 0.7 of all layers"}
    some = whole.replace(truncation_psi=0.5, truncation_cutoff=2)
    assert task._truncation_said(some) == {"truncation": "psi 0.5 of the first 2 layers"}


@pytest.mark.slow
def test_half_precision_gives_nearly_the_same():
    whole, half = _stepped(_gan(), 1), _stepped(_gan(precision="mixed_bfloat16"), 1)
    assert half != whole
    assert half == pytest.approx(whole, rel=0.1, abs=0.05)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dataset": "mnist"}, "architecture stylegan2 needs square images with sides among [8, 16, 32"),
        ({"d_weight_normalization": "spectral"}, "gan=stylegan2 needs d_weight_normalization=none"),
        ({"batch_size": 1}, "must be 2 or more"),
        ({"initializer": "orthogonal"}, "gan=stylegan2 needs initializer=normal"),
        ({"initializer_stddev": 0.1}, "initializer_stddev=0.02: it would have no effect"),
        ({"r1_interval": 0}, "r1_interval"),
    ],
)
def test_what_does_not_go_with_it_is_refused(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict(SMALL | {"architecture": "stylegan2"} | changes)
    assert words in str(caught.value)
    with pytest.raises(UserError, match="no place for r1_gamma; those that have: r3gan, stylegan, stylegan2"):
        Options.from_dict({"dataset": "mnist", "gan": "bigan", "r1_gamma": 3})
