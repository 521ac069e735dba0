"""Types that translate, beyond the originals' numbers: sizes, what is random, who moves when, what is refused."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures import unet
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Optimizer, build
from compare_gan_tf2.gans.unit import halved
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import layer_state
from compare_gan_tf2.runtime.draws import Seed

SMALL = {
    "dataset": "cifar10", "width": 0.02, "batch_size": 2, "style_units": 4, "initializer": "normal",
    "initializer_stddev": 0.3,
}  # fmt: skip


def _options(gan, **changes):
    given = {name: value for name, value in SMALL.items() if name != "style_units" or gan == "munit"}
    return Options.from_dict(given | {"gan": gan} | changes)


def _gan(gan, side=16, **changes):
    return build(_options(gan, **changes), _data(side))


def _data(*sides):
    return dataclasses.replace(catalog.find("cifar10"), image_shape=(sides[0], sides[-1], 3))


def _images(side=16, count=2, seed=0):
    return tf.constant(np.random.default_rng(seed).uniform(0, 1, (count, side, side, 3)), tf.float32)


def _stepped(gan, number):
    """One step on random images; what was measured."""
    names = [name for name, stream in gan.streams.items() if stream.draw is None]
    read = {name: _images(gan.dataset.image_shape[0], gan.options.batch_size, i) for i, name in enumerate(names)}
    batches = {purpose: read for purpose in gan.engine.reads()}
    return gan.engine.step(batches, tf.constant(number, tf.int64), gan.engine.due(number), None)


PUBLISHED = [
    ({"gan": "pix2pix", "g_normalization": "batch"}, "translator", 256, 54_413_955),
    ({"gan": "pix2pix", "g_normalization": "batch"}, "translator", 128, 41_828_995),
    ({"gan": "pix2pix", "g_normalization": "batch"}, "translator", 64, 29_244_035),
    ({"gan": "pix2pix", "g_normalization": "batch"}, "translator", 32, 16_659_075),
    ({"gan": "pix2pix", "d_normalization": "batch"}, "pair_discriminator", 256, 2_768_705),
    ({"gan": "bicyclegan"}, "latent_translator", 256, 54_794_627),
    ({"gan": "bicyclegan"}, "gaussian_encoder", 256, 2_590_032),
    ({"gan": "bicyclegan"}, "multiscale_discriminator", 256, 3_458_978),
    ({"gan": "discogan"}, "translator", 64, 5_513_856),
    ({"gan": "discogan", "bottleneck_channels": 100}, "translator", 64, 7_153_480),
    ({"gan": "discogan"}, "feature_discriminator", 64, 2_765_568),
    ({"gan": "munit"}, "multiscale_discriminator", 256, 8_271_171),
]


def _built(options, network, sides):
    module = components.load("architectures", options.architecture)
    return getattr(module, network)((*sides, 3), options, "a_network")


def _count(network):
    return sum(math.prod(each.shape) for each in network.trainable_variables)


@pytest.mark.parametrize(("changes", "network", "side", "expected"), PUBLISHED)
def test_networks_have_as_many_parameters_as_the_published_ones(changes, network, side, expected):
    with tf.Graph().as_default():  # never run: no weights
        assert _count(_built(Options.from_dict({"dataset": "cifar10"} | changes), network, (side, side))) == expected


@pytest.mark.parametrize(
    ("gan", "networks", "expected"),
    [
        ("unit", ("content_encoder", "domain_decoder"), 11_140_483),
        ("munit", ("content_encoder", "style_encoder", "style_decoder"), 15_026_187),
    ],
)
def test_autoencoders_have_as_many_parameters_as_the_published_ones(gan, networks, expected):
    with tf.Graph().as_default():
        options = Options.from_dict({"dataset": "cifar10", "gan": gan})
        assert sum(_count(_built(options, network, (256, 256))) for network in networks) == expected


@pytest.mark.parametrize("sides", [(28, 28), (32, 48), (64, 64), (20, 36)])
@pytest.mark.parametrize("gan", ["bicyclegan", "discogan", "dualgan", "pix2pix"])
def test_translations_have_the_sides_of_their_inputs(gan, sides):
    with tf.Graph().as_default():
        options = _options(gan)
        network = _built(options, "latent_translator" if gan == "bicyclegan" else "translator", sides)
        more = [tf.zeros([5, options.z_dim])] if gan == "bicyclegan" else []
        assert network(tf.zeros([5, *sides, 3]), *more).shape == (5, *sides, 3)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((256, 256), 8), ((512, 512), 8), ((64, 64), 6), ((32, 32), 5), ((28, 28), 5), ((100, 100), 7), ((32, 48), 5)],
)
def test_a_u_net_halves_down_to_a_pixel(sides, expected):
    assert unet.halvings((*sides, 3)) == expected
    below = unet.level_sides((*sides, 3), expected + 1)[-1]
    assert min(below) == max(1, min(sides) >> expected)


def test_dropout_is_by_seed_alone_and_off_without_one():
    gan = _gan("pix2pix", 64, unet_halvings=6)
    translate, images, seeds = gan.abilities(gan.evaluated())["translate"].call, _images(64, 3), tf.constant([5, 6, 5])
    plain, again, dropped = translate(images), translate(images), translate(images, tf.cast(seeds, tf.int64))
    np.testing.assert_array_equal(plain, again)
    assert np.abs(dropped - plain).max() > 1e-2
    alone = translate(images[1:2], tf.constant([6], tf.int64))
    np.testing.assert_allclose(alone[0], dropped[1], atol=1e-4)
    same = translate(tf.repeat(images[:1], 3, axis=0), tf.cast(seeds, tf.int64))
    np.testing.assert_allclose(same[0], same[2], atol=1e-4)
    assert np.abs(same[0] - same[1]).max() > 1e-2


def test_instance_norm_of_training_is_per_picture_at_any_size_of_the_batch():
    translator, images = _gan("pix2pix").players["generator"].network, _images(count=3)
    together = translator(images, training=True)
    for size in (1, 2):
        np.testing.assert_allclose(translator(images[:size], training=True), together[:size], atol=1e-5)


def test_discogan_moves_discriminators_in_every_third_step_and_begins_with_a_small_share_of_the_cycles():
    gan = _gan("discogan", curriculum_steps=2)
    assert [gan.engine.due(step) for step in range(1, 8)] == [(0,), (1,), (1,), (0,), (1,), (1,), (0,)]
    images = _images()
    for step, share in ((2, 0.01), (3, 0.5)):
        terms = gan.g(images, images, tf.constant(step, tf.int64))
        weights = [float(terms[name].weight) for name in ("loss/cycle_a", "loss/g_ab", "loss/features_b")]
        assert weights == pytest.approx([share, 0.1 * (1 - share), 0.9 * (1 - share)])
    # Moving statistics are of real images alone, which a translator sees once.
    with layer_state.collecting() as proposals:
        gan.g(images, images, tf.constant(1, tf.int64))
    moved = [id(each.variable) for each in proposals if "generator" in each.variable.path]
    assert moved and len(moved) == len(set(moved))


@pytest.mark.slow
def test_the_critics_of_dualgan_are_clipped_penalized_or_have_translators_that_move_twice():
    clipped = _gan("dualgan", critic_loss="wgan", disc_iters=2)
    assert [turn.moves[0] for turn in clipped.engine.turns] == ["discriminator_a"] * 2 + ["generator_ab"]
    assert clipped.engine.turns[2].reading == clipped.engine.turns[1].draws
    measured = _stepped(clipped, 1)
    assert not any(name.startswith("penalty") for name in measured)
    bounds = [np.abs(each).max() for each in clipped.players["discriminator_a"].network.trainable_variables]
    assert max(bounds) == np.float32(0.01)
    classic = _gan("dualgan", critic_loss="classic")
    assert [turn.moves[0] for turn in classic.engine.turns] == ["discriminator_a", "generator_ab", "generator_ab"]
    critic = tf.constant([[0.5], [-2.0]])
    assert float(classic.cost(critic, is_real=True)) == pytest.approx(np.log1p(np.exp([-0.5, 2.0])).mean())


def test_a_slope_is_that_of_images_between_minus_one_and_one(monkeypatch):
    gan = _gan("dualgan")
    monkeypatch.setitem(gan.players, "discriminator_a", lambda images: tf.reduce_sum(2.0 * images - 1.0, [1, 2, 3]))
    monkeypatch.setattr("compare_gan_tf2.runtime.draws.rows_of", lambda *_: tf.zeros([2, 1, 1, 1]))
    # The slope of a sum is 1 in each of 768 numbers.
    assert float(gan.steepness("discriminator_a", _images(), _images())) == pytest.approx((768**0.5 - 1) ** 2)


@pytest.mark.slow
def test_a_style_of_an_example_is_the_one_that_is_read_off_it():
    gan = _gan("munit")
    found, (a, b) = gan.abilities(gan.evaluated()), (_images(seed=1), _images(seed=2))
    style = found["encode_b"].call(b)["style"]
    like = found["translate_like_ab"].call(a, b)
    np.testing.assert_allclose(like, found["translate_ab"].call(a, style), atol=1e-6)
    drawn = gan.streams["z"].draw(2, "test", Seed.of(1, 1))
    assert np.abs(found["translate_ab"].call(a, drawn) - like).max() > 1e-4
    assert set(found["encode_a"].call(a)) == {"content", "style"}


def test_rates_are_halved_again_and_again():
    said = Optimizer("adam", 1e-4)
    assert halved(said, 0) == said and said.is_steady()
    rate = halved(said, 10).rate
    assert [rate(0, step) for step in (1, 10, 11, 20, 21)] == pytest.approx([1e-4, 1e-4, 5e-5, 5e-5, 2.5e-5])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"gan": "pix2pix", "architecture": "resnet_translator"},
            "needs one that has pair_discriminator; those that have: unet",
        ),
        ({"gan": "cyclegan", "architecture": "unet"}, "those that have: resnet_translator"),
        ({"gan": "dualgan", "d_normalization": "batch"}, "its critics have instance norm of their own"),
        ({"gan": "cyclegan", "kl_weight": 3.0}, "has no place for kl_weight; those that have: bicyclegan"),
        ({"gan": "pix2pix", "g_normalization": "self_modulated_batch"}, "has no latents that could modulate it"),
        ({"gan": "bicyclegan", "batch_size": 1}, "it must be 2 or more"),
        ({"gan": "munit", "penalty": "wgan_gp"}, "has no logits that could be penalized"),
    ],
)
def test_what_does_not_go_with_them_is_refused(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict({"dataset": "cifar10"} | changes)
    assert words in str(caught.value)
