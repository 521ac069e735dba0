"""What lies in a folder before and after a kill, and what is wrong with it."""

import csv
import dataclasses
import hashlib
import io
import os
import pathlib
import re
from collections.abc import Iterator

from compare_gan_tf2.task_folder.column_names import CHECKSUM, PROVENANCE

# Files whose names have dates in them, and which nothing else depends on.
_UNCOMPARED = re.compile(r".*/tensorboard(/.*)?|.*/__pycache__(/.*)?")
_CHECKPOINT = re.compile(r"(.*/checkpoints/\d{8})/.*")


@dataclasses.dataclass(frozen=True)
class Tree:
    """All files and folders of a place.

    Attributes:
        contents: by path: a digest of what the file holds without dates and durations; None of a folder.
        inodes: by path of a file.
        rows: of all scores.csv, as (file, the cells without their provenance and the checksum over both).
    """

    contents: dict[str, str | None]
    inodes: dict[str, int]
    rows: frozenset[tuple[str, tuple[tuple[str, str], ...]]]

    @classmethod
    def of(cls, place: pathlib.Path) -> "Tree":
        contents, inodes, rows = {}, {}, set()
        for folder, folders, files in os.walk(place):
            for name in folders + files:
                path = pathlib.Path(folder, name)
                relative = str(path.relative_to(place))
                if _UNCOMPARED.fullmatch(relative):
                    continue
                if path.is_dir():
                    contents[relative] = None
                    continue
                data = path.read_bytes()
                if name == "scores.csv":
                    found = list(_rows(data.decode(errors="replace")))
                    rows |= {(relative, row) for row in found}
                    data = repr(found).encode()
                contents[relative] = hashlib.sha256(data).hexdigest()
                inodes[relative] = path.stat().st_ino
        return cls(contents, inodes, frozenset(rows))

    def finished(self) -> Iterator[str]:
        """Files of whole checkpoints."""
        for path in self.inodes:
            if (found := _CHECKPOINT.fullmatch(path)) and f"{found[1]}/options.json" in self.contents:
                yield path


def _rows(text: str) -> Iterator[tuple[tuple[str, str], ...]]:
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield tuple((str(name), str(cell)) for name, cell in row.items() if name not in (*PROVENANCE, CHECKSUM))


def lost(before: Tree, after: Tree, whole: Tree) -> list[str]:
    """Finished checkpoints and rows that were there before and are not, or were made again.

    Args:
        before: as the kill left it.
        after: the command's next start.
        whole: as a command leaves it that nobody kills.
    """
    gone = [f"{path} is gone" for path in before.finished() if path in whole.contents and path not in after.contents]
    again = [f"{path} was made again" for path in before.finished() if after.inodes.get(path, 0) != before.inodes[path]]
    again = [line for line in again if line.partition(" was")[0] in after.contents]
    return gone + again + [f"a row of {path} is gone" for path, row in before.rows - after.rows]


def wrong(after: Tree, whole: Tree, volatile: set[str]) -> list[str]:
    """What is missing, or is not what it is when nobody kills; `volatile` files need only be there."""
    missing = [f"{path} is missing" for path in whole.contents if path not in after.contents]
    other = [
        f"{path} is another"
        for path, content in whole.contents.items()
        if path in after.contents and after.contents[path] != content and path not in volatile
    ]
    return missing + other


def left_over(after: Tree, whole: Tree) -> list[str]:
    """Paths that are not there when nobody kills."""
    return [f"{path} is left" for path in after.contents if path not in whole.contents]


def unlike(one: Tree, other: Tree) -> set[str]:
    """Files that two unbroken runs leave with different contents."""
    return {path for path, content in one.contents.items() if other.contents.get(path, content) != content}
