"""S3GAN on ImageNet at 128 pixels with labels for 10 % of each class (Lucic et al. 2019), own settings.

What the published model was trained with is not known. Networks and settings are BigGAN's; a quarter of every batch is
rotated, and classes of images without a label are guessed.
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _imagenet

RECIPE = {
    "expected": "FID 7.6, Inception score 90.3 of the published module s3gan_10_128x128",
    "flags": "--strategy=tpu",
    "hardware": "a TPU v3-128",
    "set": "extractor=inception metrics=fid,inception_score",
    "source": "own settings; scores: compare_gan, colabs/s3gan_demo.ipynb",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    return [{**_imagenet.S3GAN, "label_fraction": 0.1, "seed": seed, "notes": RECIPE}]
