"""zoom:SET is any image data set, with small copies (a quarter of each side), for super-resolution; zoom:2:SET: half.

The column "lr" is the image with a quarter of its sides, or an N-th of zoom:N:SET: bicubic (Keys) with antialiasing,
rounded to whole numbers, as it would lie on the disk.
"""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets._beside import BesideDataset, BesideImages
from compare_gan_tf2.datasets.images import EncodedImages, Images
from compare_gan_tf2.errors import UserError

_FACTOR, _MOST = 4, 16


@dataclasses.dataclass(frozen=True)
class _Zoomed(BesideDataset):
    """Images and small ones.

    Attributes:
        factor: by which the sides are divided.
    """

    factor: int = _FACTOR

    @property
    def column(self) -> str:
        return "lr"

    def column_shape(self, column: str) -> tuple[int, int, int]:
        height, width, channels = self.image_shape
        return (height // self.factor, width // self.factor, channels) if column == "lr" else self.image_shape

    def beside(self, images: Images) -> Images:
        height, width, _ = images.image_shape
        if height % self.factor or width % self.factor:
            raise UserError(
                f"data set {self.name!r}: images are {height} x {width}, which is no multiple of {self.factor}; "
                f"zoom:2:SET halves the sides, and image_size chooses those of a folder"
            )
        from compare_gan_tf2.datasets import _small_images

        shape = self.column_shape("lr")
        if isinstance(images, EncodedImages):
            return _small_images.SmallImages(images, shape, self.largest_value)
        return BesideImages(_small_images.of_arrays(images, self, shape), images)


def named(argument: str) -> BesideDataset:
    """The entry of zoom:SET or zoom:FACTOR:SET; UserError if there is no such set or factor."""
    first, colon, rest = argument.partition(":")
    if not (colon and first.isdecimal()):
        return _Zoomed.of(catalog.find(argument), "zoom:")
    if not (first.isascii() and 2 <= int(first) <= _MOST and first == str(int(first))):
        raise UserError(f"data set 'zoom:{argument}': the factor is from 2 to {_MOST}; for example zoom:2:{rest}")
    return _Zoomed.of(catalog.find(rest), f"zoom:{first}:", factor=int(first))
