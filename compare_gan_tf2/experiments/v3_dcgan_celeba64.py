"""compare_gan v3's dcgan_celeba64.gin: DCGAN, non-saturating, CelebA at 64 pixels."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v3

RECIPE = {
    "expected": "no score stated; a starting point",
    "hardware": "one GPU (P100 or V100), or a TPU v2-8",
    "source": "compare_gan v3, example_configs/dcgan_celeba64.gin",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {"dataset": "celeb_a", "architecture": "dcgan", "loss": "non_saturating", "training_steps": 100_000}
    return [{**_v3.SHARED, **options, "seed": seed, "notes": RECIPE}]
