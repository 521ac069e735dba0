"""Paired metrics by hand: L1, PSNR of RGB and of luma, IoU, label accuracy, and diversities of several outputs."""

import itertools
import math

import numpy as np
import pytest

from compare_gan_tf2.extractors import Extractor
from compare_gan_tf2.paired_metrics import Batch, Setup
from compare_gan_tf2.paired_metrics.panel import Panel


def _scores(name, batch, **setup):
    scored = Panel([name], Setup(batch.outputs.shape[1:], **setup))
    scored.update(batch)
    return scored.result()


def _of_pair(name, outputs, truths):
    return _scores(name, Batch(outputs, truths), truths=True)


def _constant(*colors, side=12):
    """Images of one color each."""
    return np.stack([np.full((side, side, len(color)), color, np.uint8) for color in colors])


def test_l1_is_of_pixels_between_0_and_1_and_differences_do_not_wrap():
    assert _of_pair("l1", _constant((0, 0, 0)), _constant((255, 255, 255))) == {"l1": 1.0}
    assert _of_pair("l1", _constant((255,)), _constant((0,))) == {"l1": 1.0}
    # 3 + 250 + 0 over three channels, and an equal image beside.
    outputs = _constant((10, 255, 7), (1, 2, 3))
    assert _of_pair("l1", outputs, _constant((13, 5, 7), (1, 2, 3)))["l1"] == pytest.approx(253 / 3 / 255 / 2)


def test_l1_to_the_input_and_of_the_best_draw():
    outputs, others = _constant((100,), (8,)), _constant((151,), (8,))
    batch = Batch(outputs, inputs=others)
    assert _scores("l1_to_input", batch, input_shape=(12, 12, 1)) == {"l1_to_input": pytest.approx(51 / 255 / 2)}
    draws = np.stack([_constant((0,), (9,)), _constant((141,), (107,)), _constant((251,), (58,))], axis=1)
    batch = Batch(outputs, others, draws=draws)
    # The nearest of 151 is 141, of 8 it is 9.
    expected = {"l1_best_of_3": pytest.approx((10 + 1) / 255 / 2)}
    assert _scores("l1_best_of", batch, truths=True, draws=3) == expected


def test_psnr_of_rgb_is_the_mean_of_the_images_decibels():
    outputs, truths = _constant((10, 20, 30), (0, 0, 0)), _constant((15, 20, 30), (255, 255, 255))
    expected = (10 * math.log10(255**2 / (25 / 3)) + 0.0) / 2
    assert _of_pair("psnr_rgb", outputs, truths)["psnr_rgb"] == pytest.approx(expected, rel=1e-14)
    # Of one pixel by one level: 20 log10(255) + 10 log10(number of values).
    one = _constant((9, 9, 9))
    other = one.copy()
    other[0, 3, 4, 1] += 1
    expected = 20 * math.log10(255) + 10 * math.log10(12 * 12 * 3)
    assert _of_pair("psnr_rgb", one, other)["psnr_rgb"] == pytest.approx(expected, rel=1e-14)


def test_equal_images_have_100_decibels_and_nearly_equal_large_ones_no_more():
    image = np.zeros((1, 300, 400, 3), np.uint8)
    other = image.copy()
    other[0, 0, 0, 0] = 1
    assert 20 * math.log10(255) + 10 * math.log10(image.size) > 100
    for truths in (image, other):
        assert _of_pair("psnr_rgb", image, truths) == {"psnr_rgb": 100.0}


@pytest.mark.parametrize(("channel", "weight"), [(0, 65.481), (1, 128.553), (2, 24.966)])
def test_luma_has_the_weights_of_its_standard_and_red_comes_first(channel, weight):
    outputs = _constant((40, 40, 40))
    truths = outputs.copy()
    truths[..., channel] += 17
    expected = 20 * math.log10(255 / (17 * weight / 255))
    assert _of_pair("psnr_y_crop4", outputs, truths)["psnr_y_crop4"] == pytest.approx(expected, rel=1e-12)


def test_luma_leaves_four_pixels_of_border_out_and_no_more():
    black = _constant((0, 0, 0), side=20)
    framed = np.full_like(black, 255)
    framed[:, 4:-4, 4:-4] = 0
    assert _of_pair("psnr_y_crop4", black, framed) == {"psnr_y_crop4": 100.0}
    for row, column in ((4, 4), (15, 15), (4, 15)):
        changed = framed.copy()
        changed[:, row, column] = 255
        # One of 12 x 12 pixels, by 219 levels.
        expected = 20 * math.log10(255 / 219) + 10 * math.log10(12 * 12)
        assert _of_pair("psnr_y_crop4", black, changed)["psnr_y_crop4"] == pytest.approx(expected, rel=1e-12)


def test_gray_images_are_their_own_luma():
    outputs, truths = _constant((100,)), _constant((90,))
    assert _of_pair("psnr_y_crop4", outputs, truths)["psnr_y_crop4"] == pytest.approx(20 * math.log10(25.5))
    # The same in three channels is narrower: 219 levels instead of 255.
    colored = [np.repeat(images, 3, axis=3) for images in (outputs, truths)]
    expected = 20 * math.log10(25.5 * 255 / 219)
    assert _of_pair("psnr_y_crop4", *colored)["psnr_y_crop4"] == pytest.approx(expected, rel=1e-12)


def test_rgb_and_luma_are_decibels_apart():
    source = np.random.default_rng(0)
    truths = source.integers(60, 190, (4, 24, 24, 3), np.uint8)
    outputs = (truths + source.integers(-20, 20, truths.shape)).astype(np.uint8)
    both = [_of_pair(name, outputs, truths)[name] for name in ("psnr_rgb", "psnr_y_crop4")]
    assert both[1] > both[0] + 2


def _two_colored(*rows):
    """Images [N, 1, W, 1] of text: # is bright."""
    return np.array([[[[200 if letter == "#" else 30] for letter in row]] for row in rows], np.uint8)


def test_intersection_over_union_by_hand():
    outputs, truths = _two_colored("##..", ".###"), _two_colored(".##.", ".###")
    found = _of_pair("iou", outputs, truths)
    assert found == {"iou_bright": pytest.approx((1 / 3 + 1) / 2), "iou_dark": pytest.approx((1 / 3 + 1) / 2)}


def test_where_the_halves_part():
    # 127.5 is the middle: 127 is dark, 128 is bright, and of colors the mean of channels decides.
    for outputs, dark in (((127,), 1.0), ((128,), 0.0), ((255, 127, 0), 1.0), ((255, 128, 0), 0.0)):
        truths = np.zeros((1, 12, 12, len(outputs)), np.uint8)
        truths[:, :3] = 255
        images = _constant(outputs)
        images[:, :3] = 255
        assert (_of_pair("iou", images, truths)["iou_dark"] == 1.0) is bool(dark)


def test_images_without_a_color_count_for_nothing_unless_the_output_has_it():
    outputs, truths = _two_colored("....", "#...", "##.."), _two_colored("....", "....", "##..")
    scored = Panel(["iou"], Setup((1, 4, 1), truths=True))
    scored.update(Batch(outputs, truths))
    assert scored.result() == {"iou_bright": 0.5, "iou_dark": pytest.approx((1 + 0.75 + 1) / 3)}
    assert scored.counts() == {"iou_bright": 2, "iou_dark": 3}


def test_images_of_two_colors_that_are_both_dark_are_refused():
    red_on_blue = _constant((255, 0, 0), (0, 0, 255))
    with pytest.raises(ValueError, match="paired metric iou: none of 2 images has iou_bright .bright from 128 up"):
        _of_pair("iou", red_on_blue, red_on_blue)


def _of_levels(images):
    """Features are the mean level and twice it, logits the nearness to levels 0, 1/2 and 1."""
    level = images.mean(axis=(1, 2, 3))
    return np.stack([3 * level, 4 * level], axis=1), -np.abs(level[:, None] - np.array([0, 0.5, 1], np.float32))


_EXTRACTOR = Extractor("levels", "levels", 3, None, _of_levels)


def test_accuracy_counts_the_outputs_of_the_class_they_were_made_for():
    batch = Batch(_constant((3,), (128,), (250,), (250,)), labels=np.array([0, 1, 2, 1]))
    expected = {"label_accuracy": 0.75}
    assert _scores("label_accuracy", batch, labels=True, extractor=_EXTRACTOR) == expected


def test_diversities_are_means_over_every_two_outputs_of_an_input():
    levels = [(0, 51, 255), (70, 70, 70)]
    draws = np.stack([_constant(*((level,) for level in each)) for each in levels])
    batch = Batch(draws[:, 0], draws=draws)
    expected = (51 + 255 + 204) / 3 / 255 / 2
    assert _scores("diversity_l1", batch, draws=3) == {"diversity_l1_3": pytest.approx(expected, rel=1e-14)}
    # (3, 4) times the level has five times its distances.
    found = _scores("diversity_features", batch, draws=3, extractor=_EXTRACTOR)
    assert found == {"diversity_features_3": pytest.approx(5 * expected, rel=1e-6)}


def test_more_outputs_are_no_more_diverse():
    levels = (0, 255)
    found = []
    for draws in (2, 4, 6):
        batches = itertools.product(levels, repeat=draws)
        images = np.stack([_constant(*((level,) for level in each), side=1) for each in batches])
        found.append(_scores("diversity_l1", Batch(images[:, 0], draws=images), draws=draws)[f"diversity_l1_{draws}"])
    # Of fair coins: half of the pairs differ.
    assert found == [pytest.approx(0.5)] * 3
