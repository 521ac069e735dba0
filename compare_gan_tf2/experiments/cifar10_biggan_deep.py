"""The first 500 steps of a narrow conditional BigGAN-deep on CIFAR-10, scored from step 0 on.

A quarter of the published width (32 channels as the unit, not 128) and batches of 64 instead of 2048; else the paper's
settings: hinge loss, spectral norm in both networks, orthogonal kernels, two updates of the discriminator per update of
the generator, Adam without a first moment.
"""

from __future__ import annotations

from typing import Any


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    return [
        {
            "dataset": "cifar10",
            "conditional": True,
            "architecture": "biggan_deep",
            "width": 0.25,
            "z_distribution": "normal",
            "g_weight_normalization": "spectral",
            "d_weight_normalization": "spectral",
            "spectral_side": "auto",
            "initializer": "orthogonal",
            "loss": "hinge",
            "disc_iters": 2,
            "beta1": 0.0,
            "g_learning_rate": 2e-4,
            "d_learning_rate": 5e-4,
            "training_steps": 500,
            "save_every_steps": 250,
            "save_initial": True,
            "metrics": "density_coverage,fid,kid",
            "seed": seed,
        }
    ]
