"""The scores of one task from its rows, whatever became of the file; what cannot be used is counted."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterable, Mapping, Sequence

from compare_gan_tf2 import display
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import parse
from compare_gan_tf2.reports._left_out import LeftOut
from compare_gan_tf2.reports._settings import SHARED, Setting
from compare_gan_tf2.studies.settings import SEED
from compare_gan_tf2.task_folder import collapse, column_names, count_tables, flags, score_table
from compare_gan_tf2.task_folder.column_names import ABILITY, COUNT_TABLES, PROTOCOL, STATUS, STEP

_IMAGES, _DEVIATION = "images_seen", "deviation"


@dataclasses.dataclass(frozen=True)
class Source:
    """What a score was measured as: its column, the ability, and the text of the protocol."""

    name: str
    ability: str
    protocol: str


@dataclasses.dataclass(frozen=True)
class Scored:
    """A row's own part of a checkpoint's scores.

    Attributes:
        step: of the training.
        images_seen: None where the row does not say it.
        collapse: why its samples count as collapsed; "" if they do not.
        values: by the number of their source in `Reader.sources`.
        flags: as of `Point`.
        tables: as of `Point`.
    """

    step: int
    images_seen: int | None
    collapse: str
    values: Mapping[int, float]
    flags: str = ""
    tables: Mapping[str, Sequence[Sequence[int]]] = dataclasses.field(default_factory=dict)


class Reader:
    """Reads the rows of task after task.

    Attributes:
        sources: all that scores were measured as, each once.
    """

    def __init__(self, left_out: LeftOut):
        self.sources: dict[Source, int] = {}
        self._left_out = left_out

    def read(self, folder: pathlib.Path) -> list[dict[str, str]] | None:
        """The rows of a task, damaged ones among them; None if its file cannot be read."""
        try:
            rows, cut = score_table.read_whole_lines(folder)
        except UserError as error:
            self._left_out.add("files of scores that cannot be read", folder, str(error))
            return None
        self._left_out.add("rows that are cut", folder, count=cut)
        return rows

    def scored(self, folder: pathlib.Path, rows: Sequence[dict[str, str]], setting: Setting, seed: int) -> list[Scored]:
        """The scores of a task, in the order of its rows.

        Args:
            folder: of the task.
            rows: of the task.
            setting: of the task.
            seed: of the task.
        """
        sound = score_table.sound(rows)
        own = [row for row in sound if _is_of(row, setting, seed)]
        for what, count in (
            ("rows that are not what their checksums say", len(rows) - len(sound)),
            ("rows of a training with other options", len(sound) - len(own)),
        ):
            self._left_out.add(what, folder, count=count)
        columns = score_table.score_columns(own[:1])
        for name in columns:
            if column_names.score_of(name) is None and _DEVIATION not in name and any(row.get(name) for row in own):
                self._left_out.add(f"scores {display.line(name)}, which no metric of this version gives", folder)
        return [self._scored(row, columns) for row in own]

    def _scored(self, row: Mapping[str, str], columns: Iterable[str]) -> Scored:
        values = {}
        for name in columns:
            if row.get(name) and column_names.score_of(name) is not None:
                source = Source(name, row.get(ABILITY, ""), row[PROTOCOL])
                values[self.sources.setdefault(source, len(self.sources))] = float(row[name])
        images = row.get(_IMAGES, "")
        reason = collapse.of_row(row) if row[STATUS] != "diverged" else ""
        images_seen = int(images) if images.isdecimal() else None
        tables = {name: found for name in COUNT_TABLES if (found := count_tables.parsed(row.get(name, "")))}
        return Scored(int(row[STEP]), images_seen, reason, values, flags.of_row(row), tables)


def _is_of(row: Mapping[str, str], setting: Setting, seed: int) -> bool:
    """Whether a row is of a training with these options: a file may have been copied from another task's folder."""
    if not _is_equal(SEED, row.get(SEED), str(seed), seed):
        return False
    cells = tuple(map(row.get, SHARED))
    return cells == setting.texts or all(
        _is_equal(name, cell, text, getattr(setting.options, name))
        for name, cell, text in zip(SHARED, cells, setting.texts, strict=True)
    )


def _is_equal(name: str, cell: str | None, text: str, value: object) -> bool:
    """Whether a row's option is the task's; one that the row does not have, or has in an old version's way, is."""
    if not cell or cell == text:
        return True
    try:
        return parse({name: cell}) == {name: value}
    except UserError:
        return True
