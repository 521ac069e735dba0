"""Figures of a report: each is one file of this folder, and the folder is the list.

The file of a figure defines

    TITLE       what it shows, in a few words
    PER_SCORE   whether it is another one for every score of a report
    data(gathered, answer) -> rows     everything that it shows, a mapping of names to values each; these become its CSV
    draw(gathered, answer) -> Figure   matplotlib's, with the remarks that belong below it as its label

and may define

    animation(gathered, answer) -> bytes   a GIF

Both functions raise `NothingToShowError` with the reason. Files whose names begin with an underscore help the others. A
figure computes no statistics: they are the answer's.
"""

from __future__ import annotations

import csv
import dataclasses
import importlib
import io
import pathlib
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from compare_gan_tf2 import components, display, files
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.reports.records import Answer, Gathered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("png", "svg", "pdf")
DATA, ANIMATION = "csv", "gif"
Rows = Sequence[Mapping[str, Any]]
# The order in which a reader wants them; others follow by name.
_FIRST = ("box", "factors", "heat_map", "budget", "steps", "seconds", "samples", "time_lapse")


class NothingToShowError(Exception):
    """Why a figure is left out, in a few words."""


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A figure that was written.

    Attributes:
        name: of its file in this folder.
        score: key of the column that it shows.
        title: what it shows.
        note: what has to stand below it; may be empty.
        picture: path of the PNG, SVG or PDF file.
        data: path of the CSV file.
        animation: path of the GIF file; None where the figure has none.
    """

    name: str
    score: str
    title: str
    note: str
    picture: pathlib.Path
    data: pathlib.Path
    animation: pathlib.Path | None = None


@dataclasses.dataclass(frozen=True)
class Written:
    """What `write` wrote.

    Attributes:
        figures: in the order in which a reader wants them, the first score's first.
        left_out: a line for each figure that has nothing to show, with the reason.
    """

    figures: Sequence[Drawn]
    left_out: Sequence[str]

    @property
    def paths(self) -> list[pathlib.Path]:
        """All files."""
        return [path for each in self.figures for path in (each.picture, each.data, each.animation) if path]


def names() -> tuple[str, ...]:
    """Names of all figures."""
    found = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("[!_]*.py"))
    return tuple(sorted(found, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST)))


def load(name: str) -> ModuleType:
    """The file of a figure.

    Raises:
        UserError: for an unknown name, or without matplotlib.
    """
    if name not in names():
        raise UserError(components.unknown("figure", name, names()))
    require_matplotlib()
    return importlib.import_module(f"{__name__}.{name}")


def write(
    gathered: Gathered, answers: Mapping[str, Answer] | Answer, folder: pathlib.Path, kind: str = "png"
) -> Written:
    """Draws every figure of a report into a folder, the data of each beside it.

    A file is complete or not there, and the same report gives the same bytes. What an earlier report left of a figure
    that has nothing to show now is removed.

    Args:
        gathered: the tasks.
        answers: by key of the score; figures that do not depend on the score are of the first.
        folder: is made if need be.
        kind: of pictures: "png", "svg" or "pdf".

    Raises:
        UserError: for another kind, without matplotlib, or if a file cannot be written.
    """
    if kind not in KINDS:
        raise UserError(components.unknown("kind of figure", kind, KINDS))
    given = [answers] if isinstance(answers, Answer) else list(answers.values())
    drawn, left_out = [], []
    for i, answer in enumerate(given):
        for name in names():
            module = load(name)
            if i and not module.PER_SCORE:
                continue
            stem = f"{files.safe_name(answer.column.key)}_{name}" if module.PER_SCORE else name
            try:
                drawn.append(_write(module, name, gathered, answer, folder / stem, kind))
            except NothingToShowError as reason:
                _remove(folder / stem, (*KINDS, DATA, ANIMATION))
                shown = f" of {answer.column.short}" if module.PER_SCORE else ""
                left_out.append(f"figure {name}{shown}: {reason}")
    return Written(tuple(drawn), tuple(left_out))


def _write(module: ModuleType, name: str, gathered: Gathered, answer: Answer, stem: pathlib.Path, kind: str) -> Drawn:
    from compare_gan_tf2.reports.figures import _canvas

    table = as_csv(module.data(gathered, answer))
    figure: Figure = module.draw(gathered, answer)
    contents = {kind: _canvas.saved(figure, kind), DATA: table}
    if hasattr(module, "animation"):
        contents[ANIMATION] = module.animation(gathered, answer)
    paths = {ending: stem.with_name(f"{stem.name}.{ending}") for ending in contents}
    for ending, content in contents.items():
        with files.replace_file(paths[ending], durable=False) as file:
            file.write(content)
    _remove(stem, [each for each in (*KINDS, ANIMATION) if each not in contents])
    note = str(figure.get_label())
    return Drawn(name, answer.column.key, module.TITLE, note, paths[kind], paths[DATA], paths.get(ANIMATION))


def as_csv(rows: Rows) -> bytes:
    """Rows as a CSV file: floats keep every digit, None is an empty cell, and no text is a spreadsheet's formula."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(row.get(name)) for name in columns] for row in rows])
    return lines.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(float(value))
    text = "" if value is None else display.line(files.printable(value))
    return f"'{text}" if display.is_formula(text) and not isinstance(value, int) else text


def _remove(stem: pathlib.Path, endings: Sequence[str]) -> None:
    for ending in endings:
        path = stem.with_name(f"{stem.name}.{ending}")
        if path.is_file():
            files.may_change(path)
            path.unlink()


def require_matplotlib() -> None:
    """UserError without matplotlib."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise UserError("figures need matplotlib: pip install 'compare_gan_tf2[report]'") from error
