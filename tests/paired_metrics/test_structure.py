"""Structural similarities: TensorFlow's and compare_gan's numbers, closed forms, the definition by windows."""

import numpy as np
import pytest
import tensorflow as tf
from oracles.reference import noise

from compare_gan_tf2.paired_metrics import Batch, Setup, _structure
from compare_gan_tf2.paired_metrics.panel import Panel

_OF_RGB, _OF_Y = "ssim_rgb_gaussian11", "ssim_y_crop4_gaussian11"


def _pairs(number, *shape):
    """Outputs and truths uint8 [N, H, W, C] that are more and less alike."""
    n, i, j, c = np.indices((number, *shape))
    truths = 127 + 60 * np.sin(0.21 * i + 0.13 * j * (1 + n) + 1.7 * c) + 30 * noise(n.size, 5001).reshape(n.shape)
    outputs = truths + 12 * (1 + n) * noise(n.size, 5002).reshape(n.shape)
    return (np.rint(np.clip(images, 0, 255)).astype(np.uint8) for images in (outputs, truths))


def _score(name, outputs, truths):
    scored = Panel([name], Setup(outputs.shape[1:], truths=True))
    scored.update(Batch(outputs, truths))
    return scored.result()[name]


@pytest.mark.parametrize("shape", [(40, 33, 3), (11, 64, 1)])
def test_decibels_and_similarities_equal_tensorflows(shape):
    outputs, truths = _pairs(3, *shape)
    expected = tf.image.psnr(outputs, truths, 255).numpy().mean()
    assert _score("psnr_rgb", outputs, truths) == pytest.approx(expected, rel=1e-6)
    expected = tf.image.ssim(outputs, truths, 255).numpy().mean()
    assert 0.3 < expected < 0.95
    assert _score(_OF_RGB, outputs, truths) == pytest.approx(expected, abs=2e-5)


def test_over_scales_they_equal_tensorflows_where_that_can():
    outputs, truths = _pairs(2, 177, 180, 2)
    outputs, truths = outputs[..., :1], truths[..., :1]
    expected = tf.image.ssim_multiscale(outputs, truths, 255).numpy().mean()
    assert _score("ms_ssim_rgb_5_scales", outputs, truths) == pytest.approx(expected, abs=2e-5)


def _waves(number, side, channels, k):
    b, i, j, c = np.indices((number, side, side, channels))
    waves = np.sin(0.21 * i * (1 + 0.01 * b) + 0.13 * j * (1 + 0.005 * b) + 1.7 * c + 0.05 * b)
    return 255 * np.clip(0.5 + 0.25 * waves + 0.05 * noise(b.size, k).reshape(b.shape), 0, 1)


@pytest.mark.parametrize(
    ("case", "of_first"),
    [
        ((6, 64, 3, 4001), (0.9732248187065125, 0.7430118918418884)),
        ((4, 32, 3, 4002), (0.979400634765625, 0.9433361887931824)),
        ((4, 128, 3, 4003), (0.9548166394233704, 0.7463429570198059)),
        ((4, 28, 1, 4004), (0.9785994291305542, 0.9378983974456787)),
    ],
)
def test_over_scales_they_equal_compare_gans_where_images_are_small(case, of_first):
    # compare_gan v3 on TF 2.15.1, in float32: the first image and the second, and the last.
    images = _waves(*case)
    for other, expected in zip((1, -1), of_first, strict=True):
        channels = range(images.shape[3])
        found = [_structure.multi_scale(images[0, ..., c], images[other, ..., c]) for c in channels]
        assert np.mean(found) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("one", "other"), [(255, 0), (128, 64), (0, 0), (7, 8)])
def test_constant_images_differ_by_their_luminance_alone(one, other):
    outputs, truths = (np.full((1, 32, 32, 1), level, np.uint8) for level in (one, other))
    luminance = (2 * one * other + 6.5025) / (one**2 + other**2 + 6.5025)
    for name in (_OF_RGB, _OF_Y):
        assert _score(name, outputs, truths) == pytest.approx(luminance, rel=1e-9)
    assert _score("ms_ssim_rgb_5_scales", outputs, truths) == pytest.approx(luminance**0.1333, rel=1e-9)


def _plainly(x, y):
    """Mean similarity of two planes in [0, 255], straight from the definition: every window by itself."""
    at = np.arange(11) - 5.0
    window = np.exp(-(at[:, None] ** 2 + at**2) / 4.5)
    window /= window.sum()
    terms = []
    for row in range(x.shape[0] - 10):
        for column in range(x.shape[1] - 10):
            a, b = (each[row : row + 11, column : column + 11] for each in (x, y))
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
            covariance = (window * (a - mean_a) * (b - mean_b)).sum()
            luminance = (2 * mean_a * mean_b + 6.5025) / (mean_a**2 + mean_b**2 + 6.5025)
            terms.append(luminance * (2 * covariance + 58.5225) / (var_a + var_b + 58.5225))
    return np.mean(terms)


def test_luma_without_its_border_equals_the_definition():
    outputs, truths = _pairs(2, 20, 23, 3)
    weights = np.array([65.481, 128.553, 24.966])
    planes = [(16 + images / 255 @ weights)[:, 4:-4, 4:-4] for images in (outputs, truths)]
    expected = np.mean([_plainly(*pair) for pair in zip(*planes, strict=True)])
    assert _score(_OF_Y, outputs, truths) == pytest.approx(expected, rel=1e-10)
    planes = [np.moveaxis(images / 1.0, 3, 1).reshape(-1, 20, 23) for images in (outputs, truths)]
    expected = np.mean([_plainly(*pair) for pair in zip(*planes, strict=True)])
    assert _score(_OF_RGB, outputs, truths) == pytest.approx(expected, rel=1e-10)


def test_which_is_the_truth_does_not_matter_and_opposites_are_unlike():
    outputs, truths = _pairs(2, 32, 32, 3)
    for name in (_OF_RGB, _OF_Y, "ms_ssim_rgb_5_scales"):
        assert _score(name, outputs, truths) == _score(name, truths, outputs)
    assert _score(_OF_RGB, 255 - truths, truths) < 0 == _score("ms_ssim_rgb_5_scales", 255 - truths, truths)


def test_memory_order_of_the_arrays_does_not_matter():
    outputs, truths = _pairs(2, 32, 45, 3)
    turned = np.asfortranarray(outputs)
    for name in (_OF_RGB, _OF_Y, "ms_ssim_rgb_5_scales", "psnr_rgb", "psnr_y_crop4"):
        assert _score(name, turned, truths) == _score(name, outputs, truths)
