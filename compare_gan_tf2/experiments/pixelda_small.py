"""PixelDA at 32 pixels: classifies polygons on textures by labels of those on black. On two cores: half an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_on_photo",
        "gan": "pixelda",
        "batch_size": 32,
        "save_every_steps": 2_000,
        "training_steps": 4_000,
        "translator_blocks": 2,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
