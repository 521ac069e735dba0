"""Self-modulated against plain batch norm: CIFAR-10, ResNet, hinge loss, spectral norm (Chen et al. 2019).

One of the paper's settings (rates, moments, two updates of the discriminator); it tells differences more than scores.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "expected": "task 0 has a lower FID than task 1: by 5 to 35 %, in 86 % of the paper's 144 pairs of settings",
    "hardware": "one GPU",
    "set": "extractor=inception metrics=fid",
    "source": "Chen et al. 2019, On Self Modulation for Generative Adversarial Networks, sections 3 and 4",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """Two tasks: with self-modulation and without."""
    options = {
        "dataset": "cifar10",
        "architecture": "resnet_cifar",
        "batch_size": 64,
        "beta1": 0.0,
        "beta2": 0.9,
        "d_weight_normalization": "spectral",
        "disc_iters": 2,
        "loss": "hinge",
        "save_every_steps": 10_000,
        "training_steps": 100_000,
    }
    norms: list[dict[str, Any]] = [{"g_normalization": "self_modulated_batch"}, {"g_normalization": "batch"}]
    return [{**options, **norm, "seed": seed, "notes": RECIPE} for norm in norms]
