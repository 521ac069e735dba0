"""Codes beside the prior: samples of both on one sheet, and codes of two numbers as points."""

import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.gans import Ability, Stream
from compare_gan_tf2.gans.aae import Gan as Autoencoder
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.task_folder import prior_grids
from compare_gan_tf2.task_folder.ability_grids import AbilityGrids


class Gan:
    """A stand-in whose images have the shade of the first number of latents, and whose codes are all 0.25."""

    num_classes, has_codes_like_prior = 0, True
    options = types.SimpleNamespace(seed=0)
    streams = {
        "images": Stream(tf.TensorSpec([None, 4, 4, 1])),
        "z": Stream(tf.TensorSpec([None, 2]), lambda count, purpose, seed: tf.zeros([count, 2])),
    }
    dataset = types.SimpleNamespace(
        image_shape=(4, 4, 1), largest_value=255, num_classes=0, evaluation_split="test", count=lambda *_: 40
    )

    def __init__(self, length=2, **outputs):
        self.prior, self.outputs = Prior("uniform", length), outputs

    def evaluated(self):
        return {}

    def abilities(self, nets):
        del nets

        def encode(images):
            codes = tf.fill([len(images), 2], 0.25)
            return {"other": codes[:, :1], "codes": codes} if self.outputs else codes

        return {
            "encode": Ability(encode, ("images",)),
            "generate": Ability(lambda z: z, ("z",), "images"),
        }

    def evaluated_generator(self, z, labels, training):
        assert labels is None and not training
        return tf.clip_by_value(z[:, :1], 0.0, 1.0)[:, None, None, :] * tf.ones([1, 4, 4, 1])


IMAGES = np.zeros([40, 4, 4, 1], np.uint8)


@pytest.mark.parametrize("outputs", [{}, {"by": "name"}])
def test_images_of_the_prior_stand_on_the_left_and_those_of_codes_on_the_right(outputs):
    gan = Gan(**outputs)
    found = prior_grids.drawn(gan, gan.abilities({}), IMAGES)
    sheet = found["prior"]
    assert sheet.shape == (8 * 5 - 1, 2 * (4 * 5 - 1) + 8, 1)
    right = sheet[::5, -19::5, 0]
    assert (right == 64).all() and right.shape == (8, 4)  # 0.25
    left = sheet[::5, :19:5, 0]
    assert len(np.unique(left)) > 8 and (sheet[:, 19:27] == 255).all()


def test_codes_of_two_numbers_are_black_points_over_the_gray_ones_of_the_prior():
    gan = Gan()
    plot = prior_grids.drawn(gan, gan.abilities({}), IMAGES)["codes"][..., 0]
    assert set(np.unique(plot)) == {0, 190, 255}
    rows, columns = np.nonzero(plot == 0)
    assert len(rows) == 9  # one point of 3 x 3, at (0.25, 0.25) of [-1, 1] x [-1, 1], which are 0.6 of the sides
    assert columns.mean() == pytest.approx(1 + (0.2 + 0.6 * 0.625) * 253, abs=1.5)
    assert rows.mean() == pytest.approx(1 + (1 - (0.2 + 0.6 * 0.625)) * 253, abs=1.5)
    # Codes far away are seen at the border.
    away = prior_grids.plot(np.array([[-1.0, -1], [1, 1]]), np.array([[50.0, 0.0]]))[..., 0]
    assert np.nonzero(away == 0)[1].min() == 253
    assert "codes" not in prior_grids.drawn(Gan(length=3), {"encode": Ability(lambda x: tf.zeros([40, 3]), ())}, IMAGES)


def test_without_a_code_as_long_as_latents_nothing_is_drawn():
    gan = Gan(length=5)
    assert prior_grids.drawn(gan, gan.abilities({}), IMAGES) == {}


def test_a_training_draws_them_at_each_checkpoint_and_only_where_codes_are_to_be_like_the_prior(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "read", lambda *_: (IMAGES, None))
    drawn = AbilityGrids(Gan(), tmp_path).drawn()
    assert list(drawn) == ["prior", "codes"]
    assert AbilityGrids(Gan(), None).drawn() == {}
    monkeypatch.setattr(Gan, "has_codes_like_prior", False)
    assert AbilityGrids(Gan(), tmp_path).drawn() == {}
    assert not BaseGan.has_codes_like_prior.fget(None) and Autoencoder.has_codes_like_prior.fget(None)
