"""Puts a user's pictures through an ability of an exported module: a sheet of inputs beside outputs, or files."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import pathlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.image_files import ImageFiles, open_images
from compare_gan_tf2.datasets.pipeline import chunks, to_float
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.datasets.places import places as given_places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_folder
from compare_gan_tf2.hub_export.sample import require_new
from compare_gan_tf2.runtime.codes import prior_of
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.task_folder import grids

# What is no picture, in the folder that `write_files` makes.
NUMBERS_FILE = "outputs.npz"
# The errors of reconstructions there, a line for each picture.
ERRORS_FILE = "errors.csv"
_RECONSTRUCT = "reconstruct"
_BATCH = 16
_LABELS = "labels"
# What abilities that fill holes take beside a picture.
MASK = "mask"


@dataclasses.dataclass(frozen=True)
class PictureAbility:
    """An ability of a loaded module that takes one picture a row, and nothing else that is not drawn.

    Attributes:
        name: of the ability.
        call: of the module.
        shape: (H, W, C) of its inputs.
        pictures: names of its outputs that are pictures, "" of a single one.
        output_shape: (H, W, C) of the first of these; of its inputs if there are none.
        takes: name of the picture among its inputs.
        latents: the prior of the input "z"; None if it takes none.
        takes_seed: whether it may be called with a seed, by which its outputs differ.
        module: that it is of, whose variables live as long as this.
        direction: what becomes what, "outlines -> filled"; "" where the module does not say.
    """

    name: str
    call: Any
    shape: tuple[int, int, int]
    pictures: tuple[str, ...]
    output_shape: tuple[int, int, int]
    takes: str
    latents: Prior | None = None
    takes_seed: bool = False
    module: Any = dataclasses.field(default=None, repr=False)
    direction: str = ""


def ability_of(
    module: Any, name: str = "", *, names_class: bool = False, besides: Collection[str] = ()
) -> PictureAbility:
    """An ability of a loaded module; without a name the only one that takes one picture.

    Args:
        module: a loaded one.
        name: of the ability.
        names_class: whether it may take a class beside the picture.
        besides: names of other inputs that it may take, such as a mask.

    Raises:
        UserError: if it has none of this name, or one that takes something else than a picture; without a name, if
            there is not exactly one.
    """
    if not hasattr(module, "abilities"):
        raise UserError("this module says of no abilities; compare_gan_export of this version writes one that does")
    stated = json.loads(module.abilities.numpy())
    if not name:
        return ability_of(module, _only(stated))
    if name not in stated:
        raise UserError(components.unknown("ability", name, stated))
    every, gives = stated[name]["takes"], list(stated[name]["gives"].values())
    picture = _picture(stated[name], [*besides, *([_LABELS] if names_class else [])])
    if not picture:
        those = ", ".join(each for each, about in every.items() if not about.get("optional"))
        raise UserError(f"ability {name} takes {those}, and no single picture; call the module from Python for it")
    is_single = len(gives) == 1
    pictures = [output for output, about in stated[name]["gives"].items() if about["range"] == [0, 1]]
    height, width, colors = every[picture]["shape"]
    shown = ("",) if is_single and pictures else tuple(pictures)
    shape = (height, width, colors)
    made = tuple(stated[name]["gives"][pictures[0]]["shape"]) if pictures else shape
    latents = prior_of(every["z"]["distribution"], every["z"]["shape"][0]) if "z" in every else None
    return PictureAbility(
        name,
        getattr(module, name),
        shape,
        shown,
        made,
        picture,
        latents,
        "seed" in every,
        module,
        str(stated[name].get("direction", "")),
    )


def _picture(about: Mapping[str, Any], besides: Collection[str] = ()) -> str:
    """Name of the one picture that an ability takes, beside latents and what is optional; "" if it takes another."""
    there = {name: each for name, each in about["takes"].items() if name not in besides}
    takes = [name for name, each in there.items() if not (each.get("optional") or "distribution" in each)]
    return takes[0] if len(takes) == 1 and about["takes"][takes[0]]["range"] == [0, 1] else ""


def _only(stated: Mapping[str, Any]) -> str:
    """Name of the only ability that takes one picture."""
    names = [name for name, about in stated.items() if _picture(about)]
    if len(names) == 1:
        return names[0]
    if not names:
        raise UserError("the module has no ability that takes a picture")
    ways = [f"{name} ({stated[name]['direction']})" if stated[name].get("direction") else name for name in names]
    raise UserError(f"which ability of the module? It has {' and '.join(ways)}: give --ability")


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """Some pictures and what an ability makes of them.

    Attributes:
        names: of the pictures: their paths below the folder, or their numbers in the file.
        inputs: float32 [B, H, W, C] in [0, 1].
        outputs: arrays [B, ...] by name, "" of a single one.
    """

    names: list[str]
    inputs: np.ndarray
    outputs: dict[str, np.ndarray]


def applied(
    ability: PictureAbility,
    place: pathlib.Path,
    count: int | None = None,
    cache_dir: pathlib.Path | None = None,
    seed: int | None = None,
) -> Iterator[Part]:
    """Pictures through an ability, part by part: all in stored order, or the first by name in the order of names.

    Args:
        ability: of `ability_of`.
        place: a folder of images, or an .npz file.
        count: how many of them; all if None.
        cache_dir: where what is found out about a folder is kept.
        seed: of what is random in the ability, the same for every picture; None switches that off. Also of latents,
            other ones for every picture, which None draws as 0 does.

    Raises:
        UserError: if the place has no pictures, or not of the size that the ability takes, or it takes no seed; the
            latter two before any work.
    """
    if seed is not None and not (ability.takes_seed or ability.latents):
        raise UserError(f"ability {ability.name} takes no seed: nothing is random in it")
    places = given_places(None, cache_dir)
    dataset = _pictures(ability, place, places)
    names = _names(dataset, places)
    stored: Iterator[tuple[str, np.ndarray]] = zip(names, _floats(dataset, places, len(names)), strict=False)
    if count is not None and count < len(names):
        wanted = set(sorted(names, key=_as_numbers)[:count])
        stored = iter(sorted((pair for pair in stored if pair[0] in wanted), key=lambda pair: _as_numbers(pair[0])))
    given: dict[str, tf.Tensor] = {}
    if ability.takes_seed and seed is not None:
        given["seed"] = tf.constant(seed, tf.int64)
    z = ability.latents.draw_truncated(len(names), seed=seed or 0, truncation=0.0) if ability.latents else None
    for start in itertools.count(0, _BATCH):
        if not (part := list(itertools.islice(stored, _BATCH))):
            break
        inputs = np.stack([image for _, image in part])
        latents = {} if z is None else {"z": z[start : start + len(part)]}
        made = ability.call(**{ability.takes: tf.constant(inputs)}, **latents, **given)
        outputs = {name: each.numpy() for name, each in (made if isinstance(made, dict) else {"": made}).items()}
        if not all(np.isfinite(each).all() for each in outputs.values()):
            raise UserError(f"ability {ability.name} gives numbers that are not finite; export another checkpoint")
        yield Part([name for name, _ in part], inputs, outputs)


def pictures(
    ability: PictureAbility, place: pathlib.Path, count: int, cache_dir: pathlib.Path | None = None
) -> np.ndarray:
    """The first pictures of a place by name, float32 [N, H, W, C] in [0, 1]; arguments and errors as of `applied`."""
    return named_pictures(ability.shape, place, count, cache_dir, f"ability {ability.name}")[1]


def named_pictures(
    shape: tuple[int, int, int],
    place: pathlib.Path,
    count: int,
    cache_dir: pathlib.Path | None = None,
    taker: str = "the module",
) -> tuple[list[str], np.ndarray]:
    """Names of the first pictures of a place in their order, and the pictures, float32 [N, H, W, C] in [0, 1].

    Args:
        shape: (H, W, C) that they are to have.
        place: a folder of images, or an .npz file.
        count: how many.
        cache_dir: where what is found out about a folder is kept.
        taker: what takes them, for the error.

    Raises:
        UserError: if the place has no pictures, or not of this shape.
    """
    places = given_places(None, cache_dir)
    dataset = framed(shape, place, places, taker)
    names = _names(dataset, places)
    wanted = sorted(range(len(names)), key=lambda row: _as_numbers(names[row]))[:count]
    found = {row: image for row, image in enumerate(_floats(dataset, places, len(names))) if row in set(wanted)}
    return [names[row] for row in wanted], np.stack([found[row] for row in wanted])


def count(ability: PictureAbility, place: pathlib.Path, cache_dir: pathlib.Path | None = None) -> int:
    """How many pictures there are at a place; arguments and errors as of `applied`."""
    places = given_places(None, cache_dir)
    dataset = _pictures(ability, place, places)
    return dataset.count(dataset.evaluation_split, places)


def left_out(place: pathlib.Path, cache_dir: pathlib.Path | None = None) -> dict[str, str]:
    """Files of a folder that were taken for pictures and could not be read, each with the reason."""
    places = given_places(None, cache_dir)
    told = getattr(open_images(place, places), "why_left_out", None)  # which only folders of pictures can say
    found: dict[str, str] = told(places) if told else {}
    return found


def _as_numbers(name: str) -> tuple[int, str]:
    """A key that sorts numbers by their size, and other names by their letters."""
    return (len(name) if name.isdecimal() else 0, name)


def _pictures(ability: PictureAbility, place: pathlib.Path, places: Places) -> Dataset:
    return framed(ability.shape, place, places, f"ability {ability.name}")


def framed(shape: tuple[int, int, int], place: pathlib.Path, places: Places, taker: str) -> Dataset:
    """The pictures of a place in this shape (H, W, C); UserError, which names `taker`, if they cannot be had so."""
    if not place.exists():
        raise UserError(f"{place} does not exist; --inputs names a folder of images, or an .npz file")
    dataset = open_images(place, places).framed_as(shape, places)
    if tuple(dataset.image_shape) != shape:
        theirs, ours = ("x".join(map(str, each)) for each in (dataset.image_shape, shape))
        raise UserError(f"images in {place} are {theirs}, and {taker} takes {ours}")
    return dataset


def _names(dataset: Dataset, places: Places) -> list[str]:
    """Of the images in stored order: paths, or numbers within a file."""
    opened = dataset.open(dataset.evaluation_split, places)
    return [str(key) for key in (opened.order if isinstance(dataset, ImageFiles) else opened.keys())]


def _floats(dataset: Dataset, places: Places, number: int) -> Iterator[np.ndarray]:
    """Images in stored order, float32 [H, W, C] in [0, 1]; floats of a file are not rounded."""
    if isinstance(dataset, ImageFiles):
        parts = (images for images, _ in dataset.floats(number, _BATCH))
    else:
        stored = chunks(dataset, dataset.evaluation_split, places, number, _BATCH)
        parts = (to_float(images, dataset) for images, _ in stored)
    return itertools.chain.from_iterable(parts)


def sheet(ability: PictureAbility, parts: Iterator[Part], columns: int = 8) -> np.ndarray:
    """Inputs beside what is made of them, uint8 [height, width, C].

    Args:
        ability: one that gives pictures.
        parts: of `applied`.
        columns: pictures in a row.

    Raises:
        UserError: if it gives none.
    """
    if not ability.pictures:
        raise UserError(f"ability {ability.name} gives no pictures; --kind=files writes its numbers")
    found = [(part.inputs, *(part.outputs[name] for name in ability.pictures)) for part in parts]
    return grids.beside([np.concatenate(each) for each in zip(*found, strict=True)], columns)


def write_files(ability: PictureAbility, parts: Iterator[Part], folder: pathlib.Path) -> None:
    """Writes outputs into a folder that is complete or not there.

    Pictures go by their inputs' names, name.png, of several outputs name-<output>.png; numbers are in outputs.npz: an
    array for each output, and "names". Of reconstructions errors.csv has each picture's own error: it depends on that
    picture alone, and is not scaled by the others.

    Raises:
        UserError: if the folder is in use or cannot be written.
    """
    require_new(folder)
    with replace_folder(folder, durable=False) as new:
        names: list[str] = []
        errors: list[tuple[str, float, float]] = []
        numbers: dict[str, list[np.ndarray]] = {}
        copies = ability.name == _RECONSTRUCT and bool(ability.pictures) and ability.output_shape == ability.shape
        for part in parts:
            _write_pictures(ability, part, new)
            errors += _errors(ability, part) if copies else []
            names += part.names
            for output in part.outputs.keys() - set(ability.pictures):
                numbers.setdefault(output or ability.name, []).append(part.outputs[output])
        if numbers:
            order = sorted(range(len(names)), key=lambda row: _as_numbers(names[row]))
            arrays: dict[str, Any] = {name: np.concatenate(each)[order] for name, each in numbers.items()}
            np.savez(new / NUMBERS_FILE, **arrays, names=np.array(names)[order])
        if copies:
            with (new / ERRORS_FILE).open("w", encoding="utf-8", newline="") as file:
                lines = sorted(errors, key=lambda each: _as_numbers(each[0]))
                csv.writer(file, lineterminator="\n").writerows([("name", "error", "mse"), *lines])


def _write_pictures(ability: PictureAbility, part: Part, folder: pathlib.Path) -> None:
    for row, name in enumerate(part.names):
        for output in ability.pictures:
            place = folder / _file_name(name, output)
            # Of two inputs that differ by their endings only the second keeps its own.
            place = folder / _file_name(f"{name}.", output) if place.exists() else place
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(grids.encode_png(grids.to_uint8(part.outputs[output][row])))


def _errors(ability: PictureAbility, part: Part) -> list[tuple[str, float, float]]:
    """Name, L2 norm of picture minus reconstruction, pixels in [0, 1], and mean squared difference of pixels."""
    difference = np.asarray(part.inputs, np.float64) - part.outputs[ability.pictures[0]]
    squares = np.square(difference).reshape(len(difference), -1)
    errors = np.sqrt(squares.sum(axis=1)).tolist(), squares.mean(axis=1).tolist()
    return list(zip(part.names, *errors, strict=True))


def _file_name(name: str, output: str) -> str:
    path = pathlib.PurePosixPath(name)
    stem = f"{path.stem}-{output}" if output else path.stem
    return str(path.with_name(f"{stem}.png"))
