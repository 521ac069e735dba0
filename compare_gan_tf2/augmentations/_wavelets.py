"""Orthogonal wavelet filters of ADA: resampling before and after geometry, and octave bands (Karras et al. 2020).

Coefficients are those of the Symlets of order 6 and 2 (Daubechies 1992), of norm 1.
"""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

_SYM6 = (
    0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633, 0.4910559419267466,
    0.787641141030194, 0.3379294217276218, -0.07263752278646252, -0.021060292512300564, 0.04472490177066578,
    0.0017677118642428036, -0.007800708325034148,
)  # fmt: skip
_SYM2 = (-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025)
_BANDS = 4
# On each side of an image that is filtered, in pixels: half a filter of all bands.
REACH = 21

LOWPASS = np.array(_SYM6) / np.sum(_SYM6)
# Pixels that the lowpass needs beyond what is looked at, before and after the sides are doubled.
MARGIN = len(_SYM6) // 4


@functools.cache
def octave_bands() -> np.ndarray:
    """Filters [4, 43] of four octaves, the lowest first, whose sum is the identity.

    With H the lowpass, each octave's highpass response H(-z) H(-1/z) / 2 follows the lowpass ones of the octaves above,
    at the dilations that these have.
    """
    low = np.array(_SYM2)
    high = low * (-1.0) ** np.arange(len(low))
    lowpass, highpass = (np.convolve(each, each[::-1]) / 2.0 for each in (low, high))
    bands = [np.ones(1)]
    for _ in range(_BANDS - 1):
        stretched = [np.convolve(_dilated(band), lowpass) for band in bands]
        missing = len(stretched[0]) - len(highpass)
        bands = [*stretched, np.pad(highpass, missing // 2)]
        bands = [np.pad(band, (len(bands[0]) - len(band)) // 2) for band in bands]
    return np.stack(bands)


@functools.cache
def band_matrices(side: int) -> np.ndarray:
    """float32 [4, side, side]: along a side, in the columns, what each band makes of pixels continued by reflection.

    Short sides are reflected again and again.
    """
    rows = np.pad(np.eye(side), ((0, 0), (REACH, REACH)), mode="reflect")
    filtered = [[np.convolve(row, band, "valid") for row in rows] for band in octave_bands()]
    return np.array(filtered, np.float32)


def doubled(images: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, 2H, 2W, C] by the lowpass, with zeros beyond the images."""
    # Of the pixels around, one output sees the even taps and the next one the odd taps, one pixel further on.
    even, odd = 2.0 * LOWPASS[::-2], 2.0 * LOWPASS[-2::-2]
    phases = np.stack([np.append(even, 0.0), np.append(0.0, odd)], axis=-1)
    for axis in (1, 2):
        images = _doubled_along(images, phases, axis)
    return images


def halved(images: tf.Tensor, crop: int) -> tf.Tensor:
    """[B, H, W, C] -> [B, H / 2 - crop, W / 2 - crop, C] by the lowpass backwards; of H and W crop go on both sides."""
    taps = len(LOWPASS)
    before, after = (taps - 1) // 2 - crop, (taps - 2) // 2 - crop
    for axis in (1, 2):
        shape = [1, 1, images.shape[-1], 1]
        shape[axis - 1] = taps
        lowpass = LOWPASS[:, None, None, None] if axis == 1 else LOWPASS[None, :, None, None]
        kernel = np.broadcast_to(lowpass, shape).astype(np.float32)
        images = _cut(images, axis, before, after)
        images = tf.nn.depthwise_conv2d(images, kernel, [1, 1, 1, 1], "VALID")
        images = images[:, ::2] if axis == 1 else images[:, :, ::2]
    return images


def _doubled_along(images: tf.Tensor, kernel: np.ndarray, axis: int) -> tf.Tensor:
    """Both phases of a doubled axis by one depthwise convolution with a kernel [taps, 2]."""
    _, height, width, channels = images.shape
    shape, reach = [1, 1, channels, 2], len(kernel) // 2
    shape[axis - 1] = len(kernel)
    weights = np.broadcast_to(kernel[:, None, None] if axis == 1 else kernel[None, :, None], shape).astype(np.float32)
    padding = [[0, 0], [reach, reach], [0, 0], [0, 0]] if axis == 1 else [[0, 0], [0, 0], [reach, reach], [0, 0]]
    phases = tf.nn.depthwise_conv2d(tf.pad(images, padding), weights, [1, 1, 1, 1], "VALID")
    phases = tf.reshape(phases, [-1, height, width, channels, 2])
    if axis == 1:
        return tf.reshape(tf.transpose(phases, [0, 1, 4, 2, 3]), [-1, 2 * height, width, channels])
    return tf.reshape(tf.transpose(phases, [0, 1, 2, 4, 3]), [-1, height, 2 * width, channels])


def _dilated(band: np.ndarray) -> np.ndarray:
    """A zero between any two taps."""
    spread = np.zeros(2 * len(band) - 1)
    spread[::2] = band
    return spread


def _cut(images: tf.Tensor, axis: int, before: int, after: int) -> tf.Tensor:
    """Pixels cut off along an axis, both numbers negative."""
    side = images.shape[axis]
    return images[:, -before : side + after] if axis == 1 else images[:, :, -before : side + after]
