"""Where data sets lie, and where what can be computed again is kept."""

from __future__ import annotations

import dataclasses
import os
import pathlib


@dataclasses.dataclass(frozen=True)
class Places:
    """Where data sets are prepared, and where what can be computed again is kept."""

    dataset_root: pathlib.Path
    cache_dir: pathlib.Path


def places(dataset_root: str | os.PathLike | None = None, cache_dir: str | os.PathLike | None = None) -> Places:
    """The two places as a user gave them, or the usual ones for None."""
    return Places(
        pathlib.Path(dataset_root).expanduser().absolute() if dataset_root else default_root(),
        pathlib.Path(cache_dir).expanduser().absolute() if cache_dir else default_cache_dir(),
    )


def default_root() -> pathlib.Path:
    """Where data sets are looked for unless told otherwise: TFDS's own place, so that what is there is found."""
    return pathlib.Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser().absolute()


def default_cache_dir() -> pathlib.Path:
    """Where what can be computed again is kept: $XDG_CACHE_HOME or ~/.cache."""
    return (pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "compare_gan_tf2").absolute()
