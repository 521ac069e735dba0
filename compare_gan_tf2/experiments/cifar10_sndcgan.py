"""SNDCGAN on CIFAR-10 for twenty minutes on two cores: faster settings than the published ones, as in the quickstart.

The published learning rate, 2e-4, is right for 40,000 steps and more; after 800 it shows blobs.
"""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; its FID falls over eight checkpoints."""
    return [
        {
            "dataset": "cifar10",
            "architecture": "sndcgan",
            "loss": "non_saturating",
            "d_weight_normalization": "spectral",
            "g_learning_rate": 5e-4,
            "d_learning_rate": 5e-4,
            "learning_rate_decay": 0.4,
            "ema_decay": 0.99,
            "training_steps": 800,
            "save_every_steps": 100,
            "seed": seed,
        }
    ]
