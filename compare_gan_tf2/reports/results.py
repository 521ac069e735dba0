"""The tables of a report as pandas data frames."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import expanded
from compare_gan_tf2.reports import _table_files, choosing, extra, gathering, tables

if TYPE_CHECKING:
    import pandas

_PANDAS_TYPES = {"int": "Int64", "float": "float64", "bool": "boolean", "text": "object"}
_TABLES = ("tasks", "groups", "columns")


def results(
    workdirs: str | os.PathLike | Sequence[str | os.PathLike],
    *,
    table: str = "tasks",
    group_by: Sequence[str] = (),
    score: str = "",
    at: str | int = tables.LAST,
) -> pandas.DataFrame:
    """The scores of a study, or of several that are joined, as a data frame; at any time, also while tasks run.

    Its `attrs` hold `progress` (one sentence), `left_out` and `notes` (lists of lines), and `protocols` (by column).

    Args:
        workdirs: of the studies.
        table: "tasks" (a row for each task and the checkpoint taken of it), "groups" (a row for each group, with count,
            mean and interval of each score), or "columns" (a row for each score, with its protocol).
        group_by: options whose values make a group; all but the seed if there are none.
        score: by which a checkpoint is the best and groups are ordered, such as "kid"; by default the search's, or FID.
        at: which checkpoint is taken: "last", "best", or a step.

    Raises:
        UserError: for a folder that is no study, an unknown name, or without pandas.
    """
    if table not in _TABLES:
        raise UserError(components.unknown("table", table, _TABLES))
    pandas = extra.load("pandas")
    given = [workdirs] if isinstance(workdirs, str | os.PathLike) else list(workdirs)
    if not given:
        raise UserError("results of no study: give one work directory or more")
    places: list[pathlib.Path] = [expanded(each) for each in given]
    at = choosing.checkpoint(str(at))
    gathered = gathering.gather(places, group_by=group_by)
    chosen, others = choosing.columns(gathered, score or choosing.default_score(places[0], gathered), at)
    if table == "columns":
        found = tables.columns(gathered)
    elif table == "groups":
        found = tables.groups(gathered, choosing.answers(gathered, [*chosen, *others], at))
    else:
        found = tables.tasks(gathered, [*chosen, *others], at)
    columns = _table_files.by_column(found.head, found.rows)
    frame = pandas.DataFrame(
        {name: pandas.Series(values, dtype=_PANDAS_TYPES[kind]) for name, (kind, values) in columns.items()}
    )
    frame.attrs = {
        "progress": gathered.progress,
        "left_out": list(gathered.left_out),
        "notes": list(gathered.notes),
        "protocols": {column.key: column.protocol for column in gathered.columns},
    }
    return frame
