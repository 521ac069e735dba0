"""What a report says on a terminal: verdicts, a table of the best groups, and what limits both (no TensorFlow)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from compare_gan_tf2.reports import _table_files
from compare_gan_tf2.reports.records import Answer
from compare_gan_tf2.reports.reporting import Report
from compare_gan_tf2.studies import terminal

_MOST_GROUPS, _MOST_COLUMNS = 20, 4
_BEST = "*"


def text(report: Report, width: int) -> str:
    """The whole; no line is longer than the terminal, but for paths.

    Args:
        report: that was made.
        width: of the terminal, in characters.
    """
    parts = [terminal.wrapped(report.gathered.progress, width)]
    if report.answers:
        first = report.answers[0]
        parts.append("\n".join([terminal.wrapped(first.title, width), *_sentences(first, width)]))
        parts.append(_table(report, width))
    else:
        parts.append("no scores yet that settings can be compared by")
    parts += [each for each in (_notes(report, width), _left_out(report, width)) if each]
    return "\n\n".join([*parts, _files(report)])


def _sentences(answer: Answer, width: int) -> Iterator[str]:
    for sentence in answer.sentences:
        yield terminal.wrapped(sentence, width)


def _table(report: Report, width: int) -> str:
    """The best groups by the first score, with some of the others."""
    answers = report.answers[:_MOST_COLUMNS]
    shown = _table_files.of_groups(report.gathered, answers)
    rows = [[_cell(cell) for cell in row] for row in shown.rows[:_MOST_GROUPS]]
    lines = [terminal.table(shown.head, rows, width)]
    if (more := len(shown.rows) - _MOST_GROUPS) > 0:
        lines.append(f"and {more} more group{'s' * (more > 1)}; the tables have all")
    return "\n".join(lines)


def _cell(cell: _table_files.Cell) -> str:
    return f"{cell.text}{_BEST * cell.is_bold}{f' {cell.behind}' if cell.behind else ''}"


def _notes(report: Report, width: int) -> str:
    answers = report.answers[:_MOST_COLUMNS]
    notes = [f"{_BEST} best; {_table_files.of_means(answers)}"] if answers else []
    notes += dict.fromkeys(note for answer in report.answers[:1] for note in answer.notes)
    notes += report.gathered.notes
    notes += _table_files.protocols([answer.column for answer in answers])
    return "\n".join(terminal.wrapped(each, width) for each in notes)


def _left_out(report: Report, width: int) -> str:
    lines = [terminal.wrapped(f"- {each}", width) for each in report.gathered.left_out]
    return "\n".join(["left out:", *lines]) if lines else ""


def _files(report: Report) -> str:
    count = len(report.files) - 1
    return f"page: {report.page}\nand {count} file{'s' * (count != 1)} of tables and figures in {report.folder}"


def as_json(report: Report) -> dict[str, Any]:
    """The report for programs: all answers with all groups, by key of the score."""
    gathered = report.gathered
    return {
        "folder": report.folder,
        "page": report.page,
        "files": report.files,
        "progress": gathered.progress,
        "left_out": gathered.left_out,
        "notes": gathered.notes,
        "varied": gathered.varied,
        "answers": {answer.column.key: dataclasses.asdict(answer) for answer in report.answers},
    }
