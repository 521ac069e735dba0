"""ImageNet: photographs, the middle square resized to 128x128 colour, a thousand classes (Russakovsky et al. 2015).

compare_gan's evaluation crop. Its training crop, a random square of half the area or more, is not made here: both
splits have the middle square.
"""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="imagenet_128",
    title="ImageNet 128x128",
    image_shape=(128, 128, 3),
    class_names=tuple(map(str, range(1000))),
    evaluation_samples=50000,
    evaluation_images=50000,
    licence="non-commercial research only, after registration; https://image-net.org/download.php",
    classifier="imagenet_128",
    evaluation_split="validation",
    builder="imagenet2012",
    crop="square",
)
