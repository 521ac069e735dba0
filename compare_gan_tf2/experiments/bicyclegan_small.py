"""BicycleGAN at 32 pixels: outlines are filled in six hues, by latents. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_tint",
        "gan": "bicyclegan",
        "batch_size": 16,
        "d_learning_rate": 4e-4,
        "ema_decay": 0.99,
        "evaluated_abilities": "translate",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 4e-4,
        "metrics": "hues,l1,l1_best_of",
        "save_every_steps": 2_500,
        "training_steps": 5_000,
        "width": 0.375,
    }
    return [{**options, "seed": seed}]
