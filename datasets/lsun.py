"""Other scenes and objects of LSUN, cropped like the bedrooms: lsun:church_outdoor, lsun:cat and so on."""

from compare_gan_tf2.datasets import _lsun
from compare_gan_tf2.datasets._tfds import TfdsDataset


def named(argument: str) -> TfdsDataset:
    """The entry of a category, as "church_outdoor"; UserError if there is none."""
    return _lsun.entry(argument, f"lsun:{argument}", f"LSUN {argument.replace('_', ' ')}")
