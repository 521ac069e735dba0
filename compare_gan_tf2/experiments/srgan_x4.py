"""SRGAN, enlarging four times, the published settings: your own folder of photographs (Ledig et al. 2017).

Crops of 96 pixels; a million steps with the pixel loss only, then 200,000 adversarial ones. VGG's features are your own
file: --set perceptual=FILE; the rate stays, where the authors lowered it in the last half. Without a folder, polygons.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=96",
    "expected": "Set14: 28.49 dB of luma after the first stage, 26.02 after both (not checked)",
    "hardware": "one GPU",
    "source": "Ledig et al. 2017, section 3 and table 2; the authors published no code",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_zoom",
        "gan": "srgan",
        "downscaling": "bicubic",
        "pixel_steps": 1_000_000,
        "random_flip": True,
        "save_every_steps": 50_000,
        "training_steps": 1_200_000,
        "translator_blocks": 16,
        "zoom": 4,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
