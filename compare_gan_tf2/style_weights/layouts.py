"""How arrays of the originals are laid out, and how our variables are; both ways of each are known."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

Change = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Layout:
    """One pair of layouts.

    Attributes:
        ours: makes our array of the original's.
        theirs: makes the original's array of ours.
    """

    ours: Change
    theirs: Change


def _flat_maps(value: np.ndarray) -> np.ndarray:
    """[16 C, units] over channels, rows, columns -> over rows, columns, channels."""
    units = value.shape[1]
    return value.reshape(-1, 4, 4, units).transpose(1, 2, 0, 3).reshape(-1, units)


def _flat_channels(value: np.ndarray) -> np.ndarray:
    """The inverse of `_flat_maps`."""
    units = value.shape[1]
    return value.reshape(4, 4, -1, units).transpose(2, 0, 1, 3).reshape(-1, units)


def _first_map(value: np.ndarray) -> np.ndarray:
    """[inputs, 16 C] over channels, rows, columns -> over rows, columns, channels."""
    inputs = value.shape[0]
    return value.reshape(inputs, -1, 4, 4).transpose(0, 2, 3, 1).reshape(inputs, -1)


def _first_channels(value: np.ndarray) -> np.ndarray:
    """The inverse of `_first_map`."""
    inputs = value.shape[0]
    return value.reshape(inputs, 4, 4, -1).transpose(0, 3, 1, 2).reshape(inputs, -1)


def _mirrored(value: np.ndarray) -> np.ndarray:
    return value[::-1, ::-1]


SAME = Layout(lambda value: value, lambda value: value)
TRANSPOSED = Layout(np.transpose, np.transpose)
# A kernel of PyTorch, [outputs, inputs, rows, columns].
OIHW = Layout(lambda value: value.transpose(2, 3, 1, 0), lambda value: value.transpose(3, 2, 0, 1))
# A map of PyTorch, [channels, rows, columns].
CHW = Layout(lambda value: value.transpose(1, 2, 0), lambda value: value.transpose(2, 0, 1))
# A map of the TensorFlow programs, [1, channels, rows, columns].
NCHW = Layout(lambda value: value[0].transpose(1, 2, 0), lambda value: value.transpose(2, 0, 1)[None])
# Noise of the TensorFlow programs, [1, 1, rows, columns].
NOISE = Layout(lambda value: value[0, 0], lambda value: value[None, None])
# The kernel of a depthwise convolution of PyTorch, [channels, 1, rows, columns].
DEPTHWISE = Layout(lambda value: value[:, 0].transpose(1, 2, 0), lambda value: value.transpose(2, 0, 1)[:, None])
# The dense layer that sees maps of 4x4 pixels, and the one that makes them.
FLAT_MAPS = Layout(_flat_maps, _flat_channels)
FLAT_MAPS_TRANSPOSED = Layout(lambda value: _flat_maps(value.T), lambda value: _flat_channels(value).T)
FIRST_MAP = Layout(_first_map, _first_channels)
# Kernels of convolutions that double the sides.
MIRRORED = Layout(_mirrored, _mirrored)
MIRRORED_SWAPPED = Layout(
    lambda value: _mirrored(value).transpose(0, 1, 3, 2), lambda value: _mirrored(value).transpose(0, 1, 3, 2)
)
# A bias that the original adds 1 to in every call.
PLUS_ONE = Layout(lambda value: value + 1, lambda value: value - 1)
# Weights of a layer that the original multiplies by .1 in every call, and we by .01.
TIMES_TEN = Layout(lambda value: 10 * value, lambda value: value / 10)
