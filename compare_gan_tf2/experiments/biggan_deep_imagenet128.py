"""BigGAN-deep on ImageNet at 128 pixels (Brock et al. 2019, tables 2 and 7).

The number of steps is our own: the paper does not give it.
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _imagenet

RECIPE = {
    "expected": "FID 5.7, Inception score 124.5 without truncation",
    "flags": "--strategy=tpu",
    "hardware": "128 cores of a TPU v3 Pod",
    "set": "extractor=inception metrics=fid,inception_score",
    "source": "Brock et al. 2019, table 2 and appendices B and C; own number of steps",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "architecture": "biggan_deep",
        "conditional": True,
        "penalty": "orthogonal",
        "penalty_weight": 1e-4,
        "training_steps": 165_000,
        "z_dim": 128,
    }
    return [{**_imagenet.BIGGAN, **options, "seed": seed, "notes": RECIPE}]
