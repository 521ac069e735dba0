"""Makes an .npz file of arrays of an official PGGAN, StyleGAN, StyleGAN2 (or ADA) or R3GAN pickle.

    python export_original.py network-snapshot.pkl weights.npz

Where: this file stands alone. It needs Python 3.7 or newer and NumPy; for pickles of PyTorch programs also PyTorch 1.13
or newer. TensorFlow, a GPU and the original programs are not needed. Copy it to where these are.

What is read: a tuple (G, D, Gs) or one network of the TensorFlow programs; a dictionary with G, D and G_ema of the
PyTorch ones. What is written: arrays by the names that the program itself has for them, after the network's name:
"Gs/G_synthesis/8x8/Conv0_up/weight", "G_ema/synthesis.b8.conv0.weight"; and `settings`, a text with what the networks
were told when they were made (JSON), as far as that is plain.

A pickle is a program. This reader runs none of it: classes and functions that a pickle asks for are replaced by a
stand-in, but for the few that build arrays. It has been tried with pickles that were made in the same forms, by NumPy
and by PyTorch 2.13, not with those that were published.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

_NETWORKS = ("G", "D", "Gs", "G_ema")
_TUPLE = ("G", "D", "Gs")
# What builds arrays and plain containers; module -> names.
_TAKEN = {
    "_codecs": ("encode",),
    "collections": ("OrderedDict",),
    "copyreg": ("_reconstructor",),
    "copy_reg": ("_reconstructor",),
    "builtins": ("bytearray", "dict", "frozenset", "list", "object", "set", "slice", "tuple"),
    "__builtin__": ("bytearray", "dict", "frozenset", "list", "object", "set", "slice", "tuple"),
    "numpy": ("dtype", "ndarray"),
    "numpy.core.multiarray": ("_reconstruct", "scalar"),
    "numpy._core.multiarray": ("_reconstruct", "scalar"),
    "torch": ("Size", "device"),
    "torch._utils": ("_rebuild_parameter", "_rebuild_tensor", "_rebuild_tensor_v2"),
}


class NotReadError(Exception):
    """A file that is no pickle of these programs; the text says why."""


class StandIn:
    """In place of an object of a class that is not here: keeps the state that was stored."""

    def __new__(cls, *arguments: Any, **named: Any) -> StandIn:
        del arguments, named
        return object.__new__(cls)

    def __init__(self, *arguments: Any, **named: Any):
        del arguments, named
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {}


class PlainDict(dict):
    """In place of the programs' dictionaries whose keys are attributes."""

    def __setstate__(self, state: Any) -> None:
        del state


def _of_persistent(meta: Mapping[str, Any]) -> StandIn:
    """What PyTorch's programs store a network as: its source code, which is left alone, and its state."""
    network = StandIn()
    network.__setstate__(meta["state"])
    return network


def _storage(stored: bytes) -> Any:
    """Numbers of a tensor."""
    import torch

    return torch.load(io.BytesIO(stored), map_location="cpu", weights_only=True)


class Reader(pickle.Unpickler):
    """Reads arrays and containers; everything else becomes a stand-in."""

    def find_class(self, module: str, name: str) -> Any:
        """What stands for a name in the pickle."""
        if name == "_reconstruct_persistent_obj":
            return _of_persistent
        if (module, name) == ("torch.storage", "_load_from_bytes"):
            return _storage
        if name == "EasyDict":
            return PlainDict
        if name in _TAKEN.get(module, ()):
            return super().find_class(module, name)
        return type(name, (StandIn,), {"origin": module})


def read(path: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and settings of a pickle.

    Args:
        path: of the file.

    Returns:
        {"G/...", "D/..." and so on: array}, and {"G" and so on: {setting: value}}.

    Raises:
        NotReadError: if the file holds no networks of these programs.
    """
    with open(path, "rb") as file:
        try:
            content = Reader(file, encoding="latin1").load()
        except ImportError as error:
            raise NotReadError(f"it is of PyTorch, which is not installed here ({error})") from error
        except TypeError as error:
            if "weights_only" in str(error):
                raise NotReadError("it is of PyTorch, and the one that is installed here is older than 1.13") from error
            raise
        except (pickle.UnpicklingError, EOFError, ValueError, KeyError, AttributeError, IndexError) as error:
            raise NotReadError(f"it is no pickle that can be read ({error})") from error
    arrays: dict[str, np.ndarray] = {}
    settings = {}
    for name, network in _networks(content):
        found, told = _of_network(network)
        if not found:
            raise NotReadError(f"its {name} holds no arrays")
        arrays.update((f"{name}/{each}", value) for each, value in found.items())
        settings[name] = _plain(told)
    return arrays, settings


def write(path: str, arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> None:
    """The .npz file; it is there as a whole or not at all."""
    partial = path + ".part"
    with open(partial, "wb") as file:
        content: dict[str, Any] = {"settings": np.array(json.dumps(settings)), **arrays}
        np.savez(file, **content)
    os.replace(partial, path)


def _networks(content: Any) -> list[tuple[str, Any]]:
    """(name, network) of what a pickle holds."""
    if isinstance(content, (tuple, list)) and len(content) == len(_TUPLE):
        return [(name, content[place]) for place, name in enumerate(_TUPLE)]
    if isinstance(content, StandIn):
        return [("Gs", content)]
    if isinstance(content, dict):
        found = [(name, content[name]) for name in _NETWORKS if content.get(name) is not None]
        if found:
            return found
    raise NotReadError("it holds no (G, D, Gs), no network and no dictionary with G_ema")


def _of_network(network: Any) -> tuple[dict[str, np.ndarray], Any]:
    """Arrays by their names in the network, and settings."""
    state = getattr(network, "state", {})
    if "variables" in state:
        return dict(_of_tensorflow(state, "")), state.get("static_kwargs", {})
    if "_parameters" in state:
        return dict(_of_pytorch(state, "")), state.get("_init_kwargs", {})
    return {}, {}


def _of_tensorflow(state: Mapping[str, Any], before: str) -> Iterator[tuple[str, np.ndarray]]:
    """A network of dnnlib.tflib or tfutil, and those that it is composed of."""
    for name, value in state["variables"]:
        yield before + name, np.asarray(value)
    for part in state.get("components", {}).values():
        yield from _of_tensorflow(part.state, f"{before}{part.state['name']}/")


def _of_pytorch(state: Mapping[str, Any], before: str) -> Iterator[tuple[str, np.ndarray]]:
    """A torch.nn.Module: parameters, buffers that are stored, and modules in it."""
    hidden = state.get("_non_persistent_buffers_set", ())
    for group in ("_parameters", "_buffers"):
        for name, value in state[group].items():
            if value is not None and name not in hidden:
                yield before + name, _array(value)
    for name, module in state["_modules"].items():
        if module is not None:
            yield from _of_pytorch(module.state, f"{before}{name}.")


def _array(tensor: Any) -> np.ndarray:
    """A tensor's numbers, float32 where they are of another floating type."""
    if not hasattr(tensor, "detach"):
        return np.asarray(tensor)
    tensor = tensor.detach().cpu()
    return np.asarray((tensor.float() if tensor.is_floating_point() else tensor).numpy())


def _plain(told: Any) -> Any:
    """Settings that JSON has."""
    if isinstance(told, dict):
        by_name = {str(name): _plain(value) for name, value in told.items()}
        return {name: value for name, value in by_name.items() if value is not StandIn}
    if isinstance(told, (list, tuple)):
        found = [_plain(value) for value in told]
        return StandIn if StandIn in found else found
    if isinstance(told, np.generic):
        return told.item()
    return told if told is None or isinstance(told, (bool, int, float, str)) else StandIn


def main(words: Sequence[str]) -> int:
    """The command line; gives the exit code."""
    if len(words) != 2 or not words[1].endswith(".npz"):
        sys.stderr.write("usage: python export_original.py network-snapshot.pkl weights.npz\n")
        return 2
    try:
        arrays, settings = read(words[0])
        write(words[1], arrays, settings)
    except (NotReadError, OSError) as error:
        sys.stderr.write(f"error: {words[0]}: {error}\n")
        return 2
    counts = [f"{sum(name.startswith(each + '/') for name in arrays)} of {each}" for each in settings]
    print(f"arrays: {', '.join(counts)}; written to {words[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
