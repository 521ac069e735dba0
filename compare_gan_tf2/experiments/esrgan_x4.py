"""ESRGAN, enlarging four times, the published settings: your own folder of photographs (Wang et al. 2018).

Crops of 128 pixels; a million steps with the pixel loss only, then 400,000 adversarial ones. VGG's features are your
own file: --set perceptual=FILE; the rate stays, where the authors halved it. Without a folder, polygons.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=128",
    "expected": (
        "Set14: 28.99 dB of luma after the first stage; the adversarial loss lowers it by design (not checked)"
    ),
    "hardware": "one GPU",
    "source": "Wang et al. 2018, sections 3 and 4; XPixelGroup/BasicSR",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_zoom",
        "gan": "esrgan",
        "downscaling": "bicubic",
        "g_learning_rate": 2e-4,
        "pixel_steps": 1_000_000,
        "random_flip": True,
        "save_every_steps": 50_000,
        "training_steps": 1_400_000,
        "translator_blocks": 23,
        "zoom": 4,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
