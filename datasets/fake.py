"""A hundred random images, 64x64 gray, always the same: for test runs without data.

compare_gan v2's set of that name, which drew other images every time. Training and evaluation have the same ones.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

import numpy as np

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets._arrays import ArrayDataset
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.files import safe_name

# compare_gan's seed of the order of its data sets.
_SEED = 547
_NUMBER = 100


@dataclasses.dataclass(frozen=True)
class _Noise(ArrayDataset):
    """Pixels drawn uniformly and apart.

    Attributes:
        shown_parts: as of `parts`; all of them have the same images.
    """

    shown_parts: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        return self.shown_parts

    def part(self, name: str) -> Dataset:
        if name not in self.parts:
            self.refuse_part(name)
        changes: dict[str, Any] = {
            "name": f"{self.name}/{name}", "classifier": f"{self.classifier}_{name}", "shown_parts": (),
        }  # fmt: skip
        return dataclasses.replace(self, **changes)

    def is_prepared(self, root: pathlib.Path) -> bool:
        return True

    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        images = np.random.default_rng(_SEED).integers(0, 256, (_NUMBER, *self.image_shape), np.uint8)
        return images, np.full(_NUMBER, min(1, self.num_classes - 1), np.int32)

    def fingerprint(self, root: pathlib.Path) -> str:
        return f"{_NUMBER} images of seed {_SEED}, {self.image_shape}, {self.num_classes} classes"

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """Nothing is stored."""


def named(argument: str) -> Dataset:
    """A hundred random images of the shape of another data set, all of class 1: what compare_gan v3 put in its place.

    Raises:
        UserError: if there is no such data set.
    """
    shown = catalog.find(argument)
    return _Noise(
        name=f"fake:{argument}",
        title=f"Random images of the shape of {shown.title}",
        image_shape=shown.image_shape,
        class_names=shown.class_names,
        evaluation_samples=_NUMBER,
        evaluation_images=_NUMBER,
        licence="generated; free of rights",
        classifier=f"fake_{safe_name(argument)}",
        shown_parts=shown.parts,
    )


DATASET = _Noise(
    name="fake",
    title="Random images",
    image_shape=(64, 64, 1),
    class_names=(),
    evaluation_samples=_NUMBER,
    evaluation_images=_NUMBER,
    licence="generated; free of rights",
    classifier="fake",
)
