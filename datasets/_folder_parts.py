"""Two unpaired sets in one folder: trainA and trainB, and testA and testB to compare with."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import logging
import pathlib
from typing import TYPE_CHECKING, Any

from compare_gan_tf2.datasets._folder_listing import ALL, Listing
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import safe_name

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._image_folder import FolderDataset

_log = logging.getLogger(__name__)

PARTS = ("a", "b")
_LAYOUT = "two unpaired sets lie in trainA and trainB, and those to compare with in testA and testB"


def names(listing: Listing) -> tuple[str, ...]:
    """The parts of a folder: both where one of them is there, since the other is then missing; else none."""
    if ALL not in listing.splits:
        return ()
    tops = {path.partition("/")[0].lower() for path in listing.splits[ALL]}
    return PARTS if {f"train{part}" for part in PARTS} & tops else ()


def have_tests(listing: Listing) -> bool:
    """Whether the parts of a folder have pictures to compare with."""
    return bool(names(listing)) and any(path.lower().startswith("test") for path in listing.splits[ALL])


def part(dataset: FolderDataset, name: str) -> FolderDataset:
    """One of the two sets, framed as the whole folder is.

    Raises:
        UserError: if there is no such part, it has fewer than two pictures, one of the two sets lacks a folder that
            the other has, or their pictures want different sizes and nobody said which.
    """
    assert dataset.listing is not None
    if name not in PARTS:
        raise UserError(f"{dataset.folder} has the sets a and b, and the GAN type reads a set {name!r}")
    listings = {each: _listing(dataset.listing, each) for each in PARTS}
    _refuse_other_sizes(dataset, listings)
    _tell_of_equal_names(dataset.folder, listings)
    own = listings[name]
    train, evaluation = own.train_split, own.evaluation_split
    changes: dict[str, Any] = {"held_out": 0.0}
    if dataset.held_out and train == evaluation:
        share = f"{dataset.held_out:g}"
        train, evaluation = f"{train}[all but {share}]", f"{train}[held out {share}]"
        changes = {"held_out": dataset.held_out}
    number = len(own.splits[own.evaluation_split])
    return dataclasses.replace(
        dataset,
        name=str(dataset.folder / own.train_split),
        title=f"images in {dataset.folder / own.train_split}",
        class_names=(),
        classifier=f"{safe_name(dataset.folder.name)}_{own.train_split}_folder",
        evaluation_samples=min(dataset.evaluation_samples, number),
        evaluation_images=0 if changes["held_out"] else number,
        listing=own,
        table=None,
        train_split=train,
        evaluation_split=evaluation,
        **changes,
    )


def _listing(whole: Listing, name: str) -> Listing:
    """The files of one part."""
    within = {f"{stage}{name}": _pictures(whole, f"{stage}{name}") for stage in ("train", "test")}
    (train, trained_on), (test, tested) = within.values()
    for folder, paths in ((train, trained_on), (test, tested)):
        if len(paths) == 1:
            raise UserError(f"{whole.folder / folder} has one image and needs 2 or more")
    if not trained_on:
        raise UserError(f"{_missing(whole.folder, train)}; {_LAYOUT}")
    if not tested and have_tests(whole):
        raise UserError(f"{_missing(whole.folder, test)}, and the other set has pictures to compare with; {_LAYOUT}")
    splits = {train: trained_on} | ({test: tested} if tested else {})
    starts = tuple(f"{folder}/" for folder in splits)
    return dataclasses.replace(
        whole,
        splits=splits,
        train_split=train,
        evaluation_split=test if tested else train,
        class_names=(),
        not_used={},
        digest=hashlib.sha256(f"{whole.digest} {name}".encode()).hexdigest(),
        other_files=tuple(path for path in whole.other_files if path.startswith(starts)),
        left_out={path: why for path, why in whole.left_out.items() if path.startswith(starts)},
        remarks=(),
    )


def _pictures(whole: Listing, folder: str) -> tuple[str, tuple[str, ...]]:
    """A folder at the top as it is spelled there, and the paths of its pictures."""
    paths = tuple(path for path in whole.splits[ALL] if path.lower().startswith(f"{folder}/"))
    return (paths[0].partition("/")[0] if paths else f"{folder[:-1]}{folder[-1].upper()}"), paths


def _missing(folder: pathlib.Path, name: str) -> str:
    return f"{folder / name} has no image in it" if (folder / name).is_dir() else f"{folder} has no folder {name}"


def _refuse_other_sizes(dataset: FolderDataset, listings: dict[str, Listing]) -> None:
    """Pictures of both sets become one size; which one is chosen where all pictures agree, and else to be said."""
    shapes = {listing.train_split: listing.image_shape[:2] for listing in listings.values()}
    if dataset.is_size_asked or len(set(shapes.values())) == 1:
        return
    (first, a), (second, b) = shapes.items()
    raise UserError(
        f"{dataset.folder}: pictures of {first} suit {a[0]} x {a[1]}, and those of {second} {b[0]} x {b[1]}; say the "
        f"size of both: image_size={min(a[0], b[0])}"
    )


def _tell_of_equal_names(folder: pathlib.Path, listings: dict[str, Listing]) -> None:
    a, b = ({_stem(path) for path in listing.splits[listing.train_split]} for listing in listings.values())
    if a == b:
        _say(
            f"{folder}: trainA and trainB hold pictures of equal names, which are trained on without pairing them; "
            "pairs lie in train/input and train/target"
        )


@functools.cache  # once: parts are asked for again and again
def _say(line: str) -> None:
    _log.warning("%s", line)


def _stem(path: str) -> str:
    return path.partition("/")[2].rpartition(".")[0]
