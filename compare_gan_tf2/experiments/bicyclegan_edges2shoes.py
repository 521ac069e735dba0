"""BicycleGAN from edges to shoes, the authors' settings: your own folder of pairs, 256 pixels (Zhu et al. 2017).

FOLDER has pairs; without one, outlines and polygons in six hues stand for them. An epoch is 50,000 pictures, two at a
time.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=256",
    "expected": (
        "LPIPS between outputs for one input about 0.11, between real shoes 0.265 (as quoted by later papers; not "
        "checked)"
    ),
    "hardware": "one GPU",
    "source": "Zhu et al. 2017, section 5; junyanz/BicycleGAN",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_tint",
        "gan": "bicyclegan",
        "epoch_steps": 25_000,
        "evaluated_abilities": "translate",
        "metrics": "default,diversity_l1,l1_best_of",
        "save_every_steps": 75_000,
        "training_steps": 1_500_000,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
