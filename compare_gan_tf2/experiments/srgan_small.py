"""SRGAN from 16 to 64 pixels: pixel loss only, then the adversarial loss too. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_zoom",
        "gan": "srgan",
        "batch_size": 16,
        "d_learning_rate": 1e-4,
        "evaluation_samples": 2_000,
        "g_learning_rate": 4e-4,
        "metrics": "fid,psnr_rgb",
        "pixel_steps": 1_200,
        "save_every_steps": 900,
        "training_steps": 1_800,
        "translator_blocks": 4,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
