"""Data sets that are arrays: generated, or small enough to be read whole."""

from __future__ import annotations

import abc
import pathlib

import numpy as np

from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import ArrayImages


class ArrayDataset(Dataset):
    """An entry that gives a split as arrays."""

    @abc.abstractmethod
    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        """All images uint8 (or uint16) [N, H, W, C] and labels int32 [N] (-1: none) of a split, in stored order.

        Raises:
            UserError: if the data set is not prepared under root.
        """

    def open(self, split: str, places: Places, *, training: bool = False) -> ArrayImages:
        del training
        return ArrayImages(*self.arrays(split, places.dataset_root))
