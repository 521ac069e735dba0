"""What is known of a data set before any of it is read (no TensorFlow, no files touched).

One file of this folder per data set; it defines `DATASET`, and its name is the data set's name. How the images are
read and prepared is the business of the two kinds of entry: `_tfds.TfdsDataset` and `_polygons.PolygonDataset`.
"""

from __future__ import annotations

import abc
import dataclasses
import pathlib
from typing import Any

from compare_gan_tf2 import components


@dataclasses.dataclass(frozen=True)
class Dataset(abc.ABC):
    """An entry of the catalogue.

    Attributes:
        name: the name in options, rows and on the command line.
        title: what it is called in print.
        image_shape: (height, width, channels).
        class_names: one name per label; empty for data without classes.
        train_split: name of the split that is trained on.
        evaluation_split: name of the split that scores compare with.
        evaluation_samples: real, and generated, images per score as in the papers.
        evaluation_images: images in the evaluation split.
        largest_value: pixels are stored as uint8 in 0..largest_value and used as float32 value / largest_value.
        licence: terms of use, with the source.
        polygon_vertices: corners of the polygons, for sets whose manifold is known; else None.
        classifier: name of the data set whose classifier is the feature extractor of this one.
    """

    name: str
    title: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    evaluation_samples: int
    evaluation_images: int
    licence: str
    classifier: str
    train_split: str = "train"
    evaluation_split: str = "test"
    largest_value: int = 255
    polygon_vertices: int | None = None

    @property
    def num_classes(self) -> int:
        """Number of labels; 0 for data without classes."""
        return len(self.class_names)

    @abc.abstractmethod
    def is_prepared(self, root: pathlib.Path) -> bool:
        """Whether everything is there to be read."""

    @abc.abstractmethod
    def read(self, split: str, root: pathlib.Path) -> tuple[Any, Any]:
        """All images uint8 [N, H, W, C] and labels int32 [N] (-1: none) of a split, in stored order.

        Raises:
            UserError: if the data set is not prepared under root.
        """

    @abc.abstractmethod
    def fingerprint(self, root: pathlib.Path) -> str:
        """A text that differs when the stored images do, found without reading them.

        Raises:
            UserError: if the data set is not prepared under root.
        """

    @abc.abstractmethod
    def prepare(self, root: pathlib.Path) -> None:
        """Makes or downloads the data set; afterwards `is_prepared` holds. Finished work is not done again.

        Raises:
            UserError: with the reason, within seconds, if it cannot be had.
        """

    def how_to_prepare(self, root: pathlib.Path) -> str:
        """The line for a user who lacks it."""
        return (
            f"data set {self.name!r} is not prepared under {root}; "
            f"run: prepare_datasets.sh {self.name} --dataset_root {root}"
        )


def names() -> tuple[str, ...]:
    """Names of all data sets."""
    return components.names("datasets")


def find(name: str) -> Dataset:
    """The entry of a data set; UserError with the known names if there is none."""
    entry: Dataset = components.load("datasets", name).DATASET
    return entry
