"""Extractors without training: pixels and random convolutions."""

import dataclasses
import hashlib
import json
import pathlib

import numpy as np
import pytest

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.extractors import Request, pixels, random_convolution


def load(module, name, shape=None):
    dataset = dataclasses.replace(catalog.find(name), **({"image_shape": shape} if shape else {}))
    request = Request(dataset, pathlib.Path("nowhere"), pathlib.Path("nowhere"))
    module.check(request)
    return module.load(request)


@pytest.mark.parametrize(
    ("shape", "side", "features"),
    [
        ((28, 28, 1), 1, 784), ((32, 32, 3), 1, 3072), ((33, 32, 3), 2, 17 * 16 * 3), ((64, 64, 1), 2, 1024),
        ((64, 64, 3), 2, 3072), ((128, 128, 3), 4, 3072), ((47, 170, 3), 3, 16 * 57 * 3), ((2, 2, 5000), 2, 5000),
    ],
)  # fmt: skip
def test_pixels_are_averaged_over_the_smallest_squares_that_leave_few(shape, side, features):
    images = np.random.default_rng(0).random((3, *shape), np.float32)
    found, logits = load(pixels, "cifar10", shape).extract(images)
    assert found.shape == (3, features) and found.dtype == np.float32 and logits.shape == (3, 0)
    assert pixels.block_side(*shape) == side
    rows, columns = -(-shape[0] // side), -(-shape[1] // side)
    expected = [
        images[:, side * row : side * (row + 1), side * column : side * (column + 1)].mean(axis=(1, 2))
        for row in range(rows)
        for column in range(columns)
    ]
    np.testing.assert_allclose(found, np.concatenate(expected, axis=1), rtol=1e-5)


def test_pixels_say_what_they_are():
    small, large = load(pixels, "mnist"), load(pixels, "celeb_a")
    assert small.id == large.id == "pixels" and small.num_logits == 0
    assert small.description == "pixels as 28x28x1"
    assert large.description == "pixels as 32x32x3, means over squares of 2x2"


def test_random_convolutions_are_the_convolutions_of_their_recipe():
    images = np.random.default_rng(0).random((2, 9, 12, 3), np.float32)
    features, logits = load(random_convolution, "cifar10", (9, 12, 3)).extract(images)
    assert features.shape == (2, 512) and features.dtype == np.float32 and logits.shape == (2, 0)
    hidden, expected = 2.0 * images - 1.0, []
    for kernel in random_convolution.kernels(3):
        height, width = -(-hidden.shape[1] // 2), -(-hidden.shape[2] // 2)
        down, right = 2 * height + 1 - hidden.shape[1], 2 * width + 1 - hidden.shape[2]
        padded = np.pad(hidden, ((0, 0), (down // 2, down - down // 2), (right // 2, right - right // 2), (0, 0)))
        hidden = np.zeros((2, height, width, 64))
        for row in range(3):
            for column in range(3):
                part = padded[:, row : row + 2 * height - 1 : 2, column : column + 2 * width - 1 : 2]
                hidden += part @ kernel[row, column].astype(np.float64)
        hidden = np.maximum(hidden, 0)
        expected += [hidden.mean(axis=(1, 2)), hidden.std(axis=(1, 2))]
    np.testing.assert_allclose(features, np.concatenate(expected, axis=1), rtol=1e-4, atol=1e-5)


def test_random_convolutions_have_the_same_weights_everywhere():
    first, *_, last = random_convolution.kernels(3)
    # By PCG64(3000) and PCG64(3003), whose words NumPy promises never to change.
    np.testing.assert_allclose(first.ravel()[:3], [-0.05985382, -0.1620881, -0.074351], rtol=1e-6)
    np.testing.assert_allclose(last.ravel()[-2:], [0.05435652, -0.05421838], rtol=1e-6)
    for kernel in random_convolution.kernels(1):
        variance = 2 / np.prod(kernel.shape[:3])
        # A uniform distribution's variance, estimated from n draws: relative error sqrt(0.8 / n).
        assert abs(kernel.var() / variance - 1) < 4 * np.sqrt(0.8 / kernel.size)
    assert not np.array_equal(random_convolution.kernels(1)[1], random_convolution.kernels(3)[1])


def test_random_convolutions_are_named_by_their_recipe_and_take_any_image():
    extractor = load(random_convolution, "mnist")
    digits = hashlib.sha256(json.dumps(random_convolution.RECIPE, sort_keys=True).encode()).hexdigest()[:8]
    assert extractor.id == f"random_convolution_{digits}" == load(random_convolution, "cifar10").id
    assert digits in extractor.description and extractor.num_logits == 0
    for shape in ((1, 1, 1), (5, 40, 2), (128, 128, 3)):
        extractor = load(random_convolution, "mnist", shape)
        features, _ = extractor.extract(np.random.default_rng(0).random((2, *shape), np.float32))
        assert features.shape == (2, 512) and np.isfinite(features).all()
        with pytest.raises(ValueError, match="takes images"):
            extractor.extract(np.zeros((2, 6, 6, 3), np.float32))
