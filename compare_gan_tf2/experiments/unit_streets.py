"""UNIT between street scenes, with the settings of the authors' 2018 code: your own two sets, 256 pixels.

Liu et al. 2017. FOLDER has trainA, trainB, testA and testB; without one, outlines and polygons stand for them. The term
of VGG's features is not there.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=256",
    "expected": "no score stated for streets; judged by eye",
    "hardware": "one GPU",
    "source": "Liu et al. 2017, section 4; mingyuliutw/UNIT, configs",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "unit",
        "save_every_steps": 50_000,
        "training_steps": 1_000_000,
        "translator_blocks": 4,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
