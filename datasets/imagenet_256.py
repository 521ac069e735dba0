"""ImageNet: photographs, 256x256 color, a thousand classes (Russakovsky et al. 2015)."""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry("imagenet_256", "ImageNet 256x256", 256)
