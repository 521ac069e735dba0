"""Decodes every file of a folder of images once, and remembers which of them are images."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import errno
import hashlib
import logging
import os
import pathlib
import stat
from collections.abc import Iterable

from compare_gan_tf2.datasets import _image_headers, _safe_decoding
from compare_gan_tf2.datasets._folder_listing import Listing
from compare_gan_tf2.datasets._image_headers import Header
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import checked_json, from_checked_json, printable, replace_file
from compare_gan_tf2.progress import Progress

_log = logging.getLogger(__name__)

# To be raised when files are judged in another way.
_FORMAT = 2
_NAMED = 5
# Of a file's digest, by which it is held out or not.
_DIGITS = 8
_MOST_THREADS = 16
_AT_ONCE = 256
# A larger file is no picture of so many pixels as are read, however badly it is compressed.
_MOST_BYTES = 2**30
# Trouble of one file. Any other (a disk that fails, a server that does not answer) may be over the next time.
_OF_THE_FILE = (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What decoding all files showed.

    Attributes:
        left_out: why a file or link is not read, by its path below the folder.
        channels: how many images have 1, 2 (gray and transparency), 3 or 4 (color and transparency).
        sides: how many images there are by shorter side.
        formats: how many images of a split have a format ("png", "jpeg", ...), by split.
        size: (height, width) of all images; None if they differ.
        turned: how many are turned, by what EXIF says of them.
        first_pictures: paths of animations, and of other files of several pictures; the first is read.
        by_pillow: how many TensorFlow cannot read.
        identity: digest of the images: their paths below the folder, and their files' contents.
        digests: the first eight digits of the digest of each image's file, in the order of all paths.
        file: where this is kept.
    """

    left_out: dict[str, str]
    channels: dict[int, int]
    sides: dict[int, int]
    formats: dict[str, dict[str, int]]
    size: tuple[int, int] | None
    turned: int
    first_pictures: list[str]
    by_pillow: int
    identity: str
    digests: str
    file: pathlib.Path

    def held_out(self, paths: Iterable[str], share: float) -> frozenset[str]:
        """Those of all paths of a listing that are held out: about a share of them, equal files together."""
        there = sorted(set(paths) - self.left_out.keys())
        return frozenset(
            path
            for number, path in enumerate(there)
            if int(self.digests[_DIGITS * number : _DIGITS * (number + 1)], 16) < share * 16**_DIGITS
        )


@dataclasses.dataclass(frozen=True)
class _Image:
    """What decoding one file showed: its header, (height, width, channels) upright, EXIF's turn, digest of the file."""

    header: Header
    shape: tuple[int, int, int]
    turn: int
    digest: str


_FOUND: dict[pathlib.Path, Outcome] = {}


def outcome(listing: Listing, cache_dir: pathlib.Path) -> Outcome:
    """Which files of a listing are images: from this process, from <cache_dir>/folders, or by decoding all of them.

    Raises:
        UserError: if files cannot be read for a reason that lies not in them, or the cache cannot be written.
    """
    key = hashlib.sha256(f"{listing.folder}\0{listing.digest}\0{list(listing.splits)}".encode(errors="surrogateescape"))
    path = cache_dir / "folders" / f"{key.hexdigest()[:32]}.json"
    if path not in _FOUND:
        found = _kept(path)
        if found is None:
            found = _decoded(listing, path)
            _keep(found)
        _FOUND[path] = found
    return _FOUND[path]


def _kept(path: pathlib.Path) -> Outcome | None:
    try:
        content = from_checked_json(path.read_bytes())
        if content.get("format") != _FORMAT:
            return None
        del content["format"]
        for name in ("channels", "sides"):
            content[name] = {int(key): value for key, value in content[name].items()}
        content["size"] = tuple(content["size"]) if content["size"] else None
        return Outcome(**content, file=path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # it is not there, or damaged
        return None


def _keep(found: Outcome) -> None:
    content = {"format": _FORMAT, **dataclasses.asdict(found)}
    del content["file"]
    with replace_file(found.file, durable=False) as file:
        file.write(checked_json(content))


def _decoded(listing: Listing, path: pathlib.Path) -> Outcome:
    split_of = {name: split for split, within in listing.splits.items() for name in within}
    paths = sorted(split_of)
    left_out: dict[str, str] = dict(listing.left_out)
    images: dict[str, _Image] = {}
    with (
        Progress(f"reading {listing.folder} once", len(paths), unit="image") as progress,
        concurrent.futures.ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS)) as pool,
    ):
        for start in range(0, len(paths), _AT_ONCE):
            part = paths[start : start + _AT_ONCE]
            for name, found in zip(part, pool.map(lambda name: _judged(listing.folder / name), part), strict=True):
                if isinstance(found, str):
                    left_out[name] = found
                else:
                    images[name] = found
            progress.advance(start + len(part))
        others = listing.other_files
        for name, is_picture in zip(
            others, pool.map(lambda name: _seems_one(listing.folder / name), others), strict=True
        ):
            if is_picture:
                ending = pathlib.PurePath(name).suffix
                left_out[name] = f"seems a picture, and its ending {ending or '(none)'} is not one that is read"
    formats: dict[str, collections.Counter[str]] = {split: collections.Counter() for split in listing.splits}
    digest = hashlib.sha256()
    for name, image in images.items():
        formats[split_of[name]][image.header.format] += 1
        digest.update(f"{name}\0{image.digest}\n".encode(errors="surrogateescape"))
    sizes = {image.shape[:2] for image in images.values()}
    return Outcome(
        left_out=left_out,
        channels=_counted(image.shape[2] for image in images.values()),
        sides=_counted(min(image.shape[:2]) for image in images.values()),
        formats={split: dict(sorted(count.items())) for split, count in formats.items()},
        size=sizes.pop() if len(sizes) == 1 else None,
        turned=sum(image.turn != 1 for image in images.values()),
        first_pictures=[name for name, image in images.items() if image.header.pictures > 1],
        by_pillow=sum(not image.header.for_tensorflow for image in images.values()),
        identity=digest.hexdigest(),
        digests="".join(image.digest[:_DIGITS] for image in images.values()),
        file=path,
    )


def _counted(values: Iterable[int]) -> dict[int, int]:
    return dict(sorted(collections.Counter(values).items()))


def _judged(path: pathlib.Path) -> _Image | str:
    """What is in a file, or why there is no image."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return "a device or pipe, and no file"
        if found.st_size > _MOST_BYTES:
            return f"a file of {found.st_size:,} bytes; at most {_MOST_BYTES:,} are read"
        # Of no size are also files that the system makes up, some of which never end.
        contents = path.read_bytes() if found.st_size else b""
    except OSError as error:
        if error.errno in _OF_THE_FILE:
            return os.strerror(error.errno)
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        header, shape, turn = _safe_decoding.judged(contents)
    except _safe_decoding.UnreadableError as error:
        return str(error)
    return _Image(header, shape, turn, hashlib.sha256(contents).hexdigest())


def _seems_one(path: pathlib.Path) -> bool:
    try:
        with path.open("rb") as file:
            return _image_headers.seems_a_picture(path.name, file.read(16))
    except OSError:
        return False


_WARNED: set[tuple[pathlib.Path, tuple[int, ...]]] = set()


def warn(listing: Listing, found: Outcome, image_shape: tuple[int, int, int]) -> None:
    """The first time in a process: what is left out, and what is changed to have image_shape."""
    if (found.file, image_shape) in _WARNED:
        return
    _WARNED.add((found.file, image_shape))
    names = {path for within in listing.splits.values() for path in within}
    number = len(names - found.left_out.keys())
    if found.left_out:
        _log.warning(
            "%d of %d files in %s are left out: %s; the whole list is in %s",
            len(found.left_out),
            len(names | found.left_out.keys()),
            printable(listing.folder),
            _some([f"{printable(path)} ({why})" for path, why in found.left_out.items()]),
            found.file,
        )
    if found.first_pictures:
        _log.warning(
            "%d of %d files in %s hold several pictures, of which the first is taken: %s",
            len(found.first_pictures),
            number,
            printable(listing.folder),
            _some([printable(path) for path in found.first_pictures]),
        )
    for line in listing.remarks:
        _log.warning("%s", printable(line))
    if listing.not_used:
        places = [f"{count} in {name or 'the folder itself'}" for name, count in listing.not_used.items()]
        splits = " and ".join(listing.splits)
        _log.warning("%s: images beside %s are not used: %s", listing.folder, splits, ", ".join(places))
    said = [f"{count} {what}" for what, count in _changes(found, image_shape).items() if count]
    if said:
        _log.warning("of %d images in %s, %s", number, printable(listing.folder), ", ".join(said))


def _changes(found: Outcome, image_shape: tuple[int, int, int]) -> dict[str, int]:
    of, small = found.channels, sum(count for side, count in found.sides.items() if side < min(image_shape[:2]))
    grey, color = of.get(1, 0) + of.get(2, 0), of.get(3, 0) + of.get(4, 0)
    return {
        "gray images become color": grey if image_shape[-1] == 3 else 0,
        "color images become gray": color if image_shape[-1] == 1 else 0,
        "lose their transparency": of.get(2, 0) + of.get(4, 0),
        "are turned as their EXIF data say": found.turned,
        f"are enlarged to {image_shape[0]} x {image_shape[1]}": small if found.size != image_shape[:2] else 0,
        f"are made smaller to {image_shape[0]} x {image_shape[1]}": sum(
            count
            for side, count in found.sides.items()
            if side > min(image_shape[:2]) and found.size != image_shape[:2]
        ),
    }


def _some(lines: list[str]) -> str:
    return ", ".join(lines[:_NAMED]) + (", ..." if len(lines) > _NAMED else "")
