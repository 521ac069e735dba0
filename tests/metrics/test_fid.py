"""FID: closed forms, TF-GAN and the nuclear norm, dependent and dead features, and what must not matter."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from oracles.reference import noise

from compare_gan_tf2.compat import tensorflow_gan
from compare_gan_tf2.metrics import Pair, fid, of_features


def _fid(real, generated):
    real, generated = (of_features(np.asarray(each, np.float32)) for each in (real, generated))
    return fid.metric(Pair(real, generated))["fid"]


def _gaussians():
    source = np.random.RandomState(0)
    return source.randn(512, 256), source.randn(512, 256) * 1.1 + 0.05


def _by_nuclear_norm(real, generated):
    """The distance without a covariance: the roots' trace is the nuclear norm of the centered samples' products."""
    x, y = (np.asarray(each, np.float32).astype(np.float64) for each in (real, generated))
    u, v = (x - x.mean(0)) / np.sqrt(len(x) - 1), (y - y.mean(0)) / np.sqrt(len(y) - 1)
    mean = np.sum((x.mean(0) - y.mean(0)) ** 2)
    return mean + (u**2).sum() + (v**2).sum() - 2 * np.linalg.norm(u @ v.T, "nuc")


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        (([3.0], [[4.0]], [1.0], [[25.0]]), 13.0),
        (([0, 0], [[2, 1], [1, 2]], [0, 0], [[1, 0], [0, 4]]), 9 - 2 * (10 + 2 * 12**0.5) ** 0.5),
        (([1, 2, 3], np.diag([1.0, 4, 9]), [1, 2, 3], np.diag([4.0, 4, 1])), 1 + 0 + 4),
        (([1, 2], np.diag([1.0, 0]), [1, 5], np.diag([0.0, 4])), 9 + 1 + 4),
        (([1, 2], np.zeros((2, 2)), [1, 5], np.zeros((2, 2))), 9),
    ],
)
def test_the_frechet_distance_equals_its_closed_forms(moments, expected):
    assert fid.frechet_distance(*(np.asarray(each, float) for each in moments)) == pytest.approx(expected, rel=1e-12)


def test_fid_of_equal_sets_is_zero():
    assert _fid(*[_gaussians()[0]] * 2) == pytest.approx(0, abs=1e-9)


def test_fid_equals_compare_gans_test():
    real = [[2, 1]] * 50 + [[1, 1]] * 50
    generated = [[9, 9]] * 50 + [[2, 9]] * 50
    assert _fid(real, generated) == pytest.approx(80 + 900 / 99, rel=1e-12)


def test_fid_equals_compare_gan_on_its_recorded_input():
    # By NumPy in float64; compare_gan v3 itself, in float32 on TF 2.15.1, gave 0.15678580105304718.
    generated, real = noise(1600, 4401).reshape(200, 8), 0.9 * noise(1600, 4402).reshape(200, 8) + 0.1
    assert _fid(real, generated) == pytest.approx(0.15678579828251246, abs=1e-12)


def test_fid_equals_tf_gan_and_a_known_value():
    real, generated = (tf.constant(each, tf.float64) for each in _gaussians())
    real, generated = (tf.cast(tf.cast(each, tf.float32), tf.float64) for each in (real, generated))
    theirs = tensorflow_gan.load().eval.frechet_classifier_distance_from_activations(real, generated)
    ours = _fid(real, generated)
    assert ours == pytest.approx(float(theirs), abs=1e-8)
    assert ours == pytest.approx(75.455704, abs=1e-6)


def _full(source, number, features=48):
    return source.normal(size=(number, features)) * np.logspace(0, -2, features) + 1.0


def _dead(source, number):
    rows = _full(source, number)
    rows[:, ::3] = 0.1
    return rows


def _other_dead(source, number):
    rows = _full(source, number)
    rows[:, 5:20] = 0.0
    return rows


def _repeated(source, number):
    rows = _full(source, number)
    rows[:, 1], rows[:, 7] = rows[:, 0], 2 * rows[:, 3]
    return rows


def _all_equal(source, number):
    return np.repeat(_full(source, 1), number, axis=0)


@pytest.mark.parametrize("real", [_full, _dead, _repeated, _all_equal])
@pytest.mark.parametrize("generated", [_full, _dead, _other_dead, _repeated, _all_equal])
@pytest.mark.parametrize("counts", [(200, 150), (200, 30), (30, 200), (40, 25), (49, 48)])
def test_fid_equals_the_nuclear_norm_for_any_rank(real, generated, counts):
    source = np.random.default_rng(1)
    x, y = real(source, counts[0]), generated(source, counts[1])
    expected = _by_nuclear_norm(x, y)
    assert _fid(x, y) == pytest.approx(expected, abs=1e-8)
    x, y = x.astype(np.float32), y.astype(np.float32)
    assert fid.frechet_distance(*fid.moments(x), *fid.moments(y)) == pytest.approx(expected, abs=1e-7)


def test_the_blocks_of_the_product_are_all_there(monkeypatch):
    source = np.random.default_rng(2)
    x, y = _full(source, 200), _full(source, 200) @ np.linalg.qr(source.normal(size=(48, 48)))[0]
    for size in (7, 16, 48, 100):
        monkeypatch.setattr(fid, "_COLUMNS_AT_ONCE", size)
        assert _fid(x, y) == pytest.approx(_by_nuclear_norm(x, y), abs=1e-9)


def test_moments_are_the_definition_and_all_rows_count(monkeypatch):
    features = np.random.default_rng(3).normal(100.0, 1.0, (103, 5)).astype(np.float32)
    for rows in (16384, 10):
        monkeypatch.setattr(fid, "_ROWS_AT_ONCE", rows)
        mean, covariance = fid.moments(features)
        np.testing.assert_allclose(mean, features.astype(np.float64).mean(0), rtol=1e-14)
        np.testing.assert_allclose(covariance, np.cov(features.T, dtype=np.float64), rtol=1e-12, atol=1e-14)


def test_a_root_gives_its_covariance_back():
    source = np.random.default_rng(4)
    for rows, rank in ((_full(source, 200), 48), (_repeated(source, 200), 46), (_dead(source, 200), 32)):
        covariance = np.cov(rows.T)
        root = fid.covariance_root(covariance)
        assert root.shape == (48, rank)
        np.testing.assert_allclose(root @ root.T, covariance, atol=1e-14)
        few = of_features(rows[:20].astype(np.float32))
        root = fid.sample_root(few)
        assert root.shape == (48, 19)
        np.testing.assert_allclose(root @ root.T, np.cov(few.features.T, dtype=np.float64), atol=1e-14)


def test_the_reals_moments_and_root_are_computed_once():
    kept = {}

    def keep(name, compute):
        if name not in kept:
            kept[name] = compute()
        return kept[name]

    x, y = (each.astype(np.float32) for each in _gaussians())
    plain = of_features(x)
    first = fid.distance(_kept(plain, keep), of_features(y))
    assert set(kept) == {"moments", "covariance_root"}
    broken = of_features(np.full_like(x, np.nan))
    assert fid.distance(_kept(broken, keep), of_features(y)) == first


def _kept(samples, keep):
    return dataclasses.replace(samples, keep=keep)


def test_fid_does_not_depend_on_order_rotation_or_a_common_shift():
    real, generated = _gaussians()
    value = _fid(real, generated)
    rotation, _ = np.linalg.qr(np.random.RandomState(2).randn(256, 256))
    assert _fid(real[::-1], np.roll(generated, 7, axis=0)) == pytest.approx(value, rel=1e-11)
    assert _fid(real @ rotation + 1, generated @ rotation + 1) == pytest.approx(value, rel=1e-5)
    assert _fid(generated, real) == pytest.approx(value, rel=1e-11)
    assert _fid(2 * real, 2 * generated) == pytest.approx(4 * value, rel=1e-11)


def test_fid_grows_with_the_distance():
    source = np.random.default_rng(5)
    real = source.normal(size=(300, 16))
    values = [_fid(real, scale * source.normal(size=(300, 16))) for scale in (1, 3, 5, 7, 9)]
    assert values == sorted(values)


@pytest.mark.parametrize("broken", [[[np.nan, 0.0], [1.0, 1.0]], [[np.inf, 0.0], [1.0, 1.0]], [[1.0, 1.0]]])
def test_features_that_are_not_finite_or_too_few_are_refused(broken):
    good = np.random.default_rng(6).normal(size=(10, 2))
    for pair in ((good, broken), (broken, good)):
        with pytest.raises(ValueError, match="finite|at least 2"):
            _fid(*pair)
