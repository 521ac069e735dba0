"""ImageNet 128x128 with soft labels, from the logits in label_file (S3GAN)."""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry("soft_labeled_imagenet_128", "ImageNet 128x128 with soft labels", 128, soft_labels=True)
