"""Captions as characters of one length, which networks read."""

from __future__ import annotations

import numpy as np


def characters(captions: np.ndarray, length: int) -> np.ndarray:
    """Captions bytes [N] -> uint8 [N, length], zeros behind their ends; what is longer is cut."""
    cut = captions.astype(f"S{length}")
    return np.ascontiguousarray(cut).view(np.uint8).reshape(len(captions), length)
