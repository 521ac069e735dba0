"""Whether bfloat16 costs quality: InfoGAN on MNIST and DCGAN on CIFAR-10, in both precisions, three seeds each."""

from __future__ import annotations

from typing import Any

SEEDS = 3
PRECISIONS = ("float32", "mixed_bfloat16")
# Shown in the table as they are here.
TRAININGS: dict[str, dict[str, Any]] = {
    "mnist, infogan": {"dataset": "mnist", "architecture": "infogan", "z_dim": 64, "training_steps": 2000},
    "cifar10, dcgan": {"dataset": "cifar10", "architecture": "dcgan", "training_steps": 1500},
    # From one step to the next FID moves so much, this early, that three seeds cannot tell a tenth: the average of
    # about two hundred steps moves less.
    "cifar10, dcgan, averaged weights": {
        "dataset": "cifar10", "architecture": "dcgan", "training_steps": 1500, "ema_decay": 0.995,
    },
}  # fmt: skip


def tasks(seed: int) -> list[dict[str, Any]]:
    """18 tasks: of each training, seed after seed, both precisions; scored at the end."""
    return [
        options
        | {
            "d_weight_normalization": "spectral",
            "precision": precision,
            "seed": seed + number,
            "save_every_steps": options["training_steps"],
            "notes": {"training": name},
        }
        for name, options in TRAININGS.items()
        for number in range(SEEDS)
        for precision in PRECISIONS
    ]
