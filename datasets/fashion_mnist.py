"""Fashion-MNIST: clothes and shoes, 28x28 gray, ten classes (Xiao et al. 2017)."""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="fashion_mnist",
    title="Fashion-MNIST",
    image_shape=(28, 28, 1),
    class_names=(
        "T-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ),
    evaluation_samples=10000,
    evaluation_images=10000,
    licence="MIT; https://github.com/zalandoresearch/fashion-mnist",
    classifier="fashion_mnist",
    builder="fashion_mnist",
    download_bytes=30_878_645,
    prepared_bytes=38_000_000,
)
