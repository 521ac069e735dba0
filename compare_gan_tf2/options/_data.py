"""Options of the data."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.options._field import option


@dataclasses.dataclass(frozen=True)
class DataOptions:
    """What is trained on."""

    dataset: str = option(
        "triangles", "data set to train on, and to compare generated images with", section="data", kind="datasets"
    )
    conditional: bool = option(
        False, "give labels to both networks; needs a data set with classes; the default of g_normalization becomes "
        "conditional_batch", section="data",
    )  # fmt: skip
    image_size: int = option(
        0, "side in pixels of the images from a folder, or from a TFDS data set without a fixed size; 0 chooses it "
        "from the sizes of the images", section="data", low=0, high=1024,
    )  # fmt: skip
    train_crop: str = option(
        "default", "crop of training images, for data sets without a fixed crop: default (the data set's own), "
        "distorted (a random square of at least half the area), random (the largest square, at a random place), middle "
        "(the largest square, in the middle) or none (the whole image)", section="data",
        choices=("default", "distorted", "random", "middle", "none"),
    )  # fmt: skip
    held_out_share: float = option(
        0.0, "for a folder without test images: share of its images that is kept out of the training; scores then "
        "compare with these images only; a hash of the files' contents chooses them. 0 trains on all images and "
        "compares with all. New tasks use 0.1 if that is at least 1,000 images", section="data", low=0, high=0.5,
    )  # fmt: skip
    random_flip: bool = option(
        False, "mirror half of the training images left to right, chosen at random (compare_gan never did)",
        section="data",
    )  # fmt: skip
    label_fraction: float = option(
        1.0, "share of the training images of each class that keep their label, chosen by a hash of the images' names",
        section="data", low=0, high=1, open_low=True,
    )  # fmt: skip
    labels_per_class: int = option(
        0, "number of training images of each class that keep their label, chosen by a hash of the images' names; a "
        "class with fewer images keeps all its labels; 0 uses label_fraction instead", section="data", low=0,
        high=2**31 - 1,
    )  # fmt: skip
    label_seed: int = option(
        0, "seed that chooses which images keep their label", section="data", low=0, high=2**31 - 1
    )
    label_file: str = option(
        "", "file with labels that replace those of the training images: .csv or TFRecords with file names; {split} "
        "and * are allowed in its path", section="data",
    )  # fmt: skip
    text_vectors: str = option(
        "", ".npz file with caption vectors for gan=text_to_image, either by the names of the pictures or as one array "
        "per split; if empty, a caption encoder is trained", section="data",
    )  # fmt: skip
    labelled_only: bool = option(False, "leave out training images without a label", section="data")
    pairs: str = option(
        "all", "for a folder of pairs (input and target): all rejects files without a partner, matched leaves them out",
        section="data", choices=("all", "matched"),
    )  # fmt: skip
    pair_order: str = option(
        "input_target", "for pairs side by side in one picture: whether the left half is the input (input_target) or "
        "the target (target_input)", section="data", choices=("input_target", "target_input"),
    )  # fmt: skip
    exclusive: str = option(
        "", "comma-separated names of attributes that exclude each other (a picture has at most one), such as "
        "black,blond", section="data",
    )  # fmt: skip
    domain_names: str = option(
        "", "comma-separated names for the domains a and b of a folder, such as outlines,filled; if empty, the names "
        "of their folders", section="data",
    )  # fmt: skip
