"""Context Encoder at 32 pixels: fills the missing middle of polygons. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_hole",
        "gan": "context_encoder",
        "adversarial_weight": 0.001,
        "batch_size": 32,
        "bottleneck_channels": 1_000,
        "ema_decay": 0.99,
        "evaluated_abilities": "inpaint",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        # The masks of the set are the whole hole, and so is what is to be filled.
        "hole_overlap": 0,
        "learning_rate_decay": 0.5,
        "metrics": "hole,hole_unique",
        "save_every_steps": 1_500,
        "training_steps": 3_000,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
