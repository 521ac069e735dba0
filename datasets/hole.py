"""hole:SET is any image data set, with a mask of the hole in the middle of each image, for inpainting.

The column "mask" [N, H, W, 1] is the set's largest value (255) where pixels are to be filled in, the middle half of
both sides, and 0 elsewhere.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets._beside import BesideDataset, BesideImages, tiled
from compare_gan_tf2.datasets.images import Images


@dataclasses.dataclass(frozen=True)
class _Holed(BesideDataset):
    """Images and one mask for all of them."""

    @property
    def column(self) -> str:
        return "mask"

    def column_shape(self, column: str) -> tuple[int, int, int]:
        return (*self.image_shape[:2], 1) if column == "mask" else self.image_shape

    def beside(self, images: Images) -> Images:
        height, width, _ = images.image_shape
        mask = np.zeros((height, width, 1), np.uint8 if self.largest_value < 256 else np.uint16)
        mask[height // 4 : height - height // 4, width // 4 : width - width // 4] = self.largest_value
        return BesideImages(tiled(mask, images.number), images)


def named(argument: str) -> BesideDataset:
    """The entry of hole:SET; UserError if there is no such set."""
    return _Holed.of(catalog.find(argument), "hole:")
