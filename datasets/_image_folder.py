"""A folder of images as a data set to train on: any sizes and formats, with or without splits and classes."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import pathlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from compare_gan_tf2.datasets import (
    _captions,
    _folder_check,
    _folder_columns,
    _folder_listing,
    _folder_pairs,
    _folder_parts,
    _folder_remarks,
    _folder_tables,
    _label_table,
    _tfds_folder,
    label_files,
)
from compare_gan_tf2.datasets._folder_images import FolderImages
from compare_gan_tf2.datasets._folder_listing import Listing
from compare_gan_tf2.datasets._label_table import LabelTable
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.image_files import ImageFiles, npz_file
from compare_gan_tf2.datasets.images import Columns
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import safe_name

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._framing import Framing

# Real images that a score compares with, unless the options say more.
_MOST_SAMPLES = 10_000
# What new tasks hold out, if it is so many images or more: scores of few are worth little.
_USUAL_SHARE, _LEAST_HELD_OUT = 0.1, 1000
# The column of captions as characters.
_CHARACTERS = "caption"


@dataclasses.dataclass(frozen=True)
class FolderDataset(Dataset):
    """The images below a folder; `_folder_listing.of` says how splits and classes are found.

    Where images lie in no folders of classes, a file labels.csv in the folder, or the files of option label_file, say
    which class each has: its path below the folder, and a number from 0 on or a name.

    Without folders of splits, and if no part is held out, all images are trained on and all are compared with, as
    StyleGAN's authors do: the scores then also reward a generator that repeats what it was trained on.

    An image that is not of image_shape is cut to its middle square and resized with antialiasing; one that is stays as
    it is. Turns in EXIF data are carried out; of an animation the first picture is taken. Files that cannot be decoded
    are left out, with a warning.

    Stored order is one random permutation of the sorted paths of a split, always the same, since files often lie by
    class and the first N images are to stand for all.

    Attributes:
        listing: the files, at the moment when the entry was made.
        train_crop: "middle" as above; "random" and "distorted", another square every time an image is trained on, and
            the middle for scores; "none", the whole image squeezed into a square, for scores too.
        held_out: share of the images that is not trained on, and alone compared with, by a hash of their contents; 0 if
            there is a folder of test images, or all are both.
        table: labels of a folder without folders of classes; None for those, and where nobody asks for labels.
        why_without_table: what is wrong with a table that is there.
        is_size_asked: whether image_shape was asked for, and not chosen by what is there.
        pairs: "all" files of pairs have to have a partner, or those that have none are left out: "matched".
        pair_order: of halves of one picture, "input_target" or "target_input".
        exclusive: names of attributes of which a picture has at most one.
    """

    listing: Listing | None = dataclasses.field(default=None, compare=False, repr=False)
    train_crop: str = "middle"
    held_out: float = 0.0
    table: LabelTable | None = dataclasses.field(default=None, compare=False, repr=False)
    why_without_table: str = ""
    is_size_asked: bool = False
    pairs: str = "all"
    pair_order: str = "input_target"
    exclusive: tuple[str, ...] = ()

    @property
    def folder(self) -> pathlib.Path:
        return self._listing.folder

    @property
    def _listing(self) -> Listing:
        assert self.listing is not None  # a default is there because fields before have some
        return self.listing

    def is_prepared(self, root: pathlib.Path) -> bool:
        del root
        return self.folder.is_dir()

    def open(self, split: str, places: Places, *, training: bool = False) -> FolderImages:
        """The images of a split; the first time, all files of the folder are decoded, which takes a while."""
        paths = self.in_split(split, self.usable(split, places), places)
        labels = self.table.labels(paths) if self.table else self._listing.labels(_stored(split), paths)
        digest = f"{split} {self._found(places).identity}" + (f" {self.table.digest}" if self.table else "")
        return FolderImages(self.folder, paths, labels, self.framing(training), digest)

    def framing(self, training: bool) -> Framing:
        """From the pictures' pixels to the entry's, in training or for scores."""
        from compare_gan_tf2.datasets._framing import Framing

        random = self.train_crop in ("random", "distorted")
        crop: Any = self.train_crop if training or not random else "middle"
        return Framing(self.image_shape, crop, "antialias")

    @property
    def parts(self) -> tuple[str, ...]:
        return _folder_parts.names(self._listing)

    @property
    def visible_streams(self) -> tuple[str, ...]:
        return _folder_pairs.SIDES if _folder_pairs.are_in(self) else super().visible_streams

    def part(self, name: str) -> FolderDataset:
        return _folder_parts.part(self, name) if self.parts else self.refuse_part(name)

    def open_columns(self, names: Collection[str], split: str, places: Places, *, training: bool = False) -> Columns:
        if set(names) <= {"images"}:
            return super().open_columns(names, split, places, training=training)
        if _CHARACTERS not in names:
            return _folder_columns.opened(self, names, split, places, training)
        read = {*names} - {_CHARACTERS} | {_folder_columns.CAPTIONS}
        found = _folder_columns.opened(self, read, split, places, training)
        texts = found.data[_folder_columns.CAPTIONS]
        assert isinstance(texts, np.ndarray)
        made = {**found.data, _CHARACTERS: _captions.characters(texts, self.caption_length)}
        return dataclasses.replace(found, data={name: made[name] for name in names})

    @property
    def can_hold_out(self) -> bool:
        is_undivided = self._listing.train_split == self._listing.evaluation_split
        return is_undivided and not _folder_parts.have_tests(self._listing)

    @property
    def usual_held_out_share(self) -> float:
        number = len(self._listing.splits[self._listing.train_split])
        return _USUAL_SHARE if self.can_hold_out and _USUAL_SHARE * number >= _LEAST_HELD_OUT else 0.0

    def count(self, split: str, places: Places) -> int:
        return len(self.in_split(split, self.usable(split, places), places))

    @property
    def has_label_table(self) -> bool:
        return self.table is not None

    @property
    def exclusive_attributes(self) -> tuple[tuple[str, ...], ...]:
        return (self.exclusive,) if self.exclusive else ()

    @property
    def attribute_names(self) -> tuple[str, ...]:
        return _folder_tables.attribute_names(self.folder, self._listing.other_files)

    @property
    def why_without_classes(self) -> tuple[str, ...]:
        seen = "" if self.class_names else _folder_remarks.folders_seen(self._listing)
        return (*self._listing.remarks, *filter(None, [seen, self.why_without_table]))

    @property
    def own_kind(self) -> str:
        return "folder of images"

    def _found(self, places: Places) -> _folder_check.Outcome:
        return _folder_check.outcome(self._listing, places.cache_dir)

    def usable(self, split: str, places: Places) -> list[str]:
        """Paths below the folder of all images of a split that can be read, whether held out or not, sorted."""
        found = self._found(places)
        _folder_check.warn(self._listing, found, self.image_shape)
        left_out, listed = found.left_out, self._listing.splits[_stored(split)]
        paths = [path for path in listed if path not in left_out]
        if len(paths) < min(len(listed), 2):
            bad = next(path for path in listed if path in left_out)
            raise UserError(
                f"split {_stored(split)} of {self.folder} needs 2 or more images, and of {len(listed)} files "
                f"{len(paths)} can be read; {bad}: {left_out[bad]}"
            )
        return paths

    def in_split(self, split: str, paths: list[str], places: Places) -> list[str]:
        """Those of some usable images that belong to a split, in stored order."""
        if self.held_out:
            held = self._found(places).held_out(self._listing.all_paths, self.held_out)
            number = sum(path in held for path in paths)
            if min(number, len(paths) - number) < 2:
                raise UserError(
                    f"held_out_share is {self.held_out:g}, which leaves {len(paths) - number} of {len(paths)} "
                    f"images in {self.folder} to train on, and {number} to compare with; both need 2 or more"
                )
            paths = [path for path in paths if (path in held) == (split == self.evaluation_split)]
        return [paths[number] for number in np.random.default_rng(0).permutation(len(paths))]

    def why_left_out(self, places: Places) -> dict[str, str]:
        """Why a file is not read, by its path below the folder."""
        return self._found(places).left_out

    @property
    def splits(self) -> tuple[str, ...]:
        """What it is trained on and compared with."""
        return tuple(dict.fromkeys((self.train_split, self.evaluation_split)))

    @property
    def listing_files(self) -> tuple[str, ...]:
        """Paths of files that are no pictures."""
        return self._listing.other_files

    def size(self, places: Places) -> tuple[int, int] | None:
        """(height, width) of all images, if they have one size."""
        return self._found(places).size

    def fingerprint(self, root: pathlib.Path) -> str:
        """Digest of names, sizes and times of change of the files, and of how they are framed; no file is read."""
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        return self._digest(self._listing.former_digest, self._crop_for_scores)

    def identity(self, places: Places) -> str:
        """Digest of the paths and contents of all images, and of how they are framed."""
        if not self.is_prepared(places.dataset_root):
            raise UserError(self.how_to_prepare(places.dataset_root))
        found = self._found(places)
        # Images that have the size already are never cut.
        crop = "middle" if found.size == self.image_shape[:2] else self._crop_for_scores
        return self._digest(found.identity, crop)

    def former_identities(self, places: Places) -> tuple[str, ...]:
        # What Pillow reads was left out by versions that knew a set by the times of its files.
        return () if self._found(places).by_pillow else (self.fingerprint(places.dataset_root),)

    @property
    def _crop_for_scores(self) -> str:
        # A random crop is of training images alone.
        return "none" if self.train_crop == "none" else "middle"

    def _digest(self, files: str, crop: str) -> str:
        labels = f" {self.table.digest}" if self.table else ""
        held_out = f" {self.evaluation_split}" if self.held_out else ""
        return hashlib.sha256(f"{files} {self.image_shape} {crop}{labels}{held_out}".encode()).hexdigest()

    def files_said(self, split: str, places: Places) -> str:
        found = self._found(places)
        return ", ".join(
            ["+".join(found.formats[_stored(split)]), *([f"{len(found.left_out)} left out"] if found.left_out else [])]
        )

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """Nothing is to be made; UserError if the folder is not there, or holds no set."""
        del root, archives, any_archive
        _folder_listing.of(self.folder)

    def adapted(self, options: Any) -> FolderDataset:
        side = options.image_size or self.image_shape[0]
        changes: dict[str, Any] = {
            "image_shape": (side, side, self.image_shape[-1]),
            "train_crop": "middle" if options.train_crop == "default" else options.train_crop,
            "is_size_asked": bool(options.image_size),
            "pairs": options.pairs,
            "pair_order": options.pair_order,
            "exclusive": tuple(name.strip() for name in options.exclusive.split(",") if name.strip()),
        }
        return dataclasses.replace(self, **changes, **self._labels_for(options), **self._parts_for(options))

    def _parts_for(self, options: Any) -> dict[str, Any]:
        """Which images are trained on and compared with."""
        share, split = options.held_out_share, self._listing.train_split
        if not share or not self.can_hold_out:
            return {}
        about = round(share * len(self._listing.splits[split]))
        return {
            "held_out": share,
            "train_split": f"{split}[all but {share:g}]",
            "evaluation_split": f"{split}[held out {share:g}]",
            "evaluation_samples": min(max(about, 2), _MOST_SAMPLES),
            "evaluation_images": 0,  # not known before the files are read
        }

    def _labels_for(self, options: Any) -> dict[str, Any]:
        """Where labels come from. A folder of which nobody wants any is the same set with and without a table."""
        if self._listing.class_names:
            return {}
        table = self.table if options.conditional or options.labelled_only else None
        if options.label_file:
            table = _label_table.of(label_files.paths(options.label_file, self.train_split), self._listing.all_paths)
        return {"table": table, "class_names": table.class_names if table else ()}

    def remarks(self, options: Any) -> tuple[str, ...]:
        line, better = _folder_remarks.of_sizes(self._listing, self.image_shape[0], _folder_listing.side_for)
        if better and not options.image_size:
            raise UserError(
                f"{line}, which would suit the smallest alone; say which size: image_size={better} enlarges the "
                f"smaller ones, image_size={self.image_shape[0]} is as before; or move them away"
            )
        there, asked = self.evaluation_images, options.evaluation_samples
        fewer = f"{self.folder}: only {there} images for evaluation_samples={asked}: scores use all of them"
        framed = _folder_remarks.of_framing(self._listing, self.train_crop)
        said = [*self._listing.remarks, *filter(None, [line, framed])]
        if asked > there > 0:
            said.append(fewer)
        if self.can_hold_out and not self.held_out:
            said.append(
                f"{self.folder}: scores compare with the images that are trained on, which rewards repeating them; a "
                "folder test beside a folder train, or held_out_share=0.1, keeps some apart"
            )
        return tuple(said)

    def framed_as(self, image_shape: tuple[int, ...], places: Places) -> FolderDataset:
        """The same images as squares of this size, if they have several sizes; else as they are."""
        height, width, _ = image_shape
        if height != width or self._found(places).size:
            return self
        changes: dict[str, Any] = {"image_shape": (height, width, self.image_shape[-1])}
        return dataclasses.replace(self, **changes)

    def how_to_prepare(self, root: pathlib.Path) -> str:
        del root
        return f"folder of images {self.folder} does not exist"


def _stored(split: str) -> str:
    """The split of the listing that a part of is called all[held out 0.1]."""
    return split.partition("[")[0]


def dataset_at(path: pathlib.Path) -> Dataset:
    """The images in a folder, or in an .npz file, as a data set whose name is the path made absolute.

    Cheap for a folder that was asked for some seconds ago: nothing is read again.

    Raises:
        UserError: if there is nothing, nothing that can be read, or too little.
    """
    path = pathlib.Path(os.path.abspath(path))
    try:
        is_file = path.is_file()
    except OSError as error:  # a folder above must not be read
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
    if is_file:
        return _npz_at(path, path.stat().st_size, path.stat().st_mtime_ns)
    if stored := _tfds_folder.version_folder(path):
        return _tfds_folder.entry(path, stored)
    listing = _folder_listing.of(path)
    number = len(listing.splits[listing.evaluation_split])
    entry = _entry(path, listing, listing.image_shape, samples=min(number, _MOST_SAMPLES), number=number)
    return entry if listing.class_names or _label_table.NAME not in listing.other_files else _with_table(entry, listing)


def _with_table(entry: FolderDataset, listing: Listing) -> FolderDataset:
    try:
        table = _label_table.of([listing.folder / _label_table.NAME], listing.all_paths)
    except UserError as error:  # it may be about something else
        return dataclasses.replace(entry, why_without_table=str(error))
    changes: dict[str, Any] = {"table": table, "class_names": table.class_names}
    return dataclasses.replace(entry, **changes)


def whole_folder(path: pathlib.Path, places: Places) -> FolderDataset:
    """All images below a folder as one split without classes; the first time, all of them are decoded.

    They keep their size if they have one, square or not; if not, they become squares as for training. They are gray
    if all are.

    Raises:
        UserError: if there is none, or none that can be read.
    """
    path = pathlib.Path(os.path.abspath(path))
    listing = _folder_listing.of(path, as_whole=True)
    found = _folder_check.outcome(listing, places.cache_dir)
    if not found.sides:
        name, why = next(iter(found.left_out.items()))
        raise UserError(
            f"no image in {path} can be read, of {len(listing.splits[_folder_listing.ALL])} files; {name}: {why}"
        )
    size = found.size or (_folder_listing.side_for(min(found.sides)),) * 2
    shape = (*size, 1 if not found.channels.keys() & {3, 4} else 3)
    number = sum(found.sides.values())
    entry = _entry(path, listing, shape, samples=number, number=number)
    return dataclasses.replace(entry, train_crop="none") if found.size else entry


def _entry(
    path: pathlib.Path, listing: Listing, image_shape: tuple[int, int, int], *, samples: int, number: int
) -> FolderDataset:
    return FolderDataset(
        name=str(path),
        title=f"images in {path}",
        image_shape=image_shape,
        class_names=listing.class_names,
        evaluation_samples=samples,
        evaluation_images=number,
        licence="",
        # No name of the catalog; which images it was trained on is in the names of its files and scores.
        classifier=f"{safe_name(path.name)}_folder",
        train_split=listing.train_split,
        evaluation_split=listing.evaluation_split,
        listing=listing,
    )


@functools.lru_cache(maxsize=8)
def _npz_at(path: pathlib.Path, size: int, changed: int) -> ImageFiles:
    """Remembered, because it reads the file; size and changed are there to tell files apart."""
    del size, changed
    entry = npz_file(path)
    samples = min(entry.evaluation_samples, _MOST_SAMPLES)
    return dataclasses.replace(entry, name=str(path), evaluation_samples=samples)
