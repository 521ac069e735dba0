"""DualGAN from photographs to sketches and back, the authors' settings: your own two sets, 256 pixels.

Yi et al. 2017. FOLDER has trainA, trainB, testA and testB; without one, outlines and polygons stand for them. An epoch
is about 1,000 pictures; 100 of them.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=256",
    "expected": "no score stated for sketches; people rated how real they look, from 0 to 4",
    "hardware": "one GPU",
    "source": "Yi et al. 2017, section 4; duxingren14/DualGAN",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "dualgan",
        "critic_loss": "wgan_gp",
        "normalizes_one_pixel": True,
        "save_every_steps": 10_000,
        "training_steps": 100_000,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
