"""BiGAN and ALI beyond what the originals' numbers show: codes, reconstructions, networks of any architecture."""

import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

SMALL = {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))
IMAGES = np.random.default_rng(0).uniform(0, 1, (4, 8, 8, 1)).astype(np.float32)


def _gan(name, **changes):
    return build(Options.from_dict(SMALL | {"gan": name} | changes), DATA)


def _stepped(gan, number=1):
    stored = tf.constant((IMAGES * 255).astype(np.uint8))[None]
    return gan.train_step(stored, tf.zeros([1, 4], tf.int32), tf.constant(number, tf.int64))


@pytest.mark.parametrize(("distribution", "bound"), [("uniform", 1.0), ("truncated", 2.0), ("normal", np.inf)])
def test_codes_of_bigan_lie_in_the_support_of_the_prior(distribution, bound):
    gan = _gan("bigan", z_distribution=distribution)
    for variable in gan.players["encoder"].network.trainable_variables:
        variable.assign(100.0 * variable)
    codes = gan.encode(IMAGES)
    assert codes.shape == (4, 4) and np.abs(codes).max() <= bound
    assert np.abs(codes).max() > 0.5 * min(bound, 8.0)
    copies = gan.reconstruct(IMAGES).numpy()
    assert copies.shape == IMAGES.shape and 0 <= copies.min() <= copies.max() <= 1


def test_codes_are_of_the_averages_where_scores_are():
    latest, average = _gan("ali"), _gan("ali", ema_decay=0.9)
    for gan in (latest, average):
        for number in range(1, 3):
            _stepped(gan, number)
    np.testing.assert_allclose(latest.encode(IMAGES), average.encode(
        IMAGES, {name: player.network for name, player in average.players.items()}), rtol=1e-6)  # fmt: skip
    assert np.abs(latest.encode(IMAGES) - average.encode(IMAGES)).max() > 1e-6
    assert "encoder_average" in average.tracked()


def test_codes_of_ali_are_drawn_in_training_and_are_the_means_elsewhere():
    gan = _gan("ali")
    with draws.drawing(draws.Seed.of(0, 1), "pairs", draws.Share()):
        first, again = gan.drawn_codes(IMAGES), gan.drawn_codes(IMAGES)
    with draws.drawing(draws.Seed.of(0, 2), "pairs", draws.Share()):
        other = gan.drawn_codes(IMAGES)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
    mean, _ = np.split(gan.players["encoder"].network(IMAGES), 2, axis=1)
    np.testing.assert_array_equal(gan.encode(IMAGES), mean)


@pytest.mark.parametrize(
    ("name", "architecture"),
    slow_unless(
        lambda case: case in (("ali", "infogan"), ("bigan", "bigan_mlp")),
        itertools.product(("ali", "bigan"), ("bigan_mlp", "infogan", "sndcgan")),
    ),
)
def test_all_players_move_with_the_parts_of_any_architecture(name, architecture):
    gan = _gan(name, architecture=architecture, d_weight_normalization="spectral")
    before = {part: {key: each.numpy() for key, each in named.items()} for part, named in gan.networks().items()}
    _stepped(gan), _stepped(gan, 2)
    for part, named in gan.networks().items():
        kernels = [key for key in named if key.endswith("/kernel")]
        assert kernels and all(np.any(named[key] != before[part][key]) for key in kernels), part
    features = gan.discriminator.outputs(IMAGES)["features"]
    assert features.shape[0] == 4 and features.shape.rank == 2


def test_bigans_own_discriminator_begins_undecided_and_the_encoder_starts_differently():
    gan = _gan("bigan", architecture="bigan_mlp")
    np.testing.assert_array_equal(gan.discriminator(IMAGES, tf.ones([4, 4])), np.zeros([4, 1]))
    gan = _gan("bigan")
    kernels = [next(v for k, v in gan.networks()[part].items() if k.endswith("d_fc1/kernel"))
               for part in ("encoder", "discriminator")]  # fmt: skip
    assert kernels[0].shape == kernels[1].shape and np.abs(kernels[0] - kernels[1]).max() > 0.01


@pytest.mark.parametrize("name", ["ali", "bigan"])
def test_half_precision_gives_nearly_the_same(name):
    # Of the same weights: the first step's.
    whole, half = (
        {key: float(value) for key, value in _stepped(_gan(name, precision=precision)).items()}
        for precision in ("float32", "mixed_bfloat16")
    )
    assert half == pytest.approx(whole, rel=0.05, abs=0.05) and half != whole


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gan": "bigan", "judge": "together"}, "option judge is together, but gan=bigan needs judge=apart"),
        ({"gan": "ali", "z_distribution": "uniform"}, "gan=ali needs z_distribution=normal"),
        ({"gan": "ali", "disc_iters": 2}, "gan=ali needs disc_iters=1: its networks are all updated at once"),
        ({"gan": "bigan", "conditional": True}, "gan=bigan needs conditional=false"),
        ({"gan": "bigan", "reference": "v3", "judge": "apart", "latents": "fresh"}, "compare_gan did not have it"),
    ],
)
def test_what_does_not_go_with_it_is_refused(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict({"dataset": "mnist"} | changes)
    assert words in str(caught.value)
