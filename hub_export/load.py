"""Loads an exported module from inside this package; elsewhere `hub.load` alone does it."""

from __future__ import annotations

import contextlib
import os
import pathlib
from typing import Any

from compare_gan_tf2.compat import custom_gradients, pattern_characters, tensorflow_hub
from compare_gan_tf2.datasets.places import default_cache_dir
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import expanded
from compare_gan_tf2.hub_export import _archive, _sums

_WEB = ("http://", "https://")


def load(place: str | os.PathLike, *, cache_dir: str | os.PathLike | None = None) -> Any:
    """The module in a folder, in a .tar.gz file, or at a web address, as `hub.load` gives it.

    Args:
        place: of the module, or the folder of a task that has exported one. `hub.load` itself takes a module's folder
            and web addresses, but no archive on the disk.
        cache_dir: where archives are unpacked; ~/.cache/compare_gan_tf2 if None. What comes from the web TF Hub keeps
            in a folder of its own, by address.

    Raises:
        UserError: if there is none, or what it computes with is not what its checksums say: those in a folder, and
            beside an archive on the disk. Of a web address none is looked at, and a folder without any is warned of.
    """
    if str(place).startswith(_WEB):
        return _loaded(str(place))
    path = _exported(expanded(place))
    if path.is_file() and _archive.is_archive(path):
        return _loaded(str(_archive.unpacked(path, expanded(cache_dir) if cache_dir else default_cache_dir())))
    if not (path / "saved_model.pb").is_file():
        raise UserError(f"{path} holds no module (no saved_model.pb); compare_gan_export makes one")
    if (path / "tfhub_module.pb").is_file():
        raise UserError(f"{path} is a module of TensorFlow 1; compare_gan_import_weights takes over compare_gan's")
    _sums.check(path)
    return _loaded(str(path))


def is_module(place: str | os.PathLike) -> bool:
    """Whether a place looks like a module's: a web address, an archive, a folder with a saved_model.pb, or a task's.

    Raises:
        UserError: if it is the folder of a task that has exported several.
    """
    path = _exported(expanded(place))
    return str(place).startswith(_WEB) or _archive.is_archive(path) or (path / "saved_model.pb").is_file()


def _exported(path: pathlib.Path) -> pathlib.Path:
    """The only module that a task has exported, of the task's folder; other places as they are."""
    if (path / "saved_model.pb").is_file() or not (path / "export").is_dir():
        return path
    found = sorted(each.parent for each in path.glob("export/*/saved_model.pb"))
    if len(found) > 1:
        raise UserError(f"{path} has {len(found)} modules: name one of {', '.join(map(str, found))}")
    return found[0] if found else path


def _loaded(handle: str) -> Any:
    try:
        with pattern_characters.avoided(handle) if os.path.isdir(handle) else contextlib.nullcontext(handle) as place:
            return custom_gradients.loaded(lambda: tensorflow_hub.load().load(place))
    except Exception as error:  # of many types, by what the network or the file lacks
        lines = [line for line in str(error).strip().splitlines() if line.strip()]
        raise UserError(f"{handle} cannot be loaded: {lines[0] if lines else type(error).__name__}") from error
