"""Columns that are computed when they are asked for: nothing is stored, and nothing has to be prepared."""

from __future__ import annotations

import abc
import dataclasses
import functools
import pathlib
from collections.abc import Collection, Mapping
from typing import Any, Self

import numpy as np

from compare_gan_tf2.datasets._arrays import ArrayDataset
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.datasets.column_set import IMAGES, PAIR, UNPAIRED
from compare_gan_tf2.datasets.images import ArrayImages, Columns, Images
from compare_gan_tf2.errors import UserError

LABELS = "labels"
TRAIN, TEST = "train", "test"
_ROWS, TESTED = 10000, 2000
_MOST_ROWS = 1_000_000


@dataclasses.dataclass(frozen=True)
class GeneratedDataset(ArrayDataset):
    """Rows of columns by a seed of their own; perhaps with two unpaired sets of the same kind of pictures.

    Attributes:
        rows: of the training split.
        version: of what is made; counted up when it changes.
        has_pairs: whether it has the columns "input" and "target".
        domains: what the parts a and b show; () of a set without parts.
        partners: whether a row of the one part has one right answer, the same row of the other.
        only: the part that this is; "" for the whole.
    """

    rows: int = _ROWS
    version: int = 1
    has_pairs: bool = False
    domains: tuple[str, ...] = ()
    partners: bool = True
    only: str = ""

    @abc.abstractmethod
    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        """All columns of `count` rows: pictures uint8 [N, H, W, C], "labels" int32 [N] and others [N, ...].

        Without `only` "images" are the pictures of the data set, and "a" and "b" those of the parts, row by row
        partners; what belongs to a part alone goes by "a/NAME" and "b/NAME", and what belongs to both by NAME.
        """

    @classmethod
    def family(cls, entry: Self, argument: str) -> Self:
        """The entry «name:argument» with so many training rows; UserError if that is no such number."""
        number = int(argument) if argument.isdecimal() and argument.isascii() and len(argument) < 8 else 0
        if not 2 <= number <= _MOST_ROWS or argument != str(number):
            raise UserError(
                f"data set '{entry.name}:{argument}': after the colon stands how many rows to train on, from 2 to "
                f"{_MOST_ROWS}; for example {entry.name}:5000"
            )
        tested = min(number, TESTED)
        changes: dict[str, Any] = {
            "name": f"{entry.name}:{argument}", "rows": number, "evaluation_samples": tested,
            "evaluation_images": tested, "classifier": f"{entry.classifier}_{number}",
        }  # fmt: skip
        return dataclasses.replace(entry, **changes)

    @property
    def parts(self) -> tuple[str, ...]:
        return UNPAIRED if self.domains and not self.only else ()

    @property
    def has_partners(self) -> bool:
        return bool(self.parts) and self.partners

    @property
    def visible_streams(self) -> tuple[str, ...]:
        return (*(PAIR if self.has_pairs and not self.only else ()), *self.parts) or (IMAGES,)

    def part(self, name: str) -> Self:
        if name not in self.parts:
            self.refuse_part(name)
        changes: dict[str, Any] = {
            "name": f"{self.name}/{name}",
            "title": f"{self.domains[UNPAIRED.index(name)]} of {self.title}",
            "classifier": f"{self.classifier}_{name}",
            "only": name,
        }
        return dataclasses.replace(self, **changes)

    def is_prepared(self, root: pathlib.Path) -> bool:
        return True

    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        del root
        found = self._found(split)
        return found[IMAGES], found.get(LABELS, np.full(len(found[IMAGES]), -1, np.int32))

    def open_columns(self, names: Collection[str], split: str, places: Places, *, training: bool = False) -> Columns:
        del places, training
        found = self._found(split)
        data: dict[str, Images | np.ndarray] = {}
        for name in names:
            if name not in found or name == LABELS:
                raise UserError(
                    f"data set {self.name!r} has no {name}, which the GAN type reads; it has "
                    f"{', '.join(each for each in found if each != LABELS)}"
                )
            labels = found.get(LABELS, np.full(len(found[name]), -1, np.int32))
            data[name] = ArrayImages(found[name], labels) if found[name].ndim == 4 else found[name]
        return Columns(data, side=self.side)

    @property
    def side(self) -> str:
        """As of `Columns`."""
        return ""

    def fingerprint(self, root: pathlib.Path) -> str:
        del root
        return f"{self.name} version {self.version}"

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """Nothing is stored."""

    def _found(self, split: str) -> Mapping[str, np.ndarray]:
        """The columns of a split of the whole, or of this part."""
        # The parts of a training have no rows in common: partners would be pairs.
        seed = 2 if self.only == "b" and split == TRAIN else (TRAIN, TEST).index(split)
        whole = dataclasses.replace(self, only="", name="", title="", classifier="")
        found = _remembered(whole, self.rows if split == TRAIN else self.evaluation_images, seed)
        if not self.only:
            return {name: rows for name, rows in found.items() if name.partition("/")[0] not in self.domain_columns}
        own = {name.partition("/")[2] or IMAGES: rows for name, rows in found.items() if _is_of(name, self.only)}
        shared = {name: rows for name, rows in found.items() if name not in (IMAGES, *PAIR) and "/" not in name}
        return {name: rows for name, rows in shared.items() if name not in UNPAIRED} | own

    @property
    def domain_columns(self) -> tuple[str, ...]:
        """What columns of the parts begin with."""
        return UNPAIRED if self.domains else ()


def _is_of(name: str, part: str) -> bool:
    return name.partition("/")[0] == part


@functools.lru_cache(maxsize=4)
def _remembered(dataset: GeneratedDataset, count: int, seed: int) -> Mapping[str, np.ndarray]:
    """Kept, because a task asks for several columns and parts one after the other."""
    return dataset.columns(count, seed)
