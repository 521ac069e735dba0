"""Resizing: TensorFlow 1's grid and Pillow's bicubic kernel, by what the two libraries give."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.extractors import _resize

IMAGE = (np.arange(20).reshape(5, 4) ** 2 % 23).astype(np.float32)
# Image.fromarray(IMAGE, mode="F").resize((width, height), Image.BICUBIC) of Pillow 13.0.0.
PILLOW = {
    (7, 3): [
        [-0.61392, 2.06793, 8.04283], [6.37655, 4.99077, 6.89805], [14.24898, 8.32858, 5.70124],
        [16.746, 9.8592, 6.26545], [8.95453, 10.1143, 14.56711], [5.49611, 8.75809, 15.31311],
        [6.09109, 7.21356, 11.62909],
    ],
    (3, 7): [
        [7.40784, 4.97553, 1.28895, 4.25, 7.89211, 6.81626, 5.90947],
        [16.3206, 13.64217, 9.17996, 9.50581, 10.51273, 8.66124, 7.50834],
        [3.36975, 6.29427, 10.93632, 8.36538, 6.47551, 13.72829, 18.17833],
    ],
    (2, 2): [[7.70361, 6.85423], [9.14677, 11.12718]],
}  # fmt: skip


@pytest.mark.parametrize("size", PILLOW)
def test_clean_is_pillows_bicubic(size):
    found = _resize.resize(tf.constant(IMAGE[None, :, :, None]), size, "clean")
    np.testing.assert_allclose(found[0, :, :, 0], PILLOW[size], atol=2e-5)


@pytest.mark.parametrize("shape", [(32, 32, 3), (40, 600, 1)])
def test_clean_is_tensorflows_antialiased_bicubic_to_its_rounding(shape):
    images = np.random.default_rng(0).random((2, *shape), np.float32)
    expected = tf.image.resize(images, (299, 299), method="bicubic", antialias=True)
    np.testing.assert_allclose(_resize.resize(tf.constant(images), (299, 299), "clean"), expected, atol=1e-4)


@pytest.mark.parametrize("size", [(9, 13), (3, 2), (5, 6)])
def test_tf1_interpolates_on_a_grid_that_starts_at_the_first_pixel(size):
    images = np.random.default_rng(0).random((2, 5, 6, 3), np.float32)
    found = _resize.resize(tf.constant(images), size, "tf1").numpy()
    assert found.shape == (2, *size, 3)
    for row in range(size[0]):
        for column in range(size[1]):
            y, x = row * 5 / size[0], column * 6 / size[1]
            top, left = int(y), int(x)
            bottom, right = min(top + 1, 4), min(left + 1, 5)
            upper = images[:, top, left] * (1 - x % 1) + images[:, top, right] * (x % 1)
            lower = images[:, bottom, left] * (1 - x % 1) + images[:, bottom, right] * (x % 1)
            np.testing.assert_allclose(found[:, row, column], upper * (1 - y % 1) + lower * (y % 1), atol=1e-5)


@pytest.mark.parametrize("mode", ["tf1", "clean"])
def test_images_of_the_right_size_are_left_alone_and_constant_ones_stay_constant(mode):
    images = tf.constant(np.random.default_rng(0).random((1, 5, 6, 3), np.float32))
    assert _resize.resize(images, (5, 6), mode) is images
    for size in ((2, 2), (11, 13)):
        np.testing.assert_allclose(_resize.resize(tf.ones([1, 5, 6, 1]), size, mode), np.ones((1, *size, 1)), atol=1e-6)


def test_grey_images_are_repeated():
    grey = np.random.default_rng(0).random((2, 3, 4, 1), np.float32)
    np.testing.assert_array_equal(_resize.colors(tf.constant(grey), 3), np.repeat(grey, 3, axis=-1))
    for channels in (1, 3):
        images = tf.zeros([2, 3, 4, channels])
        assert _resize.colors(images, channels) is images
