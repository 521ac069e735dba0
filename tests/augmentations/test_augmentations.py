"""Augmentations: what every one of them promises, and the closed forms of each."""

import importlib
import inspect
import pathlib
import zlib

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import augmentations, components
from compare_gan_tf2.augmentations import ada, adaptive, diff_augment, none

NAMES = sorted(
    path.stem for path in pathlib.Path(augmentations.__file__).parent.glob("*.py") if not path.stem.startswith("_")
)
EVERY = pytest.mark.parametrize(
    "augmentation", [importlib.import_module(f"compare_gan_tf2.augmentations.{name}") for name in NAMES], ids=NAMES
)
ALWAYS, NEVER = tf.constant(1.0), tf.constant(0.0)


def _images(count=4, height=8, width=8, colors=3, seed=0):
    return np.random.default_rng(seed).random((count, height, width, colors), np.float32)


class _Draws:
    """Uniform numbers that are a function of the purpose, of the images' places in the whole batch and of a seed."""

    def __init__(self, count, part=slice(None), seed=0):
        self.count, self.part, self.seed = count, part, seed
        self.shapes = {}

    def __call__(self, purpose, shape):
        assert purpose not in self.shapes, "two draws are the same"
        self.shapes[purpose] = list(shape)
        source = np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])
        whole = source.random((self.count, *shape[1:]), np.float32)[self.part]
        assert list(whole.shape) == list(shape)
        return tf.constant(whole)


def _augmented(augmentation, images, part=slice(None), probability=ALWAYS, seed=0):
    draws = _Draws(len(images), part, seed)
    return augmentation.augment(tf.constant(images[part]), draws, probability).numpy()


@EVERY
@pytest.mark.parametrize(("height", "width", "colors"), [(8, 8, 3), (8, 8, 1), (4, 7, 3), (9, 5, 1)])
@pytest.mark.parametrize("probability", [0.0, 0.6, 1.0])
def test_the_shape_stays_and_values_are_finite(augmentation, height, width, colors, probability):
    images = _images(6, height, width, colors)
    result = _augmented(augmentation, images, probability=tf.constant(probability))
    assert result.dtype == np.float32
    assert result.shape == images.shape
    assert np.isfinite(result).all()


@EVERY
def test_the_result_is_a_function_of_the_draws_each_of_which_has_its_own_purpose(augmentation):
    images = _images()
    draws = _Draws(len(images))
    first = augmentation.augment(tf.constant(images), draws, ALWAYS).numpy()
    np.testing.assert_array_equal(_augmented(augmentation, images), first)
    assert all(shape[0] == len(images) for shape in draws.shapes.values())
    name = augmentation.__name__.rpartition(".")[2]
    assert all(purpose.startswith(f"{name}/") for purpose in draws.shapes)
    is_other = not np.array_equal(_augmented(augmentation, images, seed=1), first)
    assert is_other == bool(draws.shapes) == (augmentation is not none)


@EVERY
@pytest.mark.parametrize("colors", [1, 3])
@pytest.mark.parametrize("part", [slice(0, 2), slice(2, 4), slice(None, None, -1)], ids=["first", "second", "reversed"])
def test_an_image_s_result_depends_on_its_own_draws_only(augmentation, part, colors):
    images = _images(colors=colors)
    whole = _augmented(augmentation, images, probability=tf.constant(0.7))
    np.testing.assert_allclose(
        _augmented(augmentation, images, part, probability=tf.constant(0.7)), whole[part], rtol=0, atol=1e-6
    )


@EVERY
@pytest.mark.parametrize("colors", [1, 3])
def test_the_gradient_is_the_slope(augmentation, colors):
    images = tf.constant(_images(colors=colors))
    weights, direction = _images(colors=colors, seed=1), _images(colors=colors, seed=2) - 0.5

    def value(x):
        return tf.reduce_sum(weights * augmentation.augment(x, _Draws(4), ALWAYS), axis=[1, 2, 3])

    with tf.GradientTape() as tape:
        tape.watch(images)
        values = value(images)
    gradient = tape.gradient(values, images)
    assert np.isfinite(gradient).all()
    # For given draws the result is linear in the images, so the difference is exact.
    slope = tf.reduce_sum(gradient * direction, axis=[1, 2, 3])
    np.testing.assert_allclose(slope, value(images + direction) - values, rtol=1e-3, atol=1e-3)
    assert np.all(np.any(gradient != 0, axis=(1, 2, 3)))


# The filters of ada take long to trace.
SECOND = [(name, *how) for name in NAMES for how in ((1, False), (3, False), (3, True), (1, True))]


@pytest.mark.parametrize(
    ("name", "colors", "compiled"),
    slow_unless(lambda case: case[1:] == (1, False) or (case[1:] == (3, True) and case[0] != "ada"), SECOND),
)
def test_the_second_derivative_is_the_slope_of_a_gradient_penalty(name, colors, compiled):
    augmentation = components.load("augmentations", name)
    images = tf.constant(_images(colors=colors))
    weights, direction = _images(colors=colors, seed=1), _images(colors=colors, seed=2) - 0.5

    def penalty(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_sum(weights * tf.square(augmentation.augment(x, _Draws(4), ALWAYS)))
        return tf.reduce_sum(tf.square(tape.gradient(value, x)), axis=[1, 2, 3])

    def derivative(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = penalty(x)
        return tape.gradient(value, x)

    second = (tf.function(derivative) if compiled else derivative)(images)
    slope = tf.reduce_sum(second * direction, axis=[1, 2, 3]).numpy()
    # The penalty is quadratic in the images, so the central difference is exact.
    difference = (penalty(images + direction) - penalty(images - direction)).numpy() / 2
    np.testing.assert_allclose(slope, difference, rtol=1e-3, atol=1e-3 * np.abs(difference).max())
    assert np.all(slope != 0)


@EVERY
def test_only_the_adaptive_ones_adapt_and_look_at_the_probability(augmentation):
    assert augmentation.ADAPTS is (augmentation in (ada, adaptive))
    images = _images()
    low, high = (_augmented(augmentation, images, probability=tf.constant(p)) for p in (0.3, 1.0))
    assert np.array_equal(low, high) is not augmentation.ADAPTS


@EVERY
def test_a_first_line_is_a_sentence(augmentation):
    assert inspect.getdoc(augmentation).partition("\n")[0].endswith((".", ")"))


def test_no_augmentation_is_no_operation():
    images = tf.constant(_images())
    assert none.augment(images, None, None) is images


# DiffAugment


def _diff_augmented(images, colors, shifts, places):
    """The transform in the words of the paper, image by image and pixel by pixel."""
    result = []
    for image, (brightness, saturation, contrast), shift, place in zip(images, colors, shifts, places, strict=True):
        x = image.astype(np.float64) * 2 - 1
        x = x + (brightness - 0.5)
        grey = x.mean(axis=2, keepdims=True)
        x = grey + 2 * saturation * (x - grey)
        x = x.mean() + (0.5 + contrast) * (x - x.mean())
        sides = x.shape[:2]
        largest = [int(side / 8 + 0.5) for side in sides]
        by = [int(np.floor(u * (2 * most + 1))) - most for u, most in zip(shift, largest, strict=True)]
        size = [int(side / 2 + 0.5) for side in sides]
        start = [int(u * (side + 1 - n % 2)) - n // 2 for u, side, n in zip(place, sides, size, strict=True)]
        out = np.zeros_like(x)
        for i in range(sides[0]):
            for j in range(sides[1]):
                is_image = 0 <= i + by[0] < sides[0] and 0 <= j + by[1] < sides[1]
                is_cut = 0 <= i - start[0] < size[0] and 0 <= j - start[1] < size[1]
                if is_image and not is_cut:
                    out[i, j] = x[i + by[0], j + by[1]]
        result.append((out + 1) / 2)
    return np.stack(result)


def _given(numbers):
    def uniform(purpose, shape):
        return tf.reshape(tf.constant(numbers[purpose], tf.float32), shape)

    return uniform


@pytest.mark.parametrize(("height", "width", "colors"), [(16, 16, 3), (16, 16, 1), (9, 14, 3)])
def test_diff_augment_equals_the_paper_s_words(height, width, colors):
    source, count = np.random.default_rng(3), 12
    images = _images(count, height, width, colors)
    draws = [source.random((count, n), np.float32) for n in (3, 2, 2)]
    # Both ends of all ranges.
    for numbers in draws:
        numbers[0], numbers[1] = 0, 1 - 2.0**-24
    purposes = ("diff_augment/colours", "diff_augment/translation", "diff_augment/cutout")
    uniform = _given(dict(zip(purposes, draws, strict=True)))
    result = diff_augment.augment(tf.constant(images), uniform, NEVER)
    np.testing.assert_allclose(result, _diff_augmented(images, *draws), atol=1e-6)


def _diff(images, *, colors=(0.5, 0.5, 0.5), shift=(0.5, 0.5), place=(0.0, 0.0)):
    numbers = {"diff_augment/colours": colors, "diff_augment/translation": shift, "diff_augment/cutout": place}
    return diff_augment.augment(tf.constant(images), _given(numbers), NEVER).numpy()


def test_diff_augment_s_middle_colours_change_nothing_and_a_corner_is_cut():
    images = _images(1, 8, 8)
    expected = images.copy()
    # The square's middle is the image's corner.
    expected[:, :2, :2] = 0.5
    np.testing.assert_allclose(_diff(images), expected, atol=1e-6)


def test_diff_augment_moves_by_an_eighth_and_fills_with_the_paper_s_zero():
    images = _images(1, 16, 16)
    moved = _diff(images, shift=(0.0, 0.99), place=(0.999, 0.999))
    np.testing.assert_allclose(moved[:, 2:12, :12], images[:, :10, 2:14], atol=1e-6)
    np.testing.assert_array_equal(moved[:, :2], 0.5)
    np.testing.assert_array_equal(moved[:, :, 14:], 0.5)


def test_diff_augment_s_colours():
    images = _images(1, 8, 8)
    kept = (slice(None), slice(2, None), slice(2, None))
    np.testing.assert_allclose(_diff(images, colors=(0.75, 0.5, 0.5))[kept], (images + 0.125)[kept], atol=1e-6)
    grey = np.repeat(images.mean(axis=3, keepdims=True), 3, axis=3)
    np.testing.assert_allclose(_diff(images, colors=(0.5, 0.0, 0.5))[kept], grey[kept], atol=1e-6)
    contrast = images.mean() + 0.5 * (images - images.mean())
    np.testing.assert_allclose(_diff(images, colors=(0.5, 0.5, 0.0))[kept], contrast[kept], atol=1e-6)


def test_diff_augment_does_not_change_grey_images_by_saturation():
    images = _images(2, 8, 8, 1)
    both = {"shift": [[0.5, 0.5]] * 2, "place": [[0.3, 0.7]] * 2}
    results = [_diff(images, colors=[[0.9, u, 0.2]] * 2, **both) for u in (0.0, 0.9)]
    np.testing.assert_allclose(*results, atol=1e-6)


# ADA


class _Chosen:
    """Draws that apply the chosen transforms alone; each is given by its name and the numbers it is made of."""

    def __init__(self, **numbers):
        self.numbers = {name: np.atleast_1d(values) for name, values in numbers.items()}
        self.unused = set(numbers)

    def __call__(self, purpose, shape):
        name = purpose.removeprefix("adaptive/")
        self.unused.discard(name)
        draws = np.full(shape, 0.999, np.float32)
        if name in self.numbers:
            draws[:, 0], draws[:, 1:] = 0, self.numbers[name]
        return tf.constant(draws)


def _ada(images, **numbers):
    """Images with the chosen transforms, the others left out."""
    chosen = _Chosen(**numbers)
    result = adaptive.augment(tf.constant(images, tf.float32), chosen, tf.constant(0.9)).numpy()
    assert not chosen.unused, "no such transform"
    return result


def _uniform_of(normal):
    """The draw that becomes this normal number."""
    return float(0.5 * (1 + tf.math.erf(tf.constant(normal / np.sqrt(2), tf.float64))))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 12), (32, 32), (4, 5)])
@pytest.mark.parametrize("colors", [1, 3])
def test_probability_0_leaves_the_images(height, width, colors):
    images = _images(5, height, width, colors)
    zeros = adaptive.augment(tf.constant(images), lambda purpose, shape: tf.zeros(shape), NEVER)
    np.testing.assert_allclose(zeros, images, rtol=0, atol=1e-6)
    np.testing.assert_allclose(_augmented(adaptive, images, probability=NEVER), images, rtol=0, atol=1e-6)


def test_a_flip_is_a_flip():
    images = _images(2, 6, 9)
    np.testing.assert_allclose(_ada(images, x_flip=0.5), images[:, :, ::-1], atol=1e-6)
    np.testing.assert_allclose(_ada(images, x_flip=0.49), images, atol=1e-6)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("side", [8, 9])
def test_quarter_turns_are_quarter_turns(turns, side):
    images = _images(2, side, side)
    np.testing.assert_allclose(
        _ada(images, quarter_turns=turns / 4), np.rot90(images, turns, axes=(1, 2)), rtol=0, atol=1e-6
    )


def test_an_integer_shift_is_a_shift_of_the_reflected_image():
    images = _images(2, 16, 24)
    # 0.125 of 24 and of 16: as far as it goes to the right, and up.
    padded = np.pad(images, [(0, 0), (2, 2), (3, 3), (0, 0)], "reflect")
    np.testing.assert_allclose(
        _ada(images, integer_shift=[1 - 2**-24, 0.0]), padded[:, 4 : 4 + 16, 0:24], rtol=0, atol=1e-6
    )
    # 0.125 * 0.8 * 24 = 2.4 to the left is 2, and 0.125 * 0.8 * 16 = 1.6 down is 2.
    np.testing.assert_allclose(_ada(images, integer_shift=[0.1, 0.9]), padded[:, 0:16, 5 : 5 + 24], rtol=0, atol=1e-6)


def test_a_fractional_shift_lies_between_pixels():
    images = _images(2, 16, 16)
    # 0.125 * 16 * 0.25 and 0.75: half a pixel to the right, a pixel and a half down.
    padded = np.pad(images, [(0, 0), (2, 0), (1, 0), (0, 0)], "reflect")
    columns = (padded[:, :, :-1] + padded[:, :, 1:]) / 2
    expected = (columns[:, :-2] + columns[:, 1:-1])[:, :16] / 2
    result = _ada(images, fractional_shift=[_uniform_of(0.25), _uniform_of(0.75)])
    np.testing.assert_allclose(result, expected, atol=1e-5)


@pytest.mark.parametrize(("shares", "first"), [(0.0, -2), (-3.2, 2), (3.2, -6)])
def test_an_image_goes_on_by_reflection_however_far(shares, first):
    images = _images(1, 5, 5)
    # Half as wide, as high as before, and moved by 0.125 * 3.2 * 5 = 2 pixels, which were 4.
    half = {"scale": _uniform_of(-2.5), "stretch": _uniform_of(-2.5)}
    result = _ada(images, **half, fractional_shift=[_uniform_of(shares), 0.5])
    padded = np.pad(images, [(0, 0), (0, 0), (8, 8), (0, 0)], "reflect")
    np.testing.assert_allclose(result, padded[:, :, 8 + first : 8 + first + 9 : 2], atol=1e-4)


def _ramps(side):
    """An image [1, side, side, 3] of its own coordinates, x and y from the middle, y down; bilinear sampling of it is
    exact away from its ends."""
    x = np.arange(side) - (side - 1) / 2
    return np.stack(np.broadcast_arrays(x[None, :], x[:, None], 0.0), axis=-1)[None] / 100


def _turn(degrees):
    """The points that a counter-clockwise turn, y down, brings to their places."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


# 2^(0.2 * 2) and so on: what a normal number of 2 scales by.
_BIGGER = 2**0.4


@pytest.mark.parametrize(
    ("numbers", "inverse"),
    [
        ({"scale": _uniform_of(2)}, np.eye(2) / _BIGGER),
        ({"scale": _uniform_of(-1)}, np.eye(2) * 2**0.2),
        ({"stretch": _uniform_of(2)}, np.diag([1 / _BIGGER, _BIGGER])),
        ({"pre_rotation": 0.5 + 30 / 360}, _turn(30)),
        ({"post_rotation": 0.5 - 70 / 360}, _turn(-70)),
        ({"pre_rotation": 0.5 + 30 / 360, "stretch": _uniform_of(2)}, _turn(30) @ np.diag([1 / _BIGGER, _BIGGER])),
        ({"stretch": _uniform_of(2), "post_rotation": 0.5 + 30 / 360}, np.diag([1 / _BIGGER, _BIGGER]) @ _turn(30)),
        ({"x_flip": 0.6, "quarter_turns": 0.3}, np.diag([-1, 1]) @ _turn(90)),
        ({"quarter_turns": 0.3, "stretch": _uniform_of(2)}, _turn(90) @ np.diag([1 / _BIGGER, _BIGGER])),
        ({"x_flip": 0.6, "pre_rotation": 0.5 + 30 / 360}, np.diag([-1, 1]) @ _turn(30)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_scales_and_rotations_sample_where_their_inverses_say_in_the_paper_s_order(numbers, inverse):
    ramps = _ramps(16)
    middle = (0, slice(5, 11), slice(5, 11), slice(0, 2))
    np.testing.assert_allclose(_ada(ramps, **numbers)[middle], (ramps[..., :2] @ inverse.T)[middle], atol=2e-6)


def test_a_shift_is_scaled_by_what_comes_after_it_only():
    ramps = _ramps(16)
    middle = (0, slice(6, 10), slice(6, 10), 0)
    # Two pixels to the right, then bigger; or bigger, then two pixels to the right.
    first = _ada(ramps, integer_shift=[1 - 2**-24, 0.5], scale=_uniform_of(2))
    last = _ada(ramps, scale=_uniform_of(2), fractional_shift=[_uniform_of(1), 0.5])
    np.testing.assert_allclose(first[middle], (ramps / _BIGGER - 0.02)[middle], atol=2e-6)
    np.testing.assert_allclose(last[middle], ((ramps - 0.02) / _BIGGER)[middle], atol=2e-6)


def test_each_transform_has_the_probability_and_the_rotations_share_it():
    images, p = _images(2), 0.75
    own = {"pre_rotation": 0.5, "post_rotation": 0.5}
    for name, values in {
        "x_flip": [0.9], "quarter_turns": [0.4], "integer_shift": [0.0, 0.0], "scale": [0.9], "pre_rotation": [0.6],
        "stretch": [0.9], "post_rotation": [0.6], "fractional_shift": [0.9, 0.9], "brightness": [0.9],
        "contrast": [0.9], "luma_flip": [0.9], "hue": [0.9], "saturation": [0.9],
    }.items():  # fmt: skip
        for gate, is_applied in ((own.get(name, p) - 1e-3, True), (own.get(name, p) + 1e-3, False)):

            def uniform(purpose, shape, name=name, values=values, gate=gate):
                chosen = purpose == f"adaptive/{name}"
                row = [gate, *values] if chosen else [0.999] * shape[1]
                return tf.tile(tf.constant([row], tf.float32), [shape[0], 1])

            result = adaptive.augment(tf.constant(images), uniform, tf.constant(p)).numpy()
            assert (np.abs(result - images).max() > 1e-3) == is_applied, (name, gate)


def _homogeneous(scale=None, shift=0.0):
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) if scale is None else scale
    matrix[:3, 3] = shift
    return matrix


def _colour_matrices(**normal_or_angle):
    """Appendix B's 4x4 matrices, by name, of a normal number, a sign or an angle."""
    v = np.ones(3) / np.sqrt(3)
    axis, cross = np.outer(v, v), np.cross(np.eye(3), v)
    angle = normal_or_angle.get("hue", 0.0)
    # Rodrigues' formula; row i of cross is e_i x v, whose product with x is component i of v x x.
    rotation = np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * axis
    factor = 2.0 ** normal_or_angle.get("saturation", 0.0)
    return [
        _homogeneous(shift=0.2 * normal_or_angle.get("brightness", 0.0)),
        _homogeneous(np.eye(3) * 2.0 ** (0.5 * normal_or_angle.get("contrast", 0.0))),
        _homogeneous(np.eye(3) - 2 * axis * normal_or_angle.get("luma_flip", 0)),
        _homogeneous(rotation),
        _homogeneous(axis + factor * (np.eye(3) - axis)),
    ]


@pytest.mark.parametrize(
    "chosen",
    [
        {"brightness": 1.5},
        {"contrast": -2.0},
        {"luma_flip": 1},
        {"hue": 2.0},
        {"saturation": 1.0},
        {"brightness": -1.0, "contrast": 1.0, "luma_flip": 1, "hue": -1.0, "saturation": 0.5},
    ],
    ids="-".join,
)
def test_colours_equal_the_product_of_the_paper_s_matrices(chosen):
    images = _images(2)
    matrix = np.eye(4)
    for factor in _colour_matrices(**chosen):
        matrix = factor @ matrix
    expected = ((2 * images - 1) @ matrix[:3, :3].T + matrix[:3, 3] + 1) / 2

    def draw(name, value):
        if name == "luma_flip":
            return 0.5 * value
        return 0.5 + value / (2 * np.pi) if name == "hue" else _uniform_of(value)

    draws = {name: draw(name, value) for name, value in chosen.items()}
    np.testing.assert_allclose(_ada(images, **draws), expected, atol=2e-6)


def test_a_third_of_the_hues_is_the_next_colour_and_a_luma_flip_makes_black_white():
    images = _images(2)
    np.testing.assert_allclose(_ada(images, hue=0.5 + 1 / 3), images[..., [2, 0, 1]], atol=2e-6)
    black, grey = np.zeros([1, 4, 4, 3]), _images(1, 4, 4, 1)
    np.testing.assert_allclose(_ada(black, luma_flip=0.5), black + 1, atol=1e-6)
    np.testing.assert_allclose(_ada(grey, luma_flip=0.5), 1 - grey, atol=1e-6)


def test_grey_images_fare_as_the_same_grey_in_three_colours():
    images = _images(8, 8, 8, 1)
    three = _augmented(adaptive, np.repeat(images, 3, axis=3), probability=tf.constant(0.8))
    for color in range(3):
        np.testing.assert_allclose(
            _augmented(adaptive, images, probability=tf.constant(0.8))[..., 0], three[..., color], atol=1e-5
        )


def test_draws_of_0_are_not_infinite():
    images = _images(2)
    result = adaptive.augment(tf.constant(images), lambda purpose, shape: tf.zeros(shape), ALWAYS)
    assert np.isfinite(result).all()


def test_the_probability_rises_with_overfitting_and_falls_without():
    p = tf.constant(0.5)
    above, below = tf.constant([1.0, 1.0, 1.0, 1.0, -1.0]), tf.constant([1.0, 1.0, 1.0, -1.0, -1.0])
    step = {"target": 0.5, "kimg": 2.0}
    np.testing.assert_allclose(adaptive.adapt(p, above, 100, **step), 0.55, rtol=1e-6)
    np.testing.assert_allclose(adaptive.adapt(p, below, 100, **step), 0.45, rtol=1e-6)
    np.testing.assert_allclose(adaptive.adapt(p, tf.constant(0.2), tf.constant(100), **step), 0.45, rtol=1e-6)
    assert float(adaptive.adapt(p, tf.constant([1.0, 1.0, 1.0, -1.0]), 100, **step)) == 0.5
    # The paper's target of 0.6 and 500 thousand images.
    np.testing.assert_allclose(adaptive.adapt(p, tf.constant(0.61), 1000), 0.502, rtol=1e-6)
    np.testing.assert_allclose(adaptive.adapt(p, tf.constant(0.59), 1000), 0.498, rtol=1e-6)


def test_the_probability_stays_a_probability():
    step = {"target": 0.6, "kimg": 1.0}
    assert float(adaptive.adapt(tf.constant(0.95), tf.constant(1.0), 100, **step)) == 1.0
    assert float(adaptive.adapt(tf.constant(0.05), tf.constant(-1.0), 100, **step)) == 0.0


def test_the_probability_goes_from_0_to_1_in_its_thousands_of_images():
    p, batch, kimg = tf.constant(0.0), 50, 2
    path = []
    for _ in range(kimg * 1000 // batch):
        p = adaptive.adapt(p, tf.ones([batch]), batch, target=0.6, kimg=kimg)
        path.append(float(p))
    np.testing.assert_allclose(path, np.arange(1, 41) / 40, rtol=1e-5)
