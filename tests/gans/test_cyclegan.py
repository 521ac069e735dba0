"""CycleGAN beyond the original's numbers: its buffers, its rates, shares of a batch, precision."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import resnet_translator
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Optimizer, build, cyclegan
from compare_gan_tf2.gans.image_buffer import query
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, precision

SMALL = {
    "gan": "cyclegan", "dataset": "cifar10", "width": 0.03, "translator_blocks": 1, "patch_layers": 1, "batch_size": 4,
    "initializer_stddev": 0.2, "g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": 0.01,
    "d_learning_rate": 0.01, "image_buffer": 3, "training_steps": 100,
}  # fmt: skip
DATA = dataclasses.replace(catalog.find("cifar10"), image_shape=(16, 16, 2))
IMAGES = np.random.default_rng(0).uniform(0, 1, (4, 2, 4, 16, 16, 2)).astype(np.float32)


def _gan(**changes):
    return build(Options.from_dict(SMALL | changes), DATA)


def _stepped(gan, *numbers):
    measured = {}
    for number in numbers:
        a, b = map(tf.constant, IMAGES[number - 1])
        with precision.computing(gan.options.precision):
            step = tf.constant(number, tf.int64)
            measured = gan.engine.step({"translators": {"a": a, "b": b}}, step, gan.engine.due(number), None)
    return {name: float(value) for name, value in measured.items()}


def _values(gan):
    return {f"{part}/{key}": each.numpy() for part, named in gan.tracked().items() for key, each in named.items()}


def _queried(images, buffer, drawn):
    """The original's pool, one image after the other: what is shown, and what is stored then."""
    shown, buffer, size = [], list(buffer), 3
    for image, (coin, place) in zip(images, drawn, strict=True):
        if len(buffer) < size:
            buffer.append(image)
            shown.append(image)
        elif coin < 0.5:
            shown.append(buffer[int(place * size)])
            buffer[int(place * size)] = image
        else:
            shown.append(image)
    return shown, buffer


def test_the_buffer_shows_and_keeps_what_the_original_does(monkeypatch):
    source = np.random.default_rng(1)
    buffer, count, kept = tf.zeros([3, 2]), tf.constant(0), []
    swaps = 0
    for _ in range(5):
        images, drawn = source.normal(size=(4, 2)).astype(np.float32), source.uniform(size=(4, 2)).astype(np.float32)
        monkeypatch.setattr(draws, "rows_of", lambda *_, drawn=drawn: tf.constant(drawn))
        expected, kept = _queried(images, kept, drawn)
        shown, buffer, count = tf.function(query, autograph=False)(tf.constant(images), buffer, count, "buffer")
        np.testing.assert_array_equal(shown, expected)
        np.testing.assert_array_equal(buffer[: len(kept)], kept)
        assert int(count) == len(kept)
        swaps += int((np.array(expected) != images).any(axis=1).sum())
    assert 0 < swaps < 17


def test_buffers_are_part_of_the_state_and_discriminators_see_what_they_give():
    gan = _gan()
    assert gan.state["buffer/a"].shape == (3, 16, 16, 2) and gan.state["buffer/count"].dtype == tf.int32
    a, b = map(tf.constant, IMAGES[0])
    fakes = {"a": gan.players["generator_ba"](b).numpy(), "b": gan.players["generator_ab"](a).numpy()}
    seen = {}
    original = gan.d
    place = gan.engine.turns[1]
    watched = dataclasses.replace(place, objective=lambda a, b, shown_a, shown_b: (
        seen.update(a=shown_a.numpy(), b=shown_b.numpy()), original(a, b, shown_a, shown_b))[1])  # fmt: skip
    gan.engine.turns = (gan.engine.turns[0], watched)
    _stepped(gan, 1)
    assert int(gan.state["buffer/count"]) == 3
    for domain, made in fakes.items():
        buffer = gan.state[f"buffer/{domain}"].numpy()
        assert sum(np.abs(made - each).max((1, 2, 3)).min() < 1e-6 for each in buffer) == 3
        # Three are as they were made; the fourth may be an older one.
        np.testing.assert_allclose(seen[domain][:3], made[:3], atol=1e-6)
    kept = {name: value for name, value in _values(gan).items() if name.startswith("state/")}
    assert set(kept) == {"state/buffer/a", "state/buffer/b", "state/buffer/count"}


@pytest.mark.slow
def test_microbatches_change_nothing_but_rounding():
    whole, cut = _gan(), _gan(accumulation_steps=2)
    measured = [_stepped(gan, 1, 2) for gan in (whole, cut)]
    assert measured[1] == pytest.approx(measured[0], rel=1e-4)
    expected, found = _values(whole), _values(cut)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=0, atol=2e-5 * max(np.abs(value).max(), 1), err_msg=name)


def test_instance_statistics_are_per_picture_at_any_batch_size():
    gan, images = _gan(), IMAGES[0][0]
    for name, player in gan.players.items():
        together = player.network(images, training=True)
        for size in (1, 2, 3):
            found = player.network(images[:size], training=True)
            np.testing.assert_allclose(found, together[:size], rtol=1e-5, atol=1e-6, err_msg=f"{name}, {size}")
        assert np.ptp(together, axis=0).max() > 1e-3


@pytest.mark.slow
def test_half_precision_gives_nearly_the_same():
    whole, half = _stepped(_gan(), 1), _stepped(_gan(precision="mixed_bfloat16"), 1)
    assert half == pytest.approx(whole, rel=0.05, abs=0.02) and half != whole


def test_without_buffer_and_identity_their_names_are_gone():
    gan = _gan(image_buffer=0, identity_weight=0)
    measured = _stepped(gan, 1)
    assert set(measured) == {"loss/g_ab", "loss/g_ba", "loss/cycle_a", "loss/cycle_b", "loss/d_a", "loss/d_b"}
    assert not gan.state


def test_the_rate_falls_once_an_epoch_and_not_to_zero():
    said = cyclegan.by_epoch(Optimizer("adam", 1.0, decay=0.5), epoch_steps=10, steps=60)
    rates = [said.rate(0, step) for step in range(1, 61)]
    assert rates[:30] == [1.0] * 30
    assert [rates[i] for i in (30, 39, 40, 49, 50, 59)] == pytest.approx([0.75, 0.75, 0.5, 0.5, 0.25, 0.25])
    assert said.corrects_epsilon and not said.is_steady()
    smooth = cyclegan.by_epoch(Optimizer("adam", 1.0, decay=0.5), epoch_steps=0, steps=60)
    assert (smooth.rate, smooth.decay) == (1.0, 0.5)


def test_translations_have_shape_and_range_of_images():
    gan = _gan(ema_decay=0.5)
    _stepped(gan, 1)
    for translate in (gan.translate_ab, gan.translate_ba):
        made = translate(IMAGES[0][0]).numpy()
        assert made.shape == (4, 16, 16, 2) and 0 <= made.min() < made.max() <= 1
    there_and_back = gan.translate_ba(gan.translate_ab(IMAGES[0][0]))
    np.testing.assert_array_equal(gan.cycle(IMAGES[0][0]), there_and_back)
    latest = gan.players["generator_ab"].network(IMAGES[0][0], training=False)
    assert np.abs(latest - gan.translate_ab(IMAGES[0][0])).max() > 0


@pytest.mark.parametrize(("side", "expected"), [(256, [11_378_179, 2_764_737]), (128, [7_837_699, 2_764_737])])
def test_networks_have_as_many_parameters_as_the_published_ones(side, expected):
    options, shape = Options.from_dict({"gan": "cyclegan", "dataset": "cifar10"}), (side, side, 3)
    with tf.Graph().as_default():  # never run: no weights
        made = [
            resnet_translator.translator(shape, options, "generator_ab"),
            resnet_translator.patch_discriminator(shape, options, "discriminator_b"),
        ]
        assert [sum(math.prod(each.shape) for each in net.trainable_variables) for net in made] == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gan": "cyclegan", "architecture": "infogan"}, "needs one that has translator and patch_discriminator; those "
         "that have: resnet_translator"),
        ({"gan": "modular", "architecture": "resnet_translator"}, "needs one that has generator and discriminator"),
        ({"gan": "modular", "image_buffer": 3}, "gan modular has no place for image_buffer; those that have: cyclegan"),
        ({"gan": "cyclegan", "g_normalization": "batch"}, "gan=cyclegan needs g_normalization=none"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_it_is_refused(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict({"dataset": "cifar10"} | changes)
    assert words in str(caught.value)
