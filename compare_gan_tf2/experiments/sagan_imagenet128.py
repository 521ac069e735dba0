"""SAGAN on ImageNet at 128 pixels: self-attention at 32 pixels, spectral norm in both networks (Zhang et al. 2019).

The networks are BigGAN's at 64 channels without what BigGAN added. What the authors had otherwise: upsampling repeated
pixels (here it puts zeros between them), all blocks had a shortcut (here not those of the discriminator that keep their
channels), kernels started from Xavier's uniform distribution, and those of conditional batch norm were not normalized.
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _imagenet

RECIPE = {
    "expected": "FID 18.65, Inception score 52.52, intra-FID 83.7",
    "flags": "--strategy=mirrored",
    "hardware": "4 GPUs",
    "set": "extractor=inception metrics=fid,inception_score,intra_fid",
    "source": "Zhang et al. 2019, section 4; the authors' code",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; beta2 is the paper's, the code had 0.999."""
    options = {
        "batch_norm_decay": 0.999,
        "d_attention": "B2",
        "d_learning_rate": 4e-4,
        "disc_iters": 1,
        "g_attention": "B3",
        "g_learning_rate": 1e-4,
        "g_weight_normalization": "spectral",
        "training_steps": 1_000_000,
    }
    return [{**_imagenet.RESNET, **options, "seed": seed, "notes": RECIPE}]
