"""CelebA: faces, the middle 160x160 of the aligned photographs resized to 64x64 color (Liu et al. 2015).

compare_gan's crop and resize. Scores compare with the official test split, as in v3; v1 and v2 took the validation
split. Values are rounded to whole ones of 255 here; compare_gan kept the fractions that the resize makes.
"""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="celeb_a",
    title="CelebA",
    image_shape=(64, 64, 3),
    class_names=(),
    evaluation_samples=10000,
    evaluation_images=19962,
    licence="non-commercial research only; https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    classifier="celeb_a",
    builder="celeb_a",
    crop=160,
    download_bytes=1_483_600_000,
    prepared_bytes=1_550_000_000,
)
