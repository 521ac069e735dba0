"""SNGAN with a projection discriminator on ImageNet at 128 pixels (Miyato et al. 2018; Miyato and Koyama 2018).

The networks are BigGAN's at 64 channels without what BigGAN added. What the authors had otherwise: upsampling repeated
pixels (here it puts zeros between them), all blocks had a shortcut (here not those of the discriminator that keep their
channels), kernels started from Xavier's uniform distribution.
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _imagenet

RECIPE = {
    "expected": "Inception score 29.7, intra-FID 103.1; 36.8 and 92.4 after 850,000 steps",
    "flags": "--strategy=mirrored",
    "hardware": "4 GPUs",
    "set": "extractor=inception metrics=fid,inception_score,intra_fid",
    "source": "Miyato and Koyama 2018; the authors' code, configs/sn_projection.yml and README_paper.md",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; the rates fall over the last 50,000 steps."""
    options = {
        "d_attention": "none",
        "d_learning_rate": 2e-4,
        "disc_iters": 5,
        "g_attention": "none",
        "g_learning_rate": 2e-4,
        "learning_rate_decay": 50_000 / 450_000,
        "training_steps": 450_000,
    }
    return [{**_imagenet.RESNET, **options, "seed": seed, "notes": RECIPE}]
