"""compare_gan v2, best models with its ResNet for CIFAR-10; published FIDs in the notes (6 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v2

# compare_gan v2 names no table of the paper for these.
_SOURCE = "as listed by compare_gan v2, best_models_resnet_cifar"
_ROWS: list[dict[str, Any]] = [
    # Without normalization and penalty.
    {"fid": 28.12, "learning_rate": 0.0002, "norm": "none", "weight": 10.0},
    {"fid": 30.08, "learning_rate": 0.0001, "norm": "none", "weight": 10.0},
    # With spectral norm: two runs of one setting, as the weight of no penalty has no effect.
    {"fid": 22.91, "learning_rate": 0.0002, "norm": "spectral_norm", "weight": 10.0},
    {"fid": 23.22, "learning_rate": 0.0002, "norm": "spectral_norm", "weight": 1.0},
    # With normalization and penalty; the last is a model without penalty that was about as good.
    {"fid": 22.73, "penalty": "wgangp_penalty", "learning_rate": 0.0002, "norm": "spectral_norm", "weight": 1.0},
    {"fid": 22.91, "learning_rate": 0.0002, "norm": "spectral_norm", "weight": 10.0},
]


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task per row of the table; `seed` is added to the published seed."""
    fixed: dict[str, Any] = {
        "dataset": "cifar10",
        "architecture": "resnet_cifar",
        "steps": 200000,
        "disc_iters": 5,
        "source": _SOURCE,
    }
    return [_v2.best_model(**fixed, seed=2 + seed, **row) for row in _ROWS]
