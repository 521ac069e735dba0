"""CycleGAN from horses to zebras and back, the authors' settings: your own two sets, 256 pixels (Zhu et al. 2017).

FOLDER has trainA, trainB, testA and testB; without one, outlines and polygons stand for them. An epoch is the 1,334
pictures of the larger set, one at a time; 100 epochs at the full rate, 100 in which it falls.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=256",
    "expected": (
        "no score stated for horses; judged by eye; later works report FIDs of 60 to 80 by Inception (not checked)"
    ),
    "hardware": "one GPU",
    "source": "Zhu et al. 2017, appendix; junyanz/pytorch-CycleGAN-and-pix2pix",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "cyclegan",
        "epoch_steps": 1_334,
        "save_every_steps": 26_680,
        "training_steps": 266_800,
        "translator_blocks": 9,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
