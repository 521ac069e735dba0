"""compare_gan v2, test of data sets: a hundred steps of DCGAN on four sets of 64x64 and 128x128 images (4 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v2


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task per data set; v2 itself could not load ImageNet. `seed` is added to the original 42."""
    fixed = {"z_dim": 100, "penalty_type": "no_penalty", "seed": 42 + seed}
    return [
        _v2.task("GAN_PENALTY", dataset, "dcgan", (100, 50), **_v2.default("GAN_PENALTY") | fixed)
        for dataset in ("celeb_a_hq_128", "imagenet_64", "imagenet_128", "lsun_bedroom")
    ]
