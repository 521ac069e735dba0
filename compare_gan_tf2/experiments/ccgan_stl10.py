"""CCGAN on STL-10 with a hundred labels a class, the authors' settings (Denton et al. 2016).

Unlabeled pictures are the rest of the same split; the number of steps is ours.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "expected": "STL-10, 1,000 labels and 100,000 pictures without: 75.7 % right (not checked)",
    "hardware": "one GPU",
    "source": "Denton et al. 2016, table 1; edenton/cc-gan",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "stl10",
        "gan": "ccgan",
        "architecture": "ccgan_vgg",
        "labels_per_class": 100,
        "metrics": "default,few_labels",
        "random_flip": True,
        "save_every_steps": 10_000,
        "training_steps": 100_000,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
