"""How many images a network makes at once where they are large, whose maps would not fit into memory."""

from __future__ import annotations

from collections.abc import Sequence

# Up to this side all of a batch are made at once, as ever; of larger ones as many as have no more pixels.
_SIDE = 256


def made_at_once(image_shape: Sequence[int], count: int) -> int:
    """How many of `count` images (H, W, C) one call makes: a divisor of `count`."""
    pixels = _SIDE * _SIDE
    most = max(count * pixels // max(image_shape[0] * image_shape[1], pixels), 1)
    return next(size for size in range(most, 0, -1) if count % size == 0)
