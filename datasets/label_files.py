"""Files that give images their labels: a .csv (name, then a number or the name of a class), or TFRecords."""

from __future__ import annotations

import csv
import glob
import os
import pathlib
import re
from collections.abc import Iterator

import numpy as np

from compare_gan_tf2.errors import UserError

# First cells by which the heading of a table is known, in small letters.
_HEADINGS = frozenset(
    ("file", "filename", "file_name", "filepath", "file_path", "id", "image", "image_id", "image_name", "images")
    + ("name", "path")
)
_SEPARATORS = ",;\t"

# Numbers float64 [1 or classes]; or the name of a class, of a .csv file alone.
Label = np.ndarray | str


def paths(option: str, train_split: str) -> list[pathlib.Path]:
    """The files that option label_file names, sorted.

    Args:
        option: a path, in which {split} stands for the training split's name, and * for any text. A file of the very
            name comes first, so that its folders may have any letters in their names.
        train_split: with or without a slice ("train[:90%]").

    Raises:
        UserError: if there is none.
    """
    given = os.path.expanduser(option.replace("{split}", train_split.partition("[")[0]))
    if os.path.isfile(given):
        return [pathlib.Path(given)]
    # Of pattern characters only * is promised; the brackets of a folder's name must not be taken for one.
    found = glob.glob(re.sub(r"([\[?])", r"[\1]", given)) or glob.glob(given)
    files = sorted(pathlib.Path(path) for path in found if os.path.isfile(path))
    if not files:
        raise UserError(f"option label_file is {option!r}: there is no such file")
    return files


def entries(path: pathlib.Path) -> Iterator[tuple[str, Label]]:
    """Name of an image, and its label, for every line or record of a file; a heading of a table is passed over.

    Raises:
        UserError: if the file cannot be read.
    """
    try:
        yield from _of_table(path) if path.suffix.lower() == ".csv" else _of_records(path)
    except Exception as error:  # of a dozen types, by what is damaged
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"{path} cannot be read as a label file ({reason}); it is a .csv or TFRecords") from error


def _of_table(path: pathlib.Path) -> Iterator[tuple[str, Label]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        first = file.readline()
        file.seek(0)
        separator = next((each for each in _SEPARATORS if each in first), ",")
        for number, row in enumerate(csv.reader(file, delimiter=separator)):
            if not row or (number == 0 and row[0].strip().lower() in _HEADINGS):
                continue
            yield row[0], _label(row[1:])


def _label(cells: list[str]) -> Label:
    try:
        return np.array(cells, np.float64)
    except ValueError:
        if len(cells) == 1:
            return cells[0].strip()
        raise


def _of_records(path: pathlib.Path) -> Iterator[tuple[str, Label]]:
    import tensorflow as tf

    for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
        features = tf.train.Example.FromString(record).features.feature
        label = features["label"]
        values = label.int64_list.value or label.float_list.value
        yield features["file_name"].bytes_list.value[0].decode(), np.array(values, np.float64)


def place_of(name: str, places: dict[str, int]) -> int | None:
    """Number of the image that a label file means: by the very name, or by that with "/" and without "./" before."""
    return places[name] if name in places else places.get(plain(name))


def plain(name: str) -> str:
    """A path below a folder as this package writes it: with "/", and without "./" before it."""
    return name.replace("\\", "/").removeprefix("./")
