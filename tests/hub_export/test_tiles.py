"""Tiles of pictures: their places and weights, and that networks give by them what they give of the whole."""

import json
import types

import numpy as np
import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import tiles


@pytest.mark.parametrize(
    ("length", "reach", "multiple"), [(100, 4, 1), (97, 0, 1), (64, 3, 4), (33, 8, 1), (300, 8, 4)]
)
def test_weights_of_a_pixel_sum_to_one_and_those_near_a_cut_count_nothing(length, reach, multiple):
    tiling = tiles.Tiling((32, 32), reach, multiple)
    total = np.zeros(length)
    for start, weights in tiling.along(0, length):
        assert start % multiple == 0 or start == length - 32
        total[start : start + len(weights)] += weights
        assert not start or (weights[:reach] == 0).all()
        assert start + 32 == length or (weights[32 - reach :] == 0).all()
    np.testing.assert_allclose(total, 1.0, atol=1e-6)


def test_a_picture_of_one_tile_is_not_cut():
    ((start, weights),) = tiles.Tiling((32, 32), 4).along(1, 20)
    assert start == 0 and (weights == np.ones(20)).all()


def test_what_sees_no_further_than_its_reach_gives_the_same_by_tiles():
    inputs = np.random.default_rng(0).random((90, 61, 1), np.float32)

    def blurred(part):
        """Means of 5 x 5 pixels with zeros around, doubled in size."""
        padded = np.pad(part, [(2, 2), (2, 2), (0, 0)])
        made = sum(padded[i : i + part.shape[0], j : j + part.shape[1]] for i in range(5) for j in range(5)) / 25
        return made.repeat(2, 0).repeat(2, 1)

    made = tiles.tiled(blurred, inputs, tiles.Tiling((32, 24), 2), 2)
    np.testing.assert_allclose(made, blurred(inputs), atol=1e-6)
    seen = tiles.tiled(blurred, inputs, tiles.Tiling((32, 24), 0), 2)
    assert np.abs(seen - blurred(inputs)).max() > 1e-3


def _ability(**options):
    said = types.SimpleNamespace(numpy=lambda: json.dumps(options))
    return types.SimpleNamespace(module=types.SimpleNamespace(options=said), shape=(16, 16, 3))


def test_tiles_overlap_by_what_the_network_sees_and_by_no_more_than_a_quarter():
    few = tiles.tiling_of(_ability(dataset="polygon_zoom", gan="srgan", translator_blocks=2), 1, 8)
    assert few == tiles.Tiling((512, 512), 12, 1, is_exact=True)
    many = tiles.tiling_of(_ability(dataset="polygon_zoom", gan="esrgan"), 1, 8, 64)
    assert many == tiles.Tiling((64, 64), 16, 1, is_exact=False)
    fixed = tiles.tiling_of(_ability(dataset="polygon_outline", gan="pix2pix", g_normalization="batch"), 0, 1)
    assert fixed == tiles.Tiling((16, 16), 0)


@pytest.mark.parametrize(
    ("options", "multiple", "side", "said"),
    [
        ({"gan": "cyclegan"}, 4, None, "architecture resnet_translator look at whole pictures"),
        ({"gan": "pix2pix"}, 0, None, "g_normalization=instance, which takes its statistics of the picture"),
        ({"gan": "pix2pix", "g_normalization": "batch"}, 0, 32, "leave --tile_side out"),
        ({"gan": "srgan", "dataset": "polygon_zoom"}, 1, 4, "--tile_side is 4"),
    ],
)
def test_where_a_tile_would_differ_tiles_are_refused(options, multiple, side, said):
    with pytest.raises(UserError, match=said):
        tiles.tiling_of(_ability(**{"dataset": "polygon_outline"} | options), multiple, 8, side)
