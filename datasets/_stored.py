"""Data sets made here and stored as .npz files: written whole or not at all, and damage is a clear line."""

from __future__ import annotations

import abc
import dataclasses
import pathlib
import zipfile

import numpy as np

from compare_gan_tf2 import npz
from compare_gan_tf2.datasets._arrays import ArrayDataset
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file, require_writable


@dataclasses.dataclass(frozen=True)
class StoredDataset(ArrayDataset):
    """An entry whose images `prepare` makes."""

    @abc.abstractmethod
    def files(self, root: pathlib.Path) -> dict[pathlib.Path, str]:
        """What there is when it is prepared: file -> split, "" for all splits in one."""

    @abc.abstractmethod
    def make(self, split: str, root: pathlib.Path) -> dict[str, np.ndarray]:
        """The arrays of one file.

        Raises:
            UserError: if it is made of what is not there.
        """

    def check_ingredients(self, root: pathlib.Path) -> None:
        """UserError if what it is made of is not there."""

    def is_prepared(self, root: pathlib.Path) -> bool:
        return all(path.is_file() for path in self.files(root))

    def stored(self, path: pathlib.Path, root: pathlib.Path, *names: str) -> list[np.ndarray]:
        """Arrays of a file; UserError with the cure if it is damaged or not there."""
        if not path.is_file():
            raise UserError(self.how_to_prepare(root))
        try:
            arrays = npz.read(path, names)
            return [arrays[name] for name in names]
        except (OSError, ValueError, KeyError) as error:
            raise UserError(self._damaged(path, root, error)) from error

    def fingerprint(self, root: pathlib.Path) -> str:
        sums = []
        for path in self.files(root):
            if not path.is_file():
                raise UserError(self.how_to_prepare(root))
            try:
                with npz.opened(path) as archive:
                    sums += [f"{entry.filename}:{entry.CRC:08x}" for entry in archive.infolist()]
            except (OSError, ValueError, zipfile.BadZipFile) as error:
                raise UserError(self._damaged(path, root, error)) from error
        return " ".join(sums)

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        del archives, any_archive
        missing = {path: split for path, split in self.files(root).items() if not path.is_file()}
        if missing:
            self.check_ingredients(root)
        for path, split in missing.items():
            require_writable(path)
            arrays = self.make(split, root)
            with replace_file(path) as file:
                np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    def _damaged(self, path: pathlib.Path, root: pathlib.Path, error: Exception) -> str:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        return (
            f"{path} cannot be read ({reason}); delete it and run: "
            f"prepare_datasets.sh {self.name} --dataset_root {root}"
        )
