"""FID and KID: closed forms, TF-GAN, and what must not matter."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.compat import tensorflow_gan
from compare_gan_tf2.metrics import fid, kid
from compare_gan_tf2.samples import Samples


def _samples(features):
    features = np.asarray(features, np.float32)
    count = len(features)
    empty = np.zeros((0, 1, 1, 1), np.float32)
    return Samples(empty, features, np.zeros((count, 2), np.float32), np.full(count, -1, np.int32))


def _fid(real, generated):
    return fid.metric(_samples(real), _samples(generated))["fid"]


def _gaussians():
    source = np.random.RandomState(0)
    return source.randn(512, 256), source.randn(512, 256) * 1.1 + 0.05


def test_fid_of_equal_sets_is_zero():
    assert _fid(*[_gaussians()[0]] * 2) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        (([3.0], [[4.0]], [1.0], [[25.0]]), 13.0),
        (([0, 0], [[2, 1], [1, 2]], [0, 0], [[1, 0], [0, 4]]), 0.77122045),
        (([1, 2, 3], np.diag([1.0, 4, 9]), [1, 2, 3], np.diag([4.0, 4, 1])), 1 + 0 + 4),
    ],
)
def test_the_frechet_distance_equals_its_closed_forms(moments, expected):
    assert fid.frechet_distance(*(np.asarray(each, float) for each in moments)) == pytest.approx(expected, rel=1e-7)


def test_fid_equals_the_references_test():
    real = [[2, 1]] * 50 + [[1, 1]] * 50
    generated = [[9, 9]] * 50 + [[2, 9]] * 50
    assert _fid(real, generated) == pytest.approx(80 + 900 / 99, rel=1e-9)


def test_fid_of_fewer_samples_than_dimensions_equals_the_nuclear_norm():
    source = np.random.RandomState(1)
    x, y = source.randn(40, 64), source.randn(50, 64) * 1.3
    x, y = x.astype(np.float32).astype(float), y.astype(np.float32).astype(float)
    u, v = x - x.mean(0), y - y.mean(0)
    trace = np.linalg.norm(u @ v.T, "nuc") / np.sqrt(39 * 49)
    mean = np.sum((x.mean(0) - y.mean(0)) ** 2)
    expected = mean + (u**2).sum() / 39 + (v**2).sum() / 49 - 2 * trace
    assert _fid(x, y) == pytest.approx(expected, rel=1e-6)


def test_fid_and_kid_equal_tf_gan_and_known_values():
    tfgan = tensorflow_gan.load()
    real, generated = (tf.constant(each.astype(np.float32)) for each in _gaussians())
    ours = fid.metric(_samples(real), _samples(generated))["fid"]
    assert ours == pytest.approx(75.455704, rel=1e-6)
    theirs = tfgan.eval.frechet_classifier_distance_from_activations(
        tf.cast(real, tf.float64), tf.cast(generated, tf.float64)
    )
    assert ours == pytest.approx(float(theirs), rel=1e-6)
    ours = kid.metric(_samples(real), _samples(generated))
    assert ours["kid"] == pytest.approx(0.00838861, rel=1e-4) and np.isnan(ours["kid_standard_error"])
    blocks = kid.block_estimates(real.numpy(), generated.numpy(), largest_block=100)
    mean, error = tfgan.eval.kernel_classifier_distance_and_std_from_activations(real, generated, max_block_size=100)
    assert blocks.mean() == pytest.approx(float(mean), rel=1e-3)
    assert blocks.std(ddof=1) / np.sqrt(len(blocks)) == pytest.approx(float(error), rel=1e-2)


def test_fid_does_not_depend_on_order_rotation_or_a_common_shift():
    real, generated = _gaussians()
    value = _fid(real, generated)
    rotation, _ = np.linalg.qr(np.random.RandomState(2).randn(256, 256))
    assert _fid(real[::-1], np.roll(generated, 7, axis=0)) == pytest.approx(value, rel=1e-9)
    assert _fid(real @ rotation + 1, generated @ rotation + 1) == pytest.approx(value, rel=1e-4)
    assert _fid(generated, real) == pytest.approx(value, rel=1e-7)
    assert _fid(2 * real, 2 * generated) == pytest.approx(4 * value, rel=1e-6)


def test_kid_equals_its_closed_forms():
    assert kid.block_estimates(np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]]))[0] == pytest.approx(-19.0)
    zeros, ones = np.zeros((5, 7)), np.ones((6, 7))
    assert kid.block_estimates(zeros, ones)[0] == pytest.approx(7.0)


def test_kid_uses_as_few_blocks_as_the_limit_allows_and_every_sample():
    rows = np.random.RandomState(3).randn(2500, 2)
    estimates = kid.block_estimates(rows, rows[:2000])
    assert len(estimates) == 3
    changed = rows.copy()
    for place in (0, 832, 833, 1666, 2499):
        changed[place] += 100
        moved = kid.block_estimates(changed, rows[:2000])
        assert (moved != estimates).any()
        estimates = moved


@pytest.mark.parametrize("broken", [np.array([[np.nan, 0.0], [1.0, 1.0]]), np.ones((1, 2))])
def test_features_that_are_not_finite_or_too_few_are_refused(broken):
    good = np.random.RandomState(4).randn(10, 2)
    with pytest.raises(ValueError, match="finite|at least 2"):
        fid.moments(broken)
    with pytest.raises(ValueError, match="finite|at least 2"):
        kid.block_estimates(good, broken)
