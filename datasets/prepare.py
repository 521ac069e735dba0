"""Prepares data sets one after the other and says of each how it went."""

from __future__ import annotations

import os
import pathlib

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError


def default_root() -> pathlib.Path:
    """Where data sets are looked for unless told otherwise: TFDS's own place, so that what is there is found."""
    return pathlib.Path(os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()


def prepare(names: list[str], root: str | os.PathLike | None = None) -> dict[str, str]:
    """Prepares each data set under root; a failure does not stop the others.

    Returns:
        name -> "" where it is ready, or the reason why it is not.

    Raises:
        UserError: if a name is unknown (before anything is done).
    """
    place = pathlib.Path(root).expanduser().absolute() if root else default_root()
    entries = [catalog.find(name) for name in names]
    outcome = {}
    for entry in entries:
        try:
            entry.prepare(place)
            outcome[entry.name] = ""
        except UserError as error:
            outcome[entry.name] = str(error)
    return outcome
