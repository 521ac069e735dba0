"""Grids of captions: text, real image and made images in a row; the same latents in a column; every caption once."""

import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.gans import Ability, Stream, ability_inputs
from compare_gan_tf2.task_folder.ability_grids import AbilityGrids


class Gan:
    """A stand-in: an image of a caption has its first number as shade, and the latent's beside it."""

    dataset = types.SimpleNamespace(image_shape=(1, 2, 1), largest_value=255)
    has_codes_like_prior, options = False, types.SimpleNamespace(evaluation_seed=0)

    def __init__(self, dtype):
        def latents(count, purpose, seed):
            return tf.range(count, dtype=tf.float32)[:, None] / 255

        self.streams = {
            "images": Stream(tf.TensorSpec([None, 1, 2, 1])),
            "caption": Stream(tf.TensorSpec([None, 3], dtype)),
            "z": Stream(tf.TensorSpec([None, 1]), draw=latents),
        }

    def evaluated(self):
        return {}

    def abilities(self, nets):
        def generate(z, caption):
            return tf.concat([tf.cast(caption[:, :1], tf.float32) / 255, z], 1)[:, None, :, None]

        return {"generate": Ability(generate, ("z", "caption"), "images")}


@pytest.mark.parametrize(("dtype", "has_text"), [(tf.uint8, True), (tf.float32, False)])
def test_a_row_has_a_caption_its_real_image_and_images_of_it(monkeypatch, tmp_path, dtype, has_text):
    def rows(dataset, streams, places, count):
        captions = np.array([[90, 0, 0], [70, 1, 0], [90, 0, 0], [80, 0, 0]], dtype.as_numpy_dtype)
        real = np.arange(4, dtype=np.uint8)[:, None, None, None] + np.full([1, 1, 2, 1], 200, np.uint8)
        return {name: {"images": real, "caption": captions}[name] for name in streams}

    monkeypatch.setattr(ability_inputs, "read", rows)
    drawn = AbilityGrids(Gan(dtype), Places(tmp_path, tmp_path)).drawn()
    assert list(drawn) == ["captions"]
    sheet = drawn["captions"][::2, :, 0]
    grid = sheet[:, -(8 * 3 - 1) :]
    assert (sheet.shape[1] > grid.shape[1]) == has_text
    # The third row's caption was there already.
    assert grid[:, 0].tolist() == [200, 201, 203] and grid[:, 3].tolist() == [90, 70, 80]
    assert grid[:, 4::3].tolist() == [[0, 1, 2, 3, 4, 5, 6]] * 3
