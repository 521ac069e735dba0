"""Mixing by thirds of the layers that there are, what came of it, and truncation towards a center."""

import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Stream
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.task_folder import style_grids
from compare_gan_tf2.task_folder.ability_grids import AbilityGrids


def images_of(ws):
    """2 x 2 pixels, the first of the first layer, the second of the second and third, the third of the rest."""
    shades = [ws[:, 0, 0], ws[:, 1:3].mean(axis=(1, 2)), ws[:, 3:].mean(axis=(1, 2)), np.zeros(len(ws))]
    return np.stack(shades, axis=1).reshape(-1, 2, 2, 1)


def w(*values):
    """Vectors of the same number in all of 6 layers."""
    return np.tile(np.array(values, np.float32)[:, None, None], (1, 6, 3))


@pytest.mark.parametrize(
    ("text", "layers", "chosen"),
    [
        ("coarse", 8, [1, 2, 3]),
        ("middle", 8, [4, 5]),
        ("fine", 8, [6, 7, 8]),
        ("coarse", 4, [1]),
        ("middle,fine", 4, [2, 3, 4]),
        ("2-3, 6", 8, [2, 3, 6]),
        ("fine", 18, [13, 14, 15, 16, 17, 18]),
    ],
)
def test_layers_are_thirds_of_those_that_there_are_or_numbers(text, layers, chosen):
    assert (np.flatnonzero(style_grids.chosen_layers(text, layers)) + 1).tolist() == chosen


@pytest.mark.parametrize("words", ["rough", "0", "3-9", "5-4", "", "all,coarse", "-1"])
def test_other_layers_are_refused(words):
    with pytest.raises(UserError, match=r"1 to 8|coarsest\) to 8"):
        style_grids.chosen_layers(words, 8)


def test_columns_give_some_layers_and_rows_keep_the_rest():
    found = style_grids.mixed(images_of, w(0.2, 0.4), w(0.6, 0.8, 1.0), style_grids.chosen_layers("2-3", 6))
    assert found.sheet.shape == (3 * 3 - 1, 4 * 3 - 1, 1)
    shades = np.round(found.sheet[..., 0] / 255, 2)
    assert shades[0, 0] == 1.0 and shades[0, 3] == 0.6 and shades[3, 0] == 0.2
    for row, kept in ((3, 0.2), (6, 0.4)):
        for column, taken in ((3, 0.6), (6, 0.8), (9, 1.0)):
            assert shades[row : row + 2, column : column + 2].tolist() == [[kept, taken], [kept, 0.0]]
    assert found.unchanged == [] and found.replaced == []


def test_pairs_that_did_not_change_and_those_of_which_nothing_is_left_are_named():
    found = style_grids.mixed(images_of, w(0.2, 0.4), w(0.21, 0.8), style_grids.chosen_layers("1", 6))
    assert found.unchanged == [(1, 1)] and found.replaced == [(1, 1)]
    found = style_grids.mixed(images_of, w(0.2, 0.4), w(0.9, 0.8), style_grids.chosen_layers("coarse,middle,fine", 6))
    assert found.unchanged == [] and found.replaced == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_psi_is_the_distance_from_the_center_in_some_layers_or_all():
    ws, center = w(0.2, 0.6), np.full(3, 0.4, np.float32)
    np.testing.assert_array_equal(style_grids.nearer(ws, center, 1.0), ws)
    np.testing.assert_array_equal(style_grids.nearer(ws, center, 0.0), w(0.4, 0.4))
    np.testing.assert_allclose(style_grids.nearer(ws, center, -0.5), w(0.5, 0.3), rtol=1e-6)
    some = style_grids.nearer(ws, center, 0.5, 2)
    np.testing.assert_allclose(some[:, :2], w(0.3, 0.5)[:, :2], rtol=1e-6)
    np.testing.assert_array_equal(some[:, 2:], ws[:, 2:])
    own = np.array([[0.2] * 3, [0.5] * 3], np.float32)
    np.testing.assert_allclose(style_grids.nearer(ws, own, 0.5), w(0.2, 0.55), rtol=1e-6)


class Gan:
    """Stand-in whose w is z in each of 4 layers, and whose images have a shade of w."""

    num_classes, prior = 0, Prior("normal", 3)
    options = types.SimpleNamespace(seed=1, gan="stylegan2")
    dataset = types.SimpleNamespace(image_shape=(4, 4, 1))
    has_codes_like_prior = False

    def __init__(self):
        specs = {"ws": [None, 4, 3], "psi": [None, 4], "z": [None, 3]}
        self.streams = {
            name: Stream(tf.TensorSpec(shape), lambda count, purpose, seed: 1 / 0) for name, shape in specs.items()
        }
        self.streams["seed"] = Stream(
            tf.TensorSpec([None], tf.int64), lambda count, purpose, seed: 1 / 0, optional=True
        )

    def evaluated(self):
        return {}

    def abilities(self, nets):
        del nets

        def shade(ws, seed=None):
            assert seed is None
            return tf.sigmoid(tf.reduce_sum(ws, [1, 2]))[:, None, None, None] * tf.ones([4, 4, 1])

        return {
            "map": Ability(lambda z: tf.repeat(z[:, None], 4, axis=1), ("z",)),
            "synthesize": Ability(shade, ("ws", "seed")),
            "truncate": Ability(lambda ws, psi: 0.5 + (ws - 0.5) * psi[:, :, None], ("ws", "psi")),
        }


def test_a_training_draws_both_sheets_without_any_data():
    drawn = AbilityGrids(Gan(), None).drawn()
    assert list(drawn) == ["mixing", "truncation"]
    assert drawn["mixing"].shape == (5 * 5 - 1, 7 * 5 - 1, 1)
    rows = drawn["truncation"]
    assert rows.shape[0] == len(style_grids.PSI) * 5 - 1
    at_center = rows[4 * 5, -(6 * 5 - 1) :: 5, 0]  # psi 0
    expected = round(255 / (1 + np.exp(-6.0)))
    assert set(at_center.tolist()) == {expected}
