"""ImageNet shrunk to 32x32 colour by its makers, a thousand classes in an order of its own (Chrabaszcz et al. 2017).

Label k is another class than label k of `imagenet_64` and its like: the two orders of synsets differ.
"""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="imagenet_resized_32",
    title="ImageNet shrunk to 32x32",
    image_shape=(32, 32, 3),
    class_names=tuple(map(str, range(1000))),
    evaluation_samples=50000,
    evaluation_images=50000,
    licence="non-commercial research only; https://patrykchrabaszcz.github.io/Imagenet32",
    classifier="imagenet_resized_32",
    evaluation_split="validation",
    builder="imagenet_resized/32x32",
    download_bytes=3_719_000_000,
    prepared_bytes=3_460_000_000,
)
