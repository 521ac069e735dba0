"""InstaGAN at 32 pixels: triangles with masks become squares in their places. On two cores: half an hour."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_scene_32",
        "gan": "instagan",
        "batch_size": 4,
        "d_learning_rate": 4e-4,
        "ema_decay": 0.99,
        "evaluated_abilities": "translate_ab",
        "evaluation_samples": 1_000,
        "extractor": "pixels",
        "g_learning_rate": 4e-4,
        "metrics": "scenes,l1",
        "patch_layers": 2,
        "save_every_steps": 1_000,
        "training_steps": 2_000,
        "translator_blocks": 3,
        "width": 0.25,
    }
    return [{**options, "seed": seed}]
