"""multi_mnist_rgb_occluded on CIFAR-10 photographs, 64x64, made from mnist and cifar10."""

from compare_gan_tf2.datasets._multi_mnist import MultiMnistDataset

DATASET = MultiMnistDataset.of(
    "multi_mnist_rgb_occluded_cifar10", "Multi-MNIST on CIFAR-10", 743_000_000, colored=True, background="cifar10"
)
