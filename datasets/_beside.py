"""A data set with a column that is made of its images: small pictures of them, or the mask of a hole."""

from __future__ import annotations

import abc
import dataclasses
import pathlib
from collections.abc import Collection
from typing import Any, Self

import numpy as np

from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import ArrayImages, Columns, Images


@dataclasses.dataclass(frozen=True)
class BesideDataset(Dataset):
    """Another data set's images and columns, and one more.

    Attributes:
        shown: the other data set.
        prefix: of the name, before the other one's.
    """

    shown: Dataset | None = dataclasses.field(default=None, repr=False)
    prefix: str = ""

    @classmethod
    def of(cls, shown: Dataset, prefix: str, **more: Any) -> Self:
        """An entry."""
        same = {field.name: getattr(shown, field.name) for field in dataclasses.fields(Dataset)}
        return cls(**{**same, "name": f"{prefix}{shown.name}"}, shown=shown, prefix=prefix, **more)

    @property
    def _shown(self) -> Dataset:
        assert self.shown is not None  # a default is there because fields before have some
        return self.shown

    @property
    @abc.abstractmethod
    def column(self) -> str:
        """Name of the column that is added."""

    @abc.abstractmethod
    def beside(self, images: Images) -> Images:
        """What it has beside some images."""

    def _like(self, shown: Dataset) -> Self:
        own = [field.name for field in dataclasses.fields(self)][len(dataclasses.fields(BesideDataset)) :]
        return self.of(shown, self.prefix, **{name: getattr(self, name) for name in own})

    def open_columns(self, names: Collection[str], split: str, places: Places, *, training: bool = False) -> Columns:
        if self.column not in names:
            return self._shown.open_columns(names, split, places, training=training)
        found = self._shown.open_columns({*names} - {self.column} | {"images"}, split, places, training=training)
        images = found.data["images"]
        assert isinstance(images, Images)
        data = {**found.data, self.column: self.beside(images)}
        return dataclasses.replace(found, data={name: data[name] for name in names})

    @property
    def visible_streams(self) -> tuple[str, ...]:
        return ("images", self.column)

    # All else is as of the other data set.

    def is_prepared(self, root: pathlib.Path) -> bool:
        return self._shown.is_prepared(root)

    def open(self, split: str, places: Places, *, training: bool = False) -> Images:
        return self._shown.open(split, places, training=training)

    @property
    def can_hold_out(self) -> bool:
        return self._shown.can_hold_out

    @property
    def usual_held_out_share(self) -> float:
        return self._shown.usual_held_out_share

    @property
    def has_label_table(self) -> bool:
        return self._shown.has_label_table

    @property
    def attribute_names(self) -> tuple[str, ...]:
        return self._shown.attribute_names

    @property
    def target_has_labels(self) -> bool:
        return self._shown.target_has_labels

    @property
    def caption_length(self) -> int:
        return self._shown.caption_length

    @property
    def why_without_classes(self) -> tuple[str, ...]:
        return self._shown.why_without_classes

    @property
    def own_kind(self) -> str:
        return self._shown.own_kind

    def fingerprint(self, root: pathlib.Path) -> str:
        return self._shown.fingerprint(root)

    def identity(self, places: Places) -> str:
        return self._shown.identity(places)

    def former_identities(self, places: Places) -> tuple[str, ...]:
        return self._shown.former_identities(places)

    def framed_as(self, image_shape: tuple[int, ...], places: Places) -> Dataset:
        return self._like(self._shown.framed_as(image_shape, places))

    def files_said(self, split: str, places: Places) -> str:
        return self._shown.files_said(split, places)

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        self._shown.prepare(root, archives=archives, any_archive=any_archive)

    def adapted(self, options: Any) -> Self:
        return self._like(self._shown.adapted(options))

    def remarks(self, options: Any) -> tuple[str, ...]:
        return self._shown.remarks(options)

    def count(self, split: str, places: Places) -> int:
        return self._shown.count(split, places)

    def how_to_prepare(self, root: pathlib.Path) -> str:
        return self._shown.how_to_prepare(root)


class BesideImages(ArrayImages):
    """Arrays beside images, whose labels and names they share.

    Args:
        array: [N, H, W, C].
        images: N of them.
    """

    def __init__(self, array: np.ndarray, images: Images):
        super().__init__(array, np.zeros(0, np.int32), images.keys)
        self._beside = images

    def labels(self) -> np.ndarray:
        return self._beside.labels()

    def usable(self) -> np.ndarray | None:
        return self._beside.usable()


def tiled(row: np.ndarray, number: int) -> np.ndarray:
    """An array [...] as [number, ...], without a copy for each."""
    return np.broadcast_to(row[None], (number, *row.shape))
