"""What recipes for ImageNet at 128 pixels share: BigGAN's settings, and those of the networks before it."""

from __future__ import annotations

from typing import Any

# Brock et al. 2019, section 3 and appendix C; its standing statistics are of 100 batches.
BIGGAN: dict[str, Any] = {
    "dataset": "imagenet_128",
    "architecture": "biggan",
    "batch_norm_epsilon": 1e-4,
    "batch_size": 2048,
    "beta1": 0.0,
    "beta2": 0.999,
    "d_learning_rate": 2e-4,
    "d_weight_normalization": "spectral",
    "disc_iters": 2,
    "ema_decay": 0.9999,
    "g_learning_rate": 5e-5,
    "g_weight_normalization": "spectral",
    "initializer": "orthogonal",
    "loss": "hinge",
    "save_every_steps": 2500,
    "spectral_side": "auto",
    "standing_batches": 100,
    "z_dim": 120,
    "z_distribution": "normal",
}
# Lucic et al. 2019, own settings; without the share of images that have labels.
S3GAN: dict[str, Any] = {
    **BIGGAN,
    "gan": "s3gan",
    "class_predictor": True,
    "conditional": True,
    "rotated_batch_size": 2048,
    "training_steps": 250_000,
}
# The residual networks of Miyato and Koyama 2018, which BigGAN's widened from 64 channels to 96.
RESNET: dict[str, Any] = {
    "dataset": "imagenet_128",
    "architecture": "biggan",
    "batch_size": 256,
    "beta1": 0.0,
    "beta2": 0.9,
    "conditional": True,
    "d_weight_normalization": "spectral",
    "embed_y": False,
    "hierarchical_z": False,
    "loss": "hinge",
    "save_every_steps": 10_000,
    "width": 2 / 3,
    "z_dim": 128,
    "z_distribution": "normal",
}
