"""compare_gan v3's resnet_cifar10.gin: ResNet-CIFAR, non-saturating, spectral norm."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v3

RECIPE = {
    "expected": "FID 22.91 and 23.22 in two trainings by v2 with these settings",
    "hardware": "one GPU (P100 or V100), or a TPU v2-8",
    "set": "extractor=inception metrics=fid",
    "source": "compare_gan v3, example_configs/resnet_cifar10.gin; v2, best_models_resnet_cifar",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; five updates of the discriminator per step, 200,000 in all."""
    options = {
        "dataset": "cifar10",
        "architecture": "resnet_cifar",
        "d_weight_normalization": "spectral",
        "disc_iters": 5,
        "loss": "non_saturating",
        "training_steps": 40_000,
    }
    return [{**_v3.SHARED, **options, "seed": seed, "notes": RECIPE}]
