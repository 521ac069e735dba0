"""What the example configurations of compare_gan v3 have in common; its README calls them starting points."""

from __future__ import annotations

from typing import Any

SHARED: dict[str, Any] = {
    "reference": "v3",
    "batch_norm_decay": 0.9,
    "batch_norm_epsilon": 1e-5,
    "beta1": 0.5,
    "beta2": 0.999,
    "d_learning_rate": 2e-4,
    "g_learning_rate": 2e-4,
    "g_normalization": "batch",
    "save_every_steps": 5000,
    "z_dim": 128,
}
