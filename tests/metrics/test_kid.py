"""KID in blocks and over random subsets: closed forms, TF-GAN, compare_gan's numbers, and a restatement in float64."""

import numpy as np
import pytest
import tensorflow as tf
from oracles.reference import noise

from compare_gan_tf2.compat import tensorflow_gan
from compare_gan_tf2.metrics import Pair, kid, kid_subsets, of_features


def _gaussians():
    source = np.random.RandomState(0)
    return [each.astype(np.float32) for each in (source.randn(512, 256), source.randn(512, 256) * 1.1 + 0.05)]


def _squared_mmd(x, y):
    x, y = (np.asarray(each, np.float64) for each in (x, y))

    def kernel(a, b):
        return (a @ b.T / x.shape[1] + 1.0) ** 3

    def within(a):
        gram = kernel(a, a)
        return (gram.sum() - np.trace(gram)) / (len(a) * (len(a) - 1))

    return within(x) + within(y) - 2.0 * kernel(x, y).mean()


def _of(estimator, x, y):
    if estimator is kid:
        return kid.block_estimates(x, y).mean()
    return kid_subsets.subset_estimates(x, y, np.random.default_rng(0), subsets=3).mean()


@pytest.mark.parametrize("estimator", [kid, kid_subsets])
def test_kid_equals_its_closed_forms(estimator):
    assert _of(estimator, np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]])) == pytest.approx(-19.0, rel=1e-6)
    zeros, ones = np.zeros((6, 7)), np.ones((6, 7))
    assert _of(estimator, zeros, ones) == pytest.approx(7.0, rel=1e-6)
    # compare_gan's test: images of 4x4x3 zeros and 255s, each feature the sum of the pixels times 1e-5.
    assert _of(estimator, np.zeros((9, 10)), np.full((9, 10), 48 * 255e-5)) == pytest.approx(
        (48 * 255e-5) ** 2 * 3 + (48 * 255e-5) ** 4 * 3 + (48 * 255e-5) ** 6, rel=1e-6
    )


def test_kid_of_one_dimension_equals_the_moments():
    # (dm3)^2 + 3 (dm2)^2 + 3 (dm1)^2 in the limit: 27 for N(0, 1) and N(0, 4).
    source = np.random.default_rng(0)
    x, y = source.normal(size=(20000, 1)), 2.0 * source.normal(size=(20000, 1))
    estimates = kid.block_estimates(x, y)
    assert estimates.mean() == pytest.approx(27.0, abs=4 * estimates.std(ddof=1) / np.sqrt(len(estimates)))


def test_kid_equals_compare_gans_recorded_values():
    # compare_gan v3 in float64 on TF 2.15.1; its standard error has no Bessel correction.
    def sets(count, features):
        generated, real = (noise(count * features, k).reshape(count, features) for k in (4301, 4302))
        return 0.9 * real + 0.1, generated

    assert kid.block_estimates(*sets(200, 16))[0] == pytest.approx(0.02881504965905113, abs=1e-8)
    assert kid.block_estimates(*sets(200, 16), 64).mean() == pytest.approx(0.03199809399982895, abs=1e-8)
    estimates = kid.block_estimates(*sets(500, 16), 90)
    assert estimates.mean() == pytest.approx(0.03249830770034127, abs=1e-8)
    assert estimates.std() / np.sqrt(len(estimates)) == pytest.approx(0.004038857181036138, abs=1e-8)


@pytest.mark.parametrize(("counts", "block"), [((512, 512), 50), ((512, 512), 512), ((512, 400), 100)])
def test_kid_equals_tf_gan(counts, block):
    real, generated = (rows[:count] for rows, count in zip(_gaussians(), counts, strict=True))
    ours = kid.block_estimates(real, generated, largest_block=block)
    mean, error = tensorflow_gan.load().eval.kernel_classifier_distance_and_std_from_activations(
        tf.constant(real, tf.float64), tf.constant(generated, tf.float64), max_block_size=block, dtype=tf.float64
    )
    assert ours.mean() == pytest.approx(float(mean), abs=1e-8)
    if len(ours) > 1:
        assert ours.std(ddof=1) / np.sqrt(len(ours)) == pytest.approx(float(error), abs=1e-8)


def test_the_scores_and_their_errors():
    real, generated = _gaussians()
    scores = kid.metric(Pair(of_features(real), of_features(generated)))
    assert scores["kid"] == pytest.approx(0.00838861, abs=1e-8) and np.isnan(scores["kid_standard_error"])
    many = Pair(of_features(np.tile(real, (3, 1))), of_features(np.tile(generated, (3, 1))))
    estimates = kid.block_estimates(many.real.features, many.generated.features)
    assert len(estimates) == 2
    assert kid.metric(many)["kid_standard_error"] == pytest.approx(abs(estimates[1] - estimates[0]) / 2)


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


def _subset_estimates(real, generated, generator, subsets, size):
    chosen = [[generator.choice(len(a), size, replace=False) for _ in range(subsets)] for a in (real, generated)]
    return np.array([_squared_mmd(real[i], generated[j]) for i, j in zip(*chosen, strict=True)])


@pytest.mark.parametrize(
    ("counts", "subsets", "size", "rows"),
    [((900, 700), 3, 50, 1024), ((300, 200), 40, 150, 1024), ((300, 200), 40, 150, 64), ((300, 5000), 20, 100, 128)],
)
def test_subset_estimates_equal_the_definition(monkeypatch, counts, subsets, size, rows):
    # Far fewer subsets than pairs, and far more: the two ways to sum.
    monkeypatch.setattr(kid_subsets, "_ROWS_AT_ONCE", rows)
    source = np.random.default_rng(1)
    x = np.maximum(source.normal(size=(counts[0], 300)), 0).astype(np.float32)
    y = np.maximum(1.02 * source.normal(size=(counts[1], 300)), 0).astype(np.float32)
    expected = _subset_estimates(x, y, np.random.default_rng(2), subsets, size)
    found = kid_subsets.subset_estimates(x, y, np.random.default_rng(2), subsets, size)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert found.mean() == pytest.approx(expected.mean(), abs=3e-9)


def test_of_small_sets_every_subset_is_the_whole():
    real, generated = _gaussians()
    scores = kid_subsets.metric(Pair(of_features(real), of_features(generated)))
    assert scores["kid_subsets"] == pytest.approx(kid.block_estimates(real, generated)[0], abs=1e-9)
    assert scores["kid_subsets_standard_deviation"] == pytest.approx(0, abs=1e-9)


def test_the_reals_part_is_computed_once_per_seed(monkeypatch):
    monkeypatch.setattr(kid_subsets, "_SIZE", 40)
    real, generated = (of_features(rows) for rows in _gaussians())
    scores = [kid_subsets.metric(Pair(real, generated, seed))["kid_subsets"] for seed in (0, 0, 1)]
    assert scores[0] == scores[1] != scores[2]
    assert sorted(real._derived) == ["kid_subsets_100_40_0", "kid_subsets_100_40_1"]
    fresh = of_features(real.features)
    assert kid_subsets.metric(Pair(fresh, generated, 1))["kid_subsets"] == scores[2]


@pytest.mark.parametrize("broken", [np.array([[np.nan, 0.0], [1.0, 1.0]]), np.full((3, 2), np.inf), np.ones((1, 2))])
def test_features_that_are_not_finite_or_too_few_are_refused(broken):
    good = np.random.RandomState(4).randn(10, 2)
    for estimator in (kid, kid_subsets):
        for pair in ((good, broken), (broken, good)):
            with pytest.raises(ValueError, match="finite|at least 2"):
                _of(estimator, *pair)


@pytest.mark.parametrize(("mean", "spread"), [(10.0, 0.1), (30.0, 1.0), (100.0, 0.01)])
def test_features_with_a_large_mean_lose_no_digits(mean, spread):
    source = np.random.default_rng(0)
    x, y = ((mean + spread * source.standard_normal((200, 32)) + shift).astype(np.float32) for shift in (0.0, spread))
    expected = _squared_mmd(x.astype(np.float64), y.astype(np.float64))
    np.testing.assert_allclose(kid.block_estimates(x, y), [expected], rtol=1e-6)
    same = kid_subsets.subset_estimates(x, y, np.random.default_rng(0), subsets=3, size=200)
    np.testing.assert_allclose(same, [expected] * 3, rtol=1e-6)
