"""Classes of a folder whose images lie together: from a table beside them, or from the files that label_file names."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import logging
import pathlib
from collections.abc import Iterable, Mapping

import numpy as np

from compare_gan_tf2.datasets import label_files
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import add_to_digest

_log = logging.getLogger(__name__)

# The table that is looked for in a folder.
NAME = "labels.csv"
# A label beyond is taken for a mistake: the names of all classes are kept.
_MOST_CLASSES = 100_000
_NONE = -1


@dataclasses.dataclass(frozen=True, eq=False)
class LabelTable:
    """Labels by the names of images.

    Attributes:
        class_names: "0", "1", ... if all labels are whole numbers; else the labels themselves, sorted.
        numbers: of the class, by path of the image below its folder; -1 for none.
        digest: of the files.
    """

    class_names: tuple[str, ...]
    numbers: Mapping[str, int]
    digest: str

    def labels(self, paths: Iterable[str]) -> np.ndarray:
        """int32 [N]; -1 for images that the files do not name."""
        return np.array([self.numbers.get(path, -1) for path in paths], np.int32)


def of(files: Iterable[pathlib.Path], images: frozenset[str]) -> LabelTable:
    """What files say of these images; cheap if they were read before and have not been changed.

    Raises:
        UserError: if a file cannot be read or contradicts itself, no image is named, or a label is none.
    """
    states = []
    for file in files:
        try:
            found = file.stat()
        except OSError as error:
            raise UserError(f"cannot read {file}: {error.strerror or error}") from error
        states.append((file, found.st_size, found.st_mtime_ns))
    return _of(tuple(states), images)


@functools.lru_cache(maxsize=8)
def _of(states: tuple[tuple[pathlib.Path, int, int], ...], images: frozenset[str]) -> LabelTable:
    places = {name: 0 for name in images}
    found: dict[str, str | int] = {}
    digest = hashlib.sha256()
    unknown: list[str] = []
    for file, _, _ in states:
        add_to_digest(digest, file)
        for given, label in label_files.entries(file):
            name = given if given in places else label_files.plain(given)
            if name not in places:
                unknown.append(given)
                continue
            read = _read(label, file, given)
            if found.setdefault(name, read) != read:
                raise UserError(f"{file}: {given} has two labels, {found[name]} and {read}; leave one of them")
    if not found:
        named = f", {unknown[0]!r} among them," if unknown else ""
        raise UserError(f"{states[0][0]}: none of its names{named} is an image of the folder")
    if unknown:
        _log.warning("%s: %d names are no images of the folder, %r among them", states[0][0], len(unknown), unknown[0])
    values = set(found.values()) - {_NONE}
    if all(isinstance(value, int) for value in values):
        names = tuple(map(str, range(max(map(int, values), default=_NONE) + 1)))
        return LabelTable(names, {name: int(value) for name, value in found.items()}, digest.hexdigest())
    # Where one label is a word, numbers are words too.
    names = tuple(sorted({str(value) for value in values}))
    numbers = {name: number for number, name in enumerate(names)} | {str(_NONE): _NONE}
    return LabelTable(names, {name: numbers[str(value)] for name, value in found.items()}, digest.hexdigest())


def _read(label: label_files.Label, file: pathlib.Path, name: str) -> str | int:
    if isinstance(label, str):
        if label:
            return label
    elif len(label) == 1 and label[0] == np.rint(label[0]) and _NONE <= label[0] < _MOST_CLASSES:
        return int(label[0])
    raise UserError(
        f"{file}: the label of {name} is {label if isinstance(label, str) else label.tolist()}; it is one whole number "
        "from 0 on, -1 for none, or the name of a class"
    )
