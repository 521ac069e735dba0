"""What is known of a data set before any of it is read (no TensorFlow, no files touched but a folder of one's own).

One file of this folder per data set; it defines `DATASET`, and its name is the data set's name. A file that defines
`named` is a family of them, `family:argument` (`PATTERNS`); what begins like a path is a folder of images or an .npz
file. How the images are read is the business of the kinds of entry: `_tfds.TfdsDataset`, `_arrays.ArrayDataset`,
`_image_folder.FolderDataset`.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import logging
import os
import pathlib
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NoReturn

from compare_gan_tf2 import components
from compare_gan_tf2.datasets.places import Places as Places
from compare_gan_tf2.errors import UserError

if TYPE_CHECKING:
    from compare_gan_tf2.datasets.images import Columns, Images

_log = logging.getLogger(__name__)

# Names that stand for many data sets.
PATTERNS = (
    "emoji:STYLE or emoji:STYLE-STYLE",
    "fake:NAME",
    "hole:SET",
    "lsun:CATEGORY",
    "polygon_outline:ROWS, and likewise the other polygon sets for translation",
    "polygons:CORNERS",
    "polygons_corrected:CORNERS",
    "zoom:SET or zoom:FACTOR:SET",
    "tfds:NAME or tfds:NAME/CONFIG, with @SPLIT at the end to compare with another split than test",
    "the path of a folder of images or of an .npz file, starting with / or .",
)
_ONLY_FAMILIES = ("hole", "lsun", "tfds", "zoom")
# What stands before the name of another data set, which may be a path.
_BEFORE_ANOTHER = re.compile(r"((?:hole:|zoom:(?:[0-9]+:)?)+)(.+)", re.DOTALL)
# Of the text encoder that reads characters in the first systems from text to images (Reed et al. 2016).
_CAPTION_LENGTH = 201
_PATH_BEGINNINGS = ("/", "./", "../", "~")


@dataclasses.dataclass(frozen=True)
class Dataset(abc.ABC):
    """An entry of the catalog.

    Attributes:
        name: the name in options, rows and on the command line.
        title: what it is called in print.
        image_shape: (height, width, channels).
        class_names: one name per label; empty for data without classes.
        train_split: name of the split that is trained on.
        evaluation_split: name of the split that scores compare with.
        evaluation_samples: real, and generated, images per score as in the papers.
        evaluation_images: images in the evaluation split; 0 where that is not known before it is opened.
        largest_value: pixels are stored as whole numbers in 0..largest_value and used as float32 value / largest_value.
        licence: terms of use, with the source.
        polygon_vertices: corners of the polygons, for sets whose manifold is known; else None.
        classifier: name of the data set whose classifier is the feature extractor of this one.
        labelled_only: whether training leaves out images without a label.
        soft_labels: whether the labels are distributions over the classes, from the file that option label_file names.
        download_bytes: of what is fetched, or has to be put into place, to prepare it; 0 if nothing.
        prepared_bytes: on the disk when it is prepared; 0 if nothing is stored.
    """

    name: str
    title: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    evaluation_samples: int
    evaluation_images: int
    licence: str
    classifier: str
    train_split: str = "train"
    evaluation_split: str = "test"
    largest_value: int = 255
    polygon_vertices: int | None = None
    labelled_only: bool = False
    soft_labels: bool = False
    download_bytes: int = 0
    prepared_bytes: int = 0

    @property
    def num_classes(self) -> int:
        """Number of labels; 0 for data without classes."""
        return len(self.class_names)

    @property
    def is_prepared_by_tensorflow(self) -> bool:
        """Whether preparing it may import TensorFlow, by which downloaded data sets are read."""
        return self.download_bytes > 0

    @property
    def can_hold_out(self) -> bool:
        """Whether a share of the training images can be kept from training, to be compared with."""
        return False

    @property
    def usual_held_out_share(self) -> float:
        """The share that new tasks hold out if nothing is said; 0 for none."""
        return 0.0

    @property
    def has_label_table(self) -> bool:
        """Whether its labels are those of a table, which is what option label_file names if that is given."""
        return False

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """What the column "attributes" has of a picture, in its order; () of a set without attributes."""
        return ()

    @property
    def mask_count(self) -> int:
        """Masks that the column "masks" has of a picture; 0 if that is not known before it is opened."""
        return 0

    @property
    def exclusive_attributes(self) -> tuple[tuple[str, ...], ...]:
        """Groups of attributes that exclude each other."""
        return ()

    @property
    def rules(self) -> frozenset[str]:
        """By which rules its pictures can be judged: of "domains", "hues", "mask", "scenes" and "words"."""
        return frozenset({"mask"} if "mask" in self.visible_streams else ())

    @property
    def target_has_labels(self) -> bool:
        """Whether the labels are those of the column "target" too."""
        return False

    @property
    def truth_of_labels(self) -> str:
        """Name of a column of the evaluation split with the row's picture for every label, [N, classes, H, W, C]."""
        return ""

    @property
    def caption_length(self) -> int:
        """Characters that the column "caption" has of a row, as uint8 [N, L] with zeros behind the end."""
        return _CAPTION_LENGTH

    @property
    def why_without_classes(self) -> tuple[str, ...]:
        """Lines that may explain to somebody who expects classes why there are none."""
        return ()

    @abc.abstractmethod
    def is_prepared(self, root: pathlib.Path) -> bool:
        """Whether everything is there to be read."""

    @abc.abstractmethod
    def open(self, split: str, places: Places, *, training: bool = False) -> Images:
        """The images of a split, in stored order.

        Args:
            split: train_split or evaluation_split.
            places: where the data set is; what reading it again would find out again is kept in the cache.
            training: whether images are prepared as for training (random crops), where that makes a difference.

        Raises:
            UserError: if the data set is not prepared, or damaged.
        """

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the sets that lie in it beside each other, each of which can be read alone ("a" and "b")."""
        return ()

    @property
    def has_partners(self) -> bool:
        """Whether row i of one part's evaluation split is what row i of the other part's should become."""
        return False

    @property
    def visible_streams(self) -> tuple[str, ...]:
        """What it is seen to be before it is opened: "images", names of its parts, "input" and "target" of pairs."""
        return self.parts or ("images",)

    def column_shape(self, column: str) -> tuple[int, int, int]:
        """(height, width, channels) of a column of pictures, known before it is opened."""
        del column
        return self.image_shape

    def part(self, name: str) -> Dataset:
        """One of its parts, as a data set.

        Raises:
            UserError: if it has no part of this name, or one that cannot be used.
        """
        return self.refuse_part(name)

    def refuse_part(self, name: str) -> NoReturn:
        """Raises the line for a data set without parts."""
        raise UserError(
            f"data set {self.name!r} is one set of pictures, and the GAN type reads a set {name!r}; two unpaired sets "
            "are a folder that has the folders trainA and trainB, and testA and testB to compare with"
        )

    def open_columns(self, names: Collection[str], split: str, places: Places, *, training: bool = False) -> Columns:
        """What belongs together row by row, in one stored order: pictures ("images"), and what lies beside them.

        Args:
            names: of the columns.
            split: as of `open`.
            places: likewise.
            training: likewise.

        Raises:
            UserError: if there is no such column, or what is there does not fit together.
        """
        from compare_gan_tf2.datasets.images import Columns

        if unknown := sorted(set(names) - {"images"}):
            raise UserError(
                f"data set {self.name!r} has images and no {' and '.join(unknown)}, which the GAN type reads"
            )
        return Columns({"images": self.open(split, places, training=training)})

    @property
    def own_kind(self) -> str:
        """What protocols call images of the user's own, wherever they lie; empty for a data set of the catalog."""
        return ""

    @abc.abstractmethod
    def fingerprint(self, root: pathlib.Path) -> str:
        """A text that differs when the stored images do, found without reading them.

        Of the user's own images it also differs by when the files were written; see `identity`.

        Raises:
            UserError: if the data set is not prepared under root.
        """

    def identity(self, places: Places) -> str:
        """A text that differs when the stored images do, and not by where or since when they are stored.

        For it a folder of the user's own is read, once; what is found is kept in the cache.

        Raises:
            UserError: if the data set is not prepared there, or cannot be read.
        """
        return self.fingerprint(places.dataset_root)

    def former_identities(self, places: Places) -> tuple[str, ...]:
        """What earlier versions had in place of `identity`, if they read the same images."""
        del places
        return ()

    def framed_as(self, image_shape: tuple[int, ...], places: Places) -> Dataset:
        """A folder of images of several sizes as squares of this size; what has one size stays as it is."""
        del image_shape, places
        return self

    def files_said(self, split: str, places: Places) -> str:
        """Formats of a split's files, and how many files were left out, for protocols: "jpeg+png, 3 left out".

        Empty for a data set of the catalog.
        """
        del split, places
        return ""

    @abc.abstractmethod
    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """Makes or downloads the data set; afterwards `is_prepared` holds. Finished work is not done again.

        Args:
            root: where it shall be.
            archives: folder of what was downloaded by hand; <root>/downloads/manual if None.
            any_archive: whether archives with another checksum than the published one are taken.

        Raises:
            UserError: with the reason, within seconds, if it cannot be had.
        """

    def adapted(self, options: Any) -> Dataset:
        """The entry as a task's options want it.

        Raises:
            UserError: for an option that this data set does not leave open.
        """
        if options.image_size:
            raise UserError(
                f"option image_size is {options.image_size}, but images of {self.name!r} have a size of their own"
            )
        if options.train_crop != "default":
            raise UserError(f"option train_crop is {options.train_crop!r}, but {self.name!r} has no choice of crops")
        return self

    def remarks(self, options: Any) -> tuple[str, ...]:
        """Lines that a user should read before a task with these options is made; nothing is decoded for them.

        Raises:
            UserError: for what a new task has to say, and tasks that are there need not.
        """
        del options
        return ()

    def count(self, split: str, places: Places) -> int:
        """Images in a split, as `open` finds them; of the evaluation split nothing is read where it is known."""
        if split == self.evaluation_split and self.evaluation_images:
            return self.evaluation_images
        number: int = self.open(split, places).number
        return number

    def how_to_prepare(self, root: pathlib.Path) -> str:
        """The line for a user who lacks it."""
        return (
            f"data set {self.name!r} is not prepared under {root}; "
            f"run: prepare_datasets.sh {self.name} --dataset_root {root}"
        )


def names() -> tuple[str, ...]:
    """Names of all data sets that have one name."""
    return tuple(name for name in components.names("datasets") if name not in _ONLY_FAMILIES)


def is_path(name: str) -> bool:
    """Whether a name is that of a folder or file."""
    return name.startswith(_PATH_BEGINNINGS) or name in (".", "..")


def canonical(name: str) -> str:
    """The name as a task keeps it: paths are made absolute, so that a study goes on from anywhere.

    What is no data set's name, but that of a folder or .npz file in the working directory, stands for that; a name that
    is both is the data set's. Either is warned of.
    """
    if found := _BEFORE_ANOTHER.fullmatch(name):
        return found[1] + canonical(found[2])
    if is_path(name):
        return os.path.abspath(os.path.expanduser(name))
    if not name or not (os.path.isdir(name) or (name.endswith(".npz") and os.path.isfile(name))):
        return name
    place = os.path.abspath(name)
    if is_known(name):
        _warn_once(f"{name} is taken for the data set of that name, and not for {place}; write ./{name} for that")
        return name
    _warn_once(f"{name} is no data set's name, and taken for {place}")
    return place


def is_known(name: str) -> bool:
    """Whether a name is that of a data set, or of one of a family, and not of a place on the disk."""
    return name.partition(":")[0] in components.names("datasets")


@functools.cache
def _warn_once(line: str) -> None:
    _log.warning("%s", line)


def find(name: str) -> Dataset:
    """The entry of a data set; UserError with the known names if there is none."""
    name = canonical(name)
    if is_path(name):
        from compare_gan_tf2.datasets import _image_folder

        folder: Dataset = _image_folder.dataset_at(pathlib.Path(name).expanduser())
        return folder
    family, colon, argument = name.partition(":")
    if not is_known(name):
        raise UserError(components.unknown("datasets", name, (*names(), *PATTERNS)))
    module = components.load("datasets", family)
    if colon and not hasattr(module, "named"):
        raise UserError(f"unknown data set {name!r}: {family!r} is one data set, with nothing after a colon")
    if not colon and family in _ONLY_FAMILIES:
        raise UserError(f"data set {name!r} is a family; known: {', '.join(PATTERNS)}")
    entry: Dataset = module.named(argument) if colon else module.DATASET
    return entry


def of(options: Any) -> Dataset:
    """The entry of a task's data set, as its options want it."""
    found = find(options.dataset).adapted(options)
    if not options.text_vectors:
        return found
    from compare_gan_tf2.datasets import _text_vectors

    with_vectors: Dataset = _text_vectors.beside(found, options.text_vectors, options.text_units)
    return with_vectors
