"""StarGAN, text to image, PixelDA and InstaGAN beyond the originals' numbers: what is asked for, chosen, refused."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import instagan as set_networks
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Optimizer, build, pixelda, stargan
from compare_gan_tf2.gans.base import is_picture
from compare_gan_tf2.gans.instagan import context
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.draws import Seed, Share


def test_wanted_domains_are_those_of_the_batch_in_another_order():
    conditions = tf.one_hot([0, 1, 2, 2, 1, 0, 0, 1], 3)
    with draws.drawing(Seed.of(1, 1), "discriminator", Share()):
        found = stargan.wanted(conditions).numpy()
    np.testing.assert_array_equal(found.sum(0), conditions.numpy().sum(0))
    assert not np.array_equal(found, conditions)


@pytest.fixture(scope="module")
def attributes():
    return build(
        Options.from_dict({
            "gan": "stargan_attributes", "dataset": "polygon_domains:20", "width": 0.02, "translator_blocks": 1,
        })
    )  # fmt: skip


def test_drawn_attributes_have_one_of_those_that_exclude_each_other(attributes):
    drawn = attributes.streams["target_attributes"].draw(64, "evaluation", Seed.of(0, 1)).numpy()
    assert set(np.unique(drawn)) == {0.0, 1.0} and drawn.shape == (64, 4)
    np.testing.assert_array_equal(drawn[:, :3].sum(1), 1.0)
    assert 0 < drawn[:, 3].mean() < 1 and (drawn[:, :3].mean(0) > 0).all()


def test_a_translation_depends_on_what_is_asked_for(attributes):
    images = tf.constant(np.random.default_rng(0).random((2, 32, 32, 3)), tf.float32)
    translate = attributes.abilities(attributes.evaluated())["translate"].call
    red, blue = (translate(images, tf.constant([each] * 2)) for each in ([1.0, 0, 0, 0], [0.0, 0, 1, 1]))
    assert np.abs(red - blue).max() > 1e-6


def test_a_data_set_without_attributes_is_refused():
    with pytest.raises(UserError, match=r"changes attributes, but data set 'cifar10' has none"):
        build(Options.from_dict({"gan": "stargan_attributes", "dataset": "cifar10", "width": 0.02}))


def test_a_data_set_of_one_class_is_refused():
    one = dataclasses.replace(catalog.find("cifar10"), class_names=("faces",))
    with pytest.raises(UserError, match=r"translates between classes, and data set 'cifar10' has one, 'faces'"):
        build(Options.from_dict({"gan": "stargan", "dataset": "cifar10", "width": 0.02}), one)


def test_vectors_of_a_file_stand_in_the_place_of_captions_and_of_the_steps_for_an_encoder():
    gan = build(
        Options.from_dict({
            "gan": "text_to_image", "dataset": "polygon_caption:20", "width": 0.02, "projected_units": 4,
            "text_units": 8, "text_vectors": "/somewhere/v.npz",
        }),
        trains=False,
    )  # fmt: skip
    assert set(gan.players) == {"generator", "discriminator"}
    assert [turn.moves for turn in gan.turns() if turn.when(1)] == [("discriminator",), ("generator",)]
    assert gan.streams["caption"].spec.shape.as_list() == [None, 8] and gan.streams["caption"].column == "text_vectors"
    ((name, ability),) = gan.abilities(gan.evaluated()).items()
    one, other = (ability.call(tf.zeros([1, 100]), tf.fill([1, 8], value)) for value in (0.0, 9.0))
    assert name == "generate" and np.abs(one - other).max() > 0.0


def test_characters_are_no_pixels():
    assert is_picture(tf.zeros([2, 4, 4, 3], tf.uint8)) and not is_picture(tf.zeros([2, 48], tf.uint8))


def test_masks_are_the_largest_ones_and_empty_ones_stay_as_they_are():
    options = Options.from_dict({
        "gan": "instagan", "dataset": "polygon_scene_32:20", "width": 0.03, "translator_blocks": 1, "most_masks": 2,
        "masks_at_once": 1, "image_buffer": 0,
    })  # fmt: skip
    gan = build(options)
    masks = np.zeros((1, 32, 32, 4), np.float32)
    masks[0, :2, :2, 1], masks[0, :8, :8, 3] = 1.0, 1.0
    chosen = gan.chosen(tf.constant(masks)).numpy()
    np.testing.assert_array_equal(chosen.sum((1, 2)), [[64.0, 4.0]])
    images = tf.constant(np.random.default_rng(0).random((1, 32, 32, 1)), tf.float32)
    made, drawn = gan.translate(images, tf.constant(masks), gan.evaluated()["generator_ab"])
    assert made.shape == images.shape and drawn.shape == masks.shape
    np.testing.assert_array_equal(drawn.numpy()[..., [0, 2]], 0.0)
    assert drawn.numpy()[..., [1, 3]].max() > 0.0


def test_masks_of_no_pixel_are_not_there_unless_all_are():
    masks = np.zeros((2, 4, 4, 3), np.float32)
    masks[0, 0, 0, 2] = 0.1
    np.testing.assert_array_equal(set_networks.is_there(tf.constant(masks)), [[0, 0, 1], [1, 0, 0]])


def test_translators_of_sets_cannot_tell_the_gray_of_a_ground():
    options = Options.from_dict({"gan": "instagan", "dataset": "polygon_scene_32", "width": 0.1})
    network = set_networks.set_translator((32, 32, 1), options, "generator_ab")
    mask = np.zeros((2, 32, 32, 1), np.float32)
    mask[:, 4:12, 4:12] = 1.0
    grays = np.array([0.4, 0.8], np.float32)[:, None, None, None]
    (dark, bright), _ = network(tf.constant(grays * (1.0 - mask)), tf.constant(mask))
    np.testing.assert_allclose(dark, bright, atol=0.01)


def test_what_masks_cover_may_change():
    image, made = tf.zeros([1, 2, 2, 1]), tf.ones([1, 2, 2, 1])
    mask = tf.constant([1.0, 0.0, 0.0, 0.0], shape=[1, 2, 2, 1])
    assert float(context(image, made, mask, tf.zeros_like(mask))) == 2.0 * 0.75
    assert float(context(image, made, mask, mask[:, ::-1, ::-1])) == 2.0 * 0.5


def test_groups_of_masks_have_to_come_out_even():
    options = Options.from_dict({"gan": "instagan", "dataset": "polygon_scene_32:20", "most_masks": 3})
    with pytest.raises(UserError, match="most_masks is 3; it must be divisible by the masks_at_once of 2"):
        build(options)


def test_the_rate_of_pixelda_falls_in_steps_and_single_gradients_are_bounded():
    said = pixelda.falling(Optimizer("adam", 1e-3))
    assert said.rate(0, 1) == said.rate(0, 10_000) == 1e-3 and said.rate(0, 10_001) == pytest.approx(0.95e-3)
    assert said.variable_norm == 5.0 and dataclasses.replace(said).gradient_norm == 0.0


def test_a_data_set_of_scenes_knows_how_many_masks_it_has():
    assert catalog.find("polygon_scene_32").mask_count == 4 and catalog.find("cifar10").mask_count == 0
