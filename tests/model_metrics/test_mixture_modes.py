"""Modes of mixtures, on sets of points whose scores are known."""

import dataclasses
import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.model_metrics import mixture_modes


def _scores(name, points):
    dataset = catalog.find(name)
    return mixture_modes.scores(np.asarray(points, float), np.array(dataset.modes), dataset.deviation)


@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid", 25)])
def test_the_data_itself_has_every_mode(name, modes, tmp_path):
    dataset = catalog.find(name)
    images, _ = dataset.arrays("test", tmp_path)
    found = _scores(name, dataset.points(images / dataset.largest_value))
    assert found["mixture_modes"] == modes
    assert 0.985 < found["mixture_high_quality"] < 0.992
    assert found["mixture_kl"] == pytest.approx(0, abs=1e-12) and found["mixture_total_variation"] == pytest.approx(0)


@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid", 25)])
def test_one_mode_is_one_mode(name, modes, tmp_path):
    dataset = catalog.find(name)
    images, labels = dataset.arrays("test", tmp_path)
    found = _scores(name, dataset.points(images[labels == 3] / dataset.largest_value))
    assert found["mixture_modes"] == 1 and found["mixture_high_quality"] > 0.96
    assert found["mixture_kl"] == pytest.approx(np.log(modes))
    assert found["mixture_total_variation"] == pytest.approx(1 - 1 / modes)


def test_points_between_the_modes_capture_none():
    found = _scores("grid", [[1.0, 1.0], [-3.0, 0.0]])
    assert found["mixture_modes"] == 0 and found["mixture_high_quality"] == 0


def test_the_limit_is_three_deviations_and_one_point_is_enough():
    center = np.array([2.0, 0.0])  # of the ring's first mode, deviation 0.02
    assert _scores("ring", [center + [0.0599, 0], center + [0, 0.0601]])["mixture_high_quality"] == 0.5
    assert _scores("ring", [center + [0.0599, 0], *[center + 0.5] * 99])["mixture_modes"] == 1


def test_two_modes_of_unequal_weight_have_the_divergence_of_their_histogram():
    modes = catalog.find("ring").modes
    found = _scores("ring", [modes[0]] * 3 + [modes[5]])
    assert found["mixture_modes"] == 2
    assert found["mixture_kl"] == pytest.approx(0.75 * np.log(6) + 0.25 * np.log(2))
    assert found["mixture_total_variation"] == pytest.approx(0.75)


def test_a_number_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="not finite"):
        _scores("ring", [[np.nan, 0.0]])


def test_it_applies_to_mixtures_only():
    for name, expected in (("ring", True), ("grid", True), ("triangles", False), ("fake", False)):
        assert mixture_modes.applies(catalog.find(name), types.SimpleNamespace()) == expected


@pytest.mark.parametrize("classes", [0, 25])
def test_a_generator_of_the_grid_scores_as_the_data(make_model, classes):
    """Latents to the 25 modes' means, by the label where there is one."""
    dataset = catalog.find("grid")
    means = tf.constant(np.array(dataset.modes) / (2 * dataset.half_width) + 0.5, tf.float32)

    def generate(z, labels, training):
        assert not training
        chosen = tf.cast((z[:, 0] + 1) * 12.499, tf.int32) if labels is None else labels
        return tf.gather(means, chosen)[:, None, None, :] + 0.0 * z[:, :1, None, None]

    model = make_model(generate, image_shape=(1, 1, 2), classes=classes)
    model = dataclasses.replace(model, dataset=dataset)
    found = mixture_modes.metric(model)
    assert found.keys() == mixture_modes.LOWER_IS_BETTER.keys()
    assert found["mixture_modes"] == 25 and found["mixture_high_quality"] == 1
    assert found["mixture_kl"] < 0.01 and found["mixture_total_variation"] < 0.06
    assert mixture_modes.metric(model) == found


def test_a_generator_of_one_point_captures_one_mode(make_model):
    model = make_model(lambda z, labels, training: tf.fill([len(z), 1, 1, 2], 0.5), image_shape=(1, 1, 2))
    model = dataclasses.replace(model, dataset=catalog.find("grid"))
    assert mixture_modes.metric(model)["mixture_modes"] == 1
