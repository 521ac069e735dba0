"""Prepares data sets one after the other and says of each how it went, or what each would take."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Callable, Sequence

from compare_gan_tf2.datasets import _tfds_files, _tfds_prepare, catalog
from compare_gan_tf2.datasets._download import amount
from compare_gan_tf2.datasets._emoji import EmojiDataset
from compare_gan_tf2.datasets._stored import StoredDataset
from compare_gan_tf2.datasets._tfds import TfdsDataset
from compare_gan_tf2.datasets.places import default_root
from compare_gan_tf2.errors import UserError


def prepare(
    names: Sequence[str],
    root: str | os.PathLike | None = None,
    *,
    archives: str | os.PathLike | None = None,
    any_archive: bool = False,
    tell: Callable[[str, str], None] | None = None,
) -> dict[str, str]:
    """Prepares each data set under root; a failure does not stop the others.

    Args:
        names: of the data sets, as `catalog.find` takes them.
        root: where they shall be; `default_root` if None.
        archives: folder of what was downloaded by hand; <root>/downloads/manual if None.
        any_archive: whether archives with another checksum than the published one are taken.
        tell: called with (name, problem) as soon as each is done.

    Returns:
        name -> "" where it is ready, or the reason why it is not.

    Raises:
        UserError: if a name is unknown (before anything is done).
    """
    place, by_hand = _place(root), pathlib.Path(archives).expanduser().absolute() if archives else None
    if by_hand and not by_hand.is_dir():
        raise UserError(f"no folder {by_hand}, which --archives names")
    entries = [catalog.find(name) for name in names]
    outcome = {}
    for entry in entries:
        try:
            entry.prepare(place, archives=by_hand, any_archive=any_archive)
            outcome[entry.name] = ""
        except UserError as error:
            outcome[entry.name] = str(error)
        if tell:
            tell(entry.name, outcome[entry.name])
    return outcome


@dataclasses.dataclass(frozen=True)
class Row:
    """What is known of a data set on this machine.

    Attributes:
        name: of the data set.
        state: "ready", "not prepared", "generated when needed", or "needs FILE ..." that a user has to fetch.
        size: on the disk if it is ready, else what it will take, with "about"; "-" if that is not known.
        source: how it is got.
    """

    name: str
    state: str
    size: str
    source: str


def table(
    names: Sequence[str], root: str | os.PathLike | None = None, archives: str | os.PathLike | None = None
) -> list[Row]:
    """One row per data set; nothing is prepared or downloaded."""
    place, by_hand = _place(root), pathlib.Path(archives).expanduser().absolute() if archives else None
    return [_row(catalog.find(name), place, by_hand) for name in names]


def _place(root: str | os.PathLike | None) -> pathlib.Path:
    return pathlib.Path(root).expanduser().absolute() if root else default_root()


def _row(entry: catalog.Dataset, root: pathlib.Path, archives: pathlib.Path | None) -> Row:
    ready = entry.is_prepared(root)
    lacking: list[str] = []
    stored, source = [], "generated"
    if isinstance(entry, TfdsDataset):
        stored, files = [root / entry.builder], _tfds_files.by_hand(entry)
        lacking = [] if ready else _tfds_prepare.missing(entry, root, archives)
        source = f"files that you fetch{_size_of_all(entry)}" if files else f"downloaded{_size_of_all(entry)}"
    elif isinstance(entry, StoredDataset):
        stored = list(entry.files(root))
    elif isinstance(entry, EmojiDataset):
        stored, source = entry.files(root), "made of npm packages that you fetch"
    elif entry.name.startswith(("/", ".", "~")):
        stored, source = [pathlib.Path(entry.name).expanduser()], "your own"
    state = "ready" if ready else f"needs {', '.join(lacking)}" if lacking else "not prepared"
    if ready and not stored:
        state = "generated when needed"
    size = f"about {amount(entry.prepared_bytes)}" if entry.prepared_bytes else "-"
    if ready and stored:
        size = amount(sum(map(_bytes_of, stored)))
    return Row(entry.name, state, size, source)


def _size_of_all(entry: catalog.Dataset) -> str:
    return f", {amount(entry.download_bytes)}" if entry.download_bytes else ""


def _bytes_of(path: pathlib.Path) -> int:
    files = [path] if path.is_file() else (file for file in path.rglob("*") if file.is_file())
    return sum(file.stat().st_size for file in files)
