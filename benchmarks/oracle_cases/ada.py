"""ADA's transforms, filters and controller: case ada_augment_24 of oracle/style_based."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from compare_gan_tf2.augmentations import _wavelets, ada

# The case's names of the transforms, and the product's.
_NAMES = {
    "xflip": ("x_flip",), "rotate90": ("quarter_turns",), "xint": ("integer_shift",), "scale": ("scale",),
    "rotate": ("pre_rotation", "post_rotation"), "aniso": ("stretch",), "xfrac": ("fractional_shift",),
    "brightness": ("brightness",), "contrast": ("contrast",), "lumaflip": ("luma_flip",), "hue": ("hue",),
    "saturation": ("saturation",), "imgfilter": ("filter",), "cutout": ("cutout",),
}  # fmt: skip
_NORMAL = ("scale", "stretch", "fractional_shift", "brightness", "contrast", "saturation", "filter")


def compare(case: Case, comparison: Comparison) -> None:
    """Every group of transforms at its percentiles, gradients of some, both filters, the controller's steps."""
    images = 0.5 * case.arrays["in/x"].transpose(0, 2, 3, 1) + 0.5
    for key, expected in case.below("out/").items():
        group, _, percentile = key.partition("/pct")
        found, gradient = _augmented(case, images, group, float(percentile))
        # Places in the doubled image are float32 numbers up to 100.
        atol = 5e-6 * max(1.0, float(np.abs(expected).max()))
        comparison.close(f"out/{key}", found, expected, atol=atol)
        if (slope := case.arrays.get(f"grad/{key}")) is not None:
            comparison.close(f"grad/{key}", gradient, slope, atol=1e-5 * np.abs(slope).max())
    if "filter/Hz_geom" in case.arrays:
        comparison.close("filter/Hz_geom", _wavelets.LOWPASS, case.arrays["filter/Hz_geom"], atol=1e-7)
        comparison.close("filter/Hz_fbank", _wavelets.octave_bands(), case.arrays["filter/Hz_fbank"], atol=1e-7)
    _compare_controller(case, comparison)


def _augmented(case: Case, images: np.ndarray, group: str, percentile: float) -> tuple[np.ndarray, np.ndarray]:
    """Images [B, C, H, W] in [-1, 1], and the gradient of their sum times the cosine of the places."""
    used: dict[str, float] = {}
    for name, strength in case.said["groups"][group].items():
        if name not in _NAMES:
            raise NotBuiltError(f"there is no transform {name}")
        used |= dict.fromkeys(_NAMES[name], float(strength))
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        moved = 2.0 * ada.augment(x, _at(percentile), tf.ones([]), used) - 1.0
        moved = tf.transpose(moved, [0, 3, 1, 2])
        weights = np.cos(np.arange(np.prod(moved.shape))).reshape(moved.shape).astype(np.float32)
        total = tf.reduce_sum(moved * weights)
    # The case's images are twice as far apart as the product's.
    return moved.numpy(), 0.5 * tape.gradient(total, x).numpy().transpose(0, 3, 1, 2)


def _at(percentile: float) -> Callable[[str, list[int]], tf.Tensor]:
    """Draws that apply every transform at a percentile, as the original's debugging mode does.

    There normal numbers are erfinv(2 p - 1), without the root of 2, and the second rotation is by 0.
    """
    normal = 0.5 + 0.5 * tf.math.erf(tf.math.erfinv(tf.constant(2.0 * percentile - 1.0, tf.float64)) / 2.0**0.5)

    def uniform(name: str, shape: list[int]) -> tf.Tensor:
        transform = name.split("/")[1]
        value = float(normal) if transform in _NORMAL else 0.5 if transform == "post_rotation" else percentile
        return tf.concat([tf.zeros([shape[0], 1]), tf.fill([shape[0], shape[1] - 1], value)], axis=1)

    return uniform


def _compare_controller(case: Case, comparison: Comparison) -> None:
    said, probability = case.said["controller"], tf.zeros([])
    signs, expected = case.arrays["controller/mean_sign_real"], case.arrays["controller/p"]
    found = []
    for mean in signs:
        probability = ada.adapt(
            probability, tf.constant(mean, tf.float32), said["batch"] * said["interval"], target=said["target"],
            kimg=float(said["ada_kimg"]),
        )  # fmt: skip
        found.append(float(probability))
    comparison.close("controller/p", found, expected, atol=1e-7)
