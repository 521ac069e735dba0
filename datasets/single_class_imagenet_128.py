"""ImageNet 128x128 with class 0 for every image (compare_gan v3)."""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry(
    "single_class_imagenet_128", "ImageNet 128x128 as one class", 128, class_names=("all",), labels="single"
)
