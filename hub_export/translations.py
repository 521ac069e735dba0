"""Sheets of translations by an exported module: input, output, truth."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import catalog, column_set, pipeline, sources
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import apply
from compare_gan_tf2.hub_export.translate import Translator, seed_of
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import grids


def of_test_split(translator: Translator, places: Places, count: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The first inputs of the test split that a module's data set has, and their truths, None where nobody knows these.

    Args:
        translator: of a module.
        places: where its data set is.
        count: how many rows.

    Returns:
        float32 [N, h, w, c] and [N, H, W, C] in [0, 1].

    Raises:
        UserError: if the data set is not there, or has no such inputs.
    """
    options = Options.from_dict(json.loads(translator.ability.module.options.numpy()))
    dataset = catalog.of(options)
    takes, (gives, *_) = translator.ability.takes, translator.gives
    wanted = [takes, gives] if _is_known(dataset, takes, gives) else [takes]
    by_source: dict[str, dict[str, str]] = {}
    for name in wanted:
        source = name if name in column_set.UNPAIRED else ""
        by_source.setdefault(source, {})[name] = sources.column_of(name, "", source)
    found = sources.stored_rows(dataset, by_source, places, count=count)
    rows = {name: pipeline.to_float(each[:count], dataset) for parts in found.values() for name, each in parts.items()}
    return rows[takes], rows.get(gives)


def _is_known(dataset: Dataset, takes: str, gives: str) -> bool:
    """Whether row i of what is given belongs to row i of what is taken."""
    sides = {takes, gives} & {*column_set.UNPAIRED}
    return not sides or (len(sides) == 2 and dataset.has_partners)


def of_files(
    translator: Translator,
    inputs: pathlib.Path,
    truths: pathlib.Path | None,
    count: int,
    cache_dir: pathlib.Path | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """The first pictures of a place, and those of another one with the same names but for their endings.

    Args:
        translator: of a module.
        inputs: a folder of images, or an .npz file.
        truths: another one; None of none.
        count: how many.
        cache_dir: where what is found out about a folder is kept.

    Raises:
        UserError: if there are none, or not of the module's sizes, or a truth is missing.
    """
    ability = translator.ability
    names, found = apply.named_pictures(ability.shape, inputs, count, cache_dir, f"ability {ability.name}")
    if truths is None:
        return found, None
    theirs, pictures = apply.named_pictures(ability.output_shape, truths, 2**31, cache_dir, "a truth")
    rows = {_stem(name): row for row, name in enumerate(theirs)}
    if missing := [name for name in names if _stem(name) not in rows]:
        raise UserError(f"{truths} has no picture of the name of {missing[0]}, whatever its ending")
    return found, pictures[[rows[_stem(name)] for name in names]]


def _stem(name: str) -> str:
    return str(pathlib.PurePosixPath(name).with_suffix(""))


def sheet(
    translator: Translator, inputs: np.ndarray, truths: np.ndarray | None, *, seed: int | None = None, columns: int = 9
) -> np.ndarray:
    """Groups of input, output and, where it is known, truth: uint8 [height, width, C].

    Args:
        translator: of a module.
        inputs: float32 [N, h, w, c] in [0, 1].
        truths: float32 [N, H, W, C], or None.
        seed: of latents, 0 if None, and of dropout, which None switches off.
        columns: pictures in a row.

    Raises:
        UserError: if an output is not finite.
    """
    outputs = np.concatenate([_output(translator, each[None], row, seed) for row, each in enumerate(inputs)])
    if not np.isfinite(outputs).all():
        raise UserError(
            f"ability {translator.ability.name} gives numbers that are not finite; export another checkpoint"
        )
    large = inputs.repeat(translator.scale, axis=1).repeat(translator.scale, axis=2)
    return grids.beside([large, outputs, *([] if truths is None else [truths])], columns)


def _output(translator: Translator, image: np.ndarray, row: int, seed: int | None) -> np.ndarray:
    ability, given = translator.ability, dict[str, Any]()
    if ability.latents:
        of_row = seed_of(str(row), seed or 0, 0, same=False)
        given["z"] = ability.latents.draw_truncated(1, seed=of_row, truncation=0.0)
    if ability.takes_seed and seed is not None:
        given["seed"] = tf.constant(seed, tf.int64)
    made = ability.call(**{ability.takes: tf.constant(image)}, **given)
    output: np.ndarray = (made[ability.pictures[0]] if isinstance(made, dict) else made).numpy()
    return output
