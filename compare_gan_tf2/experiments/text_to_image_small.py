"""Text to image at 32 pixels: polygons from captions, checked word by word. On two cores: a quarter of an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_caption",
        "gan": "text_to_image",
        "batch_size": 32,
        "d_learning_rate": 4e-4,
        "ema_decay": 0.99,
        "evaluated_abilities": "generate",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 4e-4,
        "learning_rate_decay": 0.3,
        "metrics": "word_accuracy,caption_retrieval",
        "save_every_steps": 5_500,
        "text_steps": 6_000,
        "text_units": 128,
        "training_steps": 11_000,
        "width": 0.375,
    }
    return [{**options, "seed": seed}]
