"""What classes samples show that were asked for another: a table of counts, as one cell of scores.csv."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Of more classes the cell would be longer than all others together.
MOST_CLASSES = 20
_CELL = re.compile(r"\d+( \d+)*(/\d+( \d+)*)*")


def text(counts: Sequence[Sequence[int]]) -> str:
    """The cell: a row for each class that was asked for, "/" between rows, its numbers a class that was seen each.

    Args:
        counts: whole numbers [K, K]; of more than 20 classes there is no cell, "".
    """
    if max(len(counts), *map(len, counts)) > MOST_CLASSES:
        return ""
    return "/".join(" ".join(str(int(count)) for count in row) for row in counts)


def parsed(cell: str) -> list[list[int]]:
    """The table of a cell; [] of one that holds none."""
    if not _CELL.fullmatch(cell):
        return []
    rows = [[int(count) for count in row.split()] for row in cell.split("/")]
    return rows if len({len(row) for row in rows}) == 1 else []
