"""Columns that are computed when they are asked for: nothing is stored, and nothing has to be prepared."""

from __future__ import annotations

import abc
import dataclasses
import functools
import pathlib
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from compare_gan_tf2.datasets._columns import TEST, TRAIN, ColumnDataset, of_part, of_whole
from compare_gan_tf2.errors import UserError

_ROWS, TESTED = 10000, 2000
_MOST_ROWS = 1_000_000


@dataclasses.dataclass(frozen=True)
class GeneratedDataset(ColumnDataset):
    """Rows by a seed of their own.

    Attributes:
        rows: of the training split.
        version: of what is made; counted up when it changes.
    """

    rows: int = _ROWS
    version: int = 1

    @abc.abstractmethod
    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        """All columns of `count` rows: pictures uint8 [N, H, W, C], "labels" int32 [N] and others [N, ...].

        "images" are the pictures of the data set, and those of the parts are named as `of_part` says; row i of both
        belongs together.
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

    def is_prepared(self, root: pathlib.Path) -> bool:
        return True

    def found(self, split: str, root: pathlib.Path) -> Mapping[str, np.ndarray]:
        del root
        # The parts of a training have no rows in common: partners would be pairs.
        seed = 2 if self.only == "b" and split == TRAIN else (TRAIN, TEST).index(split)
        # What it is called changes nothing.
        nameless: dict[str, Any] = {"only": "", "name": "", "title": "", "classifier": "", "class_names": ()}
        made = _remembered(
            dataclasses.replace(self, **nameless), self.rows if split == TRAIN else self.evaluation_images, seed
        )
        return of_part(made, self.only) if self.only else of_whole(made)

    def fingerprint(self, root: pathlib.Path) -> str:
        del root
        return f"{self.name} version {self.version}"

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """Nothing is stored."""


@functools.lru_cache(maxsize=4)
def _remembered(dataset: GeneratedDataset, count: int, seed: int) -> Mapping[str, np.ndarray]:
    """Kept, because a task asks for several columns and parts one after the other."""
    return dataset.columns(count, seed)
