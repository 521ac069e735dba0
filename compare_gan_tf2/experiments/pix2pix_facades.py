"""pix2pix from labels to facades, the authors' settings: your own folder of pairs, 256 pixels (Isola et al. 2017).

FOLDER has pairs, side by side in one picture or in folders input and target; without one, outlines and polygons stand
for them. An epoch is 400 pictures; norms and dropout are the published ones.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=256 pair_order=target_input",
    "expected": "no score stated for facades; judged by eye, and by how often people take outputs for photographs",
    "hardware": "one GPU",
    "source": "Isola et al. 2017, section 6; junyanz/pytorch-CycleGAN-and-pix2pix",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "pix2pix",
        "d_normalization": "batch",
        "epoch_steps": 400,
        "g_normalization": "batch",
        "save_every_steps": 8_000,
        "training_steps": 80_000,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
