"""Fills our networks from arrays under compare_gan v3's names, and gives their weights under these names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import keras
import numpy as np

from compare_gan_tf2.compare_gan_v3 import names
from compare_gan_tf2.errors import UserError

# How many names an error message lists.
_SHOWN = 5
_ACCUMULATED = {"accu_mean": "moving_mean", "accu_variance": "moving_variance"}


def reference_variables(architecture: str, network: keras.Model) -> dict[str, keras.Variable]:
    """The variables of a generator or discriminator, trainable or not, by v3's names, sorted."""
    by_name = {
        names.reference_name(architecture, network.name, path): variable
        for path, variable in network.named_variables().items()
    }
    return dict(sorted(by_name.items()))


def weights(architecture: str, network: keras.Model) -> dict[str, np.ndarray]:
    """The network's weights, statistics and vectors by v3's names; float32 arrays in v3's layouts, which are ours."""
    return {name: np.asarray(variable) for name, variable in reference_variables(architecture, network).items()}


def fill(
    architecture: str,
    network: keras.Model,
    values: Mapping[str, np.ndarray],
    origin: str = "the weights",
    *,
    may_be_unfilled: bool = False,
) -> None:
    """Sets every variable of a network.

    Where v3 kept accumulators of standing statistics (`accu/...`) in place of moving ones, our moving ones become the
    accumulators divided by their counter, which is what v3 used in evaluation.

    Args:
        architecture: today's name of the network's architecture.
        network: a generator or discriminator.
        values: {v3's name: array}, all of this network and nothing else; a ":0" behind a name does not matter.
        origin: where they come from, for messages.
        may_be_unfilled: whether accumulators that were never filled are taken for statistics of mean 0 and variance 1,
            because they will be filled here.

    Raises:
        UserError: naming what is missing, left over, or of another shape; nothing is changed then.
    """
    values = _settled({names.plain(name): value for name, value in values.items()}, origin, may_be_unfilled)
    variables = reference_variables(architecture, network)
    shapes = [
        f"{name} is {list(np.shape(values[name]))}, and {list(variable.shape)} here{_hint(name)}"
        for name, variable in variables.items()
        if name in values and tuple(np.shape(values[name])) != tuple(variable.shape)
    ]
    complaints = [
        *listed("missing", variables.keys() - values.keys()),
        *listed("left over", values.keys() - variables.keys()),
        *listed("of another shape", shapes),
        *listed("not numbers", (name for name, value in values.items() if not is_numeric(value))),
        *listed(
            "not finite",
            (name for name, value in values.items() if is_numeric(value) and not np.isfinite(value).all()),
        ),
    ]
    if complaints:
        raise UserError(f"{origin} do not fit the {network.name} of {architecture}: {'; '.join(complaints)}")
    for name, variable in variables.items():
        variable.assign(np.asarray(values[name], variable.dtype))


def _settled(values: dict[str, np.ndarray], origin: str, may_be_unfilled: bool) -> dict[str, np.ndarray]:
    """Values with accumulated statistics made moving ones, and without what only their filling needed."""
    settled = {name: value for name, value in values.items() if not _accumulator(name)[1]}
    for name, value in values.items():
        layer, leaf = _accumulator(name)
        if leaf not in _ACCUMULATED:
            continue
        counter = np.asarray(values.get(f"{layer}accu/accu_counter", "missing"))
        if not is_numeric(counter) or counter.size != 1:
            raise UserError(f"{origin} hold no number {layer}accu/accu_counter, by which {name} is to be divided")
        count, moving = float(counter.reshape(())), layer + _ACCUMULATED[leaf]
        if moving in settled:
            raise UserError(f"{origin} hold both {name} and {moving}, and v3 had one of them")
        if count < 0.5 and not may_be_unfilled:
            raise UserError(
                f"{origin} hold standing statistics that were never filled ({layer}accu/accu_counter is {count:g}); "
                "import the model-with-accu.ckpt of v3's evaluation, or set option standing_batches to fill them"
            )
        if count < 0.5:
            settled[moving] = np.full(np.shape(value), leaf == "accu_variance", np.float32)
        else:
            settled[moving] = np.asarray(value) / np.float32(count)
    return settled


def _accumulator(name: str) -> tuple[str, str]:
    """("generator/g_bn1/", "accu_mean") of "generator/g_bn1/accu/accu_mean"; ("", "") of other names."""
    layer, _, leaf = name.rpartition("accu/")
    return (layer, leaf) if layer and leaf in (*_ACCUMULATED, "accu_counter", "update_accus") else ("", "")


def is_numeric(value: np.ndarray) -> bool:
    """Whether an array is of numbers."""
    return np.asarray(value).dtype.kind in "fiu"


def _hint(name: str) -> str:
    return " (option spectral_side decides)" if name.endswith("u_var") else ""


def listed(what: str, found: Iterable[str]) -> list[str]:
    """One phrase for names that were found, "2 missing (a, b)", in a list; an empty list for none."""
    ordered = sorted(found)
    if not ordered:
        return []
    more = f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    return [f"{len(ordered)} {what} ({', '.join(ordered[:_SHOWN])}{more})"]
