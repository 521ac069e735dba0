"""Reads weights from compare_gan v3's files (TF1 checkpoints, TF1 Hub modules) and from .npz; writes the latter."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import zipfile
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.old_weights import names

_STEP = "global_step"
_KNOWN = "a TF1 checkpoint (model.ckpt-40000, or its folder), a TF1 Hub module's folder, or .npz are read"


@dataclasses.dataclass(frozen=True)
class Source:
    """What a file holds.

    Attributes:
        values: {v3's name: array}, without optimisers' slots and counters.
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
    place = pathlib.Path(path).expanduser()
    try:
        return _from_npz(place) if place.suffix == ".npz" else _from_checkpoint(_prefix(place))
    except FileNotFoundError as error:
        raise UserError(f"no weights at {place}: {_KNOWN}") from error
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, tf.errors.OpError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"{place} cannot be read as weights of compare_gan ({reason}); {_KNOWN}") from error


def write(path: str | os.PathLike, values: Mapping[str, np.ndarray], step: int) -> pathlib.Path:
    """Writes an .npz file that `read` reads, with the step as global_step; gives its path.

    Raises:
        UserError: if the name does not end in .npz.
    """
    place = pathlib.Path(path).expanduser()
    if place.suffix != ".npz":
        raise UserError(f"{place} has to end in .npz")
    with replace_file(place) as file:
        np.savez(file, allow_pickle=False, **{_STEP: np.asarray(step)}, **dict(values))
    return place


def source(arrays: Mapping[str, np.ndarray]) -> Source:
    """The same of arrays by v3's names, with or without ":0" and whatever else a checkpoint holds."""
    arrays = {names.plain(name): value for name, value in arrays.items()}
    skipped = [name for name in arrays if names.is_bookkeeping(name)]
    step = int(arrays[_STEP]) if _STEP in arrays else None
    return Source({name: arrays[name] for name in arrays if name not in skipped}, step, tuple(sorted(skipped)))


def _from_npz(place: pathlib.Path) -> Source:
    with np.load(place) as file:
        return source({name: file[name] for name in file.files})


def _from_checkpoint(prefix: pathlib.Path) -> Source:
    reader = tf.train.load_checkpoint(str(prefix))
    there = reader.get_variable_to_shape_map()
    skipped = [name for name in there if names.is_bookkeeping(name)]
    # A Hub module has no counter, and its folder's name is the step only by custom.
    in_name = re.fullmatch(r"model\.ckpt-(\d+)", prefix.name)
    step = int(reader.get_tensor(_STEP)) if _STEP in there else int(in_name[1]) if in_name else None
    return Source(
        {name: reader.get_tensor(name) for name in there if name not in skipped}, step, tuple(sorted(skipped))
    )


def _prefix(place: pathlib.Path) -> pathlib.Path:
    """What TensorFlow calls a checkpoint: the common beginning of its files' names."""
    if (place / "saved_model.pb").is_file():
        return place / "variables" / "variables"
    if place.is_dir():
        newest = tf.train.latest_checkpoint(str(place))
        if newest is None:
            raise FileNotFoundError(place)
        return pathlib.Path(newest)
    prefix = place.with_name(re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", place.name))
    if not prefix.with_name(f"{prefix.name}.index").is_file():
        raise FileNotFoundError(prefix)
    return prefix
