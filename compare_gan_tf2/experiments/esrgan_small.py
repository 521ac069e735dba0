"""ESRGAN from 16 to 64 pixels: pixel loss only, then the relativistic loss too. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_zoom",
        "gan": "esrgan",
        "batch_size": 16,
        "d_learning_rate": 1e-4,
        "ema_decay": 0.99,
        "evaluation_samples": 2_000,
        "g_learning_rate": 4e-4,
        "learning_rate_decay": 0.5,
        "metrics": "fid,psnr_rgb",
        "pixel_steps": 1_200,
        "pixel_weight": 2.0,
        "save_every_steps": 900,
        "training_steps": 1_800,
        "translator_blocks": 2,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
