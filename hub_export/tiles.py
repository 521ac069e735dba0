"""Pictures in tiles: for networks that fit no whole one, with seams that do not show."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

# Of networks of any size, in pixels: the side of a tile, and how wide a seam is faded.
SIDE, _FADE = 512, 16
# Norms of generators that see no other pixels of the picture when they are used.
_POINTWISE = ("none", "batch", "plain_batch", "offset_batch")


@dataclasses.dataclass(frozen=True)
class Tiling:
    """How pictures are cut.

    Tiles overlap by twice `reach`, and as much again as seams are faded over. Of each tile the outermost `reach` pixels
    inside of the picture are not used, because the network would see more there of a whole picture.

    Attributes:
        sides: (height, width) of a tile.
        reach: of the network, in pixels of its input: how far from a pixel others change its output.
        multiple: what the places of tiles have to be divisible by.
        is_exact: whether outputs are those of the whole picture.
    """

    sides: tuple[int, int]
    reach: int
    multiple: int = 1
    is_exact: bool = False

    def along(self, axis: int, length: int) -> Iterator[tuple[int, np.ndarray]]:
        """First pixel of each tile along an axis of a picture of so many pixels, and the weights of its pixels.

        The weights, float32 [side], rise at each seam from 0 to 1; those of one pixel in all tiles sum to 1.
        """
        side = self.sides[axis]
        if length <= side:
            yield 0, np.ones(length, np.float32)
            return
        fade = min(_FADE, side // 4) if self.reach else side // 2
        step = max(self.multiple, (side - 2 * self.reach - fade) // self.multiple * self.multiple)
        starts = [*range(0, length - side, step), length - side]
        inner = np.clip((np.arange(side) + 0.5 - self.reach) / fade, 0.0, 1.0)
        shares = []
        for start in starts:
            rising = inner if start else np.ones(side)
            falling = inner[::-1] if start + side < length else np.ones(side)
            shares.append(np.minimum(rising, falling))
        total = np.zeros(length)
        for start, share in zip(starts, shares, strict=True):
            total[start : start + side] += share
        for start, share in zip(starts, shares, strict=True):
            yield start, (share / total[start : start + side]).astype(np.float32)


def tiling_of(ability: Any, multiple: int, least: int, side: int | None = None) -> Tiling:
    """How pictures for an ability are cut.

    Args:
        ability: of `apply.ability_of`.
        multiple: what sides of pictures have to be divisible by; 0 of a network of one size.
        least: the smallest side that the network takes.
        side: of tiles, in pixels; None chooses it.

    Raises:
        UserError: if a tile would not come out as it does within its picture, or the side is not possible.
    """
    options = _options(ability.module)
    if not components.facts("architectures", options.architecture)["TILES"]:
        raise UserError(
            f"the networks of architecture {options.architecture} look at whole pictures, so each tile would get a "
            "brightness of its own; leave --tile out, and use --resize or smaller pictures"
        )
    if options.g_normalization not in _POINTWISE:
        raise UserError(
            f"the network was trained with g_normalization={options.g_normalization}, which takes its statistics of "
            "the picture, so each tile would get a brightness of its own; leave --tile out"
        )
    if not multiple:
        if side is not None:
            raise UserError("the network takes pictures of one size, which is that of its tiles; leave --tile_side out")
        return Tiling(ability.shape[:2], 0)
    chosen = SIDE if side is None else side
    if chosen % multiple or chosen < max(4 * multiple, least):
        raise UserError(
            f"--tile_side is {chosen}; it is a multiple of {multiple} from {max(4 * multiple, least)} on, and "
            f"{SIDE} by default"
        )
    reach = components.load("architectures", options.architecture).reach(options)
    # A deeper network is affected by what is further away, but hardly; otherwise most of the work would be done twice.
    kept = min(reach, chosen // 4)
    return Tiling((chosen, chosen), -(-kept // multiple) * multiple, multiple, is_exact=kept == reach)


def _options(module: Any) -> Options:
    """The options that a module was trained with."""
    if not hasattr(module, "options"):
        raise UserError("this module does not say how it was trained, so that nobody knows whether tiles are possible")
    return Options.from_dict(json.loads(module.options.numpy()))


def tiled(call: Callable[[np.ndarray], np.ndarray], inputs: np.ndarray, tiling: Tiling, scale: int) -> np.ndarray:
    """A picture through a network, tile by tile.

    Args:
        call: from a tile float32 [h, w, c] to its output float32 [scale h, scale w, C].
        inputs: float32 [H, W, c]; smaller than a tile only if the network takes that.
        tiling: of `tiling_of`.
        scale: how many times larger outputs are.

    Returns:
        float32 [scale H, scale W, C].
    """
    height, width = inputs.shape[:2]
    whole: np.ndarray | None = None
    columns = list(tiling.along(1, width))
    for top, rows in tiling.along(0, height):
        for left, across in columns:
            made = call(inputs[top : top + len(rows), left : left + len(across)])
            weights = np.outer(rows.repeat(scale), across.repeat(scale))[..., None]
            if whole is None:
                whole = np.zeros((scale * height, scale * width, made.shape[2]), np.float32)
            place = (slice(scale * top, scale * top + made.shape[0]), slice(scale * left, scale * left + made.shape[1]))
            whole[place] += weights * made
    assert whole is not None
    return whole
