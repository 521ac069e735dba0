"""Samples of an exported module over the training pictures that are nearest to them: does it repeat what it has seen?

Distances are of pixels. A sample is called near if its nearest training picture is nearer to it than to any other
training picture, the rule of metric authenticity (Alaa et al. 2022, section 4), which applies it to features.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import apply
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import grids

# Gives float32 [n, H, W, C] in [0, 1], part by part, the same each time.
Pictures = Callable[[], Iterator[np.ndarray]]


@dataclasses.dataclass(frozen=True, eq=False)
class Neighbors:
    """Of each sample its nearest training picture.

    Attributes:
        pictures: float32 [N, H, W, C] in [0, 1].
        distances: of samples from them, root mean squares over pixels, float64 [N].
        own: of these training pictures from their nearest other ones, float64 [N].
        searched: number of training pictures.
    """

    pictures: np.ndarray
    distances: np.ndarray
    own: np.ndarray
    searched: int

    @property
    def near(self) -> int:
        """Number of samples that are nearer to a training picture than that is to any other."""
        return int(np.sum(self.distances <= self.own))


def of_training(module: Any, places: Places) -> Pictures:
    """The training split of a module's data set, framed as for evaluation.

    Raises:
        UserError: if it is not prepared, or was a folder or file, of which a module keeps no more than the name.
    """
    options = json.loads(module.options.numpy())
    if not catalog.is_known(options["dataset"]):
        raise UserError(
            f"the module was trained on {options['dataset']!r}, which is no data set of the catalog; give the folder "
            "or the .npz file of its training pictures as --inputs=PATH"
        )
    dataset = catalog.of(Options.from_dict(options))
    return _of(dataset, dataset.train_split, places)


def of_files(shape: tuple[int, int, int], place: pathlib.Path, places: Places) -> Pictures:
    """The pictures of a folder, or of an .npz file.

    Raises:
        UserError: if there are none, or not of this shape.
    """
    dataset = apply.framed(shape, place, places, "the module")
    return _of(dataset, dataset.evaluation_split, places)


def _of(dataset: Dataset, split: str, places: Places) -> Pictures:
    return lambda: (pipeline.to_float(images, dataset) for images, _ in pipeline.chunks(dataset, split, places))


def nearest(samples: np.ndarray, pictures: Pictures) -> Neighbors:
    """Searches all pictures for the nearest one of each sample.

    Args:
        samples: float32 [N, H, W, C] in [0, 1].
        pictures: with 2 or more.

    Raises:
        UserError: if there are fewer.
    """
    found, distances, rows, searched = _search(samples, pictures, np.full(len(samples), -1))
    if searched < 2:
        raise UserError(f"there is no second training picture to compare with; there is {searched}")
    _, own, _, _ = _search(found, pictures, rows)
    return Neighbors(found, distances, own, searched)


def _search(
    samples: np.ndarray, pictures: Pictures, left_out: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Nearest pictures, distances float64 [N], rows int64 [N] and the number of all; without row left_out[i] for i."""
    found, least = np.zeros_like(samples), np.full(len(samples), np.inf)
    rows, start = np.full(len(samples), -1), 0
    for part in pictures():
        flat = part.reshape(len(part), -1)
        for i, sample in enumerate(samples):
            squares = np.square(flat - sample.reshape(-1)).mean(axis=1, dtype=np.float64)
            if 0 <= left_out[i] - start < len(part):
                squares[left_out[i] - start] = np.inf
            best = int(np.argmin(squares))
            if squares[best] < least[i]:
                found[i], least[i], rows[i] = part[best], squares[best], start + best
        start += len(part)
    return found, np.sqrt(least), rows, start


def sheet(samples: np.ndarray, found: Neighbors, columns: int = 8) -> np.ndarray:
    """Rows of samples, each over a row of their nearest training pictures: uint8 [height, width, C]."""
    rows = []
    for start in range(0, len(samples), columns):
        part = slice(start, start + columns)
        for each in (samples[part], found.pictures[part]):
            blank = np.ones((columns - len(each), *each.shape[1:]), each.dtype)
            rows.append(np.concatenate([each, blank]) if len(samples) > columns else each)
    return grids.grid(np.concatenate(rows), min(columns, len(samples)))
