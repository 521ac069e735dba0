"""A report as a whole: gathers, answers, and writes tables, figures and the page into a folder."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.reports import _folder, choosing, extra, gathering, tables
from compare_gan_tf2.reports.records import Answer, Gathered

FOLDER, FIGURES_FOLDER = "report", "figures"
NO_FIGURES = "none"
FIGURES = ("png", "svg", "pdf", NO_FIGURES)


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        workdirs: of the studies, one or more.
        output: folder of the report; None for the folder `FOLDER` of the first study.
        group_by: options whose values make a group; all but the seed if there are none.
        score: that settings are compared by; "" for the search's, or FID.
        at: which checkpoint is taken of a training: "last", "best", or a step.
        budget: what a budget is counted in, of `choosing.BUDGETS`.
        formats: of tables, of `tables.FORMATS`.
        figures: the kind of pictures, of `FIGURES`.
    """

    workdirs: Sequence[pathlib.Path]
    output: pathlib.Path | None = None
    group_by: Sequence[str] = ()
    score: str = ""
    at: str = tables.LAST
    budget: str = choosing.BUDGETS[0]
    formats: Sequence[str] = tuple(tables.FORMATS)
    figures: str = FIGURES[0]


@dataclasses.dataclass(frozen=True)
class Report:
    """What became of a request.

    Attributes:
        folder: that it is in.
        gathered: all tasks; what was left out of figures is among its `left_out`.
        answers: of all scores that one can be better by, the one that was asked for first; none as long as no task has
            such a score.
        files: of the report.
        page: one of them.
    """

    folder: pathlib.Path
    gathered: Gathered
    answers: Sequence[Answer]
    files: Sequence[pathlib.Path]
    page: pathlib.Path


def make(request: Request) -> Report:
    """Makes a report; that of another moment in the same folder is replaced file by file.

    Raises:
        UserError: for what is unknown or not there, a package that is missing, or a folder that holds something else or
            cannot be written.
    """
    at = _checked(request)
    folder = request.output or request.workdirs[0] / FOLDER
    gathered = gathering.gather(request.workdirs, group_by=request.group_by)
    score = request.score or choosing.default_score(request.workdirs[0], gathered)
    chosen, others = choosing.columns(gathered, score, at)
    answers = choosing.answers(gathered, [*chosen, *others], at, request.budget)
    _folder.begin(folder)
    of_tables = tables.write(gathered, answers, folder, request.formats)
    drawn, captions, left_out = _figures(gathered, answers[: len(chosen)], folder, request.figures)
    gathered = dataclasses.replace(gathered, left_out=(*gathered.left_out, *left_out))
    page = _page(gathered, answers, captions, folder)
    written = (*drawn, *of_tables, page)
    _folder.finish(folder, written)
    return Report(folder, gathered, answers, written, page)


def _figures(
    gathered: Gathered, answers: Sequence[Answer], folder: pathlib.Path, kind: str
) -> tuple[Sequence[pathlib.Path], Mapping[pathlib.Path, str], Sequence[str]]:
    """Files of the figures of these scores, what stands below each picture, and why others have nothing to show."""
    if kind == NO_FIGURES or not answers:
        return (), {}, ()
    from compare_gan_tf2.reports import figures

    drawn = figures.write(gathered, {answer.column.key: answer for answer in answers}, folder / FIGURES_FOLDER, kind)
    captions = {}
    for each in drawn.figures:
        said = f"{each.title}. {each.note}" if each.note else each.title
        captions |= {path: said for path in (each.picture, each.animation) if path}
    return drawn.paths, captions, drawn.left_out


def _page(
    gathered: Gathered, answers: Sequence[Answer], captions: Mapping[pathlib.Path, str], folder: pathlib.Path
) -> pathlib.Path:
    from compare_gan_tf2.reports import page

    return page.write(gathered, {answer.column.key: answer for answer in answers}, list(captions), folder, captions)


def _checked(request: Request) -> str:
    """The checkpoint that is asked for; UserError for what can be seen to be wrong before anything is read."""
    for what, given, known in (
        ("budget", [request.budget], choosing.BUDGETS),
        ("format", request.formats, tables.FORMATS),
        ("kind of figures", [request.figures], FIGURES),
    ):
        for each in given:
            if each not in known:
                raise UserError(components.unknown(what, each, known))
    if "parquet" in request.formats:
        extra.require("pyarrow")
    if request.figures != NO_FIGURES:
        extra.require("matplotlib")
    return choosing.checkpoint(request.at)
