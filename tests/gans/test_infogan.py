"""InfoGAN beyond what the authors' numbers show: codes as they are declared, their bound, what is known of images."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options, latent_codes
from compare_gan_tf2.runtime.draws import Seed

SMALL = {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "gan": "infogan"}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))
IMAGES = tf.constant(np.random.default_rng(0).uniform(0, 1, (4, 8, 8, 1)), tf.float32)


def _gan(**changes):
    return build(Options.from_dict(SMALL | changes), DATA)


@pytest.fixture(scope="module")
def gan():
    """One with codes of every kind, which guesses deviations too."""
    return _gan(codes="cat3,unif2,norm1", learned_deviation=True)


@pytest.fixture(scope="module")
def z(gan):
    return gan.prior.rows(4000, "test", Seed.of(0, 1))


def test_latents_are_noise_and_the_declared_codes_in_order(gan, z):
    said = "noise uniform 4, categorical_1 categorical 3, uniform_1 uniform 2, normal_1 normal 1"
    assert gan.prior.distribution == said and gan.generator.z_dim == 10 == z.shape[1]
    names = [name for name, _, _ in latent_codes.parsed("cat10,unif1,unif1,cat2")]
    assert names == ["categorical_1", "uniform_1", "uniform_2", "categorical_2"]
    assert _gan().prior.length == 4 + 10 + 1 + 1


def test_the_bound_is_the_entropy_less_what_guesses_miss(gan, z):
    there = {name: np.float64(each) for name, each in gan.prior.split(z).items()}

    def bounds(logits, means, log_variance):
        spread = np.full((len(z), 3), log_variance)
        guesses = np.concatenate([logits, means[:, :2], spread[:, :2], means[:, 2:], spread[:, 2:]], axis=1)
        return {name: float(each) for name, each in gan.bounds(z, tf.constant(guesses, tf.float32)).items()}

    codes = np.concatenate([there["uniform_1"], there["normal_1"]], axis=1)
    # What knows nothing says the prior: no information, and of the normal code that exactly.
    none = bounds(np.zeros([len(z), 3]), np.zeros_like(codes), 0.0)
    assert none["categorical_1"] == pytest.approx(0.0, abs=1e-5) and none["normal_1"] == pytest.approx(0.0, abs=0.05)
    # Everything: log K at most, and for numbers the more the smaller the deviation.
    every = bounds(50.0 * there["categorical_1"], codes, 2.0 * math.log(0.1))
    assert every["categorical_1"] == pytest.approx(math.log(3), abs=1e-4)
    expected = 2 * (math.log(2) - 0.5 * math.log(2 * math.pi) + math.log(10))
    assert every["uniform_1"] == pytest.approx(expected, rel=1e-4)
    # By hand, of means and deviations that are neither.
    some = bounds(np.zeros([len(z), 3]), codes + 0.3, 0.5)
    density = -0.5 * (0.09 * math.exp(-0.5) + 0.5 + math.log(2 * math.pi))
    assert some["normal_1"] == pytest.approx(density + 0.5 * math.log(2 * math.pi * math.e), rel=1e-4)


def test_codes_of_images_are_guessed_by_name_and_classes_are_those_of_the_first(gan):
    abilities = gan.abilities(gan.evaluated())
    codes = {name: each.numpy() for name, each in abilities["encode"].call(IMAGES).items()}
    assert {name: each.shape for name, each in codes.items()} == {
        "categorical_1": (4, 3), "uniform_1": (4, 2), "normal_1": (4, 1),
    }  # fmt: skip
    np.testing.assert_allclose(codes["categorical_1"].sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_array_equal(abilities["classify"].call(IMAGES), codes["categorical_1"])


def _step(gan):
    reads = {purpose: {"images": IMAGES} for purpose in gan.engine.reads()}
    return {
        name: float(each)
        for name, each in gan.engine.step(reads, tf.constant(1, tf.int64), gan.engine.due(1), None).items()
    }


def _head(gan):
    return {name: each.numpy() for name, each in gan.discriminator.named_variables().items() if "q_" in name}


def test_q_learns_with_the_discriminator_and_every_bound_is_measured_under_its_name():
    gan = _gan()
    before = _head(gan)
    measured = _step(gan)
    codes = ("categorical_1", "uniform_1", "uniform_2")
    assert {name for name in measured if name.startswith("information/")} == {
        f"information/{player}_{code}" for player in "dg" for code in codes
    }
    assert all(np.any(each != before[name]) for name, each in _head(gan).items() if name.endswith("kernel"))
    assert not any(name.startswith("information") for name in gan.tracked())


def test_without_weight_the_bound_is_measured_and_nothing_learns_it():
    gan = _gan(information_weight=0.0)
    before = {name: value for name, value in _head(gan).items() if "moving" not in name}
    measured = _step(gan)
    assert measured["information/g_categorical_1"] == pytest.approx(0.0, abs=0.5)
    for name, value in before.items():
        np.testing.assert_array_equal(_head(gan)[name], value)


def test_apart_the_bound_moves_both_by_an_optimizer_of_its_own():
    gan = _gan(information_update="apart", first_update="generator")
    assert [turn.moves for turn in gan.engine.turns] == [
        ("generator",), ("discriminator",), ("generator", "discriminator"),
    ]  # fmt: skip
    before = _head(gan)
    measured = _step(gan)
    assert {name for name in measured if name.startswith("information/")} == {
        "information/categorical_1", "information/uniform_1", "information/uniform_2",
    }  # fmt: skip
    assert all(np.any(each != before[name]) for name, each in _head(gan).items() if name.endswith("kernel"))
    assert {"information_optimizer_generator", "information_optimizer_discriminator"} <= gan.tracked().keys()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"codes": ""}, "option codes is ''; it is a list such as cat10,unif1,unif1"),
        ({"codes": "cat10, unif1"}, "it is a list such as"),
        ({"codes": "cat1"}, "range is [2, 1024], and one has 1"),
        ({"codes": "cat10,unif0"}, "range is [1, 1024], and one has 0"),
        ({"codes": "unif5"}, "without a code of classes"),
        ({"conditional": True}, "gan=infogan needs conditional=false: it finds classes by itself"),
        ({"gan": "modular", "codes": "cat10"}, "gan modular has no place for codes"),
    ],
)
def test_what_does_not_go_with_it_is_refused(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict({"dataset": "mnist", "gan": "infogan"} | changes)
    assert words in str(caught.value)
