"""ImageNet 128x128, trained on labeled images only; set label_file or label_fraction (S3GAN)."""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry("labeled_only_imagenet_128", "ImageNet 128x128, labelled images", 128, labelled_only=True)
