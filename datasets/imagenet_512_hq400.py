"""ImageNet 512x512, trained on photographs whose shorter side has at least 400 pixels (compare_gan v3)."""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry("imagenet_512_hq400", "ImageNet 512x512, large photographs", 512, least_side=400)
