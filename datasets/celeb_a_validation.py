"""CelebA as scored by compare_gan v1 and v2: with the official validation split instead of the test split of v3."""

import dataclasses

from compare_gan_tf2.datasets import celeb_a

DATASET = dataclasses.replace(
    celeb_a.DATASET,
    name="celeb_a_validation",
    title="CelebA, scored with its validation split",
    evaluation_split="validation",
    evaluation_images=19867,
)
