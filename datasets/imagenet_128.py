"""ImageNet: photographs, 128x128 color, a thousand classes (Russakovsky et al. 2015)."""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry("imagenet_128", "ImageNet 128x128", 128)
