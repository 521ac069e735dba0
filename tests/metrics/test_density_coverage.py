"""Density and coverage: tiny sets worked out by hand, extremes, an expected value, and a brute-force restatement."""

import numpy as np
import pytest

from compare_gan_tf2.metrics import Pair, density_coverage, of_features
from compare_gan_tf2.metrics.density_coverage import density_and_coverage


def _column(*values):
    return np.array(values, np.float64)[:, None]


def test_a_tiny_example():
    # Balls around 0 and 1 reach 1 far, the one around 3 reaches 2 far; 0.4 is inside the first two, 10 in none.
    density, coverage = density_and_coverage(_column(0, 1, 3), _column(0.4, 10), k=1)
    assert density == 1.0 and coverage == pytest.approx(2 / 3)


def test_a_point_on_the_edge_is_outside():
    assert density_and_coverage(_column(0, 1), _column(2), k=1) == (0.0, 0.0)


def test_equal_sets_are_covered_and_far_ones_are_not():
    real = np.random.default_rng(0).normal(size=(200, 8))
    assert density_and_coverage(real, real) == (1.0, 1.0)
    assert density_and_coverage(real, real + 100.0) == (0.0, 0.0)
    assert density_and_coverage(real, np.repeat(real[:1], 200, axis=0))[1] < 0.1


def test_the_metric_is_of_all_rows_with_k_5():
    source = np.random.default_rng(1)
    real, generated = source.normal(size=(97, 5)), 1.2 * source.normal(size=(61, 5)) + 0.1
    real, generated = real.astype(np.float32), generated.astype(np.float32)
    apart = np.linalg.norm(real[:, None].astype(float) - real[None], axis=2)
    radii = np.sort(apart, axis=1)[:, 5]
    inside = np.linalg.norm(real[:, None].astype(float) - generated[None], axis=2) < radii[:, None]
    found = density_coverage.metric(Pair(of_features(real), of_features(generated)))
    assert found == {
        "density": pytest.approx(inside.sum() / (5 * 61), rel=1e-12),
        "coverage": pytest.approx(inside.any(axis=1).mean(), rel=1e-12),
    }


@pytest.mark.parametrize(("n", "m", "k"), [(10, 10, 3), (40, 40, 5), (30, 60, 5)])
def test_coverage_and_density_of_equal_distributions_have_their_expected_values(n, m, k):
    source = np.random.default_rng(2)
    found = []
    for _ in range(150):
        rows = source.normal(size=(n + m, 3))
        found.append(density_and_coverage(rows[:n], rows[n:], k))
    # A ball holds no generated sample if the k nearest of all n + m - 1 others are real.
    steps = np.arange(1, k + 1)
    expected = np.array([1.0, 1.0 - np.prod((n - steps) / (n + m - steps))])
    errors = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - expected) < 4 * errors).all()


@pytest.mark.parametrize(
    ("real", "generated"), [(np.ones((5, 2)), np.ones((5, 2))), (np.full((9, 2), np.nan), np.ones((5, 2)))]
)
def test_too_few_samples_or_broken_ones_are_refused(real, generated):
    with pytest.raises(ValueError, match="too few|finite"):
        density_and_coverage(real, generated)


@pytest.mark.parametrize(("copies", "is_said"), [(5, False), (6, True), (30, True)])
def test_a_word_on_many_copies_in_the_real_set(copies, is_said, caplog):
    rows = np.random.default_rng(3).normal(size=(100, 4)).astype(np.float32)
    rows[:copies] = rows[0]
    found = density_coverage.metric(Pair(of_features(rows), of_features(rows)))
    assert (f"{copies} of 100 real samples have 5 or more exact copies" in caplog.text) == is_said
    assert found["coverage"] == pytest.approx(1 - copies * is_said / 100)
