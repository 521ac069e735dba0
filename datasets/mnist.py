"""MNIST: handwritten digits, 28x28 gray, ten classes (LeCun et al. 1998)."""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="mnist",
    title="MNIST",
    image_shape=(28, 28, 1),
    class_names=tuple("0123456789"),
    evaluation_samples=10000,
    evaluation_images=10000,
    licence="CC BY-SA 3.0; http://yann.lecun.com/exdb/mnist/",
    classifier="mnist",
    builder="mnist",
    download_bytes=11_594_722,
    prepared_bytes=22_000_000,
)
