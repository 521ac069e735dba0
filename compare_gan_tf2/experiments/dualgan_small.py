"""DualGAN at 32 pixels: outlines and filled polygons, without pairs. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "dualgan",
        "batch_size": 8,
        "cycle_weight": 62.5,
        "d_learning_rate": 2e-4,
        "disc_iters": 2,
        "ema_decay": 0.99,
        "evaluated_abilities": "translate_ab",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 2e-4,
        "learning_rate_decay": 0.5,
        "metrics": "iou,l1",
        "save_every_steps": 750,
        "training_steps": 1_500,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
