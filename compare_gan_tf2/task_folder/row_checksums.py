"""A checksum in every row of scores.csv, so that a changed digit is noticed (no TensorFlow)."""

from __future__ import annotations

import decimal
import functools
import hashlib
import json
import math
import re
from collections.abc import Mapping

from compare_gan_tf2.task_folder.column_names import CHECKSUM

_PREFIX = "sha256:"
_DIGITS = 16
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
# Exact for everything that a cell holds.
_EXACT = decimal.Context(prec=1000)


def is_number(cell: str) -> bool:
    """Whether a cell is a finite decimal number; Python's own float() also takes 1_5, nan and blanks."""
    return _NUMBER.fullmatch(cell) is not None and math.isfinite(float(cell))


def checksum(row: Mapping[str, str]) -> str:
    """Of the values of a row's filled cells by the names of their columns, as the cell CHECKSUM holds it.

    Not of how numbers are spelled: 1e-05 and 0.00001 count as the same. Neither the order of columns matters nor an
    empty cell, so that a row stays valid when the file gets more columns.
    """
    names = sorted(name for name, cell in row.items() if cell and name != CHECKSUM)
    text = f"[{', '.join([_pair(name, row[name]) for name in names])}]"
    return _PREFIX + hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def is_damaged(row: Mapping[str, str]) -> bool:
    """Whether a row is not what its checksum says; a row without one, of an older version, is taken as it is."""
    said = row.get(CHECKSUM, "")
    return bool(said) and said != checksum(row)


@functools.lru_cache(maxsize=16384)  # rows of one study share most of their cells
def _pair(name: str, cell: str) -> str:
    """A column's name and its cell's value as JSON."""
    return json.dumps([name, _value(cell)])


def _value(cell: str) -> str:
    if _NUMBER.fullmatch(cell):
        return str(_EXACT.create_decimal(cell).normalize(_EXACT))
    return cell
