"""ADA: flips, turns, shifts, scales and colors, as often as overfitting demands (Karras et al. 2020, section 3)."""

import math
from collections.abc import Callable

import tensorflow as tf

ADAPTS = True

# What r_t, the mean sign of D's logits on real images, is held at: 0 is no overfitting, 1 is all of it (section 3.2).
TARGET = 0.6
# Thousands of real images shown to D in which the probability can go from 0 to 1 (section 3.2).
SPEED = 500.0

# Appendix B's strengths; scales are powers of two, and translations are shares of a side.
_INTEGER_SHIFT = 0.125
_SCALE = 0.2
_FRACTIONAL_SHIFT = 0.125
_BRIGHTNESS = 0.2
_CONTRAST = 0.5
_SATURATION = 1.0

# erfinv is infinite at -1, where a draw of 0 would be; with this limit normal numbers end at about 5.2.
_ALMOST_ONE = 1.0 - 2.0**-23

# (name, what draws [B, n] in [0, 1) become, the value that changes nothing, n) -> [B, n]
_Parameter = Callable[[str, Callable[[tf.Tensor], tf.Tensor], float, int], tf.Tensor]


def augment(images: tf.Tensor, uniform: Callable[[str, list[int]], tf.Tensor], probability: tf.Tensor) -> tf.Tensor:
    """The pipeline "bgc" (appendix B): pixel blitting, general geometric and color transforms, in this order.

    Each transform is applied to each image with the given probability, independently of all others. The geometric
    ones are one affine map per image, executed by one bilinear resampling of the image continued by reflection. The
    paper resamples between orthogonal-wavelet filters, which keep what is scaled down from aliasing; here there are
    none. Values are not clipped.

    Args:
        images: float32 [B, H, W, C] in [0, 1]; the result is linear in them, for given draws.
        uniform: uniform(purpose, shape) -> float32 in [0, 1); shape starts with B.
        probability: p, float32 scalar in [0, 1].

    Returns:
        float32 [B, H, W, C]; the images themselves, up to rounding, if p is 0. Grey images have no hue or saturation.
    """
    count, height, width, _ = images.shape

    def parameter(name: str, value: Callable[[tf.Tensor], tf.Tensor], neutral: float, size: int) -> tf.Tensor:
        draws = uniform(f"adaptive/{name}", [count, 1 + size])
        # Rotations before and after the anisotropic scaling: p is the probability of at least one of them.
        own = 1.0 - tf.sqrt(1.0 - probability) if name.endswith("_rotation") else probability
        return tf.where(draws[:, :1] < own, value(draws[:, 1:]), neutral)

    return _coloured(_resampled(images, _inverse_map(parameter, height, width)), parameter)


def adapt(
    probability: tf.Tensor,
    signs: tf.Tensor,
    images_seen: tf.Tensor | int,
    *,
    target: float = TARGET,
    kimg: float = SPEED,
) -> tf.Tensor:
    """The augmentation probability for the next updates (section 3.2): a step up if D overfits, else a step down.

    Args:
        probability: the current one; float32 scalar in [0, 1].
        signs: signs of D's logits on real images since the last adaptation, of any shape, or their mean; float32.
            Their mean is r_t = E[sign(D_train)], equation 1.
        images_seen: real images since the last adaptation.
        target: what r_t is to be.
        kimg: thousands of images in which the probability can go from 0 to 1.

    Returns:
        float32 scalar in [0, 1]; unchanged if r_t is the target.
    """
    step = tf.cast(images_seen, tf.float32) / (kimg * 1000.0)
    return tf.clip_by_value(probability + step * tf.sign(tf.reduce_mean(signs) - target), 0.0, 1.0)


def _normal(draws: tf.Tensor) -> tf.Tensor:
    """Draws from U[0, 1) -> draws from N(0, 1)."""
    return math.sqrt(2.0) * tf.math.erfinv(tf.clip_by_value(2.0 * draws - 1.0, -_ALMOST_ONE, _ALMOST_ONE))


def _sign(draws: tf.Tensor) -> tf.Tensor:
    """Draws from U[0, 1) -> 1 or -1."""
    return 1.0 - 2.0 * tf.floor(2.0 * draws)


def _angle(draws: tf.Tensor) -> tf.Tensor:
    """Draws from U[0, 1) -> angles in radians, in [-pi, pi)."""
    return math.pi * (2.0 * draws - 1.0)


def _scale(sigma: float) -> Callable[[tf.Tensor], tf.Tensor]:
    """What turns draws from U[0, 1) into factors whose logarithm to base 2 is from N(0, sigma^2)."""
    return lambda draws: tf.pow(2.0, sigma * _normal(draws))


def _inverse_map(parameter: _Parameter, height: int, width: int) -> tf.Tensor:
    """float32 [B, 3, 3]: where (x, y, 1) of the result comes from, in pixels from the middle, y pointing down.

    The inverse of the paper's G: the first transform's inverse stands leftmost.
    """
    sides = tf.constant([width, height], tf.float32)
    flip = parameter("x_flip", _sign, 1.0, 1)[:, 0]
    turns = parameter("quarter_turns", lambda u: tf.floor(4.0 * u), 0.0, 1)[:, 0]
    whole = parameter("integer_shift", lambda u: tf.round(_INTEGER_SHIFT * (2.0 * u - 1.0) * sides), 0.0, 2)
    scale = parameter("scale", _scale(_SCALE), 1.0, 1)[:, 0]
    before = parameter("pre_rotation", _angle, 0.0, 1)[:, 0]
    stretch = parameter("stretch", _scale(_SCALE), 1.0, 1)[:, 0]
    after = parameter("post_rotation", _angle, 0.0, 1)[:, 0]
    fraction = parameter("fractional_shift", lambda u: _FRACTIONAL_SHIFT * _normal(u) * sides, 0.0, 2)

    # From tables, as cosines of float32 quarter turns are not quite 0 and would blur.
    quarter = tf.cast(turns, tf.int32)
    cosine, sine = tf.gather([1.0, 0.0, -1.0, 0.0], quarter), tf.gather([0.0, 1.0, 0.0, -1.0], quarter)
    inverse = _multiply(_unscaling(flip, tf.ones_like(flip)), _unrotation(cosine, sine))
    for factor in (
        _unshift(whole),
        _unscaling(scale, scale),
        _unrotation(tf.cos(before), tf.sin(before)),
        _unscaling(stretch, 1.0 / stretch),
        _unrotation(tf.cos(after), tf.sin(after)),
        _unshift(fraction),
    ):
        inverse = _multiply(inverse, factor)
    return inverse


def _matrix(*rows: list[tf.Tensor]) -> tf.Tensor:
    """Two rows of three [B] each -> affine maps [B, 3, 3]."""
    zero, one = tf.zeros_like(rows[0][0]), tf.ones_like(rows[0][0])
    return tf.stack([tf.stack(row, axis=-1) for row in (*rows, [zero, zero, one])], axis=-2)


def _unscaling(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    zero = tf.zeros_like(x)
    return _matrix([1.0 / x, zero, zero], [zero, 1.0 / y, zero])


def _unrotation(cosine: tf.Tensor, sine: tf.Tensor) -> tf.Tensor:
    """Undoes a turn that looks counter-clockwise."""
    zero = tf.zeros_like(cosine)
    return _matrix([cosine, -sine, zero], [sine, cosine, zero])


def _unshift(xy: tf.Tensor) -> tf.Tensor:
    x, y = xy[:, 0], xy[:, 1]
    zero, one = tf.zeros_like(x), tf.ones_like(x)
    return _matrix([one, zero, -x], [zero, one, -y])


def _multiply(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """a b, [B, 3, 3] each, in full float32: tf.matmul rounds to TF32 on GPUs, which places pixels wrongly."""
    return tf.reduce_sum(a[:, :, :, None] * b[:, None, :, :], axis=2)


def _resampled(images: tf.Tensor, inverse: tf.Tensor) -> tf.Tensor:
    """Images [B, H, W, C] at the places that inverse [B, 3, 3] names, interpolated bilinearly."""
    count, height, width, colors = images.shape
    x = tf.range(width, dtype=tf.float32)[None, None, :] - (width - 1) / 2
    y = tf.range(height, dtype=tf.float32)[None, :, None] - (height - 1) / 2
    entry = inverse[:, :, :, None, None]
    source_x = entry[:, 0, 0] * x + entry[:, 0, 1] * y + entry[:, 0, 2] + (width - 1) / 2
    source_y = entry[:, 1, 0] * x + entry[:, 1, 1] * y + entry[:, 1, 2] + (height - 1) / 2

    left, top = tf.floor(source_x), tf.floor(source_y)
    to_right, to_bottom = (source_x - left)[..., None], (source_y - top)[..., None]
    column, row = tf.cast(left, tf.int32), tf.cast(top, tf.int32)
    pixels = tf.reshape(images, [count, height * width, colors])

    def at(row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
        place = _reflected(row, height) * width + _reflected(column, width)
        return tf.gather(pixels, place, axis=1, batch_dims=1)

    upper = (1.0 - to_right) * at(row, column) + to_right * at(row, column + 1)
    lower = (1.0 - to_right) * at(row + 1, column) + to_right * at(row + 1, column + 1)
    return (1.0 - to_bottom) * upper + to_bottom * lower


def _reflected(index: tf.Tensor, side: int) -> tf.Tensor:
    """Any int32 -> [0, side), as if the image were mirrored at its outermost pixels again and again."""
    return (side - 1) - tf.abs(tf.math.floormod(index, 2 * (side - 1)) - (side - 1))


def _coloured(images: tf.Tensor, parameter: _Parameter) -> tf.Tensor:
    """The paper's matrix C applied to images [B, H, W, C].

    Its factors after brightness all keep the grey axis and the plane across it, so their product is contrast times
    (luma flip on the axis, saturation and a turn by the hue's angle in the plane). Grey images have the axis only.
    """
    brightness = parameter("brightness", lambda u: _BRIGHTNESS * _normal(u), 0.0, 1)[:, :, None, None]
    contrast = parameter("contrast", _scale(_CONTRAST), 1.0, 1)[:, :, None, None]
    flip = parameter("luma_flip", _sign, 1.0, 1)[:, :, None, None]
    # The paper's images are in [-1, 1].
    x = 2.0 * images - 1.0 + brightness
    if x.shape[-1] == 1:
        return (contrast * flip * x + 1.0) / 2.0
    hue = parameter("hue", _angle, 0.0, 1)[:, :, None, None]
    saturation = parameter("saturation", _scale(_SATURATION), 1.0, 1)[:, :, None, None]
    grey = tf.reduce_mean(x, axis=-1, keepdims=True)
    # The axis (1, 1, 1) / sqrt(3) times x, as vectors.
    across = (tf.roll(x, 1, axis=-1) - tf.roll(x, -1, axis=-1)) / math.sqrt(3.0)
    turned = tf.cos(hue) * (x - grey) + tf.sin(hue) * across
    return (contrast * (flip * grey + saturation * turned) + 1.0) / 2.0
