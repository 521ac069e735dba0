"""Signal-to-noise ratio of two images, and the luma that super-resolution is scored by."""

from __future__ import annotations

import numpy as np

# Decibels of equal images, which have no finite ratio, and of all that are nearer than this.
MOST = 100.0
BORDER = 4
# ITU-R BT.601 as MATLAB's rgb2ycbcr has it; with the offset, 16 to 235.
_WEIGHTS = np.array([65.481, 128.553, 24.966]) / 255.0
_OFFSET = 16.0


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """10 log10(255^2 / mean squared difference) of arrays of one shape in [0, 255], at most 100 dB."""
    squared = float(np.mean(np.square(one.astype(np.float64) - other.astype(np.float64))))
    # The peak is 255 for luma too, though that reaches from 16 to 235 only.
    return min(10.0 * float(np.log10(255.0**2 / squared)), MOST) if squared else MOST


def cropped_luma(image: np.ndarray) -> np.ndarray:
    """Luma of an image uint8 [H, W, 1 or 3] without its four outermost pixels: float64 [H - 8, W - 8], not rounded.

    In [16, 235]; of a gray image it is the image itself, in [0, 255].
    """
    inner = image[BORDER:-BORDER, BORDER:-BORDER].astype(np.float64)
    if inner.shape[2] == 1:
        return inner[..., 0]
    # By terms, because a product of matrices may round pixels differently by their place.
    red, green, blue = (inner[..., channel] * weight for channel, weight in enumerate(_WEIGHTS))
    return red + green + blue + _OFFSET
