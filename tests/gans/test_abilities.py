"""What a GAN type's models can do: as its file states it, a row at a time, with averages where they are kept."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.gans import ability_inputs
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.gans.stated_abilities import stated
from compare_gan_tf2.hub_export import _abilities
from compare_gan_tf2.task_folder.grids import to_uint8
from tests.test_every_gan_type import options_of

OF_IMAGES = {
    "cyclegan": {"architecture": "resnet_translator", "translator_blocks": 1, "patch_layers": 1, "image_buffer": 2},
}


def _gan(name, **more):
    return build(options_of(name, **OF_IMAGES.get(name, {}), **more))


def _inputs(gan, ability, count):
    """Random rows for what an ability takes."""
    source = np.random.default_rng(0)
    found = []
    for name in ability.takes:
        spec = gan.streams[name].spec
        shape = [count, *spec.shape[1:]]
        found.append(source.integers(0, 3, shape) if spec.dtype.is_integer else source.random(shape))
    return [tf.constant(each, gan.streams[name].spec.dtype) for name, each in zip(ability.takes, found, strict=True)]


@functools.cache
def _perturbed(name):
    """One whose outputs are not nearly the same for all inputs, as they are at the start."""
    gan, source = _gan(name), np.random.default_rng(1)
    for network in gan.evaluated().values():
        for variable in network.trainable_variables:
            variable.assign(variable + 0.2 * source.normal(size=variable.shape))
    return gan


# Their networks take long to build; of types that translate some are enough.
SLOW = (
    "bicyclegan", "discogan", "dualgan", "esrgan", "instagan", "munit", "pggan", "pixelda", "r3gan", "stargan",
    "stargan_attributes", "stylegan", "text_to_image",
)  # fmt: skip


@pytest.mark.parametrize("name", slow_unless(lambda name: name not in SLOW, components.names("gans")))
def test_abilities_are_those_that_the_file_states_and_keep_rows_apart(name):
    gan, facts = _perturbed(name), components.facts("gans", name)
    assert gan.has_steps == facts["HAS_STEPS"]
    assert [player for player, each in gan.players.items() if each.frozen] == list(facts["FROZEN"])
    found = gan.abilities(gan.evaluated())
    without_labels = {
        ability: (tuple(each for each in about.takes if each != "labels"), about.gives)
        for ability, about in found.items()
    }
    assert without_labels == stated(gan.options)
    drawn = components.facts("gans", name)["DRAWN"]
    for ability in found.values():
        assert all((gan.streams[each].draw is not None) == (each in drawn) for each in ability.takes)
        inputs = _inputs(gan, ability, 3)
        together = tf.nest.flatten(ability.call(*inputs))
        alone = tf.nest.flatten(ability.call(*(each[1:2] for each in inputs)))
        for one, of_all in zip(alone, together, strict=True):
            np.testing.assert_allclose(one[0], of_all[1], rtol=1e-4, atol=1e-5)
            assert not ability.gives or of_all.shape[1:] == gan.streams[ability.gives].spec.shape[1:]


OF_PICTURES = [
    name for name in components.names("gans")
    if any(takes != ("z",) for takes, _ in components.facts("gans", name)["ABILITIES"].values())
]  # fmt: skip


# One of a kind: what is given is images, latents, several codes, classes, or a translation.
KINDS = ("aae_semi_supervised", "bigan", "cogan", "cyclegan", "infogan", "vae")


@pytest.mark.parametrize("name", slow_unless(KINDS.__contains__, OF_PICTURES))
def test_an_exported_ability_gives_a_picture_alone_and_in_a_batch_of_eight_the_same_bytes(name):
    gan = _perturbed(name)
    for ability_name, ability in _abilities.others(gan).items():
        call = _abilities.Exported(gan, ability_name, ability).function
        inputs = _inputs(gan, ability, 8)
        together = tf.nest.flatten(call(*inputs))
        for row in (0, 5):
            alone = tf.nest.flatten(call(*(each[row : row + 1] for each in inputs)))
            for one, of_all in zip(alone, together, strict=True):
                if ability.gives:
                    np.testing.assert_array_equal(to_uint8(one[0].numpy()), to_uint8(of_all[row].numpy()))
                np.testing.assert_allclose(one[0], of_all[row], rtol=0, atol=1e-5)
        again = tf.nest.flatten(call(*inputs))
        for first, second in zip(together, again, strict=True):
            np.testing.assert_array_equal(first, second)
        # The outputs depend on the inputs, or all of this would hold of a constant, as a baseline without `fit` is.
        assert not gan.has_steps or max(np.ptp(each, axis=0).max() for each in together) > 1e-4


@pytest.mark.parametrize(("name", "said"), [("cyclegan", "per image"), ("vae", "moving")])
def test_it_is_known_whose_statistics_an_ability_uses(name, said):
    assert ability_inputs.statistics(_perturbed(name)) == said


def test_the_average_is_asked_where_scores_are_about_it():
    gan = _gan("vae")
    for variable in gan.average.variables:
        variable.assign(variable + 0.3)
    images = tf.random.stateless_uniform([2, *gan.dataset.image_shape], [1, 2])
    of_average = gan.abilities(gan.evaluated())["reconstruct"].call(images)
    latest = gan.abilities({name: player.network for name, player in gan.players.items()})["reconstruct"].call(images)
    assert np.abs(of_average - latest).max() > 1e-3
    assert gan.evaluated()["generator"] is gan.average
