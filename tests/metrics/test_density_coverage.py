"""Density and coverage: tiny sets worked out by hand, extremes, and a brute-force restatement."""

import numpy as np
import pytest

from compare_gan_tf2.metrics.density_coverage import density_and_coverage


def _column(*values):
    return np.array(values, np.float64)[:, None]


def test_a_tiny_example():
    # Balls around 0 and 1 reach 1 far, the one around 3 reaches 2 far; 0.4 is inside the first two, 10 in none.
    density, coverage = density_and_coverage(_column(0, 1, 3), _column(0.4, 10), neighbours=1)
    assert density == 1.0 and coverage == pytest.approx(2 / 3)


def test_a_point_on_the_edge_is_outside():
    assert density_and_coverage(_column(0, 1), _column(2), neighbours=1) == (0.0, 0.0)


def test_equal_sets_are_covered_and_far_ones_are_not():
    real = np.random.default_rng(0).normal(size=(200, 8))
    density, coverage = density_and_coverage(real, real)
    assert density == pytest.approx(1.0) and coverage == 1.0
    assert density_and_coverage(real, real + 100.0) == (0.0, 0.0)
    assert density_and_coverage(real, np.repeat(real[:1], 200, axis=0))[1] < 0.1


def test_all_rows_count_however_they_are_cut(monkeypatch):
    from compare_gan_tf2.metrics import density_coverage

    source = np.random.default_rng(1)
    real, generated = source.normal(size=(97, 5)), 1.2 * source.normal(size=(61, 5)) + 0.1
    apart = np.linalg.norm(real[:, None] - real[None], axis=2)
    radii = np.sort(apart, axis=1)[:, 5]
    inside = np.linalg.norm(real[:, None] - generated[None], axis=2) < radii[:, None]
    expected = (inside.sum() / (5 * 61), inside.any(axis=1).mean())
    for rows in (1000, 7):
        monkeypatch.setattr(density_coverage, "_ROWS_AT_ONCE", rows)
        np.testing.assert_allclose(density_and_coverage(real, generated), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("real", "generated"), [(np.ones((5, 2)), np.ones((5, 2))), (np.full((9, 2), np.nan), np.ones((5, 2)))]
)
def test_too_few_samples_or_broken_ones_are_refused(real, generated):
    with pytest.raises(ValueError):
        density_and_coverage(real, generated)
