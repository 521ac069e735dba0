"""A column of pictures of a data set as a data set of its own, to compare outputs with: the targets of pairs.

Nothing here imports TensorFlow.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import Images
from compare_gan_tf2.errors import UserError

IMAGES = "images"
# The pictures of a pair; and the two sets that lie beside each other without being pairs.
PAIR = ("input", "target")
UNPAIRED = ("a", "b")


def pictures_of(dataset: Dataset, column: str) -> Dataset:
    """A column of pictures that have the size of the data set's own; of "images" the data set itself.

    Raises:
        UserError: if the column is none of these.
    """
    if column == IMAGES:
        return dataset
    if column not in PAIR:
        raise UserError(
            f"data set {dataset.name!r}: outputs cannot be compared with {column!r}, which is no set of images"
        )
    return ColumnSet.of(dataset, column)


@dataclasses.dataclass(frozen=True)
class ColumnSet(Dataset):
    """The pictures of one column, in the stored order of its rows; without labels, but for targets that have the set's.

    Attributes:
        whole: the data set that has the column.
        column: see `Dataset.open_columns`.
    """

    whole: Dataset | None = dataclasses.field(default=None, repr=False)
    column: str = ""

    @classmethod
    def of(cls, whole: Dataset, column: str) -> ColumnSet:
        """A column of a data set whose pictures have the size of the set's own."""
        same = {field.name: getattr(whole, field.name) for field in dataclasses.fields(Dataset)}
        changes: dict[str, Any] = {
            "name": f"{whole.name}/{column}",
            "title": f"{column} of {whole.title}",
            "class_names": whole.class_names if column == PAIR[1] and whole.target_has_labels else (),
            "evaluation_images": 0,  # not known before the files are read
            "classifier": f"{whole.classifier}_{column}",
        }
        return cls(**{**same, **changes}, whole=whole, column=column)

    @property
    def _whole(self) -> Dataset:
        assert self.whole is not None  # a default is there because fields before have some
        return self.whole

    def is_prepared(self, root: pathlib.Path) -> bool:
        return self._whole.is_prepared(root)

    def open(self, split: str, places: Places, *, training: bool = False) -> Images:
        found = self._whole.open_columns([self.column], split, places, training=training).data[self.column]
        if not isinstance(found, Images):
            raise UserError(f"data set {self._whole.name!r}: its column {self.column!r} has no pictures")
        return found

    @property
    def own_kind(self) -> str:
        kind = self._whole.own_kind
        return f"{self.column} of {kind}" if kind else ""

    def fingerprint(self, root: pathlib.Path) -> str:
        return f"{self._whole.fingerprint(root)} {self.column}"

    def identity(self, places: Places) -> str:
        return f"{self._whole.identity(places)} {self.column}"

    def files_said(self, split: str, places: Places) -> str:
        return self._whole.files_said(split, places)

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """As of the data set that has the column."""
        self._whole.prepare(root, archives=archives, any_archive=any_archive)

    def how_to_prepare(self, root: pathlib.Path) -> str:
        return self._whole.how_to_prepare(root)
