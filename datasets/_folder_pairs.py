"""Pairs of pictures in a folder: whether it holds some, and one side of them as a data set to compare with."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from compare_gan_tf2.datasets import _folder_columns
from compare_gan_tf2.datasets._folder_images import FolderImages
from compare_gan_tf2.datasets._image_folder import FolderDataset
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.files import safe_name

SIDES = (_folder_columns.INPUT, _folder_columns.TARGET)


@dataclasses.dataclass(frozen=True)
class PairSide(FolderDataset):
    """The inputs or the targets of a folder of pairs, in the order of the pairs.

    Attributes:
        side: "input" or "target".
    """

    side: str = ""

    def open(self, split: str, places: Places, *, training: bool = False) -> FolderImages:
        images: Any = _folder_columns.opened(self, {self.side}, split, places, training).data[self.side]
        return images

    def count(self, split: str, places: Places) -> int:
        return self.open(split, places).number

    def identity(self, places: Places) -> str:
        return hashlib.sha256(f"{super().identity(places)} {self.side}".encode()).hexdigest()

    def former_identities(self, places: Places) -> tuple[str, ...]:
        return ()


def are_in(dataset: FolderDataset) -> bool:
    """Whether a folder seems to hold pairs: folders input and target, or pictures all twice as wide as high.

    Of the latter those are looked at that a size is chosen by; that all are is found out when they are read.
    """
    assert dataset.listing is not None
    if dataset.parts:
        return False
    counts = [_number(dataset, side, dataset.train_split) for side in SIDES]
    if any(counts):
        return all(counts)
    headers = dataset.listing.headers.values()
    return not dataset.class_names and all(header.width == 2 * header.height for header in headers)


def side_of(dataset: FolderDataset, side: str) -> PairSide:
    """One side of a folder of pairs as a data set of its own."""
    place = dataset.folder / _stored(dataset.train_split) / side
    number = _number(dataset, side, dataset.evaluation_split) or dataset.evaluation_samples
    known = {field.name: getattr(dataset, field.name) for field in dataclasses.fields(FolderDataset)}
    changes = {
        "name": str(place if place.is_dir() else dataset.folder),
        "title": f"{side} pictures of the pairs in {dataset.folder}",
        "class_names": (),
        "table": None,
        "classifier": f"{safe_name(dataset.folder.name)}_{side}_folder",
        "evaluation_samples": min(dataset.evaluation_samples, number),
        "evaluation_images": 0,  # not known before the pairs are read
    }
    return PairSide(**known | changes, side=side)


def _number(dataset: FolderDataset, side: str, split: str) -> int:
    """Pictures of a split that are in the folder of a side."""
    assert dataset.listing is not None
    paths = dataset.listing.splits[_stored(split)]
    return sum(_folder_columns.within_split(dataset.listing, path).startswith(f"{side}/") for path in paths)


def _stored(split: str) -> str:
    return split.partition("[")[0]
