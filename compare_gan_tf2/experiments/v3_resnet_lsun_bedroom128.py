"""compare_gan v3's resnet_lsun-bedroom128.gin: ResNet19, Wasserstein with gradient penalty, bedrooms at 128 pixels."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v3

RECIPE = {
    "expected": "no score stated; a starting point",
    "hardware": "one GPU (P100 or V100), or a TPU v2-8",
    "source": "compare_gan v3, example_configs/resnet_lsun-bedroom128.gin",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; five updates of the discriminator per step, 200,000 in all."""
    options = {
        "dataset": "lsun_bedroom",
        "architecture": "resnet5",
        "beta2": 0.9,
        "d_learning_rate": 1e-4,
        "disc_iters": 5,
        "g_learning_rate": 1e-4,
        "loss": "wasserstein",
        "penalty": "wgan_gp",
        "penalty_weight": 10.0,
        "training_steps": 40_000,
    }
    return [{**_v3.SHARED, **options, "seed": seed, "notes": RECIPE}]
