"""What belongs together in a folder: pairs of pictures, masks, attributes and captions, joined by the files' names."""

from __future__ import annotations

import dataclasses
import functools
import logging
import pathlib
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from compare_gan_tf2.datasets import _folder_tables, _image_headers
from compare_gan_tf2.datasets._folder_images import NOTHING, FolderImages, StackedImages
from compare_gan_tf2.datasets._folder_listing import ALL, Listing
from compare_gan_tf2.datasets.images import Columns, Images
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import printable

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._image_folder import FolderDataset
    from compare_gan_tf2.datasets.catalog import Places

_log = logging.getLogger(__name__)

INPUT, TARGET = "input", "target"
IMAGES, MASKS, ATTRIBUTES, CAPTIONS = "images", "masks", "attributes", "captions"
# Folders that only say what is in them: a picture in the one belongs to a mask of its name in the other.
_OF_PICTURES, _OF_MASKS = "images", "masks"
_NUMBERED = re.compile(r"(.+)_\d+")
_NAMED = 5


def opened(dataset: FolderDataset, names: Collection[str], split: str, places: Places, training: bool) -> Columns:
    """The columns of a folder; see `Dataset.open_columns`.

    Pairs are "input" and "target": pictures of equal names (whatever their endings) in folders of these names, or,
    without such folders, the halves of pictures that are twice as wide as high, in the order that the options say.
    "images" are pictures,
    "masks" uint8 [H, W, M]: those in a folder masks that have the picture's name, or its name with a number behind it
    (name_0.png, name_1.png, ...), which may also lie beside the picture; M is the largest number of them in any split,
    and the rest is black. "attributes" float32 [N, A] and "captions" bytes [N] are of attributes.csv and captions.csv.

    Raises:
        UserError: with the names of the first files that do not fit.
    """
    known = {INPUT, TARGET, IMAGES, MASKS, ATTRIBUTES, CAPTIONS}
    if unknown := sorted(set(names) - known):
        raise UserError(
            f"{dataset.folder} has no {' and '.join(unknown)}, which the GAN type reads; a folder has "
            f"{', '.join(sorted(known))}"
        )
    usable = dataset.usable(split, places)
    if {INPUT, TARGET} & set(names):
        return _pairs(dataset, names, usable, split, places, training)
    return _with_what_lies_beside(dataset, names, usable, split, places, training)


def _pairs(
    dataset: FolderDataset, names: Collection[str], usable: list[str], split: str, places: Places, training: bool
) -> Columns:
    if others := sorted(set(names) - {INPUT, TARGET}):
        raise UserError(
            f"{dataset.folder}: pairs are read without {' and '.join(others)}, which the GAN type reads too"
        )
    by_side = {
        side: [path for path in usable if _within(dataset, path).startswith(f"{side}/")] for side in (INPUT, TARGET)
    }
    if not any(by_side.values()):
        return _halves(dataset, names, usable, split, places, training)
    misfits, sides = list[str](), list[dict[str, str]]()
    for paths in by_side.values():
        found: dict[str, str] = {}
        for path in paths:
            name = _stem(_within(dataset, path).partition("/")[2])
            if name in found:
                misfits.append(f"{printable(path)} and {printable(found[name])} have one name")
            found[name] = path
        sides.append(found)
    inputs, targets = sides
    alone = [f"{printable(inputs[name])} has no partner in {TARGET}" for name in inputs.keys() - targets.keys()]
    alone += [f"{printable(targets[name])} has no partner in {INPUT}" for name in targets.keys() - inputs.keys()]
    left_out = dataset.why_left_out(places)
    alone += [f"{printable(path)} cannot be used ({why})" for path, why in left_out.items() if _side(dataset, path)]
    if dataset.pairs == "matched" and alone:
        _say(f"{dataset.folder}: of {len(usable)} files {len(alone)} are left out, without a pair: {_some(alone)}")
    else:
        misfits += alone
    rule = "pairs are pictures of equal names in the folders input and target (pairs=matched leaves out the others)"
    _refuse(dataset.folder, rule, misfits, len(usable))
    partner = {inputs[name]: targets[name] for name in inputs if name in targets}
    if not dataset.size(places):
        sizes = _sizes(dataset.folder, [*partner, *partner.values()])
        _refuse(
            dataset.folder,
            "the pictures of a pair have one size",
            [
                f"{printable(a)} has {_said(sizes[a])} and its partner {printable(b)} {_said(sizes[b])}"
                for a, b in partner.items()
                if sizes[a] != sizes[b]
            ],
            len(partner),
        )
    _refuse_one(dataset, partner, "pair")
    rows = dataset.in_split(split, sorted(partner), places)
    wanted = {INPUT: rows, TARGET: [partner[path] for path in rows]}
    return Columns({name: _images(dataset, wanted[name], split, places, training, name) for name in names})


def _halves(
    dataset: FolderDataset, names: Collection[str], usable: list[str], split: str, places: Places, training: bool
) -> Columns:
    sizes = _sizes(dataset.folder, usable[:1] if dataset.size(places) else usable)
    _refuse(
        dataset.folder,
        "without folders input and target each picture is cut at its middle, and has to be twice as wide as high",
        [f"{printable(path)} has {_said(size)}" for path, size in sizes.items() if size[1] != 2 * size[0]],
        len(usable),
    )
    height, width = next(iter(sizes.values()))
    left, right = dataset.pair_order.split("_")
    _say(
        f"{dataset.folder}: each picture is cut at its middle: {width // 2} + {width // 2}; the left half is the "
        f"{left}, the right half the {right} (pair_order={dataset.pair_order})"
    )
    rows = dataset.in_split(split, usable, places)
    halves = {left: "left", right: "right"}
    return Columns({name: _images(dataset, rows, split, places, training, name, half=halves[name]) for name in names})


@functools.cache
def _say(line: str) -> None:
    _log.warning("%s", line)


def _with_what_lies_beside(
    dataset: FolderDataset, names: Collection[str], usable: list[str], split: str, places: Places, training: bool
) -> Columns:
    """Pictures with masks, attributes and captions; those that a table does not name are left out if they are few."""
    folder, pictures = dataset.folder, usable
    masks: dict[str, list[str]] = {}
    most = 0
    if MASKS in names:
        pictures, masks = _masks(dataset, usable)
        # The same in training and for scores, where pictures may have fewer.
        most = max(
            len(each) for of in dataset.splits for each in _masks(dataset, dataset.usable(of, places))[1].values()
        )
    tables = [name for name in (ATTRIBUTES, CAPTIONS) if name in names]
    read = {name: _folder_tables.read(folder, name, pictures, dataset.listing_files) for name in tables}
    if ATTRIBUTES in read:
        _folder_tables.check_exclusive(folder, read[ATTRIBUTES], dataset.exclusive)
    for table in read.values():
        pictures = [path for path in pictures if path in table.rows]
    _refuse_one(dataset, pictures, "picture with all that is read of it")
    rows = dataset.in_split(split, pictures, places)
    data: dict[str, Images | np.ndarray] = {}
    for name in names:
        if name == IMAGES:
            data[name] = _images(dataset, rows, split, places, training, name)
        elif name == MASKS:
            layers = [
                [masks[path][number] if number < len(masks[path]) else NOTHING for path in rows]
                for number in range(most)
            ]
            data[name] = StackedImages(
                [
                    _images(dataset, paths, split, places, training, f"{name}/{i}", True)
                    for i, paths in enumerate(layers)
                ]
            )
        else:
            data[name] = read[name].array(rows)
    side = next((table.side for table in read.values() if table.side), "")
    return Columns(data, side, " ".join(table.digest for table in read.values()))


def _masks(dataset: FolderDataset, usable: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Pictures, and the masks of each in the order of their names."""
    in_mask_folders = {path for path in usable if _OF_MASKS in path.split("/")[:-1]}
    by_name = {_stem(path): path for path in usable if path not in in_mask_folders}
    found: dict[str, list[str]] = {}
    misfits = list[str]()
    for path in usable:
        numbered = _NUMBERED.fullmatch(_stem(path))
        if path not in in_mask_folders:
            if numbered and numbered[1] in by_name:
                found.setdefault(by_name[numbered[1]], []).append(path)
            continue
        exact = _of_picture(_stem(path), by_name)
        owner = exact or (_of_picture(numbered[1], by_name) if numbered else None)
        if owner is None:
            misfits.append(f"{printable(path)} is the mask of no picture")
        else:
            found.setdefault(owner, []).append(path)
    beside = {mask for masks in found.values() for mask in masks}
    pictures = [path for path in usable if path not in beside and path not in in_mask_folders]
    misfits += [f"{printable(path)} has no mask" for path in pictures if path not in found]
    sizes = _sizes(dataset.folder, usable) if not misfits else {}
    misfits += [
        f"{printable(mask)} has {_said(sizes[mask])} and its picture {_said(sizes[path])}"
        for path, masks in found.items()
        for mask in masks
        if sizes and sizes[mask] != sizes[path]
    ]
    _refuse(
        dataset.folder,
        "a mask has its picture's name, or that with a number behind it (name_0.png)",
        misfits,
        len(usable),
    )
    return pictures, {path: sorted(masks, key=_by_number) for path, masks in found.items()}


def _of_picture(mask: str, by_name: dict[str, str]) -> str | None:
    """The picture of a mask in a folder of masks: without that folder, or in a folder images in its place."""
    parts = mask.split("/")
    place = parts.index(_OF_MASKS)
    beside = "/".join([*parts[:place], *parts[place + 1 :]])
    return by_name.get(beside) or by_name.get("/".join([*parts[:place], _OF_PICTURES, *parts[place + 1 :]]))


def _by_number(path: str) -> tuple[int, str]:
    found = re.search(r"_(\d+)$", _stem(path))
    return (int(found[1]) if found else -1), path


def _images(
    dataset: FolderDataset, paths: list[str], split: str, places: Places, training: bool, name: str,
    is_mask: bool = False, half: str = "",
) -> FolderImages:  # fmt: skip
    framing = dataclasses.replace(dataset.framing(training), half=half)
    if is_mask:
        shape = (*framing.image_shape[:2], 1)
        framing = dataclasses.replace(framing, image_shape=shape, resize="nearest")
    digest = f"{split} {half or name} {dataset.identity(places)}"
    return FolderImages(dataset.folder, paths, np.full(len(paths), -1, np.int32), framing, digest)


def within_split(listing: Listing, path: str) -> str:
    """A path below the folder of its split."""
    return path if ALL in listing.splits else path.partition("/")[2]


def _within(dataset: FolderDataset, path: str) -> str:
    assert dataset.listing is not None
    return within_split(dataset.listing, path)


def _side(dataset: FolderDataset, path: str) -> bool:
    return _within(dataset, path).partition("/")[0] in (INPUT, TARGET)


def _stem(path: str) -> str:
    return path.rpartition(".")[0]


def _sizes(folder: pathlib.Path, paths: Iterable[str]) -> dict[str, tuple[int, int]]:
    """(height, width) of pictures, as they are stored."""
    sizes = {}
    for path in paths:
        with open(folder / path, "rb") as file:
            header = _image_headers.read(file)
        sizes[path] = (header.height, header.width) if header else (0, 0)
    return sizes


def _said(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} pixels"


def _refuse_one(dataset: FolderDataset, rows: Collection[str], what: str) -> None:
    if len(rows) < 2:
        raise UserError(f"{dataset.folder} has {len(rows)} {what} in a split, and needs 2 or more")


def _refuse(folder: pathlib.Path, rule: str, misfits: list[str], number: int) -> None:
    """UserError with the first files that do not fit, if there are some."""
    if misfits:
        raise UserError(f"{folder}: {rule}; of {number} files {len(misfits)} do not fit: {_some(misfits)}")


def _some(lines: list[str]) -> str:
    """The first of some lines, and how many there are beyond."""
    more = f"; and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
    return "; ".join(sorted(lines)[:_NAMED]) + more
