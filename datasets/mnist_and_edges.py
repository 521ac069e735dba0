"""Two unpaired sets, 28x28 gray: half of MNIST's digits (a), edges of the other half (b); made from mnist.

The edges of a digit are its dilation by 3x3 pixels less the digit. No digit lies in both sets, so that nobody can pair
them, but what belongs to a digit can be computed: that tests models of two domains (Liu and Tuzel 2016, section 4).
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from typing import TYPE_CHECKING, Any

import numpy as np

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.errors import UserError

if TYPE_CHECKING:
    from compare_gan_tf2.datasets.images import Images

_PARTS = {"a": "digits", "b": "edges"}


@dataclasses.dataclass(frozen=True)
class _DigitsAndEdges(Dataset):
    """Both sets, or one of them.

    Attributes:
        only: name of the set, "" for both, the digits first.
    """

    only: str = ""

    def is_prepared(self, root: pathlib.Path) -> bool:
        return _mnist().is_prepared(root)

    @property
    def parts(self) -> tuple[str, ...]:
        return () if self.only else tuple(_PARTS)

    def part(self, name: str) -> Dataset:
        if name not in self.parts:
            self.refuse_part(name)
        changes: dict[str, Any] = {
            "name": f"{self.name}/{name}",
            "title": f"{_PARTS[name]} of {self.title}",
            "only": name,
            "evaluation_samples": self.evaluation_samples // 2,
            "evaluation_images": self.evaluation_images // 2,
            "classifier": "mnist" if name == "a" else f"{self.name}_{name}",
        }
        return dataclasses.replace(self, **changes)

    def open(self, split: str, places: Places, *, training: bool = False) -> Images:
        from compare_gan_tf2.datasets import pipeline
        from compare_gan_tf2.datasets.images import ArrayImages

        del training
        self._require_prepared(places.dataset_root)
        images, labels = pipeline.read(_mnist(), split, places)
        half = len(images) // 2
        sets = {"a": images[:half], "b": edges(images[half:])}
        if self.only == "a":
            return ArrayImages(sets["a"], labels[:half])
        if self.only == "b":
            return ArrayImages(sets["b"], labels[half:])
        return ArrayImages(np.concatenate(list(sets.values())), labels)

    def fingerprint(self, root: pathlib.Path) -> str:
        self._require_prepared(root)
        return f"{_mnist().fingerprint(root)} digits and edges {self.only}".rstrip()

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """MNIST's files are all that is stored."""
        _mnist().prepare(root, archives=archives, any_archive=any_archive)

    def _require_prepared(self, root: pathlib.Path) -> None:
        if not self.is_prepared(root):
            raise UserError(DATASET.how_to_prepare(root))


def edges(images: np.ndarray) -> np.ndarray:
    """Images uint8 [N, H, W, C] -> the largest of every 3x3 pixels less the middle one, uint8 of the same shape."""
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = images.shape[1:3]
    moved = [framed[:, top : top + height, left : left + width] for top in range(3) for left in range(3)]
    return np.maximum.reduce(moved) - images


@functools.cache
def _mnist() -> Dataset:
    return catalog.find("mnist")


DATASET = _DigitsAndEdges(
    name="mnist_and_edges",
    title="MNIST and edges",
    image_shape=(28, 28, 1),
    class_names=tuple("0123456789"),
    evaluation_samples=10000,
    evaluation_images=10000,
    licence="CC BY-SA 3.0; http://yann.lecun.com/exdb/mnist/",
    classifier="mnist_and_edges",
    download_bytes=11_594_722,
    prepared_bytes=22_000_000,
)
