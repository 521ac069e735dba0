"""Options of the data."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.options._field import option


@dataclasses.dataclass(frozen=True)
class DataOptions:
    """What is trained on."""

    dataset: str = option("triangles", "what to train on, and to compare with", section="data", kind="datasets")
    conditional: bool = option(
        False, "give labels to both networks; needs a data set with classes; brings g_normalization=conditional_batch",
        section="data",
    )  # fmt: skip
    image_size: int = option(
        0, "side of the images, of folders and of TFDS's sets that leave it open; 0 is chosen by what is there",
        section="data", low=0, high=1024,
    )  # fmt: skip
    train_crop: str = option(
        "default", "of training images, of sets that leave it open: the set's own; a random square of half the area or "
        "more (distorted), a random or the middle one of the largest, or the whole image", section="data",
        choices=("default", "distorted", "random", "middle", "none"),
    )  # fmt: skip
    held_out_share: float = option(
        0.0, "share of a folder of images without a folder of test images that is not trained on, and alone compared "
        "with, chosen by a hash of the files' contents; 0 trains on all and compares with all. New tasks take 0.1 "
        "where that is 1,000 images or more", section="data", low=0, high=0.5,
    )  # fmt: skip
    random_flip: bool = option(
        False, "whether half of the training images are mirrored, left to right (compare_gan never did)", section="data"
    )
    label_fraction: float = option(
        1.0, "share of each class whose training images keep their label, chosen by a hash of their names",
        section="data", low=0, high=1, open_low=True,
    )  # fmt: skip
    labels_per_class: int = option(
        0, "training images of each class that keep their label (all of a smaller class), chosen as those of "
        "label_fraction; 0 leaves it to that", section="data", low=0, high=2**31 - 1,
    )  # fmt: skip
    label_seed: int = option(
        0, "seed that chooses which images keep their label", section="data", low=0, high=2**31 - 1
    )
    label_file: str = option(
        "", "labels in place of the training images' own: .csv or TFRecords by file name, {split} and * allowed",
        section="data",
    )  # fmt: skip
    text_vectors: str = option(
        "", ".npz file with the vectors that gan=text_to_image has for captions, by names of pictures or by rows of "
        "splits; \"\" has it train an encoder of captions", section="data",
    )  # fmt: skip
    labelled_only: bool = option(False, "whether training leaves out images without a label", section="data")
    pairs: str = option(
        "all", "of a folder of pairs (input and target): all, files without a partner are refused; matched, they are "
        "left out", section="data", choices=("all", "matched"),
    )  # fmt: skip
    pair_order: str = option(
        "input_target", "of pairs side by side in one picture: which half is the left one", section="data",
        choices=("input_target", "target_input"),
    )  # fmt: skip
    exclusive: str = option(
        "", "names, comma-separated, of attributes of which a picture has at most one: black,blond", section="data"
    )
    domain_names: str = option(
        "", "what the sets a and b of a folder show, comma-separated: outlines,filled; their folders' names if empty",
        section="data",
    )  # fmt: skip
