"""CelebA-HQ: faces, 128x128 color (Karras et al. 2018).

There is no official split. compare_gan v2 held out the last ten of a hundred files, 3,000 of 30,000 images; so does
this, but TFDS has the images in an order of its own, so they are others.
"""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="celeb_a_hq_128",
    title="CelebA-HQ 128x128",
    image_shape=(128, 128, 3),
    class_names=(),
    evaluation_samples=3000,
    evaluation_images=3000,
    licence="CC BY-NC 4.0; https://github.com/tkarras/progressive_growing_of_gans",
    classifier="celeb_a_hq_128",
    train_split="train[:90%]",
    evaluation_split="train[90%:]",
    builder="celeb_a_hq/128",
    download_bytes=1_000_000_000,
    prepared_bytes=1_000_000_000,
)
