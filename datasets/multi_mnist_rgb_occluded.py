"""A red, a green and a blue MNIST digit that overlap, 64x64, made from mnist (van Steenkiste et al. 2018)."""

from compare_gan_tf2.datasets._multi_mnist import MultiMnistDataset

DATASET = MultiMnistDataset.of("multi_mnist_rgb_occluded", "Multi-MNIST in colours", 49_000_000, colored=True)
