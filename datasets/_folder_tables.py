"""Attributes and captions of a folder's pictures: attributes.csv and captions.csv, joined by the files' names alone."""

from __future__ import annotations

import csv
import dataclasses
import functools
import hashlib
import logging
import pathlib
import re
from collections.abc import Mapping, Sequence

import numpy as np

from compare_gan_tf2.datasets import label_files
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import printable

_log = logging.getLogger(__name__)

_SIDE = re.compile(r"\b(left|right)(?:most|wards?|[- ]?hand(?:ed)?)?\b", re.IGNORECASE)
# How the values of an attribute are written.
_VALUES = {"0": 0.0, "1": 1.0, "-1": 0.0, "false": 0.0, "true": 1.0}
# A larger share of pictures, or of names, without a partner is taken for a table of other pictures.
_MOST_WITHOUT = 0.01
_NAMED = 5


@dataclasses.dataclass(frozen=True)
class Table:
    """What a table says of pictures.

    Attributes:
        names: of the attributes; () for captions.
        rows: by the picture's path below the folder: its values, or its caption.
        side: a word in it that names a side, or "".
        digest: of the file.
    """

    names: tuple[str, ...]
    rows: Mapping[str, Sequence[float] | str]
    side: str
    digest: str

    def array(self, paths: Sequence[str]) -> np.ndarray:
        """float32 [N, A], or bytes [N] in UTF-8, of pictures that are named."""
        found = [self.rows[path] for path in paths]
        if self.names:
            return np.array(found, np.float32)
        return np.array([str(caption).encode() for caption in found], object)


def read(folder: pathlib.Path, name: str, pictures: Sequence[str], others: Sequence[str]) -> Table:
    """Reads <name>.csv at the top of a folder, or beside the pictures of a split; a name is a path from there on.

    Args:
        folder: of the pictures.
        name: "attributes": a column for each attribute under its name, with 0 and 1, -1 and 1, or false and true; or
            "captions": a column of text.
        pictures: paths below the folder.
        others: paths of all files that are no pictures.

    Raises:
        UserError: if there is no table, it names a picture twice, an attribute has another or only one value, or more
            than one in a hundred pictures, or names, are without the other.
    """
    files = [path for path in others if pathlib.PurePath(path).name == f"{name}.csv"]
    if not files:
        raise UserError(f"{folder} has no {name}.csv, which the GAN type reads")
    heading: tuple[str, ...] = ()
    rows: dict[str, Sequence[float] | str] = {}
    unknown: list[str] = []
    digest = hashlib.sha256()
    there = set(pictures)
    tops = {path.partition("/")[0] for path in pictures if "/" in path}
    for file in files:
        place = file.rpartition("/")[0]
        if place and place.partition("/")[0] not in tops:
            continue
        digest.update((folder / file).read_bytes())
        names, lines = _lines(folder / file, name)
        if heading and names != heading:
            raise UserError(f"{folder / file} has other attributes than {folder / files[0]}")
        heading = names
        for given, value in lines:
            path = next((p for p in _paths(place, given) if p in there), None)
            if path is None:
                unknown.append(given)
            elif path in rows:
                raise UserError(f"{folder / file} names {printable(given)} twice")
            else:
                rows[path] = value
    _refuse_gaps(folder, name, pictures, rows, _of_no_split(folder, unknown))
    if heading:
        _refuse_single_values(folder, heading, rows)
    texts = heading or [str(caption) for caption in rows.values()]
    side = next((found[0] for text in texts if (found := _SIDE.search(text.replace("_", " ")))), "")
    return Table(heading, rows, side, digest.hexdigest())


def attribute_names(folder: pathlib.Path, others: Sequence[str]) -> tuple[str, ...]:
    """Names in the heading of a folder's attributes.csv, in its order; none if there is no such file.

    Args:
        folder: of the pictures.
        others: paths of all files that are no pictures.

    Raises:
        UserError: if the file cannot be read.
    """
    files = [path for path in others if pathlib.PurePath(path).name == "attributes.csv"]
    return _lines(folder / files[0], "attributes")[0] if files else ()


def check_exclusive(folder: pathlib.Path, table: Table, exclusive: Sequence[str]) -> None:
    """Says how many pictures have several attributes of which each is to have at most one.

    Raises:
        UserError: if one of these is none of the table's, or there are fewer than two of them.
    """
    if not exclusive:
        return
    if unknown := [name for name in exclusive if name not in table.names]:
        raise UserError(
            f"option exclusive: {folder} has no attribute {unknown[0]!r}; its attributes are {', '.join(table.names)}"
        )
    if len(set(exclusive)) < 2:
        raise UserError(f"option exclusive is {exclusive[0]!r}; it takes two attributes or more, with commas between")
    places = [table.names.index(name) for name in exclusive]
    several = [path for path, row in table.rows.items() if sum(float(row[place]) for place in places) > 1]
    if several:
        _log.warning(
            "%s: %d of %d pictures have more than one of %s (%s)",
            folder, len(several), len(table.rows), ", ".join(exclusive), _some(several),
        )  # fmt: skip


def _paths(place: str, given: str) -> list[str]:
    plain = label_files.plain(given.strip())
    return [f"{place}/{plain}", plain] if place else [plain]


def _of_no_split(folder: pathlib.Path, unknown: list[str]) -> list[str]:
    """Names of no file at all: a table at the top also names the pictures of the other split."""
    return [name for name in unknown if not (folder / label_files.plain(name.strip())).is_file()]


def _lines(file: pathlib.Path, name: str) -> tuple[tuple[str, ...], list[tuple[str, Sequence[float] | str]]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            first, *lines = [row for row in csv.reader(opened) if row]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise UserError(f"{file} cannot be read as a table ({error}); it is a .csv file with a heading") from error
    if name == "captions":
        for row in lines:
            if len(row) != 2:
                raise UserError(
                    f"{file}: the line of {printable(row[0])} has {len(row)} cells and needs 2, file and caption"
                )
        return (), [(row[0], row[1].strip()) for row in lines]
    names = tuple(cell.strip() for cell in first[1:])
    if not names or len(set(names)) < len(names):
        raise UserError(f"{file} needs a heading with a different name for every attribute behind that of the file")
    found: list[tuple[str, Sequence[float] | str]] = []
    for row in lines:
        if len(row) != len(first):
            raise UserError(
                f"{file}: the line of {printable(row[0])} has {len(row)} cells, and the heading {len(first)}"
            )
        values = [_VALUES.get(cell.strip().lower()) for cell in row[1:]]
        if None in values:
            place = values.index(None)
            raise UserError(
                f"{file}: {names[place]} of {printable(row[0])} is {row[1 + place]!r}; "
                "it is 0 or 1, -1 or 1, false or true"
            )
        found.append((row[0], [value for value in values if value is not None]))
    written = {cell.strip().lower() for row in lines for cell in row[1:]}
    if others := [value for value in ("-1", "false", "true") if value in written]:
        _say(f"{file}: {' and '.join(f'{value} is read as {_VALUES[value]:g}' for value in others)}")
    return names, found


@functools.cache  # once: a table is read for every split
def _say(line: str) -> None:
    _log.warning("%s", line)


def _refuse_gaps(
    folder: pathlib.Path, name: str, pictures: Sequence[str], rows: Mapping[str, object], unknown: list[str]
) -> None:
    """Names pictures without a line and lines without a picture; refuses more than a few."""
    without = [path for path in pictures if path not in rows]
    said = []
    if without:
        said.append(f"{len(without)} of {len(pictures)} pictures are not named ({_some(without)})")
    if unknown:
        said.append(f"{len(unknown)} names are of no picture ({_some(unknown)})")
    if len(pictures) - len(without) < 2 or max(len(without), len(unknown)) > _MOST_WITHOUT * len(pictures):
        raise UserError(f"{folder}: {name}.csv does not fit the pictures: {'; '.join(said)}")
    if said:
        _log.warning("%s: %s.csv: %s, and are left out", folder, name, "; ".join(said))


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(printable, names[:_NAMED])) + (", ..." if len(names) > _NAMED else "")


def _refuse_single_values(
    folder: pathlib.Path, names: Sequence[str], rows: Mapping[str, Sequence[float] | str]
) -> None:
    values = np.array(list(rows.values()), np.float32)
    for place, name in enumerate(names):
        if len(np.unique(values[:, place])) < 2:
            raise UserError(
                f"{folder}: attribute {name!r} is {values[0, place]:g} of all pictures, and teaches nothing; take its "
                "column out of attributes.csv"
            )
