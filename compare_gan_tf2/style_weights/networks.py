"""Fills our networks from the originals' arrays: each array is used once, and none may be missing or left over."""

from __future__ import annotations

import re
from collections.abc import Mapping

import keras
import numpy as np

from compare_gan_tf2.compare_gan_v3.networks import is_numeric, listed
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.style_weights import names
from compare_gan_tf2.style_weights.names import Form

# Constants of PyTorch modules: the filter that resizes, which ours have in their code.
_FILTER = re.compile(r"(.*\.)?(resample_filter|Kernel)$")
_TAPS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64.0
_LOD = re.compile(r"(G_synthesis/)?lod$")


def fill(form: Form, network: keras.Model, values: Mapping[str, np.ndarray], origin: str = "the weights") -> None:
    """Sets every variable of a network.

    The level of detail of a network that grows is the arrays' `lod`, or 0, all sides, where there is none.

    Args:
        form: of the original.
        network: a generator or discriminator of the same sizes.
        values: {the original's name: array}, all of this network.
        origin: where they come from, for messages.

    Raises:
        UserError: naming by the original's names what is missing, left over, of another shape, or not finite; nothing
            is changed then.
    """
    values = dict(values)
    lod = _taken_lod(values, origin)
    strange_filters = _taken_filters(values)
    variables = network.named_variables()
    places = names.places(form, network.name, {path: len(each.shape) for path, each in variables.items()})
    by_name = {place.name: (variables[path], place.layout) for path, place in places.items()}
    shapes = []
    for name, (variable, layout) in by_name.items():
        needed = layout.theirs(np.broadcast_to(np.float32(0), tuple(variable.shape))).shape
        if name in values and np.shape(values[name]) != needed:
            shapes.append(f"{name} is {list(np.shape(values[name]))}, and {list(needed)} here")
    numeric = {name: each for name, each in values.items() if is_numeric(each)}
    complaints = [
        *listed("missing", by_name.keys() - values.keys()),
        *listed("left over", values.keys() - by_name.keys()),
        *listed("of another shape", shapes),
        *listed("not numbers", values.keys() - numeric.keys()),
        *listed("not finite", (name for name, each in numeric.items() if not np.isfinite(each).all())),
        *listed("of another filter than [1, 3, 3, 1]", strange_filters),
    ]
    if lod and "lod" not in variables:
        raise UserError(f"{origin} show a smaller side (lod is {lod:g}), and this {network.name} has no such level")
    if complaints:
        raise UserError(f"{origin} do not fit the {network.name}: {'; '.join(complaints)}")
    for name, (variable, layout) in by_name.items():
        variable.assign(layout.ours(np.asarray(values[name], variable.dtype)))
    if "lod" in variables:
        variables["lod"].assign(lod)


def _taken_lod(values: dict[str, np.ndarray], origin: str) -> float:
    """Takes the level of detail out of arrays, where the programs have it once or twice."""
    taken = {float(np.reshape(values.pop(name), ())) for name in list(values) if _LOD.match(name)}
    if len(taken) > 1:
        raise UserError(f"{origin} have two levels of detail: lod is {' and '.join(map(str, sorted(taken)))}")
    return taken.pop() if taken else 0.0


def _taken_filters(values: dict[str, np.ndarray]) -> list[str]:
    """Takes constants out of arrays, and names those that are not what our networks have."""
    taken = {name: values.pop(name) for name in list(values) if _FILTER.match(name)}
    return [name for name, value in taken.items() if not _is_our_filter(np.asarray(value))]


def _is_our_filter(value: np.ndarray) -> bool:
    """Whether it is the filter of resizing, with whatever sum."""
    if not is_numeric(value) or value.size != _TAPS.size or not value.sum():
        return False
    return np.allclose(value.reshape(_TAPS.shape) / value.sum(), _TAPS, atol=1e-5)
