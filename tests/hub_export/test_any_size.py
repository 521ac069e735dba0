"""Modules whose networks take pictures of any size, and say from which on; and those that take one size alone."""

import types

import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import _abilities
from compare_gan_tf2.options import Options

TASKS = {
    "translate_ab": {"dataset": "polygon_outline", "gan": "cyclegan", "width": 0.05, "translator_blocks": 1},
    "upscale": {"dataset": "polygon_zoom", "gan": "srgan", "width": 0.05, "translator_blocks": 1},
}


@pytest.mark.parametrize("name", TASKS)
def test_a_picture_of_another_size_is_translated_as_the_network_does_it(name):
    gan = build(Options.from_dict(TASKS[name]), trains=False)
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
