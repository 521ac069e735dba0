"""ADA between wavelet filters, beyond the original's numbers: pipes, noise, what small images are refused."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.augmentations import _wavelets, ada
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.augmenting import Augmenting
from compare_gan_tf2.options import Options

IMAGES = tf.constant(np.random.default_rng(0).random((2, 24, 24, 3), np.float32))


def _uniform(value):
    return lambda name, shape: tf.fill(shape, value)


def test_pipes_are_their_letters():
    assert set(ada.strengths("b")) == set(ada.strengths("blit")) == {"x_flip", "quarter_turns", "integer_shift"}
    sizes = [len(ada.strengths(pipe)) for pipe in ("bg", "bgc", "bgcf", "bgcfn", "bgcfnc")]
    assert sizes == [8, 13, 14, 15, 16]
    strengths = ada.strengths("r3gan")
    assert len(strengths) == 14 and strengths["hue"] == 0.5 and strengths["cutout"] == strengths["scale"] == 1.0


def test_flips_can_be_left_out_alone():
    images = tf.tile(tf.reshape(tf.linspace(0.0, 1.0, 8), [1, 1, 8, 1]), [2, 8, 1, 1])
    for mirrors in (True, False):
        pipe = ada.strengths("bg", mirrors)
        assert set(ada.strengths("bg")) - set(pipe) == (set() if mirrors else {"x_flip"})
        only = {name: value for name, value in pipe.items() if name == "x_flip"}
        found = ada.augment(images, _uniform(0.6), tf.ones([]), only)
        np.testing.assert_allclose(found, images[:, :, ::-1] if mirrors else images, atol=0.03)


@pytest.mark.parametrize("mirrors", [True, False])
def test_the_option_decides_whether_a_discriminator_sees_mirrored_images(mirrors, monkeypatch):
    seen, options = [], Options.from_dict({"augmentation": "ada", "augmentation_mirrors": mirrors})
    monkeypatch.setattr(ada, "augment", lambda images, uniform, probability, pipe: seen.append(pipe) or images)
    Augmenting(SimpleNamespace(options=options, add_state=lambda *_: tf.zeros([])))(IMAGES, "real")
    assert ("x_flip" in seen[0]) == mirrors and "quarter_turns" in seen[0]


@pytest.mark.parametrize("pipe", ["bgcfnc", "r3gan"])
def test_with_a_probability_of_0_images_stay_as_they_are(pipe):
    found = ada.augment(IMAGES, _uniform(0.3), tf.zeros([]), pipe)
    np.testing.assert_allclose(found, IMAGES, atol=2e-6)


def test_a_transform_is_as_probable_as_its_factor_says():
    drawn = np.linspace(0, 0.999, 200).astype(np.float32)

    def uniform(name, shape):
        return tf.constant(np.stack([drawn] * shape[1], axis=1))

    images = tf.fill([200, 2, 2, 3], 0.7)
    found = ada.augment(images, uniform, tf.constant(0.5), {"brightness": 0.5}).numpy()
    changed = np.abs(found - 0.7).max(axis=(1, 2, 3)) > 1e-6
    assert changed[:50].all() and not changed[51:].any()


def test_noise_has_the_paper_s_deviation_and_cutout_is_gray():
    normal = 0.8413447  # one deviation
    found = ada.augment(IMAGES, lambda name, shape: tf.fill(shape, 0.0 if shape[-1] == 0 else normal), tf.ones([]),
                        {"noise": 1.0})  # fmt: skip
    np.testing.assert_allclose(found - IMAGES, 0.5 * 0.1 * 1.0 * 1.0, atol=1e-5)
    found = ada.augment(IMAGES, _uniform(0.5), tf.ones([]), {"cutout": 1.0}).numpy()
    np.testing.assert_array_equal(found[:, 6:18, 6:18], 0.5)
    np.testing.assert_allclose(found[:, :6], IMAGES[:, :6], atol=1e-6)


def test_octaves_add_up_to_the_image_and_their_matrices_are_the_filters():
    bands = _wavelets.octave_bands()
    np.testing.assert_allclose(bands.sum(axis=0), np.eye(43)[21], atol=1e-12)
    line = np.random.default_rng(1).random(24)
    padded = np.pad(line, 21, mode="reflect")
    for band, matrix in zip(bands, _wavelets.band_matrices(24), strict=True):
        np.testing.assert_allclose(line @ matrix, np.convolve(padded, band, "valid"), atol=1e-6)


def test_doubling_and_halving_give_the_image_back():
    padded = tf.pad(IMAGES, [[0, 0], [10, 10], [10, 10], [0, 0]])
    found = _wavelets.halved(_wavelets.doubled(padded), 6)
    np.testing.assert_allclose(found, padded[:, 3:-3, 3:-3], atol=1e-6)


def test_small_images_are_filtered_too_and_pipes_have_known_names():
    images = tf.fill([2, 5, 7, 3], 0.7)
    # The lowest octave has the mean, and its gain is 1 here.
    np.testing.assert_allclose(ada.augment(images, _uniform(0.5), tf.ones([]), "filter"), images, atol=1e-6)
    with pytest.raises(UserError, match="augmentation_pipe"):
        Options.from_dict({"dataset": "mnist", "augmentation": "ada", "augmentation_pipe": "bgx"})
