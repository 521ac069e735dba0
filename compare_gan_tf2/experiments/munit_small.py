"""MUNIT at 32 pixels: outlines and filled polygons, in styles, without pairs. On two cores: half an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "munit",
        "batch_size": 8,
        "cycle_weight": 10.0,
        "d_learning_rate": 4e-4,
        "ema_decay": 0.99,
        "evaluated_abilities": "translate_ab",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 4e-4,
        "initializer_stddev": 0.04,
        "learning_rate_decay": 0.5,
        "metrics": "iou,l1",
        "save_every_steps": 1_000,
        "training_steps": 2_000,
        "width": 0.25,
    }
    return [{**options, "seed": seed}]
