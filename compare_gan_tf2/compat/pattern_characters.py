"""TensorFlow 2.21's readers of checkpoints, and of SavedModels, for paths with [, ], *, ? or a backslash.

They take the path for a pattern of file names and then find no file, while the writers take it as it is: what was
written in a folder "runs [v2]" could not be read again. This module gives such a path another name for as long as it is
read. Drop it once `tf.train.load_checkpoint` reads from a folder of that name.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import tempfile
from collections.abc import Iterator

_CHARACTERS = re.compile(r"[\[\]*?\\]")


def are_in(path: str | os.PathLike) -> bool:
    """Whether TensorFlow would take a path, made absolute, for a pattern."""
    return bool(_CHARACTERS.search(os.path.abspath(path)))


@contextlib.contextmanager
def avoided(path: str | os.PathLike) -> Iterator[str]:
    """A name of the same place that TensorFlow reads: the path itself, or one through a link that ends with the block.

    Args:
        path: a folder, or the common beginning of the names of a checkpoint's files.
    """
    if not are_in(path):
        yield str(path)
        return
    place = pathlib.Path(os.path.abspath(path))
    is_folder = place.is_dir()
    with tempfile.TemporaryDirectory() as temporary:
        link = pathlib.Path(temporary, "link")
        link.symlink_to(place if is_folder else place.parent)
        yield str(link if is_folder else link / place.name)
