"""StarGAN at 32 pixels: polygons of three hues, filled or outlined, as six domains. On two cores: half an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_domains",
        "gan": "stargan",
        "batch_size": 16,
        "d_learning_rate": 4e-4,
        "disc_iters": 2,
        "ema_decay": 0.99,
        "evaluated_abilities": "translate",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 4e-4,
        "metrics": "domain_accuracy,l1,l1_to_input",
        "save_every_steps": 1_250,
        "training_steps": 2_500,
        "translator_blocks": 4,
        "width": 0.5,
    }
    return [{**options, "seed": seed}]
