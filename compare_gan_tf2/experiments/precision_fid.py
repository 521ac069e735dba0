"""Does bfloat16 cost quality? InfoGAN on MNIST (three seeds) and DCGAN on CIFAR-10 (six), in float32 and bfloat16."""

from __future__ import annotations

from typing import Any

PRECISIONS = ("float32", "mixed_bfloat16")
# So early FID moves much from one checkpoint to the next: a training's is the mean over its last.
EVERY, CHECKPOINTS = 100, 5
# How many seeds, and the options. Of CIFAR-10 three could not tell a tenth.
TRAININGS: dict[str, tuple[int, dict[str, Any]]] = {
    "mnist, infogan": (3, {"dataset": "mnist", "architecture": "infogan", "z_dim": 64, "training_steps": 2000}),
    "cifar10, dcgan": (6, {"dataset": "cifar10", "architecture": "dcgan", "training_steps": 1500}),
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """18 tasks: of each training, in each precision, one seed after the other."""
    return [
        options
        | {
            "d_weight_normalization": "spectral",
            "ema_decay": 0.995,
            "metrics": "fid",
            "precision": precision,
            "seed": seed + number,
            "save_every_steps": EVERY,
            "notes": {"training": name},
        }
        for name, (seeds, options) in TRAININGS.items()
        for precision in PRECISIONS
        for number in range(seeds)
    ]
