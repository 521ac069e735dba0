"""BigGAN on ImageNet at 128 pixels, with all its parts: table 1, last row with 96 channels (Brock et al. 2019).

Latents in parts and a shared embedding of the classes (both by the architecture), orthogonal kernels, orthogonal
regularization, running average, standing statistics. Spectral norm's epsilon is 1e-12 (the paper: 1e-4).
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _imagenet

RECIPE = {
    "expected": "FID 8.51, Inception score 99.31 without truncation",
    "flags": "--strategy=tpu",
    "hardware": "128 cores of a TPU v3 Pod, one to two days",
    "set": "extractor=inception metrics=fid,inception_score",
    "source": "Brock et al. 2019, table 1, row 8, and appendix C",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; the paper stopped before the collapse, at 165,000 steps on average."""
    options = {
        "conditional": True,
        "penalty": "orthogonal",
        "penalty_weight": 1e-4,
        "training_steps": 165_000,
    }
    return [{**_imagenet.BIGGAN, **options, "seed": seed, "notes": RECIPE}]
