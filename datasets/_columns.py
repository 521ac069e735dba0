"""Data sets that are columns of arrays: pairs, two unpaired sets, and what lies beside pictures."""

from __future__ import annotations

import abc
import dataclasses
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


@dataclasses.dataclass(frozen=True)
class ColumnDataset(ArrayDataset):
    """Rows of columns in memory; perhaps with two unpaired sets of the same kind of pictures.

    Attributes:
        has_pairs: whether it has the columns "input" and "target".
        domains: what the parts a and b show; () of a set without parts.
        partners: whether a row of the one part has one right answer, the same row of the other.
        labeled_parts: those whose pictures show the labels.
        only: the part that this is; "" for the whole.
    """

    has_pairs: bool = False
    domains: tuple[str, ...] = ()
    partners: bool = True
    labeled_parts: tuple[str, ...] = UNPAIRED
    only: str = ""

    @abc.abstractmethod
    def found(self, split: str, root: pathlib.Path) -> Mapping[str, np.ndarray]:
        """The columns of a split, of the whole or of this part (see `of_whole`, `of_part`).

        Raises:
            UserError: if the data set is not prepared under root, or damaged.
        """

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
            "class_names": self.class_names if name in self.labeled_parts else (),
            "only": name,
        }
        return dataclasses.replace(self, **changes)

    @property
    def target_has_labels(self) -> bool:
        return self.has_pairs

    @property
    def side(self) -> str:
        """As of `Columns`."""
        return ""

    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        found = self.found(split, root)
        return found[IMAGES], self._labels(found)

    def open_columns(self, names: Collection[str], split: str, places: Places, *, training: bool = False) -> Columns:
        del training
        found = self.found(split, places.dataset_root)
        data: dict[str, Images | np.ndarray] = {}
        for name in names:
            if name not in found or name == LABELS:
                raise UserError(
                    f"data set {self.name!r} has no {name}, which the GAN type reads; it has "
                    f"{', '.join(each for each in found if each != LABELS)}"
                )
            data[name] = ArrayImages(found[name], self._labels(found)) if found[name].ndim == 4 else found[name]
        return Columns(data, side=self.side)

    def _labels(self, found: Mapping[str, np.ndarray]) -> np.ndarray:
        """int32 [N], -1 without labels."""
        none = np.full(len(next(iter(found.values()))), -1, np.int32)
        return found.get(LABELS, none) if self.class_names else none


def of_whole(found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the whole shows of some columns: all but those of the parts, which begin with a part's name."""
    return {name: rows for name, rows in found.items() if name.partition("/")[0] not in UNPAIRED}


def of_part(found: Mapping[str, np.ndarray], part: str) -> dict[str, np.ndarray]:
    """What a part shows of some columns.

    Pictures of a part go by its name, what belongs to it alone by "PART/NAME", and what belongs to both by NAME.
    """
    shared = {name: rows for name, rows in of_whole(found).items() if name not in (IMAGES, *PAIR)}
    own = {name.partition("/")[2] or IMAGES: rows for name, rows in found.items() if name.partition("/")[0] == part}
    return shared | own
