"""MUNIT from edges to shoes and back, the authors' settings: your own two sets, 256 pixels (Huang et al. 2018).

FOLDER has trainA, trainB, testA and testB; without one, outlines and polygons in six hues stand for them.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=256",
    "expected": "LPIPS between outputs for one input about 0.109 (as quoted by later papers; not checked)",
    "hardware": "one GPU",
    "source": "Huang et al. 2018, table 1; NVlabs/MUNIT, configs/edges2shoes_folder.yaml",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_tint",
        "gan": "munit",
        "save_every_steps": 50_000,
        "training_steps": 1_000_000,
        "translator_blocks": 4,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
