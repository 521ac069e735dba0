"""Fills holes in a user's pictures with an exported module: masks of any files say where the holes are."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import translate
from compare_gan_tf2.hub_export.translate import Picture, Translator
from compare_gan_tf2.task_folder.grids import to_uint8

# Values from here on are white.
_WHITE = 128
# A hole above this share of a picture is mentioned.
_MOST = 0.9
# What is in a hole before it is filled; what still has exactly this value afterwards was not.
_UNFILLED = 128


@dataclasses.dataclass(frozen=True, eq=False)
class Mask:
    """Where the hole of a picture is.

    Attributes:
        hole: bool [H, W].
        between: number of pixels that were neither black nor white, and were cut at 128.
    """

    hole: np.ndarray
    between: int

    @property
    def remark(self) -> str:
        """What is odd about it; "" if nothing is."""
        share = self.hole.mean()
        if not share:
            return "its mask has no hole"
        return f"its mask is a hole of {share:.0%} of the picture" if share > _MOST else ""


def places(
    place: pathlib.Path, masks: pathlib.Path, pictures: Sequence[pathlib.Path]
) -> dict[pathlib.Path, pathlib.Path]:
    """The mask file of each picture: one for all, or that of its name below a folder, whatever the ending.

    Args:
        place: the folder of the pictures, or the picture.
        masks: a file or a folder.
        pictures: of the place.

    Raises:
        UserError: if a mask is missing, or two have one name.
    """
    if masks.is_file():
        return dict.fromkeys(pictures, masks)
    if not masks.is_dir():
        raise UserError(f"{masks} does not exist; --masks is a folder of masks, or one for all pictures")
    by_name: dict[str, pathlib.Path] = {}
    for path in sorted(path for path in masks.rglob("*") if path.is_file() and not path.name.startswith(".")):
        name = path.relative_to(masks).with_suffix("").as_posix()
        if name in by_name:
            raise UserError(f"{by_name[name]} and {path} are masks of one name; take one away")
        by_name[name] = path
    names = {
        path: path.relative_to(place).with_suffix("").as_posix() if path != place else path.stem for path in pictures
    }
    if missing := [path for path, name in names.items() if name not in by_name]:
        more = f", nor of {len(missing) - 1} others" if len(missing) > 1 else ""
        raise UserError(f"{masks} has no mask of the name of {missing[0]}, whatever its ending{more}")
    return {path: by_name[name] for path, name in names.items()}


def read(path: pathlib.Path, size: tuple[int, int], *, hole_is_black: bool = False) -> Mask:
    """The mask in a picture's file, which is white in the hole and black elsewhere, or the other way round.

    Args:
        path: of the file; what is transparent in it counts as no hole.
        size: (height, width) of the picture.
        hole_is_black: whether black is the hole.

    Raises:
        UserError: if it is no picture, or has another size.
    """
    picture = translate.read(path)
    if picture.size != size:
        theirs, ours = (f"{width}x{height}" for height, width in (picture.size, size))
        raise UserError(f"its mask {path} has {theirs} pixels, and the picture {ours}")
    gray = np.asarray(Image.fromarray(picture.stored).convert("L"))
    between = int(((gray > 0) & (gray < 255)).sum())
    hole = (gray < _WHITE) if hole_is_black else (gray >= _WHITE)
    return Mask(hole if picture.alpha is None else hole & (picture.alpha >= _WHITE), between)


def filled(
    translator: Translator, picture: Picture, mask: Mask, *, seed: int = 0, drops: bool = False
) -> tuple[np.ndarray, int]:
    """A picture uint8 [H, W, C or C + 1] whose hole is filled; all other pixels are the picture's own, to the byte.

    Args:
        translator: of `translate.translator_of`, with masks.
        picture: of `translate.read`.
        mask: of its size.
        seed: of latents and dropout, where there are some.
        drops: whether dropout is on.

    Returns:
        The picture, and the number of pixels in the hole that the network does not reach, because it was trained on
        smaller holes; they are the picture's own.

    Raises:
        UserError: as of `translate.translated`.
    """
    channels, hole = translator.ability.output_shape[2], mask.hole
    covered = np.where(hole[..., None], np.uint8(_UNFILLED), picture.colors)
    given = translate.random_inputs(translator, seed, drops, None)
    output = translate.output_of(translator, covered, given, _of_network(translator, hole))
    is_left = (output == np.float32(_UNFILLED) / 255).all(2)
    pixels = to_uint8(output)
    if pixels.shape[:2] != hole.shape:
        pixels = translate.scaled(pixels, hole.shape)
        is_left = np.asarray(Image.fromarray(is_left).resize(hole.shape[::-1], Image.Resampling.NEAREST))
    unreached = hole & is_left
    own = translate.channels_of(picture.stored, channels)
    made = np.where((hole & ~unreached)[..., None], pixels, own)
    alpha = [] if picture.alpha is None else [np.where(hole & ~unreached, np.uint8(255), picture.alpha)[..., None]]
    return np.concatenate([made, *alpha], axis=2), int(unreached.sum())


def _of_network(translator: Translator, hole: np.ndarray) -> np.ndarray:
    """A hole as the network takes it, float32 [h, w, 1]; in another size all that touches the hole belongs to it."""
    height, width = translator.ability.shape[:2]
    if hole.shape == (height, width):
        return hole[..., None].astype(np.float32)
    shares = np.asarray(Image.fromarray(hole.astype(np.float32)).resize((width, height), Image.Resampling.BOX))
    return (shares > 0)[..., None].astype(np.float32)
