"""pix2pix fills outlines of generated polygons, in minutes on two cores.

Half the published width and a higher learning rate, as in the quickstart: fast settings, not the paper's.
"""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    return [
        {
            "dataset": "polygon_outline",
            "gan": "pix2pix",
            "width": 0.5,
            "batch_size": 8,
            "g_learning_rate": 5e-4,
            "d_learning_rate": 5e-4,
            "ema_decay": 0.99,
            "training_steps": 1200,
            "save_every_steps": 600,
            "evaluation_samples": 1000,
            "metrics": "iou,l1",
            # The scores are exact; no network has to be trained for others.
            "extractor": "pixels",
            "seed": seed,
        }
    ]
