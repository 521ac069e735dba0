"""The transforms of ADA's pipeline: what their draws become, maps of the plane, colors (Karras et al. 2020)."""

import math
from collections.abc import Callable

import tensorflow as tf

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
Parameter = Callable[[str, Callable[[tf.Tensor], tf.Tensor], float, int], tf.Tensor]


def normal(draws: tf.Tensor) -> tf.Tensor:
    """Draws from U[0, 1) -> draws from N(0, 1)."""
    return math.sqrt(2.0) * tf.math.erfinv(tf.clip_by_value(2.0 * draws - 1.0, -_ALMOST_ONE, _ALMOST_ONE))


def sign(draws: tf.Tensor) -> tf.Tensor:
    """Draws from U[0, 1) -> 1 or -1."""
    return 1.0 - 2.0 * tf.floor(2.0 * draws)


def angle(draws: tf.Tensor) -> tf.Tensor:
    """Draws from U[0, 1) -> angles in radians, in [-pi, pi)."""
    return math.pi * (2.0 * draws - 1.0)


def factor(sigma: float) -> Callable[[tf.Tensor], tf.Tensor]:
    """What turns draws from U[0, 1) into factors whose logarithm to base 2 is from N(0, sigma^2)."""
    return lambda draws: tf.pow(2.0, sigma * normal(draws))


def inverse_map(parameter: Parameter, height: int, width: int) -> tf.Tensor:
    """float32 [B, 3, 3]: where (x, y, 1) of the result comes from, in pixels from the middle, y pointing down.

    The inverse of the paper's G: the first transform's inverse stands leftmost.
    """
    sides = tf.constant([width, height], tf.float32)
    flip = parameter("x_flip", sign, 1.0, 1)[:, 0]
    turns = parameter("quarter_turns", lambda u: tf.floor(4.0 * u), 0.0, 1)[:, 0]
    whole = parameter("integer_shift", lambda u: tf.round(_INTEGER_SHIFT * (2.0 * u - 1.0) * sides), 0.0, 2)
    scale = parameter("scale", factor(_SCALE), 1.0, 1)[:, 0]
    before = parameter("pre_rotation", angle, 0.0, 1)[:, 0]
    stretch = parameter("stretch", factor(_SCALE), 1.0, 1)[:, 0]
    after = parameter("post_rotation", angle, 0.0, 1)[:, 0]
    fraction = parameter("fractional_shift", lambda u: _FRACTIONAL_SHIFT * normal(u) * sides, 0.0, 2)

    # From tables, as cosines of float32 quarter turns are not quite 0 and would blur.
    quarter = tf.cast(turns, tf.int32)
    cosine, sine = tf.gather([1.0, 0.0, -1.0, 0.0], quarter), tf.gather([0.0, 1.0, 0.0, -1.0], quarter)
    inverse = _multiply(_unscaling(flip, tf.ones_like(flip)), _unrotation(cosine, sine))
    for each in (
        _unshift(whole),
        _unscaling(scale, scale),
        _unrotation(tf.cos(before), tf.sin(before)),
        _unscaling(stretch, 1.0 / stretch),
        _unrotation(tf.cos(after), tf.sin(after)),
        _unshift(fraction),
    ):
        inverse = _multiply(inverse, each)
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


def colored(images: tf.Tensor, parameter: Parameter) -> tf.Tensor:
    """The paper's matrix C applied to images [B, H, W, C].

    Its factors after brightness all keep the gray axis and the plane across it, so their product is contrast times
    (luma flip on the axis, saturation and a turn by the hue's angle in the plane). Gray images have the axis only.
    """
    brightness = parameter("brightness", lambda u: _BRIGHTNESS * normal(u), 0.0, 1)[:, :, None, None]
    contrast = parameter("contrast", factor(_CONTRAST), 1.0, 1)[:, :, None, None]
    flip = parameter("luma_flip", sign, 1.0, 1)[:, :, None, None]
    # The paper's images are in [-1, 1].
    x = 2.0 * images - 1.0 + brightness
    if x.shape[-1] == 1:
        return (contrast * flip * x + 1.0) / 2.0
    hue = parameter("hue", angle, 0.0, 1)[:, :, None, None]
    saturation = parameter("saturation", factor(_SATURATION), 1.0, 1)[:, :, None, None]
    grey = tf.reduce_mean(x, axis=-1, keepdims=True)
    # The axis (1, 1, 1) / sqrt(3) times x, as vectors.
    across = (tf.roll(x, 1, axis=-1) - tf.roll(x, -1, axis=-1)) / math.sqrt(3.0)
    turned = tf.cos(hue) * (x - grey) + tf.sin(hue) * across
    return (contrast * (flip * grey + saturation * turned) + 1.0) / 2.0
