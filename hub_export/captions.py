"""Sheets of what an exported module makes of captions: a row for each, in which latents alone differ."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import npz
from compare_gan_tf2.datasets import catalog, sources
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.codes import prior_of
from compare_gan_tf2.task_folder import grids

_GENERATE, _CAPTION, _VECTORS = "generate", "caption", "vectors"
_MOST_LETTERS = 80


def check(module: Any) -> dict[str, Any]:
    """What a module says of what it makes of captions: {"takes", "gives"}; UserError if it makes nothing of them."""
    said = json.loads(module.abilities.numpy()) if hasattr(module, "abilities") else {}
    about: dict[str, Any] = said.get(_GENERATE, {})
    if _CAPTION not in about.get("takes", ()):
        there = ", ".join(said) or "none"
        raise UserError(f"the module makes no pictures of captions; its abilities are: {there}")
    return about


def takes_vectors(about: dict[str, Any]) -> bool:
    """Whether captions are vectors, of a module that was trained with those of a file."""
    return str(about["takes"][_CAPTION]["dtype"]) != "uint8"


def given(about: dict[str, Any], text: str, count: int) -> tuple[list[str], np.ndarray]:
    """Captions of a user: the text itself, or those of a file with one in each line; vectors of an .npz file.

    Args:
        about: of `check`.
        text: of the flag.
        count: how many of a file.

    Returns:
        Names of rows, and what the module takes: uint8 [N, L], or float32 [N, T].

    Raises:
        UserError: if there are none, a caption is too long, or vectors have another length.
    """
    length, path = int(about["takes"][_CAPTION]["shape"][0]), pathlib.Path(text).expanduser()
    if takes_vectors(about):
        return _vectors_of(path, length, count)
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else [text]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}); it is a text file with a caption in each line") from error
    captions = [line.strip() for line in lines if line.strip()][:count]
    if not captions:
        raise UserError(f"there is no caption in {text!r}")
    coded = [caption.encode() for caption in captions]
    for caption, each in zip(captions, coded, strict=True):
        if len(each) > length:
            raise UserError(f"the module reads {length} characters, and {caption!r} has {len(each)}")
    return captions, np.stack([np.frombuffer(each.ljust(length, b"\0"), np.uint8) for each in coded])


def _vectors_of(path: pathlib.Path, length: int, count: int) -> tuple[list[str], np.ndarray]:
    if not path.is_file():
        raise UserError(f"the module was trained with vectors of captions: --captions is an .npz file with {_VECTORS}")
    try:
        found = npz.read(path)
        vectors = found[_VECTORS]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path} has no array {_VECTORS} that can be read ({error})") from error
    if vectors.ndim != 2 or vectors.shape[1] != length:
        raise UserError(f"{path} has {_VECTORS} of shape {list(vectors.shape)}, and the module takes [N, {length}]")
    names = [str(name) for name in found.get("names", np.arange(len(vectors)))]
    return names[:count], vectors[:count].astype(np.float32)


def of_test_split(module: Any, about: dict[str, Any], places: Places, count: int) -> tuple[list[str], np.ndarray]:
    """The first different captions of the test split that a module's data set has; returns as of `given`."""
    if takes_vectors(about):
        raise UserError("the module was trained with vectors of captions: --captions names an .npz file with some")
    dataset = catalog.of(Options.from_dict(json.loads(module.options.numpy())))
    wanted = {"": {name: name for name in (sources.CAPTIONS, _CAPTION)}}
    rows = sources.stored_rows(dataset, wanted, places)[""]
    first = {bytes(caption): row for row, caption in reversed(list(enumerate(rows[sources.CAPTIONS])))}
    chosen = sorted(first.values())[:count]
    return [rows[sources.CAPTIONS][row].decode() for row in chosen], rows[_CAPTION][chosen]


def sheet(
    module: Any, names: list[str], captions: np.ndarray, *, columns: int = 8, seed: int = 0, truncation: float = 0.0
) -> np.ndarray:
    """A row of pictures for each caption, which stands beside it; pictures of one column have the same latents.

    Args:
        module: a loaded one.
        names: of the rows.
        captions: as the module takes them [N, ...].
        columns: pictures of each caption.
        seed: of the latents.
        truncation: as of `sample.samples`.

    Returns:
        uint8 [height, width, C].

    Raises:
        UserError: if an output is not finite.
    """
    about = check(module)["takes"]["z"]
    z = prior_of(about["distribution"], about["shape"][0]).draw_truncated(columns, seed=seed, truncation=truncation)
    made = [
        module.generate(z=z, caption=tf.constant(np.repeat(each[None], columns, axis=0))).numpy() for each in captions
    ]
    images = np.concatenate(made)
    if not np.isfinite(images).all():
        raise UserError("ability generate gives numbers that are not finite; export another checkpoint")
    return grids.named_rows(grids.grid(images, columns), names, _MOST_LETTERS)
