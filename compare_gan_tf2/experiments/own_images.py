"""A generator for your own pictures, 64x64 pixels; name their folder: --set dataset=/path/to/folder."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task, which has to be told its folder."""
    return [
        {
            # A path, so that a task without a folder of its own is refused by this name.
            "dataset": "./your_images",
            "image_size": 64,
            "architecture": "sndcgan",
            "loss": "hinge",
            "d_weight_normalization": "spectral",
            # For few pictures: Zhao et al. 2020.
            "augmentation": "diff_augment",
            "ema_decay": 0.999,
            "learning_rate": 2e-4,
            "training_steps": 20000,
            "save_every_steps": 1000,
            "evaluation_samples": 1000,
            "seed": seed,
        }
    ]
