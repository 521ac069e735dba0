"""The operators of StyleGAN2 with their derivatives of both orders: case sg2_operators of oracle/style_based."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison
from benchmarks.oracle_cases._stylegan2 import nhwc
from compare_gan_tf2.architectures import _resampling, _style

# Of the largest number, by the folder's README: of outputs, gradients, and gradients of gradients.
_OF_LARGEST = {"out": 2e-6, "grad": 1e-5, "grad2": 1e-4}
_RESAMPLE = {"none": "same", "up": "double", "down": "halve"}
_FUNCTIONS = {
    "downsample2d": _resampling.reduced,
    "filter2d": _resampling.smoothed,
    "upsample2d": _resampling.enlarged,
}
_ACTIVATIONS = {"lrelu": "leaky_relu"}


def compare(case: Case, comparison: Comparison) -> None:
    """Filters, activations, convolutions, modulated ones, dense layers, and what norms and groups give."""
    operators = _Operators(case, comparison)
    for said in case.said["upfirdn_cases"]:
        operators.filters(said)
    operators.activations()
    for key in sorted(case.below("conv/out/")):
        operators.convolution(key)
    for key in sorted(case.below("modconv/out/")):
        operators.modulated(key)
    for key in sorted({name.split("/")[0] for name in case.below("fc/")}):
        operators.dense(key)
    for key in sorted({name.split("/")[0] for name in case.below("mbstd/")}):
        operators.deviation(key)
    operators.unit_length()


class _Operators:
    """Compares one operator after the other."""

    def __init__(self, case: Case, comparison: Comparison):
        self._stored, self._comparison = case.arrays, comparison

    def filters(self, said: Mapping[str, Any]) -> None:
        """One of the resampling functions, or all of their parts at once."""
        kernel, x = self._stored[f"upfirdn/filter/{said['filter']}"], self._maps("upfirdn/x")
        given = dict(said["arguments"])
        flip, padding = given.pop("flip_filter", False), given.pop("padding", 0)
        if said["function"] in _FUNCTIONS:
            more = {"padding": padding} if padding else {}
            y = _FUNCTIONS[said["function"]](x, kernel, flip=flip, **more)
        else:
            left, right, top, bottom = padding
            y = _resampling.upfirdn(
                x, kernel, up=_both(given.pop("up", 1)), down=_both(given.pop("down", 1)),
                padding=(top, bottom, left, right), gain=given.pop("gain", 1.0), flip=flip,
            )  # fmt: skip
            assert not given, f"{said['key']} has arguments {given}"
        self._close(said["key"], y)

    def activations(self) -> None:
        """Every activation, and the usual one with a gain of its own and a bound."""
        x, bias = self._maps("bias_act/x"), self._stored["bias_act/b"]
        for name in (key.removeprefix("bias_act/out/") for key in self._stored if key.startswith("bias_act/out/")):
            kind, _, more = name.partition("_gain_")
            given = {"gain": 0.5**0.5, "clamp": 1.0} if more else {}
            y = _style.activated(x + bias, activation=_ACTIVATIONS.get(kind, kind), **given)
            self._close(f"bias_act/out/{name}", y)

    def convolution(self, key: str) -> None:
        """A convolution, and its gradients."""
        size, mode = re.fullmatch(r"k(\d)_(\w+)", key).groups()
        x, kernel = self._maps("conv/x"), self._kernel(f"conv/w{size}")
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = _resampling.convolved(x, kernel, _RESAMPLE[mode])
            total = _weighted(y)
        of_x, of_kernel = tape.gradient(total, [x, kernel])
        self._close(f"conv/out/{key}", y)
        self._close(f"conv/grad_x/{key}", of_x, "grad")
        self._close(f"conv/grad_w/{key}", of_kernel, "grad", is_kernel=True)

    def modulated(self, key: str) -> None:
        """A modulated convolution, with noise where it is demodulated; its gradients, and those of the style's."""
        size, mode, form = re.fullmatch(r"k(\d)_(\w+)_(demod|plain)", key).groups()
        x, kernel, style = self._maps("modconv/x"), self._kernel(f"modconv/w{size}"), self._tensor("modconv/styles")
        step = {"up": 1, "none": 2, "down": 4}[mode]
        noise = self._maps("modconv/noise")[:, ::step, ::step] if form == "demod" else tf.zeros([])
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([kernel, style])
            with tf.GradientTape() as tape:
                tape.watch([x, kernel, style])
                y = _style.modulated(x, kernel, style, _RESAMPLE[mode], demodulates=form == "demod") + noise
                total = _weighted(y)
            of_x, of_kernel, of_style = tape.gradient(total, [x, kernel, style])
            slope = tf.reduce_sum(tf.square(of_style))
        self._close(f"modconv/out/{key}", y)
        self._close(f"modconv/grad_x/{key}", of_x, "grad")
        self._close(f"modconv/grad_w/{key}", of_kernel, "grad", is_kernel=True)
        self._close(f"modconv/grad_styles/{key}", of_style, "grad")
        self._close(f"modconv/grad2_w/{key}", outer.gradient(slope, kernel), "grad2", is_kernel=True)
        if form == "demod":  # else the slope does not depend on the style
            self._close(f"modconv/grad2_styles/{key}", outer.gradient(slope, style), "grad2")

    def dense(self, key: str) -> None:
        """A dense layer with its factor on the optimizer's rate."""
        kind, rate = re.fullmatch(r"(\w+)_lrmul([\d.]+)", key).groups()
        x, weight, bias = (self._stored[f"fc/{key}/{name}"] for name in ("x", "weight", "bias"))
        layer = _style.EqualDense("dense", "", *weight.T.shape, rate=float(rate))
        layer.kernel.assign(weight.T)
        layer.bias.assign(bias)
        y = _style.activated(layer(tf.constant(x)), activation=_ACTIVATIONS.get(kind, kind))
        self._close(f"fc/{key}/out", y)

    def deviation(self, key: str) -> None:
        """The deviations within groups, behind the channels that they are of."""
        count, group, features = re.fullmatch(r"n(\d+)_group(\w+)_features(\d+)", key).groups()
        x = self._maps(f"mbstd/{key}/x")
        size = int(count) if group == "None" else min(int(group), int(count))
        found = _style.group_deviation(x, size, int(features))
        self._close(f"mbstd/{key}/out", tf.concat([x, found * tf.ones_like(x[..., :1])], axis=-1))

    def unit_length(self) -> None:
        """Rows brought to one length."""
        self._close("normalize_2nd_moment/out", _style.unit_length(self._tensor("normalize_2nd_moment/x")))

    def _close(self, name: str, found: tf.Tensor, order: str = "out", *, is_kernel: bool = False) -> None:
        expected, value = self._stored[name], found.numpy()
        if value.ndim == 4:
            value = value.transpose(3, 2, 0, 1) if is_kernel else value.transpose(0, 3, 1, 2)
        largest = max(float(np.abs(expected).max()), 1e-6)
        self._comparison.close(name, value, expected, atol=_OF_LARGEST[order] * largest)

    def _tensor(self, name: str) -> tf.Tensor:
        return tf.constant(self._stored[name])

    def _maps(self, name: str) -> tf.Tensor:
        return tf.constant(nhwc(self._stored[name]))

    def _kernel(self, name: str) -> tf.Tensor:
        return tf.constant(self._stored[name].transpose(2, 3, 1, 0))


def _weighted(y: tf.Tensor) -> tf.Tensor:
    """The sum of an output times the cosines of its numbers' places, as the case has them."""
    count, height, width, channels = y.shape
    places = np.cos(np.arange(count * channels * height * width, dtype=np.float64))
    weights = places.reshape(count, channels, height, width).transpose(0, 2, 3, 1)
    return tf.reduce_sum(y * weights.astype(np.float32))


def _both(factor: int | list[int]) -> tuple[int, int]:
    """(vertically, horizontally) of a factor, or of [horizontally, vertically]."""
    return (factor, factor) if isinstance(factor, int) else (factor[1], factor[0])
