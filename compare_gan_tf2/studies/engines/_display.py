"""What the local engine shows: a live table on a terminal, a line per event everywhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import tqdm


class Display:
    """Lines of events on standard output, and on a terminal a table below them; use as a context manager."""

    def __init__(self) -> None:
        self._is_live = sys.stderr.isatty()
        self._rows: list[tqdm.tqdm] = []

    def __enter__(self) -> Display:
        return self

    def __exit__(self, *exception: object) -> None:
        while self._rows:
            self._rows.pop().close()

    @property
    def is_live(self) -> bool:
        """Whether a table is seen."""
        return self._is_live

    def event(self, text: str) -> None:
        """A line that stays."""
        if self._is_live:
            tqdm.tqdm.write(text, file=sys.stdout)
        print(end="" if self._is_live else f"{text}\n", flush=True)

    def table(self, lines: Sequence[str]) -> None:
        """The table's lines from now on."""
        while len(self._rows) > len(lines):
            self._rows.pop().close()
        while len(self._rows) < len(lines):
            place = len(self._rows)
            self._rows.append(tqdm.tqdm(position=place, bar_format="{desc}", leave=False, dynamic_ncols=True))
        for row, line in zip(self._rows, lines, strict=True):
            row.set_description_str(line)
