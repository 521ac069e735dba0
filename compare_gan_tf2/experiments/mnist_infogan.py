"""Recognizable digits after half an hour on two cores: InfoGAN's networks, non-saturating loss, spectral norm, MNIST.

The published width; faster settings than a paper's otherwise, as in the quickstart.
"""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    return [
        {
            "dataset": "mnist",
            "architecture": "infogan",
            "z_dim": 64,
            "loss": "non_saturating",
            "d_weight_normalization": "spectral",
            "g_learning_rate": 5e-4,
            "d_learning_rate": 5e-4,
            "learning_rate_decay": 0.4,
            "ema_decay": 0.999,
            "training_steps": 6000,
            "save_every_steps": 1500,
            "seed": seed,
        }
    ]
