"""ImageNet: photographs, 512x512 color, a thousand classes (Russakovsky et al. 2015)."""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry("imagenet_512", "ImageNet 512x512", 512)
