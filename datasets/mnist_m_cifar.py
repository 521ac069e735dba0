"""MNIST digits (a), and MNIST digits on CIFAR-10 photographs (b), 32x32 color, made from mnist and cifar10.

A picture of b is the absolute difference of a photograph and a digit, as in MNIST-M (Ganin et al. 2016), whose
photographs are of BSDS500: scores of this set are no scores of that. Digits are padded with black from 28x28 pixels and
the same in all channels; photographs are of the same split, drawn with replacement. Labels of both are the
digits; those of b are to be compared with only.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Mapping

import numpy as np

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets._columns import TRAIN, ColumnDataset
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.errors import UserError

_SIDE, _FRAME = 32, 2


@dataclasses.dataclass(frozen=True)
class _OnPhotographs(ColumnDataset):
    """Both sets; the whole shows b."""

    def is_prepared(self, root: pathlib.Path) -> bool:
        return all(entry.is_prepared(root) for entry in _ingredients())

    def found(self, split: str, root: pathlib.Path) -> Mapping[str, np.ndarray]:
        from compare_gan_tf2.datasets import pipeline

        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        mnist, cifar = _ingredients()
        digits, labels = pipeline.read(mnist, split, Places(root, root))
        images = as_source(digits)
        if self.only != "a":
            photographs, _ = pipeline.read(cifar, split, Places(root, root))
            images = on_photographs(images, photographs, seed=0 if split == TRAIN else 1)
        return {"images": images, "labels": labels}

    def fingerprint(self, root: pathlib.Path) -> str:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        sums = [entry.fingerprint(root) for entry in _ingredients()]
        return f"{' '.join(sums)} on photographs {self.only}".rstrip()

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """The files of MNIST and CIFAR-10 are all that is stored."""
        for entry in _ingredients():
            entry.prepare(root, archives=archives, any_archive=any_archive)


def as_source(digits: np.ndarray) -> np.ndarray:
    """Digits uint8 [N, 28, 28, 1] -> uint8 [N, 32, 32, 3]."""
    framed = np.pad(digits, ((0, 0), (_FRAME, _FRAME), (_FRAME, _FRAME), (0, 0)))
    return np.repeat(framed, 3, axis=3)


def on_photographs(digits: np.ndarray, photographs: np.ndarray, seed: int) -> np.ndarray:
    """Digits uint8 [N, 32, 32, 3] -> their absolute differences from photographs uint8 [M, 32, 32, 3]."""
    chosen = np.random.Generator(np.random.PCG64(seed)).integers(len(photographs), size=len(digits))
    found: np.ndarray = np.maximum(photographs[chosen], digits) - np.minimum(photographs[chosen], digits)
    return found


@functools.cache
def _ingredients() -> tuple[Dataset, Dataset]:
    return catalog.find("mnist"), catalog.find("cifar10")


DATASET = _OnPhotographs(
    name="mnist_m_cifar",
    title="MNIST on CIFAR-10",
    image_shape=(_SIDE, _SIDE, 3),
    class_names=tuple("0123456789"),
    evaluation_samples=10000,
    evaluation_images=10000,
    licence="made of MNIST (CC BY-SA 3.0) and CIFAR-10 (its own terms)",
    classifier="mnist_m_cifar",
    download_bytes=182_000_000,
    prepared_bytes=162_000_000,
    domains=("digits", "digits on photographs"),
    partners=False,
)
