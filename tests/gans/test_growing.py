"""Networks that grow: levels and fades, exact continuation in a fade, slopes, and one trace for each level."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import _progressive
from compare_gan_tf2.architectures.fading import enlarged, faded, shrunk
from compare_gan_tf2.architectures.growing_discriminators import MeanDiscriminator
from compare_gan_tf2.architectures.pggan import GrowingGenerator
from compare_gan_tf2.architectures.stylegan import AdainGenerator
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.gans.growing import fade_at, images_at, slope_squares
from compare_gan_tf2.options import Options, growing
from compare_gan_tf2.runtime.distribution import create
from compare_gan_tf2.task_folder import checkpoints
from compare_gan_tf2.training.steps import Stepper

SIDE, CHANNELS = 16, _progressive.channels_of(32, 6)
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))
# Sides of 4 for two steps, then a fade of three and a half, with half the batch.
OPTIONS = {
    "gan": "pggan", "dataset": "cifar10", "width": 0.01, "z_dim": 3, "batch_size": 4, "growing_batch_sizes": "8:2",
    "growing_stable_kimg": 0.007, "growing_fade_kimg": 0.007, "growing_rates": "8:0.5", "ema_decay": 0.5,
    "conditional": True,
}  # fmt: skip


def _images(count=2, side=SIDE, seed=0):
    return tf.constant(np.random.default_rng(seed).uniform(-1, 1, (count, side, side, 3)), tf.float32)


def _pggan():
    network = GrowingGenerator((SIDE, SIDE, 3), CHANNELS, z_dim=4, seed="a")
    z = tf.constant(np.random.default_rng(1).normal(size=(2, 4)), tf.float32)
    return network, lambda level, fade=None: network.synthesized(z, None, level, fade)


def _stylegan():
    network = AdainGenerator((SIDE, SIDE, 3), CHANNELS, z_dim=4, style_length=5, mapping_layers=2, seed="a")
    z = tf.constant(np.random.default_rng(1).normal(size=(2, 4)), tf.float32)
    ws = network.for_layers(network.mapped(z))
    return network, lambda level, fade=None: network.synthesized(ws, level, fade)


@pytest.mark.parametrize("made", [_pggan, _stylegan])
def test_images_of_all_layers_at_a_level_of_detail_are_those_of_the_layers_it_shows(made):
    network, images = made()
    for level, fade in ((2, None), (1, 0.0), (1, 0.25), (1, 1.0), (0, None), (0, 0.75)):
        network.lod.assign(level + (fade or 0.0))
        shown = images(level, None if fade is None else tf.constant(fade))
        assert shown.shape == (2, SIDE >> level, SIDE >> level, 3)
        np.testing.assert_array_equal(images(None), enlarged(shown, 1 << level))
        if fade == 1.0:
            np.testing.assert_array_equal(shown, enlarged(images(level + 1)))


def test_scores_at_a_level_of_detail_are_those_of_the_layers_it_shows():
    network = MeanDiscriminator((SIDE, SIDE, 3), CHANNELS, seed="a", blurs=True)
    for level, fade in ((2, None), (1, 0.25), (1, 1.0), (0, None), (0, 0.75)):
        network.lod.assign(level + (fade or 0.0))
        scores, _ = network.judged(shrunk(_images(), 1 << level), level, None if fade is None else tf.constant(fade))
        np.testing.assert_allclose(network.judged(_images(), None)[0], scores, rtol=1e-5)
        if fade == 1.0:
            lower, _ = network.judged(shrunk(_images(), 2 << level), level + 1)
            np.testing.assert_allclose(scores, lower, rtol=1e-5)


def test_slopes_of_a_level_count_as_those_of_the_largest_images():
    network = MeanDiscriminator((SIDE, SIDE, 3), CHANNELS, seed="a")
    (level,) = (each for each in _schedule().levels if each.level == 1)
    large = _images()
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(large)
        small = shrunk(large)
        scores, _ = network.judged(small, 1)
    expected = tf.reduce_sum(tf.square(tape.gradient(scores, large)), [1, 2, 3])
    np.testing.assert_allclose(slope_squares(level, tape.gradient(scores, small)), expected, rtol=1e-5)


def _schedule(side=SIDE):
    sides = growing.sides(4, side)
    return growing.schedule_of(
        side, 4, stable=24, fade=16, batches=dict.fromkeys(sides, 4), rates=dict.fromkeys(sides, 1.0)
    )


def test_the_fade_of_a_step_is_the_schedules_and_real_images_fade_alike():
    schedule = _schedule()
    for step in range(1, 40):
        level = schedule.at(step)
        fade = fade_at(level, tf.constant(step, tf.int64))
        assert float(0.0 if fade is None else fade) == pytest.approx(level.fade(step))
        assert [float(each) for each in images_at(schedule, tf.constant(step, tf.int64))] == [
            level.images_before(step), level.batch,
        ]  # fmt: skip
    images = _images()
    np.testing.assert_array_equal(faded(images, tf.constant(0.0)), images)
    np.testing.assert_allclose(faded(images, tf.constant(1.0)), enlarged(shrunk(images)), rtol=1e-6)
    assert faded(images, None) is images


@pytest.mark.parametrize("resizes", ["doubles", "halves"])
def test_a_convolution_that_resizes_is_one_and_a_resizing(resizes):
    plain, resizing = _progressive.Conv("a", "", 3, 4), _progressive.Conv("b", "", 3, 4, resizes=resizes)
    resizing.kernel.assign(plain.kernel)
    x = _images()
    expected = plain(enlarged(x)) if resizes == "doubles" else shrunk(plain(x))
    np.testing.assert_allclose(resizing(x), expected, atol=1e-5)


@pytest.mark.parametrize(
    "function",
    [
        _progressive.Conv("a", "", 3, 4, resizes="doubles"), _progressive.Conv("b", "", 3, 4, resizes="halves"),
        _progressive.blurred, _progressive.pixel_norm, _progressive.instance_norm, enlarged, shrunk,
        lambda x: _progressive.with_deviation(x, 2, True),
    ],
)  # fmt: skip
def test_all_that_a_penalty_goes_through_has_second_derivatives(function):
    x = _images(side=4)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(function(x) ** 3)
        slope = inner.gradient(y, x)
        squares = tf.reduce_sum(tf.square(slope))
    second = outer.gradient(squares, x)
    assert second is not None and np.abs(second).max() > 1e-4


def _step(gan, number):
    engine, source, batches = gan.engine, np.random.default_rng(number), {}
    due = engine.due(number)
    for reading in engine.readings(due):
        rows = {
            name: source.integers(0, 10, reading.rows) if name == "labels"
            else source.random((reading.rows, *gan.dataset.image_shape))
            for name in reading.streams
        }  # fmt: skip
        rows = {name: tf.cast(each, gan.streams[name].spec.dtype) for name, each in rows.items()}
        batches.setdefault(reading.purpose, {}).update(rows)
    return engine.step(batches, tf.constant(number, tf.int64), due, None)


def _values(gan):
    return {(part, name): each.numpy() for part, named in gan.tracked().items() for name, each in named.items()}


@pytest.mark.slow
def test_a_training_continues_in_a_fade_to_the_same_bits(tmp_path):
    options = Options.from_dict(OPTIONS | {"growing_stable_kimg": 0.003})
    gan, measured, kept, counts = build(options, DATA), {}, {}, []
    for number in range(1, 4):
        measured[number] = {name: float(each) for name, each in _step(gan, number).items()}
        kept[number] = _values(gan)
        counts.append(int(gan.engine.updates.optimizers["d", "discriminator"].iterations))
        if number == 2:
            checkpoints.save(tmp_path, number, gan.tracked(), options)
    shown = [(each["growing/side"], round(each["growing/shown"], 3)) for each in measured.values()]
    assert shown == [(4, 1), (8, 0.143), (8, 0.429)]
    assert kept[3]["generator", "lod"] == kept[3]["average", "lod"] == pytest.approx(4 / 7)
    rates = [gan.engine.updates.numbers(step, gan.engine.due(step))[0][0] for step in (1, 2)]
    assert rates == [0.001, 0.0005]
    # Optimizers began anew with the fade, and what is not shown has not moved.
    assert counts == [1, 1, 2]
    again, hidden = build(options, DATA), ("generator", "b8.conv0/kernel")
    np.testing.assert_array_equal(kept[1][hidden], _values(again)[hidden])
    assert checkpoints.restore_newest(tmp_path, again.tracked()) == 2
    _step(again, 3)
    for name, value in _values(again).items():
        np.testing.assert_array_equal(value, kept[3][name], err_msg=str(name))


@pytest.mark.slow
def test_a_level_is_traced_once_whatever_its_fade():
    gan = build(Options.from_dict(OPTIONS | {"conditional": False}), DATA)
    stepper = Stepper(gan, create("one_device"), steps_per_call=2)
    read = []
    for number in range(1, 9):
        readings = gan.engine.readings(gan.engine.due(number))
        read.append(
            {
                each.purpose: {name: tf.zeros([each.rows, 8, 8, 1], tf.uint8) for name in each.streams}
                for each in readings
            }
        )
    rows, _ = stepper.run(iter(read), 8, 0)
    assert [row["growing/side"] for row in rows] == [4.0] * 2 + [8.0] * 6
    assert len(stepper._calls) == 2
    # It began anew in the third and in the sixth step, where the fade ended.
    assert int(gan.engine.updates.optimizers["d", "discriminator"].iterations) == 3
