"""Modules whose networks take pictures of any size, and say from which on; and those that take one size alone."""

import functools
import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures import rrdb, srresnet
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import _abilities, tiles
from compare_gan_tf2.options import Options

TASKS = {
    "translate_ab": {"dataset": "polygon_outline", "gan": "cyclegan", "width": 0.05, "translator_blocks": 1},
    "upscale": {"dataset": "polygon_zoom", "gan": "srgan", "width": 0.05, "translator_blocks": 1},
}


@functools.cache
def _gan(name):
    return build(Options.from_dict(TASKS[name]), trains=False)


@pytest.mark.parametrize("name", TASKS)
def test_a_picture_of_another_size_is_translated_as_the_network_does_it(name):
    gan = _gan(name)
    ability = gan.abilities(gan.evaluated())[name]
    fixed, sized = (_abilities.Exported(gan, name, ability, of_any_size=each) for each in (False, True))
    sizes = _abilities.any_sizes(gan, fixed.about)
    assert sizes == {"upscale": {"multiple": 1, "least": 8}, "translate_ab": {"multiple": 4, "least": 16}}[name]
    (spec,) = (gan.streams[each].spec for each in ability.takes)
    known = tf.random.stateless_uniform([2, *spec.shape[1:]], [1, 2])
    tf.debugging.assert_near(sized.function(known), fixed.function(known), 1e-5, 1e-5)
    least = sizes["least"]
    other = tf.random.stateless_uniform([1, least, 2 * least, spec.shape[3]], [3, 4])
    scale = 4 if name == "upscale" else 1
    made = sized.function(other)
    assert made.shape.as_list() == [1, scale * least, 2 * scale * least, 1]
    tf.debugging.assert_near(made, ability.call(other), 1e-5, 1e-5)


def test_only_architectures_that_say_so_take_other_sizes_and_only_of_pictures():
    picture = {"shape": [8, 8, 1], "dtype": "float32", "range": [0, 1]}
    numbers = picture | {"range": None}
    for architecture in components.names("architectures"):
        gan = types.SimpleNamespace(options=types.SimpleNamespace(architecture=architecture))
        sizes = _abilities.any_sizes(gan, {"takes": {"a": picture}, "gives": {"b": picture}})
        assert bool(sizes) is (architecture in ("resnet_translator", "rrdb", "srresnet")), architecture
        assert _abilities.any_sizes(gan, {"takes": {"a": picture}, "gives": {"code": numbers}}) == {}


def test_an_upscaler_sees_no_further_than_it_says_and_gives_the_same_by_tiles():
    gan = _gan("upscale")
    upscale = gan.abilities(gan.evaluated())["upscale"].call
    reach, picture = srresnet.reach(gan.options), np.random.default_rng(0).random((1, 80, 48, 1), np.float32)
    assert reach == 10
    other = picture.copy()
    other[:, 40 + reach + 1 :] = 0.5
    assert np.array_equal(upscale(tf.constant(picture))[:, : 4 * 41], upscale(tf.constant(other))[:, : 4 * 41])
    other[:, 40 + reach - 2 :] = 0.5
    assert not np.array_equal(upscale(tf.constant(picture))[:, : 4 * 41], upscale(tf.constant(other))[:, : 4 * 41])
    tiling = tiles.Tiling((48, 48), reach)
    made = tiles.tiled(lambda part: upscale(tf.constant(part[None])).numpy()[0], picture[0], tiling, 4)
    np.testing.assert_allclose(made, upscale(tf.constant(picture))[0], atol=1e-5)


def test_dense_blocks_see_further_the_more_there_are():
    options = Options.from_dict({"dataset": "polygon_zoom", "gan": "esrgan", "width": 0.02, "translator_blocks": 1})
    network, reach = rrdb.upscaler((16, 16, 1), options), rrdb.reach(options)
    assert reach == 20 and rrdb.reach(options.replace(translator_blocks=2)) == 35
    picture = np.random.default_rng(0).random((1, 64, 8, 1), np.float32)
    other = picture.copy()
    other[:, 30 + reach :] = 0.5
    assert np.array_equal(network(tf.constant(picture))[:, : 4 * 30], network(tf.constant(other))[:, : 4 * 30])
