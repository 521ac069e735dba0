"""SSGAN on ImageNet at 128 pixels without labels: BigGAN's networks, rotations (Chen et al. 2019), own settings.

What the published model was trained with is not known. Networks and settings are BigGAN's, so that they are those of
the S3GANs here; a quarter of every batch is rotated.
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _imagenet

RECIPE = {
    "expected": "FID 20.6, Inception score 24.9 of the published module ssgan_128x128",
    "flags": "--strategy=tpu",
    "hardware": "a TPU v3-128",
    "set": "extractor=inception metrics=fid,inception_score",
    "source": "own settings; scores: compare_gan, colabs/ssgan_demo.ipynb",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {"gan": "ssgan", "rotated_batch_size": 2048, "training_steps": 250_000}
    return [{**_imagenet.BIGGAN, **options, "seed": seed, "notes": RECIPE}]
