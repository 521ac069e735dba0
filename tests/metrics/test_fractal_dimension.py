"""Fractal dimension: compare_gan's numbers, sets of known dimension, duplicates, and images."""

import math

import numpy as np
import pytest
from oracles.reference import noise

from compare_gan_tf2.metrics import Pair, images_only
from compare_gan_tf2.metrics.fractal_dimension import _distances, fractal_dimension, metric


@pytest.mark.parametrize(
    ("number", "dimensions", "k", "seed", "expected"),
    [
        (1000, 3, 4101, 0, 2.6573045736460643),
        (1000, 1, 4102, 0, 0.9428705044875223),
        (2000, 2, 4103, 7, 1.8815963189122396),
        (500, 48, 4104, 3, 19.679362223224796),
    ],
)
def test_the_dimension_equals_compare_gans(number, dimensions, k, seed, expected):
    # compare_gan v3 with NumPy 1.26.
    points = noise(number * dimensions, k).reshape(number, dimensions)
    centers = np.random.RandomState(seed).randint(number, size=100)
    assert fractal_dimension(points, centers) == pytest.approx(expected, rel=1e-9)
    # Neither the scale nor the place matters.
    assert fractal_dimension(3.0 * points - 2.0, centers) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("dimensions", "expected", "tolerance"), [(1, 1.0, 0.05), (2, 2.0, 0.1)])
def test_lines_and_squares(dimensions, expected, tolerance):
    # compare_gan's tests.
    source = np.random.default_rng(1)
    points = source.random((10000, dimensions)) @ source.normal(size=(dimensions, 7))
    centers = source.integers(10000, size=100)
    assert fractal_dimension(points, centers) == pytest.approx(expected, abs=tolerance)


def test_equal_vectors_are_at_exactly_zero_and_near_ones_are_not():
    points = np.random.default_rng(2).normal(1000.0, 1.0, (50, 300))
    points[7] = points[3]
    points[8] = points[3] + 1e-9
    found = _distances(points, points[[3, 5]])
    assert found[3, 0] == found[7, 0] == found[5, 1] == 0.0
    assert found[8, 0] == pytest.approx(np.linalg.norm(points[8] - points[3]), rel=1e-9)
    expected = np.linalg.norm(points[:, None] - points[[3, 5]], axis=2)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_the_metric_is_of_generated_images_and_reproducible():
    source = np.random.default_rng(3)
    flat = images_only(np.full((30, 8, 8, 1), 0.5, np.float32))
    some = images_only(source.random((300, 8, 8, 1), np.float32))
    score = metric(Pair(flat, some))["fractal_dimension"]
    assert score > 5
    assert metric(Pair(some, some))["fractal_dimension"] == score
    assert metric(Pair(flat, some, seed=1))["fractal_dimension"] != score
    assert math.isnan(metric(Pair(some, flat))["fractal_dimension"])


def test_too_little_to_fit_is_not_a_number():
    points = np.zeros((20, 2))
    points[:10] = 1.0
    assert math.isnan(fractal_dimension(points, np.arange(20)))


@pytest.mark.parametrize("broken", [np.zeros((0, 3)), np.full((5, 3), np.nan), np.full((5, 3), np.inf)])
def test_no_points_and_broken_ones_are_refused(broken):
    with pytest.raises(ValueError, match="no points|finite"):
        fractal_dimension(broken, np.zeros(3, int))
