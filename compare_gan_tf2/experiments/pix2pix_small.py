"""pix2pix at 32 pixels: outlines become filled polygons, learned from pairs. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "pix2pix",
        "batch_size": 16,
        "d_learning_rate": 5e-4,
        "ema_decay": 0.99,
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 5e-4,
        "metrics": "iou,l1",
        "save_every_steps": 1_500,
        "training_steps": 3_000,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
