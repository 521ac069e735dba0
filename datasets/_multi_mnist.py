"""Images of three MNIST digits, for GANs that compose objects (van Steenkiste et al. 2018).

«Investigating Object Compositionality in Generative Adversarial Networks», https://arxiv.org/abs/1810.10340. The branch
v2_multigan of compare_gan read such sets from files; the program that made them was not published there. Those here are
made by the description, from other random numbers: the same kind of images, not the same images. What the description
leaves open: offsets are uniform over all places where a digit is whole; of the split's digits first a class is drawn
and then one of its digits, both uniformly; colors come in random order; a colored digit is as opaque as the gray one
is bright; photographs of CIFAR-10 are drawn uniformly, and enlarged with half-pixel centers.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING

import numpy as np

from compare_gan_tf2.datasets._stored import StoredDataset
from compare_gan_tf2.errors import UserError

if TYPE_CHECKING:
    from compare_gan_tf2.datasets.catalog import Dataset

_EVALUATED = 10000
NUMBERS = {"train": 60000, "test": _EVALUATED}
SIDE = 64
DIGITS = 3
_DIGIT_SIDE = 28
_CLASSES = 10
_SEED = 0
# Images composed at a time, as int32.
_CHUNK = 1000


@dataclasses.dataclass(frozen=True)
class MultiMnistDataset(StoredDataset):
    """Three digits per image, stored as <root>/multi_mnist/<name>-<split>.npz.

    The file holds images uint8 [N, 64, 64, C] and, per image in the order in which they were drawn, digits int8 [N, 3]
    (classes), offsets int8 [N, 3, 2] (first row and column) and, where digits are colored, colors int8 [N, 3]
    (channels). There are no labels: three digits are not one class.

    Attributes:
        one_class: whether the three digits of an image are of one class.
        colored: whether one digit is red, one green, one blue, and later ones hide earlier ones; else they are added.
        background: data set whose photographs are behind the digits; "" for black.
    """

    one_class: bool = False
    colored: bool = False
    background: str = ""

    @classmethod
    def of(
        cls,
        name: str,
        title: str,
        prepared_bytes: int,
        *,
        one_class: bool = False,
        colored: bool = False,
        background: str = "",
    ) -> MultiMnistDataset:
        """An entry."""
        return cls(
            name=name,
            title=title,
            image_shape=(SIDE, SIDE, 3 if colored else 1),
            class_names=(),
            evaluation_samples=_EVALUATED,
            evaluation_images=_EVALUATED,
            licence="made of MNIST (CC BY-SA 3.0)" + (f" and {background} (its own terms)" if background else ""),
            classifier=name,
            prepared_bytes=prepared_bytes,
            one_class=one_class,
            colored=colored,
            background=background,
        )

    def files(self, root: pathlib.Path) -> dict[pathlib.Path, str]:
        return {root / "multi_mnist" / f"{self.name}-{split}.npz": split for split in NUMBERS}

    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        (path,) = (path for path, each in self.files(root).items() if each == split)
        (images,) = self.stored(path, root, "images")
        return images, np.full(len(images), -1, np.int32)

    def check_ingredients(self, root: pathlib.Path) -> None:
        for entry in self._ingredients():
            if not entry.is_prepared(root):
                raise UserError(
                    f"data set {self.name!r} is made of {entry.name!r}, which is not prepared under {root}; "
                    f"run: prepare_datasets.sh {entry.name} {self.name} --dataset_root {root}"
                )

    def make(self, split: str, root: pathlib.Path) -> dict[str, np.ndarray]:
        from compare_gan_tf2.datasets import pipeline
        from compare_gan_tf2.datasets.places import Places

        mnist, *photographs = (
            pipeline.read(entry, split, Places(root, root), count=None) for entry in self._ingredients()
        )
        rng = np.random.default_rng([_SEED, list(NUMBERS).index(split)])
        shape = (NUMBERS[split], DIGITS)
        classes = rng.integers(0, _CLASSES, (shape[0], 1 if self.one_class else DIGITS))
        classes = np.broadcast_to(classes, shape)
        chosen = _any_of_class(mnist[1], classes, rng)
        offsets = rng.integers(0, SIDE - _DIGIT_SIDE + 1, (*shape, 2))
        colors = rng.permuted(np.broadcast_to(np.arange(DIGITS), shape), axis=1)
        behind = rng.integers(0, len(photographs[0][0]), shape[0]) if photographs else None
        images = np.zeros((shape[0], *self.image_shape), np.uint8)
        for first in range(0, shape[0], _CHUNK):
            rows = slice(first, first + _CHUNK)
            digits = mnist[0][chosen[rows], :, :, 0]
            if behind is not None:
                images[rows] = enlarged(photographs[0][0][behind[rows]])
            if self.colored:
                draw_over(images[rows], digits, offsets[rows], colors[rows])
            else:
                images[rows] = added(digits, offsets[rows])
        facts = {"digits": classes, "offsets": offsets} | ({"colours": colors} if self.colored else {})
        return {"images": images, **{name: values.astype(np.int8) for name, values in facts.items()}}

    def _ingredients(self) -> list[Dataset]:
        from compare_gan_tf2.datasets import catalog

        return [catalog.find(name) for name in ("mnist", self.background) if name]


def added(digits: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Digits uint8 [N, 3, 28, 28] at offsets int [N, 3, 2], their sums cut off at 255: uint8 [N, 64, 64, 1]."""
    canvas = np.zeros((len(digits), SIDE, SIDE), np.int32)
    for number in range(digits.shape[1]):
        canvas[_places(offsets[:, number])] += digits[:, number]
    return np.minimum(canvas, 255).astype(np.uint8)[..., None]


def draw_over(images: np.ndarray, digits: np.ndarray, offsets: np.ndarray, colors: np.ndarray) -> None:
    """Draws digits uint8 [N, 3, 28, 28] one over the other into images uint8 [N, 64, 64, 3], in place.

    A digit's pixel v of color channel c gives (255 - v) / 255 of what was there plus v in channel c, rounded.
    """
    for number in range(digits.shape[1]):
        places = _places(offsets[:, number])
        opacity = digits[:, number, :, :, None].astype(np.int32)
        paint = 255 * np.eye(3, dtype=np.int32)[colors[:, number]][:, None, None]
        images[places] = (images[places] * (255 - opacity) + paint * opacity + 127) // 255


def enlarged(images: np.ndarray) -> np.ndarray:
    """uint8 [N, 32, 32, C] -> uint8 [N, 64, 64, C], bilinear with half-pixel centers, rounded."""
    wide = images.astype(np.int32)
    for axis in (1, 2):
        size = wide.shape[axis]
        before = np.take(wide, np.maximum(np.arange(size) - 1, 0), axis)
        after = np.take(wide, np.minimum(np.arange(size) + 1, size - 1), axis)
        both = np.stack([before + 3 * wide, 3 * wide + after], axis=axis + 1)
        wide = both.reshape(*wide.shape[:axis], 2 * size, *wide.shape[axis + 1 :])
    return ((wide + 8) // 16).astype(np.uint8)


def _places(offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Index of the 28x28 pixels behind offsets int [N, 2] in images [N, 64, 64]."""
    along = np.arange(_DIGIT_SIDE)
    rows, columns = offsets[:, :1] + along, offsets[:, 1:] + along
    return np.arange(len(offsets))[:, None, None], rows[:, :, None], columns[:, None, :]


def _any_of_class(labels: np.ndarray, classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each class, int [...], the number of a random image of that class."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels, minlength=_CLASSES)
    first = np.cumsum(counts) - counts
    return order[first[classes] + rng.integers(0, counts[classes])]
