"""What lies in a folder of images: its splits, classes and files by name; no file is read but a few for their size."""

from __future__ import annotations

import collections
import dataclasses
import errno
import functools
import hashlib
import os
import pathlib
import stat
import time
from collections.abc import Iterable

import numpy as np

from compare_gan_tf2.datasets import _folder_remarks, _image_headers, _own_output
from compare_gan_tf2.errors import UserError

# The split of a folder that is not divided.
ALL = "all"
_TRAINING = ("train", "training")
# The first that is there is taken.
_EVALUATION = ("test", "val", "valid", "validation", "eval", "evaluation")
# Files that are looked at to choose a size, and what is chosen from.
_LOOKED_AT = 64
_LARGEST_KEPT = 256
_LARGEST, _SMALLEST = 128, 8
# What is known of a link to nothing.
_MISSING = "missing"
# A listing serves for so many times as long as it took, so that asking often costs little; in a process, that is.
_TIMES, _LEAST_SECONDS = 20.0, 2.0


@dataclasses.dataclass(frozen=True)
class Listing:
    """A folder at one moment.

    Attributes:
        folder: absolute.
        splits: paths below the folder, with "/", sorted, by split; there are two images or more in each.
        train_split: name of the split that is trained on.
        evaluation_split: name of the split that is compared with; may be the same.
        class_names: sorted names of the classes' folders; empty if there are fewer than two.
        not_used: number of images by folder beside the splits ("" for those in the folder itself).
        digest: of names, sizes, rights and times of change of all files but those beside the splits, and of left_out.
        former_digest: of the files in splits alone, by which a set was known before it was known by its content.
        other_files: paths of files whose ending is none of an image that is read, sorted.
        left_out: why a link or device is not read, by its path below the folder.
        remarks: lines about what may be other than meant.
    """

    folder: pathlib.Path
    splits: dict[str, tuple[str, ...]]
    train_split: str
    evaluation_split: str
    class_names: tuple[str, ...]
    not_used: dict[str, int]
    digest: str
    former_digest: str
    other_files: tuple[str, ...]
    left_out: dict[str, str]
    remarks: tuple[str, ...] = ()

    @functools.cached_property
    def all_paths(self) -> frozenset[str]:
        """Paths of the images of all splits."""
        return frozenset(path for within in self.splits.values() for path in within)

    def folder_of_split(self, split: str) -> pathlib.Path:
        """Where the images, or the folders of classes, of a split lie."""
        return self.folder if split == ALL else self.folder / split

    def labels(self, split: str, paths: Iterable[str]) -> np.ndarray:
        """int32 [N] of files of a split: the number of the class, -1 without classes."""
        numbers = {name: number for number, name in enumerate(self.class_names)}
        depth = 0 if split == ALL else 1
        return np.array([numbers[path.split("/")[depth]] if numbers else -1 for path in paths], np.int32)

    @functools.cached_property
    def headers(self) -> dict[str, _image_headers.Header]:
        """Headers, by path, of the training images that are looked at to choose a size; 64 at most.

        Raises:
            UserError: if none of them is an image; files that come in their place are looked at anew.
        """
        files = self.splits[self.train_split]
        chosen = np.unique(np.linspace(0, len(files) - 1, _LOOKED_AT).round().astype(int))
        found = {files[number]: header for number in chosen if (header := self._header(files[number]))}
        if not found:
            raise UserError(
                f"none of {len(chosen)} files looked at in {self.folder} is an image, {files[0]} among them"
            )
        return found

    @functools.cached_property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) that suit the training images, by the headers of 64 of them.

        The size is theirs if they are squares of one size, with a side of at most 256; else a square with the largest
        power of two that is at most the shortest side, and from 8 to 128. There is one channel if all are gray.

        Raises:
            UserError: if none of them is an image.
        """
        found = list(self.headers.values())
        sizes = {(header.height, header.width) for header in found}
        side = min(min(size) for size in sizes)
        if sizes != {(side, side)} or side > _LARGEST_KEPT:
            side = side_for(side)
        return side, side, 1 if all(header.channels <= 2 for header in found) else 3

    def _header(self, path: str) -> _image_headers.Header | None:
        try:
            with open(self.folder / path, "rb") as file:
                header = _image_headers.read(file)
        except OSError:
            return None
        return header if header and not header.fault else None


def side_for(shortest: int) -> int:
    """The side of the square that images of several sizes become, the shortest side of all being `shortest`."""
    return min(max(1 << shortest.bit_length() - 1, _SMALLEST), _LARGEST)


@dataclasses.dataclass(frozen=True)
class _Kept:
    """A listing with what tells whether it still holds."""

    listing: Listing
    times: dict[str, int]
    until: float


_KEPT: dict[pathlib.Path, _Kept] = {}


def of(folder: pathlib.Path, *, as_whole: bool = False) -> Listing:
    """The listing of a folder, by its absolute path; another of this process if that is some seconds old at most.

    One as a whole is always made anew.

    Layouts, the first that fits:
        split/...: folders train (or training) and test (or val, valid, validation, eval, evaluation) at the top, or
            train alone, each laid out as one of the following. What else is at the top is not used.
        label/...: every image is in a folder, and there are two of these or more: the classes. Folders deeper down
            belong to them.
        anything else: images without classes.

    Hidden files and folders are left out, and what this package wrote. Links are followed, and no folder is read
    twice: of several ways to one, that without a link is taken, or else the first by name.

    Args:
        folder: absolute.
        as_whole: whether all images are one split without classes, whatever the folders in it are called.

    Raises:
        UserError: if the folder does not exist, must not be read or has fewer than two images (in a split), or if its
            evaluation split has other classes than its training split.
    """
    if as_whole:
        return _listed(folder, *_walk(folder), as_whole=True)
    kept = _KEPT.get(folder)
    if kept and time.monotonic() < kept.until and _holds(kept.times):
        return kept.listing
    begin = time.monotonic()
    files, found = _walk(folder)
    listing = _listed(folder, files, found)
    if kept and (kept.listing.digest, kept.listing.remarks) == (listing.digest, listing.remarks):
        listing = kept.listing  # which knows its images' shape
    end = time.monotonic()
    _KEPT[folder] = _Kept(listing, found.times, end + max(_LEAST_SECONDS, _TIMES * (end - begin)))
    return listing


def _holds(times: dict[str, int]) -> bool:
    try:
        return all(os.stat(folder).st_mtime_ns == time for folder, time in times.items())
    except OSError:
        return False


@dataclasses.dataclass(frozen=True)
class _Beside:
    """What a walk finds beside image files.

    Attributes:
        times: when each folder was changed, by its place.
        others: what is known of each file with another ending, by relative path.
        left_out: why a link or device is not read, by relative path.
        own_output: relative paths of folders in which this package wrote something, which is passed over.
    """

    times: dict[str, int] = dataclasses.field(default_factory=dict)
    others: dict[str, str] = dataclasses.field(default_factory=dict)
    left_out: dict[str, str] = dataclasses.field(default_factory=dict)
    own_output: list[str] = dataclasses.field(default_factory=list)


def _walk(folder: pathlib.Path) -> tuple[dict[str, str], _Beside]:
    """Image files below a folder, what is known of each by relative path; and what else there is."""
    files: dict[str, str] = {}
    beside = _Beside()
    try:
        _visit_all(str(folder), files, beside)
    except PermissionError as error:
        raise UserError(f"no permission to read the folder {error.filename}") from error
    except FileNotFoundError as error:
        raise UserError(f"folder of images {error.filename} does not exist") from error
    except OSError as error:
        raise UserError(f"folder of images {folder} cannot be read: {error.strerror or error}") from error
    return files, beside


def _visit_all(folder: str, files: dict[str, str], beside: _Beside) -> None:
    """Fills in what lies below a folder; links to folders come after all that can be reached without one."""
    seen: dict[object, str] = {}
    folders, links = collections.deque([(folder, "")]), collections.deque[tuple[str, str]]()
    while folders or links:
        place, prefix = (folders or links).popleft()
        found = os.stat(place)
        own = (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(place)
        if own in seen:
            beside.left_out[prefix] = f"another way to the folder {seen[own] or '.'}, which is read already"
            continue
        seen[own] = prefix
        beside.times[place] = found.st_mtime_ns
        with os.scandir(place) as entries:
            there = [entry for entry in entries if not _image_headers.is_hidden(entry.name)]
        ours = _own_output.among(pathlib.Path(place), {entry.name for entry in there}, is_data=not prefix)
        if ours:
            beside.own_output.append(prefix.rstrip("/") or ".")
        for entry in sorted(there, key=lambda entry: entry.name):
            if entry.name in ours:
                continue
            if _is_folder(entry):
                (links if entry.is_symlink() else folders).append((entry.path, f"{prefix}{entry.name}/"))
            else:
                _note(entry, prefix + entry.name, files, beside)


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link to itself is no folder
            return False
        raise


def _note(entry: os.DirEntry, path: str, files: dict[str, str], beside: _Beside) -> None:
    """Files a file."""
    is_image = entry.name.lower().endswith(_image_headers.ENDINGS)
    try:
        found = entry.stat()
    except OSError:
        if is_image:
            files[path] = _MISSING  # which is found out when it is read
        return
    if stat.S_ISREG(found.st_mode):
        state = f"{found.st_size} {found.st_mtime_ns} {found.st_mode & 0o444:o} {found.st_ctime_ns}"
        (files if is_image else beside.others)[path] = state
    elif is_image:  # a device may never end, and a pipe never begin
        beside.left_out[path] = "a device or pipe, and no file"


def _listed(folder: pathlib.Path, files: dict[str, str], beside: _Beside, as_whole: bool = False) -> Listing:
    # Parts of paths are compared where folders mean nothing, as scores of folders always had it.
    paths = sorted(files, key=(lambda path: path.split("/")) if as_whole else None)
    if not paths:
        raise UserError(f"no image in {folder}; known endings: {', '.join(_image_headers.ENDINGS)}")
    tops = collections.Counter(path.split("/")[0] if "/" in path else "" for path in paths)
    train, evaluation = ("", "") if as_whole else _split_folders(tops)
    named = [name for name in (train, evaluation) if name]
    splits = {name: tuple(path for path in paths if path.startswith(f"{name}/")) for name in named}
    not_used = {name: number for name, number in sorted(tops.items()) if name not in splits} if splits else {}
    if not splits:
        train = evaluation = ALL
        splits = {ALL: tuple(paths)}
    for name, within in splits.items():
        if len(within) < 2 and not as_whole:
            raise UserError(f"{folder if name == ALL else folder / name} has one image and needs 2 or more")
    used = sorted(path for within in splits.values() for path in within)
    others = tuple(sorted(beside.others))
    known = {path: files[path] for path in used} | beside.others | beside.left_out
    listing = Listing(
        folder=folder,
        splits=splits,
        train_split=train,
        evaluation_split=evaluation,
        class_names=() if as_whole else _classes(folder, splits, train, evaluation),
        not_used=not_used,
        digest=_digest(f"{path}\0{state}\n" for path, state in known.items()),
        former_digest=_digest(f"{path}\0{_former(files[path])}\n" for path in used),
        other_files=others,
        left_out=beside.left_out,
    )
    remarks = _folder_remarks.of_output(folder, beside.own_output)
    if not as_whole:
        remarks += _folder_remarks.of_layout(listing, beside.times, (*_TRAINING, *_EVALUATION))
    return dataclasses.replace(listing, remarks=tuple(remarks))


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


def _former(state: str) -> str:
    """What `former_digest` has of a file."""
    return state if state == _MISSING else state.rpartition(" ")[0]


def _split_folders(tops: Iterable[str]) -> tuple[str, str]:
    """Names of the folders of the training and the evaluation split; empty if there are none."""

    def first(names: tuple[str, ...]) -> str:
        return next((top for name in names for top in sorted(tops) if top.lower() == name), "")

    train, evaluation = first(_TRAINING), first(_EVALUATION)
    if train and not evaluation and set(tops) == {train}:
        return train, train
    return (train, evaluation) if train and evaluation else ("", "")


def _classes(folder: pathlib.Path, splits: dict[str, tuple[str, ...]], train: str, evaluation: str) -> tuple[str, ...]:
    classes = _class_folders(train, splits[train])
    if len(classes) < 2:
        return ()
    if evaluation != train:
        tested = _class_folders(evaluation, splits[evaluation])
        if not tested:
            raise UserError(
                f"{folder / train} has a folder for each class, and {folder / evaluation} has images in none; sort "
                f"them into the same folders, or name {folder / train} as the data set"
            )
        if unknown := sorted(tested - classes):
            raise UserError(f"{folder / evaluation} has classes that {folder / train} lacks: {', '.join(unknown[:5])}")
    return tuple(sorted(classes))


def _class_folders(split: str, paths: tuple[str, ...]) -> set[str]:
    """Names of the folders of a split that its images are in; none if some are in the split's folder itself."""
    below = [path if split == ALL else path.partition("/")[2] for path in paths]
    return {path.partition("/")[0] for path in below} if all("/" in path for path in below) else set()
