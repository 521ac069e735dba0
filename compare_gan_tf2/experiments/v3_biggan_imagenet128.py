"""compare_gan v3's biggan_imagenet128.gin: BigGAN without orthogonal regularization, with larger learning rates.

On a TPU v3 drew new latents for the generator's update (`--set latents=fresh`), elsewhere it took the discriminator's.
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v3

RECIPE = {
    "expected": "no score stated; row 7 of the paper's table 1, with other rates, has FID 8.73, Inception score 98.76",
    "flags": "--strategy=tpu",
    "hardware": "a TPU v3-128",
    "set": "extractor=inception metrics=fid,inception_score",
    "source": "compare_gan v3, example_configs/biggan_imagenet128.gin",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task; two updates of the discriminator per step, 500,000 in all."""
    options = {
        "dataset": "imagenet_128",
        "architecture": "biggan",
        "batch_size": 2048,
        "beta1": 0.0,
        "conditional": True,
        "d_conditioning": "projection",
        "d_learning_rate": 5e-4,
        "d_weight_normalization": "spectral",
        "disc_iters": 2,
        "ema_decay": 0.9999,
        "ema_start_step": 40_000,
        "embed_y": True,
        "embed_y_dim": 128,
        "g_learning_rate": 1e-4,
        "g_normalization": "conditional_batch",
        "g_weight_normalization": "spectral",
        "hierarchical_z": True,
        "initializer": "orthogonal",
        "loss": "hinge",
        "save_every_steps": 2500,
        "spectral_side": "auto",
        # v3 measured 204,800 images.
        "standing_batches": 100,
        "training_steps": 250_000,
        "z_dim": 120,
        "z_distribution": "normal",
    }
    return [{**_v3.SHARED, **options, "seed": seed, "notes": RECIPE}]
