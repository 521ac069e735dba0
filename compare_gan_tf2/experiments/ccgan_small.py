"""CCGAN at 32 pixels: fills holes in polygons, and classifies with few labels. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_hole",
        "gan": "ccgan",
        "batch_size": 32,
        "d_learning_rate": 4e-4,
        "ema_decay": 0.99,
        "evaluated_abilities": "inpaint",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 4e-4,
        "labels_per_class": 100,
        "learning_rate_decay": 0.5,
        "metrics": "hole,hole_unique",
        "save_every_steps": 3_000,
        "training_steps": 6_000,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
