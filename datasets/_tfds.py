"""Data sets that TensorFlow Datasets knows how to download and store."""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import re
from typing import TYPE_CHECKING, Any, Literal

from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import EncodedImages
from compare_gan_tf2.errors import UserError

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._framing import Crop


# Side where images differ in size and the task does not say one.
_SIDE = 64
_LARGEST_OWN_SIDE = 256


@dataclasses.dataclass(frozen=True)
class TfdsDataset(Dataset):
    """A TFDS builder with a feature `image` and, where there are classes, `label`; used as it lies, never written.

    How images get their size is `_framing.Framing`'s.

    Attributes:
        builder: TFDS's name, with its configuration after a stroke.
        crop: of every image that scores are computed with; "none" takes images as they are.
        train_crop: of training images.
        crops: whether a task may choose another train_crop.
        resize: to the size of image_shape, of what has another after the crop.
        shrink: (height, width) to which the whole image is resized before the crop.
        least_side: training images with a shorter side are left out.
        labels: "own"; "single", all of class 0; "random", drawn once and for all.
        splits_hint: what to do about a split that is not there.
    """

    builder: str = ""
    crop: Crop = "none"
    train_crop: Crop | Literal["as crop"] = "as crop"
    crops: bool = False
    resize: Literal["tf1", "antialias"] = "tf1"
    shrink: tuple[int, int] | None = None
    least_side: int = 0
    labels: Literal["own", "single", "random"] = "own"
    splits_hint: str = ""

    @property
    def is_prepared_by_tensorflow(self) -> bool:
        return True

    def is_prepared(self, root: pathlib.Path) -> bool:
        # TFDS keeps one folder per version, complete once it has its dataset_info.json.
        return bool(self._versions(root))

    def open(self, split: str, places: Places, *, training: bool = False) -> EncodedImages:
        from compare_gan_tf2.datasets._framing import Framing
        from compare_gan_tf2.datasets._records import Records

        crop = self.train_crop if training and self.train_crop != "as crop" else self.crop
        framing = Framing(self.image_shape, crop, self.resize, self.shrink)
        return Records(self, self._newest(places.dataset_root), split, framing, places)

    def adapted(self, options: Any) -> TfdsDataset:
        if not self.crops or options.train_crop == "default" or options.image_size:
            super().adapted(options)
            return self
        return dataclasses.replace(self, train_crop=options.train_crop)

    def fingerprint(self, root: pathlib.Path) -> str:
        folder = self._newest(root)
        name, split = self.builder.partition("/")[0], self.evaluation_split.partition("[")[0]
        # Copies of one data set (PNG, JPEG) differ in the sizes of their files.
        shards = sorted(folder.glob(f"{name}-{split}.*"))
        info = hashlib.sha256((folder / "dataset_info.json").read_bytes()).hexdigest()
        made = [] if self.crop == "none" else [f"crop:{self.crop}"]
        made += [f"shrink:{self.shrink}"] if self.shrink else []
        made += [] if self.resize == "tf1" else [f"resize:{self.resize} to {self.image_shape}"]
        return " ".join([info, *(f"{shard.name}:{shard.stat().st_size}" for shard in shards), *made])

    def _newest(self, root: pathlib.Path) -> pathlib.Path:
        """The folder of the newest version, which is the one that TFDS opens."""
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        return max(self._versions(root), key=lambda path: _version(path.name))

    def _versions(self, root: pathlib.Path) -> list[pathlib.Path]:
        """Folders of complete versions; TFDS writes into one of another kind of name first."""
        found = (path.parent for path in (root / self.builder).glob("*/dataset_info.json"))
        return [path for path in found if re.fullmatch(r"\d+\.\d+\.\d+", path.name)]

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        from compare_gan_tf2.datasets import _tfds_prepare

        _tfds_prepare.prepare(self, root, archives, any_archive)


def shape_and_classes(features: Any, what: str) -> tuple[tuple[int, int, int], tuple[str, ...]]:
    """(height, width, channels) that images get, and the names of their classes, by TFDS's features of a set.

    A fixed square size of up to 256 pixels is kept, else images become squares of 64 pixels. Whole numbers without
    names are no classes, for nobody knows how many there are.

    Raises:
        UserError: if `what` has no images under the name image.
    """
    import tensorflow_datasets as tfds

    known = dict(features.items()) if isinstance(features, tfds.features.FeaturesDict) else {}
    image, label = known.get("image"), known.get("label")
    if not isinstance(image, tfds.features.Image):
        raise UserError(f"{what} has no feature called image")
    height, width, channels = image.shape
    own = height == width and height is not None and height <= _LARGEST_OWN_SIDE
    side = height if own else _SIDE
    classes = tuple(label.names) if isinstance(label, tfds.features.ClassLabel) and label.num_classes else ()
    return (side, side, 1 if channels == 1 else 3), classes


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdecimal())
