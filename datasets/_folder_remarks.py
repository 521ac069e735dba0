"""What about a folder of images may be other than its owner thinks: lines to be read before the images are used."""

from __future__ import annotations

import collections
import os
import pathlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from compare_gan_tf2.datasets import _label_table

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._folder_listing import Listing

_NAMED = 5


def of_output(folder: pathlib.Path, own_output: Sequence[str]) -> list[str]:
    """A line about the folders, by their paths below it, in which this package wrote something that is passed over."""
    if not own_output:
        return []
    return [f"{folder}: what this package wrote there is no data, and left out: in {_some(own_output)}"]


def of_layout(listing: Listing, folders: Iterable[str], split_names: Sequence[str]) -> list[str]:
    """Lines about what the folders mean.

    Args:
        listing: what is made of them.
        folders: paths of all folders that were looked into.
        split_names: that folders of splits have, in small letters.
    """
    where, found = listing.folder, []
    splits = [where] if listing.folder_of_split(listing.train_split) == where else [where / s for s in listing.splits]
    for split in dict.fromkeys(splits):
        found += _stray(listing, split, split_names)
    called = [name for name in listing.class_names if name.lower() in split_names]
    if called and splits == [where]:
        found.append(
            f"{where}: the folders {_some(listing.class_names)} are taken for classes, {_some(called)} too; splits are "
            "a folder train and a folder test (or val), or train alone"
        )
    if listing.class_names and _label_table.NAME in listing.other_files:
        found.append(f"{where}: {_label_table.NAME} is not used, for the folders are the classes; label_file takes it")
    if listing.class_names:
        depth = 0 if splits == [where] else 1
        tested = {path.split("/")[depth] for path in listing.splits[listing.evaluation_split]}
        if untested := sorted(set(listing.class_names) - tested):
            found.append(f"{splits[-1]}: no images of the classes {_some(untested)}, which are trained on")
        below = _folders_in(folders, splits[0])
        if empty := sorted(below - set(listing.class_names)):
            found.append(f"{splits[0]}: folders without images are no classes: {_some(empty)}")
    return found


def folders_seen(listing: Listing) -> str:
    """A line about the folders that images lie in, of which two or more would be classes."""
    depth = 0 if listing.folder_of_split(listing.train_split) == listing.folder else 1
    paths = [path.split("/")[depth:-1] for path in listing.splits[listing.train_split]]
    seen = sorted({"/".join(folders[:2]) for folders in paths if folders})
    place = listing.folder_of_split(listing.train_split)
    return f"{place}: " + (f"folders seen: {_some(seen)}; two or more are classes" if seen else "no folders in it")


def of_sizes(listing: Listing, side: int, side_for: Callable[[int], int]) -> tuple[str, int]:
    """A line about images of several sizes, and the side that would suit most of them.

    Args:
        listing: of the images.
        side: that they get, because of the smallest one.
        side_for: gives the side that suits images with so short a shortest side.

    Returns:
        line: empty if all that are looked at have one size.
        better: more than side if the smallest image is less than half as large as most are, and decides; else 0.
    """
    shorter = sorted((min(header.height, header.width), path) for path, header in listing.headers.items())
    if len({(header.height, header.width) for header in listing.headers.values()}) < 2:
        return "", 0
    (least, smallest), (most, largest), (middle, _) = shorter[0], shorter[-1], shorter[len(shorter) // 2]
    line = (
        f"{listing.folder}: images differ in size, with shorter sides from {least} ({_some([smallest])}) to {most} "
        f"pixels ({_some([largest])}) among {len(shorter)} looked at; all become {side} x {side}"
    )
    better = side_for(middle)
    return line, better if 2 * least <= middle and side < better else 0


def of_framing(listing: Listing, crop: str) -> str:
    """A line about images that are not square: how many, and what each way to make squares of them loses.

    Args:
        listing: of the images.
        crop: as option train_crop.

    Returns:
        Empty if all that are looked at are squares.
    """
    headers = listing.headers
    odd = sorted((min(each.height, each.width) / max(each.height, each.width), path) for path, each in headers.items())
    odd = [(share, path) for share, path in odd if share < 1.0]
    if not odd:
        return ""
    share, path = odd[len(odd) // 2]
    example = headers[path]
    side = "width" if example.width > example.height else "height"
    return (
        f"{listing.folder}: {len(odd)} of {len(headers)} images looked at are not square, as {path} with "
        f"{example.width} x {example.height} pixels; train_crop=middle cuts off {1 - share:.0%} of its {side}; random "
        f"cuts off as much, at another place each time; none keeps all of it and squeezes the {side} to {share:.0%} "
        f"(compare_gan_sample --aspect undoes that); train_crop is {crop}"
    )


def _stray(listing: Listing, split: pathlib.Path, split_names: Sequence[str]) -> list[str]:
    """Images beside folders that would be classes without them."""
    prefix = "" if split == listing.folder else f"{split.name}/"
    paths = [path[len(prefix) :] for within in listing.splits.values() for path in within if path.startswith(prefix)]
    beside = [path for path in paths if "/" not in path]
    within = collections.Counter(path.partition("/")[0] for path in paths if "/" in path)
    if not beside or (len(within) < 2 and not {name.lower() for name in within} & set(split_names)):
        return []
    return [
        f"{split}: {len(beside)} of {len(paths)} images lie beside the folders {_some(sorted(within))} and not in one "
        f"({_some(beside)}); so the folders mean nothing, and there are no classes and no splits: move these images "
        "away if the folders are to count"
    ]


def _folders_in(folders: Iterable[str], folder: pathlib.Path) -> set[str]:
    return {os.path.basename(each) for each in folders if os.path.dirname(each) == str(folder)}


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name.encode(errors="backslashreplace").decode() for name in names[:_NAMED])
    return shown + (", ..." if len(names) > _NAMED else "")
