"""Sliced Wasserstein distance: the pyramid against plain filters, closed forms of the distance, and its levels."""

import numpy as np
import pytest

from compare_gan_tf2.metrics import Pair, images_only
from compare_gan_tf2.metrics import sliced_wasserstein as swd


def _filtered(image, weight=1.0):
    """One plane, by 25 shifted copies of it."""
    padded = np.pad(image, 2, mode="reflect")
    taps = np.array([1, 4, 6, 4, 1]) / 16
    height, width = image.shape
    return weight * sum(taps[i] * taps[j] * padded[i : i + height, j : j + width] for i in range(5) for j in range(5))


def test_the_pyramid_is_karras_et_al():
    image = np.random.default_rng(0).random((1, 64, 70, 2)).astype(np.float32)
    levels = swd.laplacian_pyramid(image)
    assert [level.shape[1:3] for level in levels] == [(64, 70), (32, 35), (16, 18)]
    for channel in range(2):
        plane = image[0, :, :, channel].astype(np.float64)
        for level in levels[:-1]:
            small = _filtered(plane)[::2, ::2]
            sparse = np.zeros_like(plane)
            sparse[::2, ::2] = small
            np.testing.assert_allclose(level[0, :, :, channel], plane - _filtered(sparse, 4.0), atol=1e-6)
            plane = small
        np.testing.assert_allclose(levels[-1][0, :, :, channel], plane, atol=1e-6)


def test_of_a_constant_image_only_the_coarsest_level_is_left():
    levels = swd.laplacian_pyramid(np.full((1, 64, 64, 1), 0.7))
    for level in levels[:-1]:
        np.testing.assert_allclose(level, 0.0, atol=1e-6)
    np.testing.assert_allclose(levels[-1], 0.7, rtol=1e-6)


def test_point_masses_and_shifts_are_as_far_apart_as_the_mean_projection():
    # E |u . a| = |a| Gamma(D/2) / (sqrt(pi) Gamma((D+1)/2)); for D = 3 that is |a| / 2.
    x = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    distance = swd.sliced_wasserstein(x, x + np.float32([3, 0, 4]), np.random.default_rng(1), repeats=20)
    assert distance == pytest.approx(2.5, rel=0.04)
    assert swd.sliced_wasserstein(x, x[::-1], np.random.default_rng(1)) == pytest.approx(0, abs=1e-6)
    # One direction of one dimension: the area between the quantile functions.
    a, b = np.float32([[0], [1], [5]]), np.float32([[9], [2], [1]])
    assert swd.sliced_wasserstein(a, b, np.random.default_rng(0), 1, 1) == pytest.approx((1 + 1 + 4) / 3)


@pytest.mark.parametrize(
    ("shape", "sides"), [((28, 28, 1), [28]), ((32, 32, 3), [32, 16]), ((70, 64, 3), [64, 32, 16]), ((16, 99, 1), [16])]
)
def test_levels_by_their_shorter_side(shape, sides):
    source = np.random.default_rng(2)
    x, y = (images_only(source.random((number, *shape), np.float32)) for number in (12, 9))
    scores = swd.metric(Pair(x, y))
    assert list(scores) == [f"sliced_wasserstein_{side}" for side in sides] + ["sliced_wasserstein"]
    values = list(scores.values())
    assert values[-1] == pytest.approx(np.mean(values[:-1])) and min(values) > 0
    assert swd.metric(Pair(x, y)) == scores != swd.metric(Pair(x, y, seed=1))


def test_equal_sets_are_at_zero_and_other_structure_is_far():
    source = np.random.default_rng(3)
    images, again = source.random((2, 60, 32, 32, 1), np.float32)
    coarse = np.kron(source.random((60, 8, 8, 1), np.float32), np.ones((1, 4, 4, 1), np.float32))

    def scores(other):
        return swd.metric(Pair(images_only(images), images_only(other)))

    assert scores(images)["sliced_wasserstein"] == 0.0
    near, far = scores(again), scores(coarse)
    assert all(far[name] > 1.5 * near[name] for name in near)
    # Brightness and contrast of all images alike are normalized away.
    assert scores(0.5 * images + 0.2)["sliced_wasserstein"] < 0.01


def test_patches_are_normalised_by_channel_and_flat_ones_stay_flat():
    images = np.random.default_rng(4).normal([3.0, -1.0, 5.0], [1.0, 9.0, 0.0], (20, 20, 30, 3)).astype(np.float32)
    rows = np.random.default_rng(5).integers(14, size=(20, 128))
    patches = swd._patches(images, rows, rows).reshape(-1, 3, 49)
    np.testing.assert_allclose(patches.mean((0, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(patches.std((0, 2)), [1, 1, 0], atol=1e-5)
    first = images[7, rows[7, 3] : rows[7, 3] + 7, rows[7, 3] : rows[7, 3] + 7, 1].ravel()
    found = patches[7 * 128 + 3, 1]
    assert np.corrcoef(first, found)[0, 1] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("real", "generated"),
    [
        (np.zeros((2, 15, 40, 3)), np.zeros((2, 15, 40, 3))),
        (np.zeros((2, 32, 32, 3)), np.zeros((2, 32, 32, 1))),
        (np.zeros((2, 32, 32, 1)), np.full((2, 32, 32, 1), np.inf)),
        (np.zeros((0, 32, 32, 1)), np.zeros((0, 32, 32, 1))),
    ],
)
def test_what_cannot_be_compared_is_refused(real, generated):
    with pytest.raises(ValueError, match="shapes|at least 16|finite"):
        swd.level_distances(real, generated, np.random.default_rng(0))
