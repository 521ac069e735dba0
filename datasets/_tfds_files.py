"""The files that TFDS's builders read, and where a user may have put them."""

from __future__ import annotations

import dataclasses
import errno
import logging
import pathlib
import shutil
from typing import TYPE_CHECKING

from compare_gan_tf2.datasets._download import amount

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._tfds import TfdsDataset

_log = logging.getLogger(__name__)

# How file systems without symbolic links refuse one: FAT and exFAT, network drives, those of user space.
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)

# Data sets that publish other files under the same names; in a folder that is not one data set's own, only the size
# says whose a file is.
_SHARED_NAMES = frozenset(
    f"{split}-{kind}-ubyte.gz" for split in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
)


@dataclasses.dataclass(frozen=True)
class File:
    """A file that a builder needs.

    Attributes:
        name: under which it is published.
        source: its URL, or where it comes from.
        size: in bytes; 0 if unknown.
        algorithm: of the published checksum.
        digest: the published checksum; empty if there is none.
        extracted: whether TFDS extracts it whole.
        by_hand: whether only the user can fetch it.
    """

    name: str
    source: str
    size: int = 0
    algorithm: str = "sha256"
    digest: str = ""
    extracted: bool = False
    by_hand: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({amount(self.size)})" if self.size else self.name


_IMAGENET = tuple(
    File(name, "https://image-net.org/download-images, after registration", size, "md5", digest, by_hand=True)
    for name, size, digest in (
        ("ILSVRC2012_img_train.tar", 147_897_477_120, "1d675b47d978889d74fa0da5fadfb00e"),
        ("ILSVRC2012_img_val.tar", 6_744_924_160, "29b22e2961454d5413ddabcf34fc5622"),
    )
)
_CELEB_A_HQ = (
    "a tar of the 30,000 images, which are made as https://github.com/tkarras/progressive_growing_of_gans says under "
    "Preparing datasets for training"
)
# TFDS's builders whose files cannot be downloaded. TFDS leaves a split out without a word when its archive is missing.
_BY_HAND = {
    "imagenet2012": _IMAGENET,
    "imagenet2012_subset": _IMAGENET,
    **{
        f"celeb_a_hq/{side}": (File(f"data{side}x{side}.tar", _CELEB_A_HQ, by_hand=True),)
        for side in (2**power for power in range(11))
    },
}


def by_hand(dataset: TfdsDataset) -> tuple[File, ...]:
    """The files that only the user can fetch."""
    return _BY_HAND.get(dataset.builder, _BY_HAND.get(dataset.builder.partition("/")[0], ()))


class Folders:
    """Where the files of a data set may be."""

    def __init__(self, dataset: TfdsDataset, root: pathlib.Path, archives: pathlib.Path | None):
        builder = dataset.builder.partition("/")[0]
        self.builder_label = dataset.builder.replace("/", "_")
        self.downloads = root / "downloads"
        manual = self.downloads / "manual"
        self.archives = archives.expanduser().absolute() if archives else manual
        # What is downloaded is put where it cannot be taken for another data set's.
        self.fetched = manual / builder
        self.proposed = self.archives / builder
        own = list(dict.fromkeys((self.proposed, self.fetched)))
        common = list(dict.fromkeys((self.archives, manual)))
        self._own, self._common = own, common

    def candidates(self, file: File) -> list[pathlib.Path]:
        """Files that may be it, the likeliest first."""
        found = [folder / file.name for folder in (*self._own, *self._common) if (folder / file.name).is_file()]
        if file.name in _SHARED_NAMES:
            found = [path for path in found if path.parent in self._own or path.stat().st_size == file.size]
        return found

    def unzipped(self, file: File) -> pathlib.Path | None:
        """The folder that a zip of an LMDB would give, if the user has that instead."""
        if not file.name.endswith(".zip"):
            return None
        name = file.name.removesuffix(".zip")
        found = [folder / name for folder in (*self._own, *self._common) if (folder / name / "data.mdb").is_file()]
        return found[0] if found else None


def link(path: pathlib.Path, place: pathlib.Path) -> None:
    """Makes a place a link to a file or folder; a copy of it, with a word, where the file system has no links."""
    path = path.resolve()
    try:
        place.symlink_to(path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _log.warning(
            "the file system of %s has no links; %s (%s) is copied while the data set is prepared",
            place.parent,
            path,
            amount(sum(each.stat().st_size for each in (path, *path.rglob("*")) if each.is_file())),
        )
        if path.is_dir():
            shutil.copytree(path, place)
        else:
            shutil.copyfile(path, place)
