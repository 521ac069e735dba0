"""CIFAR-10: photographs, 32x32 color, ten classes (Krizhevsky 2009)."""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="cifar10",
    title="CIFAR-10",
    image_shape=(32, 32, 3),
    class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    evaluation_samples=10000,
    evaluation_images=10000,
    licence="no explicit licence, free for research; https://www.cs.toronto.edu/~kriz/cifar.html",
    classifier="cifar10",
    builder="cifar10",
    download_bytes=170_052_171,
    prepared_bytes=140_000_000,
)
