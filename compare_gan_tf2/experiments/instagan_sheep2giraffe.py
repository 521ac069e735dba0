"""InstaGAN from sheep to giraffes and back, the authors' settings: your own two sets with masks (Mo et al. 2019).

FOLDER has trainA, trainB, testA and testB, and beside NAME.png its masks NAME_0.png, NAME_1.png; without one, triangles
and squares stand for them. The number of steps is 200 times 1,000 pictures.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=256",
    "expected": (
        "no score stated; measured by the share of outputs in which a classifier sees the target animal, for each "
        "pair of animals"
    ),
    "hardware": "one GPU",
    "source": "Mo et al. 2019, section 4; sangwoomo/instagan",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_scene",
        "gan": "instagan",
        "epoch_steps": 1_000,
        "save_every_steps": 20_000,
        "training_steps": 200_000,
        "translator_blocks": 9,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
