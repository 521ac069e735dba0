"""ImageNet: photographs, 64x64 color, a thousand classes (Russakovsky et al. 2015)."""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry("imagenet_64", "ImageNet 64x64", 64)
