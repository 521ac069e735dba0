"""DiscoGAN at 32 pixels: outlines and filled polygons, without pairs. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_outline",
        "gan": "discogan",
        "batch_size": 16,
        "curriculum_steps": 1_000,
        "d_learning_rate": 4e-4,
        "ema_decay": 0.99,
        "evaluated_abilities": "translate_ab",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 4e-4,
        "metrics": "iou,l1",
        "save_every_steps": 2_000,
        "training_steps": 4_000,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
