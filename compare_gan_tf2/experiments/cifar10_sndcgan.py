"""The first 800 steps of SNDCGAN on CIFAR-10 with the published settings, twenty minutes on two cores."""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; the published training has 100,000 steps and more."""
    return [
        {
            "dataset": "cifar10",
            "architecture": "sndcgan",
            "loss": "non_saturating",
            "d_weight_normalization": "spectral",
            "training_steps": 800,
            "save_every_steps": 200,
            "seed": seed,
        }
    ]
