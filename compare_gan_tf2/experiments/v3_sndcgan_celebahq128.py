"""compare_gan v3's sndcgan_celebahq128.gin: SNDCGAN, non-saturating, spectral norm, CelebA-HQ at 128 pixels."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v3

RECIPE = {
    "expected": "no score stated; in The GAN Landscape FID 28.21 with beta2 0.9 and otherwise equal settings",
    "hardware": "one GPU (P100 or V100), or a TPU v2-8",
    "set": "extractor=inception metrics=fid",
    "source": "compare_gan v3, example_configs/sndcgan_celebahq128.gin",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; v3 had no data set of the name that its file gives."""
    options = {
        "dataset": "celeb_a_hq_128",
        "architecture": "sndcgan",
        "d_weight_normalization": "spectral",
        "loss": "non_saturating",
        "training_steps": 100_000,
    }
    return [{**_v3.SHARED, **options, "seed": seed, "notes": RECIPE}]
