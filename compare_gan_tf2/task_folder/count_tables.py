"""Small tables of counts, such as of classes asked for and seen, each as one cell of scores.csv (no TensorFlow)."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Of more rows or columns the cell would be longer than all others together.
_MOST = 20
_CELL = re.compile(r"\d+( \d+)*(/\d+( \d+)*)*")


def text(counts: Sequence[Sequence[int]]) -> str:
    """The cell "90 10/0 100" of two rows with two counts each.

    Args:
        counts: whole numbers [rows, columns]; of more than 20 rows or columns there is no cell, "".
    """
    if max(len(counts), *map(len, counts)) > _MOST:
        return ""
    return "/".join(" ".join(str(int(count)) for count in row) for row in counts)


def parsed(cell: str) -> list[list[int]]:
    """The table of a cell; [] of one that holds none."""
    if not _CELL.fullmatch(cell):
        return []
    rows = [[int(count) for count in row.split()] for row in cell.split("/")]
    return rows if len({len(row) for row in rows}) == 1 else []
