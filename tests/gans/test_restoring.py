"""Systems that restore images beyond the originals' numbers: small images, holes, feature maps, what is refused."""

import dataclasses
import json
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import _holes
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import Request, feature_maps
from compare_gan_tf2.gans import build, holes, low_resolution
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.draws import Seed
from compare_gan_tf2.task_folder import checkpoints, grids
from compare_gan_tf2.task_folder import feature_maps as of_task
from compare_gan_tf2.training.network_interpolation import interpolate_networks

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "oracle_parity"
SMALL = {"dataset": "cifar10", "width": 0.05, "batch_size": 4, "translator_blocks": 1, "training_steps": 2}
DATA = dataclasses.replace(catalog.find("cifar10"), image_shape=(16, 16, 3))
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), np.uint8)
SOURCE = np.random.default_rng(1)
OF_HOLES = {"dataset": "cifar10", "width": 0.05, "batch_size": 4}


def _gan(**changes):
    return build(Options.from_dict(SMALL | {"gan": "srgan"} | changes), DATA)


def _filler(**changes):
    options = OF_HOLES | {"gan": "context_encoder", "bottleneck_channels": 80, "hole_overlap": 1}
    return build(Options.from_dict(options | changes), DATA)


def _step(gan, number):
    step = tf.constant(number, tf.int64)
    streams = [name for name in gan.streams if name in ("images", "lr")]
    return gan.step_of({"generator": {name: tf.constant(IMAGES) for name in streams}}, step, due=gan.engine.due(number))


def _weights(player):
    return np.concatenate([each.numpy().ravel() for each in player.network.trainable_variables])


def test_small_images_are_rounded_means_of_blocks_as_in_the_originals_inputs():
    stored = np.load(GOLDEN / "srgan64.npz")
    hr, lr = (stored[f"input/step1/{name}_u8"].transpose(0, 2, 3, 1) for name in ("hr", "lr"))
    np.testing.assert_array_equal(low_resolution.maker(4, "block")(tf.constant(hr)), lr)
    even = tf.fill([1, 8, 8, 3], tf.constant(200, tf.uint8))
    np.testing.assert_array_equal(low_resolution.maker(4, "bicubic")(even), even[:, :2, :2])
    apart = np.abs(np.int32(low_resolution.maker(4, "bicubic")(tf.constant(hr))) - lr)
    assert 0 < apart.mean() < 12


def test_pixels_alone_come_first_and_the_discriminator_waits():
    gan = _gan(pixel_steps=1)
    before = _weights(gan.players["discriminator"])
    assert set(_step(gan, 1)) == {"loss/pixel"}
    np.testing.assert_array_equal(_weights(gan.players["discriminator"]), before)
    assert set(_step(gan, 2)) == {"loss/pixel", "loss/g", "loss/d"}
    assert not np.array_equal(_weights(gan.players["discriminator"]), before)


def test_an_upscaler_takes_images_of_any_size():
    gan = _gan(gan="esrgan", zoom=2)
    images = tf.constant(SOURCE.random((2, 5, 7, 3)), tf.float32)
    assert gan.upscale(images).shape == (2, 10, 14, 3)


def test_a_zoom_that_does_not_fit_is_refused():
    with pytest.raises(UserError, match="zoom is 3, and networks double the sides; set zoom=2, 4 or 8"):
        _gan(zoom=3)
    shape = dataclasses.replace(DATA, image_shape=(18, 18, 3))
    with pytest.raises(UserError, match="zoom is 4, and sides of 18x18 cannot be divided by it"):
        build(Options.from_dict(SMALL | {"gan": "srgan"}), shape)


def test_small_images_of_the_data_set_are_read_if_they_have_the_size():
    said = SMALL | {"gan": "srgan", "dataset": "polygon_zoom"}
    gan = build(Options.from_dict(said))
    assert gan.streams["lr"].made is None and gan.engine.columns() == {"": {"images": "images", "lr": "lr"}}
    assert gan.streams["lr"].spec.shape[1:] == (16, 16, 1)
    with pytest.raises(UserError, match="small images of data set 'polygon_zoom' are 16x16 beside 64x64; set zoom=4"):
        build(Options.from_dict(said | {"zoom": 2}))


def test_masks_of_the_data_set_are_what_scores_are_about():
    gan = build(Options.from_dict({"gan": "context_encoder", "dataset": "polygon_hole", "width": 0.05}))
    assert gan.streams["mask"].draw is None and gan.streams["drawn_mask"].draw is not None
    assert "mask" not in gan.engine.columns()[""]


def test_kernels_before_a_shuffle_begin_alike():
    gan = _gan()
    kernel = next(each for name, each in gan.generator.named_variables().items() if name == "up1/kernel").numpy()
    quarter = kernel.shape[-1] // 4
    np.testing.assert_array_equal(kernel[..., :quarter], kernel[..., -quarter:])
    assert np.ptp(kernel[..., :quarter]) > 0


@pytest.mark.parametrize("hole", ["center", "square", "region"])
def test_known_pixels_come_back_bit_by_bit_and_the_hole_is_filled(hole):
    gan = _filler(hole=hole)
    mask = gan.masks(4, "any", Seed.of(3, 1))
    assert set(np.unique(mask)) == {0.0, 1.0}
    images = tf.constant(IMAGES / 255.0, tf.float32)
    made, known = gan.inpaint(images, mask).numpy(), np.broadcast_to(mask.numpy() == 0, images.shape)
    np.testing.assert_array_equal(made[known], images.numpy()[known])
    assert (made[~known] != images.numpy()[~known]).mean() > 0.9
    share = mask.numpy().mean((1, 2, 3))
    if hole == "region":
        assert (share > 0.19).all() and (share < 0.31).all() and len(np.unique(share)) > 1
    else:
        # Half of the sides, less a pixel of rim on each side.
        np.testing.assert_allclose(share, (6 / 16) ** 2)
    moves = hole != "center"
    assert (np.ptp(mask.numpy(), axis=0).max() > 0) == moves


@pytest.mark.parametrize("hole", ["center", "square"])
def test_no_pixel_of_a_larger_hole_is_the_hidden_one(hole):
    gan, images = _filler(hole=hole), tf.constant(IMAGES / 255.0, tf.float32)
    mask = np.zeros((*images.shape[:3], 1), np.float32)
    mask[:, 1:15, 1:15] = 1.0
    other = tf.where(mask > 0, 1.0 - images, images)
    np.testing.assert_array_equal(gan.inpaint(images, tf.constant(mask)), gan.inpaint(other, tf.constant(mask)))


def test_the_visible_rim_counts_more():
    gan, side = _filler(), 8
    truth, filled = np.zeros((1, side, side, 3), np.float32), np.full((1, side, side, 3), 0.5, np.float32)
    unknown = np.zeros((1, side, side, 1), np.float32)
    unknown[:, 1:-1, 1:-1] = 1.0
    # Differences of images in [-1, 1] are 1; of 64 pixels 36 are unknown.
    assert float(gan.pixel_loss(filled, truth, unknown)) == pytest.approx((36 + 10 * 28) / 64)


def test_squares_are_cut_and_pasted_at_their_places():
    images, corner = tf.constant(SOURCE.random((3, 8, 8, 2)), tf.float32), tf.constant([[0, 0], [2, 3], [4, 1]])
    squares = holes.cut(images, corner, 4)
    for i, (top, left) in enumerate(corner.numpy()):
        np.testing.assert_array_equal(squares[i], images[i, top : top + 4, left : left + 4])
    mask = tf.ones([3, 8, 8, 1])
    np.testing.assert_array_equal(holes.pasted(images, squares, corner, mask), images)
    pasted = holes.pasted(tf.zeros_like(images), squares, corner, mask)
    np.testing.assert_array_equal(holes.cut(pasted, corner, 4), squares)
    assert np.count_nonzero(pasted) == np.count_nonzero(squares)


def test_holes_of_ccgan_have_sides_and_places_of_their_own():
    options = OF_HOLES | {"gan": "ccgan", "smallest_hole": 0.25, "largest_hole": 0.5}
    gan = build(Options.from_dict(options), DATA)
    masks = gan.masks(200, "any", Seed.of(0, 1)).numpy()[..., 0]
    heights, widths = masks.max(2).sum(1), masks.max(1).sum(1)
    assert set(heights) == set(widths) == {4, 5, 6, 7, 8} and (heights != widths).any()
    assert (masks.sum((1, 2)) == heights * widths).all() and not masks[:, -1].any() and masks[:, 0].any()
    images = tf.constant(IMAGES / 255.0, tf.float32)
    made = gan.inpaint(images, masks[:4, :, :, None]).numpy()
    known = np.broadcast_to(masks[:4, :, :, None] == 0, made.shape)
    np.testing.assert_array_equal(made[known], images.numpy()[known])
    np.testing.assert_allclose(tf.reduce_sum(gan.classify(images), 1), 1.0, rtol=1e-5)


def test_holes_that_cannot_be_are_refused():
    with pytest.raises(UserError, match="smallest_hole is 0.6, which is above largest_hole, 0.5"):
        Options.from_dict(OF_HOLES | {"gan": "ccgan", "smallest_hole": 0.6}).check()
    with pytest.raises(UserError, match="hole_overlap is 4, which leaves nothing of holes of 8 pixels"):
        _filler(hole_overlap=4)
    with pytest.raises(UserError, match="needs square images .* and the images are 6x6"):
        _holes.halvings((6, 6, 3), "context_encoder", least=2)
    assert [_holes.halvings((side, side, 3), "ccgan") for side in (28, 32, 64, 128)] == [2, 3, 4, 5]


def _request():
    return Request(DATA, pathlib.Path("nowhere"), pathlib.Path("nowhere"))


def test_feature_maps_have_a_gradient_and_those_of_a_file_are_its_outputs(tmp_path):
    images = tf.constant(IMAGES / 255.0, tf.float32)
    inputs = keras.Input((8, 8, 3))
    keras.Model(inputs, keras.layers.Conv2D(5, 3)(inputs)).save(tmp_path / "own.keras")
    found = {name: feature_maps.load(name, _request()) for name in ("random_convolution", str(tmp_path / "own.keras"))}
    shapes = [[tuple(each.shape[1:]) for each in maps.of(images)] for maps in found.values()]
    assert shapes == [[(8, 8, 64), (4, 4, 64), (2, 2, 64), (1, 1, 64)], [(6, 6, 5)]]
    for maps in found.values():
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.add_n([tf.reduce_sum(tf.square(each)) for each in maps.of(images)])
        assert float(tf.reduce_max(tf.abs(tape.gradient(total, images)))) > 0
    with pytest.raises(
        UserError, match="perceptual is /none, and there is no such file; it is one of classifier, none"
    ):
        feature_maps.load("/none", _request())


def test_the_perceptual_term_is_the_mean_over_maps():
    gan = _gan(perceptual="random_convolution", reconstruction_loss="absolute")
    with pytest.raises(ValueError, match="who trains has to give the feature maps"):
        gan.perceptual_loss(tf.zeros([1, 16, 16, 3]), tf.ones([1, 16, 16, 3]))
    gan.feature_maps = lambda images: [images, 3.0 * images]
    found = gan.perceptual_loss(tf.zeros([1, 16, 16, 3]), tf.ones([1, 16, 16, 3]))
    assert float(found) == pytest.approx(2.0)


def test_a_task_keeps_to_the_feature_maps_that_it_began_with(tmp_path):
    assert of_task.in_row(tmp_path) == {}
    of_task.agree(tmp_path, "classifier_1", writes=True)
    of_task.agree(tmp_path, "classifier_1", writes=True)
    assert of_task.in_row(tmp_path) == {"perceptual_features": "classifier_1"}
    with pytest.raises(UserError, match="began with feature maps of classifier_1, .* now gives those of classifier_2"):
        of_task.agree(tmp_path, "classifier_2", writes=True)


@pytest.mark.slow
def test_networks_between_two_tasks_have_weights_between_theirs(tmp_path):
    options = Options.from_dict(SMALL | {"gan": "srgan", "training_steps": 1})
    places = [tmp_path / str(seed) for seed in (0, 1)]
    for seed, place in enumerate(places):
        checkpoints.save(place, 1, build(options.replace(seed=seed)).tracked(), options)
    assert interpolate_networks(*places, 0.25, tmp_path / "between") == 1
    gans = [build(options) for _ in range(3)]
    for gan, place in zip(gans, [*places, tmp_path / "between"], strict=True):
        checkpoints.restore(place, 1, gan.tracked())
    first, second, between = (_weights(gan.players["generator"]) for gan in gans)
    np.testing.assert_allclose(between, 0.75 * first + 0.25 * second, rtol=1e-5, atol=1e-7)
    assert json.loads((tmp_path / "between" / "interpolated_from.json").read_text())["share"] == 0.25
    for share, place, said in ((1.5, tmp_path / "no", "its range is"), (0.5, places[0], "holds a checkpoint")):
        with pytest.raises(UserError, match=said):
            interpolate_networks(*places, share, place)


def test_a_small_picture_beside_a_large_one_is_shown_as_large():
    large, small = SOURCE.random((2, 8, 8, 3)), SOURCE.random((2, 2, 2, 1))
    sheet = grids.beside([small, large], columns=4)
    assert sheet.shape == (8, 35, 3)
    np.testing.assert_array_equal(sheet[:4, :4], np.broadcast_to(sheet[0, 0], (4, 4, 3)))


@pytest.mark.slow
def test_published_sizes_of_networks():
    def count(gan, player, dataset=DATA, **more):
        made = build(Options.from_dict({"gan": gan, "dataset": "cifar10", "batch_size": 4} | more), dataset)
        return sum(int(np.prod(each.shape)) for each in made.players[player].network.trainable_variables)

    large = dataclasses.replace(DATA, image_shape=(64, 64, 3))
    larger = dataclasses.replace(DATA, image_shape=(128, 128, 3))
    assert count("srgan", "generator", large, architecture="srresnet_patch") == 1_550_486
    assert count("srgan", "discriminator", large, architecture="srresnet_patch") == 4_693_697
    rrdb = {"initializer": "normal"}
    assert count("esrgan", "generator", larger, **rrdb) == 16_697_987
    assert count("esrgan", "discriminator", larger, **rrdb) == 14_499_401
    # The program's number has the biases, which it sets to 0 before each use.
    biases = 2 * (64 + 128 + 256) + 512 + 3
    assert count("ccgan", "generator", large) == 5_515_395 - biases
