"""CelebA-HQ: faces, 256x256 color (Karras et al. 2018); split like celeb_a_hq_128."""

import dataclasses

from compare_gan_tf2.datasets import celeb_a_hq_128

DATASET = dataclasses.replace(
    celeb_a_hq_128.DATASET,
    name="celeb_a_hq_256",
    title="CelebA-HQ 256x256",
    image_shape=(256, 256, 3),
    classifier="celeb_a_hq_256",
    builder="celeb_a_hq/256",
    download_bytes=3_000_000_000,
    prepared_bytes=3_000_000_000,
)
