"""CCGAN with a hundred labels per class, the authors' settings: your own folder of classes, 64 pixels.

Denton et al. 2016. FOLDER has pictures in folders of classes, such as STL-10's; all but a hundred of each class count
as unlabeled. Without a folder, CIFAR-10. The number of steps is ours.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=64",
    "expected": "STL-10 with 1,000 labeled and 100,000 unlabeled pictures: accuracy 75.7 % (not checked)",
    "hardware": "one GPU",
    "source": "Denton et al. 2016, table 1; edenton/cc-gan",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "cifar10",
        "gan": "ccgan",
        "architecture": "ccgan_vgg",
        "labels_per_class": 100,
        "metrics": "default,few_labels",
        "random_flip": True,
        "save_every_steps": 10_000,
        "training_steps": 100_000,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
