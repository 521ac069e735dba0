"""ADA as in its authors' code: wavelet filters, and any of its transforms (Karras et al. 2020)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from compare_gan_tf2.augmentations import _wavelets
from compare_gan_tf2.augmentations._transforms import Parameter, colored, factor, inverse_map, normal
from compare_gan_tf2.augmentations.adaptive import adapt

__all__ = ["adapt", "augment"]

ADAPTS = True
HAS_PIPE = True
INTERVAL = 4

_BLIT = ("x_flip", "quarter_turns", "integer_shift")
_GEOMETRY = ("scale", "pre_rotation", "stretch", "post_rotation", "fractional_shift")
_COLOR = ("brightness", "contrast", "luma_flip", "hue", "saturation")
_GROUPS = {"blit": _BLIT, "geom": _GEOMETRY, "color": _COLOR, "filter": ("filter",), "noise": ("noise",),
           "cutout": ("cutout",)}  # fmt: skip
_LETTERS = dict(zip("bgcfn", _GROUPS, strict=False))

# Appendix B's strengths; the last octave's power is what is expected of natural images' lower ones, times ten.
_BAND_GAIN = 1.0
_BAND_POWER = np.array([10.0, 1.0, 1.0, 1.0], np.float32) / 13.0
_NOISE = 0.1
_CUTOUT = 0.5


def strengths(pipe: str, mirrors: bool = True) -> dict[str, float]:
    """Factors on the probability of the transforms of a pipe of option augmentation_pipe, by their names.

    Args:
        pipe: the option's value.
        mirrors: whether flips left to right are among the transforms; they turn letters around.
    """
    found = _of_pipe(pipe)
    return found if mirrors else {name: value for name, value in found.items() if name != "x_flip"}


def _of_pipe(pipe: str) -> dict[str, float]:
    if pipe == "r3gan":
        found = dict.fromkeys((*_BLIT, *_GEOMETRY, *_GROUPS["cutout"]), 1.0)
        return found | dict.fromkeys(_COLOR, 0.5)
    if pipe in _GROUPS:
        return dict.fromkeys(_GROUPS[pipe], 1.0)
    groups = [_LETTERS[letter] for letter in pipe[:5]] + ["cutout"] * (len(pipe) > len(_LETTERS))
    return {name: 1.0 for group in groups for name in _GROUPS[group]}


def augment(
    images: tf.Tensor,
    uniform: Callable[[str, list[int]], tf.Tensor],
    probability: tf.Tensor,
    pipe: str | Mapping[str, float] = "bgc",
) -> tf.Tensor:
    """The transforms of a pipe in the paper's order: blitting, geometry, color, filter, noise, cutout.

    Each transform is applied to each image with the given probability, times its factor, independently of all others.
    The geometric ones are one affine map per image: the image, continued by reflection, is doubled by a wavelet's
    lowpass, resampled bilinearly and halved by the same filter backwards. Values are not clipped.

    Args:
        images: float32 [B, H, W, C] in [0, 1]; the result is linear in them but for the noise, for given draws.
        uniform: uniform(purpose, shape) -> float32 in [0, 1); shape starts with B.
        probability: p, float32 scalar in [0, 1].
        pipe: a name, or what `strengths` gives.

    Returns:
        float32 [B, H, W, C]; the images themselves, up to rounding, if p is 0. Gray images have no hue or saturation.
    """
    # In the paper 0 is the middle of the range: what is beyond an image, or cut out of it.
    used = strengths(pipe) if isinstance(pipe, str) else pipe
    count, height, width, _ = images.shape

    def parameter(name: str, value: Callable[[tf.Tensor], tf.Tensor], neutral: float, size: int) -> tf.Tensor:
        strength = used.get(name.partition("/")[0])
        if not strength:
            return tf.fill([count, size], neutral)
        draws = uniform(f"ada/{name}", [count, 1 + size])
        own = tf.minimum(probability * strength, 1.0)
        # Rotations before and after the anisotropic scaling: p is the probability of at least one of them.
        own = 1.0 - tf.sqrt(1.0 - own) if name.endswith("_rotation") else own
        return tf.where(draws[:, :1] < own, value(draws[:, 1:]), neutral)

    if any(used.get(name) for name in (*_BLIT, *_GEOMETRY)):
        images = 0.5 + _moved(images - 0.5, inverse_map(parameter, height, width))
    if any(used.get(name) for name in _COLOR):
        images = colored(images, parameter)
    if used.get("filter"):
        images = 0.5 + _filtered(images - 0.5, parameter)
    if used.get("noise"):
        images = _noisy(images, uniform, parameter)
    if used.get("cutout"):
        images = 0.5 + _cut_out(images - 0.5, parameter)
    return images


def _moved(images: tf.Tensor, inverse: tf.Tensor) -> tf.Tensor:
    """Images [B, H, W, C] by maps [B, 3, 3] of the plane, in pixels from the middle, between the filters."""
    _, height, width, _ = images.shape
    reach = _margins(inverse, height, width)
    padding = [[0, 0], [height - 1] * 2, [width - 1] * 2, [0, 0]]
    padded = tf.pad(images, padding, "REFLECT") * _kept(reach, height, width, 1)
    doubled = _wavelets.doubled(padded) * _kept(reach, height, width, 2)
    more = 2 * _wavelets.MARGIN
    sampled = _sampled(doubled, inverse, 2 * height + 2 * more, 2 * width + 2 * more)
    return _wavelets.halved(sampled, more)


def _margins(inverse: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """int32 [B, 4]: pixels left, above, right and below that an image's corners and the filter's taps reach."""
    x, y = (width - 1) / 2, (height - 1) / 2
    corners = tf.constant([[-x, x, x, -x], [-y, -y, y, y], [1.0] * 4], tf.float32)
    places = tf.reduce_sum(inverse[:, :2, :, None] * corners[None, None], axis=2)
    ends = tf.concat([-tf.reduce_min(places, axis=2), tf.reduce_max(places, axis=2)], axis=1)
    wanted = ends + 2.0 * _wavelets.MARGIN - tf.constant([x, y, x, y])
    most = tf.constant([width - 1.0, height - 1.0] * 2)
    return tf.cast(tf.math.ceil(tf.clip_by_value(wanted, 0.0, most)), tf.int32)


def _kept(margins: tf.Tensor, height: int, width: int, factor: int) -> tf.Tensor:
    """float32 [B, H', W', 1]: 1 within the margins of images that are continued by as much as can be, 0 beyond."""

    def along(side: int, before: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
        place = tf.range(factor * (3 * side - 2))[None]
        inside = (place >= factor * (side - 1 - before[:, None])) & (place < factor * (2 * side - 1 + after[:, None]))
        return tf.cast(inside, tf.float32)

    left, above, right, below = tf.unstack(margins, axis=1)
    return along(height, above, below)[:, :, None, None] * along(width, left, right)[:, None, :, None]


def _sampled(images: tf.Tensor, inverse: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Doubled images [B, H', W', C] at the places of a doubled grid [height, width], bilinearly, zeros beyond.

    Args:
        images: with their middle where that of the grid is.
        inverse: of the images before they were doubled; a place x of theirs is 2 x - 0.5 of the doubled ones.
        height, width: of the grid.
    """
    count, rows, columns, colors = images.shape
    x = (tf.range(width, dtype=tf.float32)[None, None, :] - (width - 1) / 2 + 0.5) / 2.0
    y = (tf.range(height, dtype=tf.float32)[None, :, None] - (height - 1) / 2 + 0.5) / 2.0
    entry = inverse[:, :, :, None, None]
    source_x = 2.0 * (entry[:, 0, 0] * x + entry[:, 0, 1] * y + entry[:, 0, 2]) - 0.5 + (columns - 1) / 2
    source_y = 2.0 * (entry[:, 1, 0] * x + entry[:, 1, 1] * y + entry[:, 1, 2]) - 0.5 + (rows - 1) / 2
    left, top = tf.floor(source_x), tf.floor(source_y)
    to_right, to_bottom = source_x - left, source_y - top
    pixels = tf.reshape(images, [count, rows * columns, colors])

    def at(row: tf.Tensor, column: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        row, column = tf.clip_by_value(row, 0, rows - 1), tf.clip_by_value(column, 0, columns - 1)
        weight = tf.where(inside, weight, 0.0)[..., None]
        return weight * tf.gather(pixels, row * columns + column, axis=1, batch_dims=1)

    # A map far beyond the images would have places that int32 does not have.
    row = tf.cast(tf.clip_by_value(top, -2.0, rows + 1.0), tf.int32)
    column = tf.cast(tf.clip_by_value(left, -2.0, columns + 1.0), tf.int32)
    return tf.add_n([
        at(row, column, (1.0 - to_bottom) * (1.0 - to_right)),
        at(row, column + 1, (1.0 - to_bottom) * to_right),
        at(row + 1, column, to_bottom * (1.0 - to_right)),
        at(row + 1, column + 1, to_bottom * to_right),
    ])  # fmt: skip


def _filtered(images: tf.Tensor, parameter: Parameter) -> tf.Tensor:
    """Octaves by random gains, which together keep the power that natural images are expected to have."""
    count, height, width, _ = images.shape
    bands = len(_BAND_POWER)
    total = tf.ones([count, bands])
    for band in range(bands):
        gain = parameter(f"filter/{band}", factor(_BAND_GAIN), 1.0, 1)
        own = tf.where(tf.range(bands)[None] == band, gain, 1.0)
        total *= own * tf.math.rsqrt(tf.reduce_sum(_BAND_POWER * tf.square(own), axis=1, keepdims=True))
    down, along = (tf.einsum("nb,bsr->nsr", total, _wavelets.band_matrices(side)) for side in (height, width))
    return tf.einsum("nhwc,nhg,nwv->ngvc", images, down, along)


def _noisy(images: tf.Tensor, uniform: Callable[[str, list[int]], tf.Tensor], parameter: Parameter) -> tf.Tensor:
    """Gaussian noise of a deviation that is half-normal, of images in [-1, 1]."""
    deviation = parameter("noise", lambda u: _NOISE * tf.abs(normal(u)), 0.0, 1)[:, :, None, None]
    return images + 0.5 * deviation * normal(uniform("ada/noise/pixels", list(images.shape)))


def _cut_out(images: tf.Tensor, parameter: Parameter) -> tf.Tensor:
    """A rectangle of half the sides, its middle anywhere in the image, set to 0."""
    _, height, width, _ = images.shape
    # Beyond the image where there is none.
    middle = parameter("cutout", lambda u: u, 2.0, 2)

    def outside(side: int, place: tf.Tensor) -> tf.Tensor:
        pixel = (tf.range(side, dtype=tf.float32)[None] + 0.5) / side
        return tf.abs(pixel - place[:, None]) >= _CUTOUT / 2

    kept = outside(width, middle[:, 0])[:, None, :] | outside(height, middle[:, 1])[:, :, None]
    return images * tf.cast(kept, tf.float32)[..., None]
