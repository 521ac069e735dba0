"""CLEVR: rendered scenes of simple solids, the central 128x128 at half size, color (Johnson et al. 2017).

As compare_gan's MultiGAN saw them: 320x480 resized to 160x240 on TensorFlow 1's grid, then cropped.
"""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="clevr",
    title="CLEVR",
    image_shape=(128, 128, 3),
    class_names=(),
    evaluation_samples=10000,
    evaluation_images=15000,
    licence="CC BY 4.0; https://cs.stanford.edu/people/jcjohns/clevr",
    classifier="clevr",
    builder="clevr",
    crop=128,
    shrink=(160, 240),
    download_bytes=19_021_600_724,
    prepared_bytes=19_000_000_000,
)
