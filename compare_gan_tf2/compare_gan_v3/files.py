"""Reads weights from compare_gan v3's files (TF1 checkpoints, TF1 Hub modules) and from .npz; writes the latter."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any
from zipfile import is_zipfile

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import npz
from compare_gan_tf2.compare_gan_v3 import names
from compare_gan_tf2.compat import pattern_characters
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file

_STEP = "global_step"
_KNOWN = "a TF1 checkpoint (model.ckpt-40000, or its folder), a TF1 Hub module's folder, or .npz are read"


@dataclasses.dataclass(frozen=True)
class Source:
    """What a file holds.

    Attributes:
        values: {v3's name: array}, without optimizers' slots and counters.
        step: the training's generator step; None where the file does not say.
        skipped: names that were passed over because they are no part of a network.
    """

    values: Mapping[str, np.ndarray]
    step: int | None
    skipped: tuple[str, ...]


def read(path: str | os.PathLike) -> Source:
    """Weights from a file.

    Args:
        path: a TF1 checkpoint (its prefix "model.ckpt-40000", one of its files, or the folder with its `checkpoint`
            file), a TF1 Hub module's folder, or an .npz file of {v3's name: array}.

    Raises:
        UserError: if it is none of these or cannot be read.
    """
    try:
        place = pathlib.Path(path).expanduser()
        return _from_npz(place) if place.suffix == ".npz" else _from_checkpoint(place)
    except FileNotFoundError as error:
        raise UserError(f"no weights at {path}: {_KNOWN}") from error
    except (OSError, ValueError, TypeError, IndexError, EOFError, RuntimeError, tf.errors.OpError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"{path} cannot be read as weights of compare_gan ({reason}); {_KNOWN}") from error


def write(path: str | os.PathLike, values: Mapping[str, np.ndarray], step: int) -> pathlib.Path:
    """Writes an .npz file that `read` reads, with the step as global_step; gives its path.

    Raises:
        UserError: if the name does not end in .npz.
    """
    try:
        place = pathlib.Path(path).expanduser()
    except RuntimeError as error:
        raise UserError(f"no file {path}: {error}") from error
    if place.suffix != ".npz":
        raise UserError(f"{place} has to end in .npz")
    with replace_file(place) as file:
        arrays: dict[str, Any] = {_STEP: np.asarray(step), **values}
        np.savez(file, **arrays)
    return place


def source(arrays: Mapping[str, np.ndarray]) -> Source:
    """The same of arrays by v3's names, with or without ":0" and whatever else a checkpoint holds.

    Raises:
        UserError: if two of the names are the same one.
    """
    plain: dict[str, np.ndarray] = {}
    for name, value in arrays.items():
        if names.plain(name) in plain:
            raise UserError(f"the weights hold {names.plain(name)} twice")
        plain[names.plain(name)] = value
    skipped = [name for name in plain if names.is_bookkeeping(name)]
    step = int(np.asarray(plain[_STEP]).reshape(())) if _STEP in plain else None
    return Source({name: plain[name] for name in plain if name not in skipped}, step, tuple(sorted(skipped)))


def _from_npz(place: pathlib.Path) -> Source:
    if place.is_file() and not is_zipfile(place):
        raise ValueError("it is no .npz file")
    return source(npz.read(place))


def _from_checkpoint(place: pathlib.Path) -> Source:
    is_module = (place / "saved_model.pb").is_file()
    prefix = place / "variables" / "variables" if is_module else _prefix(place)
    found = source(_tensors(prefix))
    filled = place / "model-with-accu.ckpt"
    if is_module and filled.with_name(f"{filled.name}.index").is_file():
        # v3's evaluation filled the standing statistics after the module was written, and kept the outcome beside it.
        found = dataclasses.replace(found, values={**found.values, **source(_tensors(filled)).values})
    in_name = re.fullmatch(r"model\.ckpt-(\d+)", prefix.name)
    return dataclasses.replace(found, step=int(in_name[1])) if found.step is None and in_name else found


def _tensors(prefix: pathlib.Path) -> dict[str, np.ndarray]:
    """All of a checkpoint, but of bookkeeping only the step's values (slots are twice as large as the networks)."""
    with pattern_characters.avoided(prefix) as place:
        reader = tf.train.load_checkpoint(place)
        there = {name: names.plain(name) for name in reader.get_variable_to_shape_map()}
        return {
            name: reader.get_tensor(name) if plain == _STEP or not names.is_bookkeeping(plain) else np.zeros(())
            for name, plain in there.items()
        }


def _prefix(place: pathlib.Path) -> pathlib.Path:
    """What TensorFlow calls a checkpoint: the common beginning of its files' names."""
    if place.is_dir():
        return _newest(place)
    prefix = place.with_name(re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", place.name))
    # The oldest format was one file of that name.
    if not prefix.with_name(f"{prefix.name}.index").is_file() and not prefix.is_file():
        raise FileNotFoundError(prefix)
    return prefix


def _newest(folder: pathlib.Path) -> pathlib.Path:
    """The checkpoint that the folder's file `checkpoint` names, or else the only one that is there."""
    state = folder / "checkpoint"
    named = re.search(r'^model_checkpoint_path: "(.*)"', state.read_text(), re.MULTILINE) if state.is_file() else None
    there = {index.name.removesuffix(".index"): index for index in folder.glob("*.index")}
    if named and pathlib.PurePath(named[1]).name in there:
        return folder / pathlib.PurePath(named[1]).name
    if len(there) == 1:
        return folder / next(iter(there))
    if not there:
        raise FileNotFoundError(folder)
    raise UserError(
        f"{folder} has several checkpoints and no file that says which is the newest; name one: "
        f"{', '.join(sorted(there))}"
    )
