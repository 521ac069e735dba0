"""Decodes every file of a folder of images once, and remembers which of them are images."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import errno
import io
import json
import logging
import os
import pathlib
import re
from typing import TYPE_CHECKING

from compare_gan_tf2.datasets import _image_headers
from compare_gan_tf2.datasets._folder_listing import Listing
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file
from compare_gan_tf2.progress import Progress

if TYPE_CHECKING:
    import tensorflow as tf

_log = logging.getLogger(__name__)

# To be raised when files are judged in another way.
_FORMAT = 1
_NAMED = 5
_MOST_THREADS = 16
_AT_ONCE = 256
# Trouble of one file. Any other (a disk that fails, a server that does not answer) may be over the next time.
_OF_THE_FILE = (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What decoding all files showed.

    Attributes:
        left_out: why a file cannot be read, by its path below the folder.
        channels: how many images have 1, 2 (grey and transparency), 3 or 4 (color and transparency).
        sides: how many images there are by shorter side.
        file: where this is kept.
    """

    left_out: dict[str, str]
    channels: dict[int, int]
    sides: dict[int, int]
    file: pathlib.Path


_FOUND: dict[tuple[pathlib.Path, str], Outcome] = {}


def outcome(listing: Listing, cache_dir: pathlib.Path, image_shape: tuple[int, int, int]) -> Outcome:
    """Which files of a listing are images: from this process, from <cache_dir>/folders, or by decoding all of them.

    The first time in a process, a warning says what is left out, and what is changed to have image_shape.

    Raises:
        UserError: if files cannot be read for a reason that lies not in them, or the cache cannot be written.
    """
    path = cache_dir / "folders" / f"{listing.digest[:32]}.json"
    key = (path, str(listing.folder))
    if key not in _FOUND:
        found = _kept(path)
        if found is None:
            found = _decoded(listing, path)
            _keep(found)
        _warn(listing, found, image_shape)
        _FOUND[key] = found
    return _FOUND[key]


def _kept(path: pathlib.Path) -> Outcome | None:
    try:
        content = read_json(path)
        if content.pop("format") != _FORMAT:
            return None
        counts = {name: {int(key): value for key, value in content[name].items()} for name in ("channels", "sides")}
        return Outcome(dict(content["left_out"]), file=path, **counts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # it is not there, or damaged
        return None


def _keep(found: Outcome) -> None:
    content = {"format": _FORMAT, **dataclasses.asdict(found)}
    del content["file"]
    with replace_file(found.file, durable=False) as file:
        file.write(json.dumps(content, indent=1).encode())


def _decoded(listing: Listing, path: pathlib.Path) -> Outcome:
    paths = sorted({path for within in listing.splits.values() for path in within})
    left_out: dict[str, str] = {}
    channels: collections.Counter[int] = collections.Counter()
    sides: collections.Counter[int] = collections.Counter()
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    with (
        Progress(f"reading {listing.folder} once", len(paths), unit="image") as progress,
        concurrent.futures.ThreadPoolExecutor(threads) as pool,
    ):
        for start in range(0, len(paths), _AT_ONCE):
            part = paths[start : start + _AT_ONCE]
            for name, found in zip(part, pool.map(lambda name: _judged(listing.folder / name), part), strict=True):
                if isinstance(found, str):
                    left_out[name] = found
                else:
                    height, width, depth = found
                    channels[depth] += 1
                    sides[min(height, width)] += 1
            progress.advance(start + len(part))
    return Outcome(left_out, dict(sorted(channels.items())), dict(sorted(sides.items())), path)


def _judged(path: pathlib.Path) -> tuple[int, int, int] | str:
    """(height, width, channels) of the image in a file, or why there is none."""
    import tensorflow as tf

    try:
        contents = path.read_bytes()
    except OSError as error:
        if error.errno in _OF_THE_FILE:
            return os.strerror(error.errno)
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
    if not contents:
        return "empty file"
    header = _image_headers.read(io.BytesIO(contents))
    if header and header.fault:
        return header.fault
    try:
        with tf.device("/cpu:0"):
            height, width, channels = tf.io.decode_image(contents, expand_animations=False).shape
    except tf.errors.OpError as error:
        return reason(error)
    return height, width, channels


def reason(error: tf.errors.OpError) -> str:
    """What TensorFlow found wrong with an image, without where in its program that was."""
    return re.sub(r"^\{\{.*?\}\} | \[Op:\w+\]$", "", error.message.partition("\n")[0])


def _warn(listing: Listing, found: Outcome, image_shape: tuple[int, int, int]) -> None:
    number = len({path for within in listing.splits.values() for path in within})
    if found.left_out:
        # File names need not be Unicode, and what is printed has to be.
        some = [
            f"{path.encode(errors='backslashreplace').decode()} ({why})"
            for path, why in list(found.left_out.items())[:_NAMED]
        ]
        _log.warning(
            "%d of %d files in %s cannot be read as images and are left out: %s%s; the whole list is in %s",
            len(found.left_out),
            number,
            listing.folder,
            ", ".join(some),
            ", ..." if len(found.left_out) > _NAMED else "",
            found.file,
        )
    if listing.not_used:
        places = [f"{count} in {name or 'the folder itself'}" for name, count in listing.not_used.items()]
        splits = " and ".join(listing.splits)
        _log.warning("%s: images beside %s are not used: %s", listing.folder, splits, ", ".join(places))
    of, small = found.channels, sum(count for side, count in found.sides.items() if side < min(image_shape[:2]))
    grey, color = of.get(1, 0) + of.get(2, 0), of.get(3, 0) + of.get(4, 0)
    changes = {
        "grey images become color": grey if image_shape[-1] == 3 else 0,
        "color images become grey": color if image_shape[-1] == 1 else 0,
        "lose their transparency": of.get(2, 0) + of.get(4, 0),
        f"are enlarged to {image_shape[0]} x {image_shape[1]}": small,
    }
    said = [f"{count} {what}" for what, count in changes.items() if count]
    if said:
        _log.warning("of %d images in %s, %s", number - len(found.left_out), listing.folder, ", ".join(said))
