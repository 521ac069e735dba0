"""Three MNIST digits of any classes, added up, 64x64 gray, made from mnist (van Steenkiste et al. 2018)."""

from compare_gan_tf2.datasets._multi_mnist import MultiMnistDataset

DATASET = MultiMnistDataset.of("multi_mnist_uniform", "Multi-MNIST", 33_100_000)
