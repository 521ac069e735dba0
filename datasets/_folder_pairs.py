"""Pairs of pictures in a folder: whether it seems to hold some, before it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare_gan_tf2.datasets import _folder_columns

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._image_folder import FolderDataset

SIDES = (_folder_columns.INPUT, _folder_columns.TARGET)


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


def _number(dataset: FolderDataset, side: str, split: str) -> int:
    """Pictures of a split that are in the folder of a side."""
    assert dataset.listing is not None
    paths = dataset.listing.splits[split.partition("[")[0]]
    return sum(_folder_columns.within_split(dataset.listing, path).startswith(f"{side}/") for path in paths)
