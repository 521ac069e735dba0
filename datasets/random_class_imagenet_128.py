"""ImageNet 128x128 with a random class for each image, drawn once.

compare_gan v3's entry of this name, which failed: its draw lacked a shape. It would have drawn anew in every epoch.
"""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.entry("random_class_imagenet_128", "ImageNet 128x128 with random classes", 128, labels="random")
