"""DiscoGAN from edges to shoes and back, the authors' settings: your own two sets, 64 pixels (Kim et al. 2017).

FOLDER has trainA, trainB, testA and testB; without one, outlines and polygons stand for them. The number of steps is
ours: the program's 5,000 epochs were stopped by hand.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=64",
    "expected": "no score stated; judged by eye",
    "hardware": "one GPU",
    "source": "Kim et al. 2017, section 4; SKTBrain/DiscoGAN",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "discogan",
        "batch_size": 64,
        "save_every_steps": 10_000,
        "training_steps": 100_000,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
