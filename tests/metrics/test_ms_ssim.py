"""MS-SSIM: compare_gan's numbers, closed forms, a plain restatement, and what a batch is made of."""

import numpy as np
import pytest
from oracles.reference import noise

from compare_gan_tf2.metrics import Pair, images_only, ms_ssim


def _images(number, side, channels, k):
    b, i, j, c = np.indices((number, side, side, channels))
    waves = np.sin(0.21 * i * (1 + 0.01 * b) + 0.13 * j * (1 + 0.005 * b) + 1.7 * c + 0.05 * b)
    return np.clip(0.5 + 0.25 * waves + 0.05 * noise(b.size, k).reshape(b.shape), 0, 1).astype(np.float32)


@pytest.mark.parametrize(
    ("case", "score", "of_first", "unweighted"),
    [
        ((6, 64, 3, 4001), 0.9144170880317688, (0.9732248187065125, 0.7430118918418884), 0.18615837395191193),
        ((4, 32, 3, 4002), 0.9690603017807007, (0.979400634765625, 0.9433361887931824), 0.6225712895393372),
        ((4, 128, 3, 4003), 0.8927282094955444, (0.9548166394233704, 0.7463429570198059), 0.19104629755020142),
        ((4, 28, 1, 4004), 0.9663208723068237, (0.9785994291305542, 0.9378983974456787), 0.633646547794342),
    ],
)
def test_similarities_equal_compare_gans(case, score, of_first, unweighted):
    # compare_gan v3 on TF 2.15.1, in float32: mean of all pairs; first image and second, and last; these unweighted.
    images = _images(*case)
    found = ms_ssim.similarities(images)
    assert (found == found.T).all() and (np.diag(found) == 1).all()
    assert found[np.triu_indices(len(images), 1)].mean() == pytest.approx(score, abs=1e-5)
    assert found[0, [1, -1]] == pytest.approx(of_first, abs=1e-5)
    assert ms_ssim.similarities(images, (1.0,) * 5)[0, -1] == pytest.approx(unweighted, abs=1e-5)


def _constant(*values, shape=(64, 64, 3)):
    return np.stack([np.full(shape, value, np.float32) for value in values])


@pytest.mark.parametrize(("one", "other"), [(1.0, 0.0), (128 / 255, 64 / 255), (0.0, 0.0)])
def test_constant_images_differ_by_their_luminance_alone(one, other):
    luminance = (2 * one * other + 1e-4) / (one**2 + other**2 + 1e-4)
    found = ms_ssim.similarities(_constant(one, other))[0, 1]
    assert found == pytest.approx(luminance**0.1333, rel=1e-5)


def test_compare_gans_own_test():
    # Its images are in [0, 1] although the constants are for 255.
    found = ms_ssim.similarities(_constant(1 / 255, 0.7 / 255, 0))
    assert found[np.triu_indices(3, 1)].mean() == pytest.approx(0.9899887, abs=1e-6)


def _plainly(x, y):
    """One channel, straight from the definition: every window by itself."""
    value = 1.0
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        if scale:
            pad = [(0, side % 2) for side in x.shape]
            x, y = (np.pad(a, pad, mode="edge") for a in (x, y))
            x, y = ((a[::2, ::2] + a[1::2, ::2] + a[::2, 1::2] + a[1::2, 1::2]) / 4 for a in (x, y))
        size = min(11, *x.shape)
        at = np.arange(size) - (size - 1) / 2
        window = np.exp(-(at[:, None] ** 2 + at**2) / 4.5)
        window /= window.sum()
        terms = []
        for row in range(x.shape[0] - size + 1):
            for column in range(x.shape[1] - size + 1):
                a, b = (each[row : row + size, column : column + size] for each in (x, y))
                mean_a, mean_b = (window * a).sum(), (window * b).sum()
                var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
                covariance = (window * (a - mean_a) * (b - mean_b)).sum()
                term = (2 * covariance + 9e-4) / (var_a + var_b + 9e-4)
                if scale == 4:
                    term *= (2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4)
                terms.append(term)
        value *= max(np.mean(terms), 0.0) ** weight
    return value


@pytest.mark.parametrize(("shape", "numbers_at_once"), [((19, 30, 2), 2**19), ((16, 45, 1), 1)])
def test_any_shape_equals_the_definition(monkeypatch, shape, numbers_at_once):
    monkeypatch.setattr(ms_ssim, "_NUMBERS_AT_ONCE", numbers_at_once)
    source = np.random.default_rng(0)
    base = source.random(shape)
    images = np.clip(base + 0.2 * source.normal(size=(3, *shape)), 0, 1).astype(np.float32)
    found = ms_ssim.similarities(images)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        pairs = zip(np.moveaxis(images[a], 2, 0), np.moveaxis(images[b], 2, 0), strict=True)
        expected = np.mean([_plainly(x.astype(float), y.astype(float)) for x, y in pairs])
        assert found[a, b] == pytest.approx(expected, abs=1e-5)


def test_opposite_images_are_not_similar():
    image = np.random.default_rng(1).random((1, 32, 32, 1)).astype(np.float32)
    assert ms_ssim.similarities(np.concatenate([image, 1 - image]))[0, 1] == 0.0


def _score(images, seed=0):
    return ms_ssim.metric(Pair(images_only(images), images_only(images), seed))["ms_ssim"]


def test_the_score_is_of_five_batches_of_64(monkeypatch):
    sizes = []
    monkeypatch.setattr(ms_ssim, "similarities", lambda batch: sizes.append(len(batch)) or np.eye(len(batch)))
    for number, expected in ((1000, [64] * 5), (320, [64] * 5), (100, [50, 50]), (64, [64]), (2, [2])):
        sizes.clear()
        assert _score(np.zeros((number, 1, 1, 1), np.float32)) == 0.0
        assert sizes == expected


def test_the_score_is_reproducible_and_less_for_more_diverse_images():
    source = np.random.default_rng(2)
    base = np.kron(source.random((1, 8, 8, 1)), np.ones((1, 4, 4, 1)))
    similar, diverse = (
        np.clip(base + scale * source.normal(size=(330, 32, 32, 1)), 0, 1).astype(np.float32) for scale in (0.02, 0.3)
    )
    assert _score(diverse) < 0.9 * _score(similar) < 0.9
    assert _score(diverse) == _score(diverse) != _score(diverse, seed=1)
    assert _score(np.repeat(similar[:1], 20, axis=0)) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("broken", [np.zeros((2, 15, 40, 3)), np.full((2, 32, 32, 1), np.nan), np.zeros((2, 32, 32))])
def test_small_and_broken_images_are_refused(broken):
    with pytest.raises(ValueError, match="at least 16|finite"):
        ms_ssim.similarities(broken)
