"""LaTeX's own program takes the tables of a report, whatever names are in them, and nothing leaves the page."""

import dataclasses
import pathlib
import re
import shutil
import subprocess

import pytest
from reports import made_up

from compare_gan_tf2 import display
from compare_gan_tf2.reports import _latex, tables
from compare_gan_tf2.reports._table_files import Cell, Shown

NASTY = "a_b%c&d#e~f^g\\h{i}$j <k>|`l\" --- *[m] 'é' Łódź …"
OTHER_LETTERS = "実験 опыт Ąę 😀"
PDFLATEX = shutil.which("pdflatex")
needs_pdflatex = pytest.mark.skipif(PDFLATEX is None, reason="needs pdflatex: texlive-latex-recommended")
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs,graphicx,longtable}
\begin{document}
%s
\end{document}
"""


def compiled(folder, *names):
    """What pdflatex says of a document that reads these tables."""
    (folder / "doc.tex").write_text(DOCUMENT % "\n".join(f"\\input{{{name}}}" for name in names))
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "doc.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    return said


def a_study(name, count=2, seeds=3):
    """A study with a name in all places that users fill, and its answers."""
    settings = [
        {"loss": loss, "d_weight_normalization": normalization, "label_file": f"{name} {i}"}
        for loss in made_up.LOSSES
        for normalization in made_up.NORMALIZATIONS
        for i in range(count)
    ]
    place = pathlib.Path("/data/studies") / name
    found = made_up.gathered(place, settings, [10.0 + i for i in range(len(settings))], seeds, made_up.STEPS)
    failed = [dataclasses.replace(task, reason=name if task.state == "failed" else task.reason) for task in found.tasks]
    long = "/data/studies/a_rather_long_name_of_a_folder_that_never_ends/and_another_one_in_it/notes.txt"
    said = (f"rows that are cut: 1 ({place}/0)", f"files and folders that are not of a study: 2 ({long}, {long})")
    found = dataclasses.replace(found, tasks=tuple(failed), left_out=said, notes=(name,))
    return found, [made_up.answer(found, column) for column in found.columns]


@needs_pdflatex
@pytest.mark.parametrize(("name", "count"), [(NASTY, 2), (OTHER_LETTERS, 1), ("plain", 6)])
def test_pdflatex_takes_all_tables_and_nothing_leaves_the_page(name, count, tmp_path):
    tables.write(*a_study(name, count), tmp_path, ["latex"])
    said = compiled(tmp_path, "groups", "tasks")
    # A point or two are of italics and rounding, and nobody sees them.
    widths = [float(each) for each in re.findall(r"Overfull \\hbox \(([0-9.]+)pt", said)]
    assert max(widths, default=0.0) < 3.0 and "too large for page" not in said


@needs_pdflatex
def test_pdflatex_has_the_letters_that_are_not_escaped(tmp_path):
    letters = [chr(each) for each in range(0x20, 0x250)] + list("–—‘’“”…ΩЖ日😀")
    lines = [display.latex(f"x{letter}x") for letter in letters if letter.isprintable()]
    (tmp_path / "letters.tex").write_text("\n\n".join(lines))
    compiled(tmp_path, "letters")


def test_other_letters_are_there_for_other_programs_and_numbers_for_pdflatex():
    assert display.latex("a 日本 b") == r"a {\ifdefined\Umathcode 日本\else U+65E5 U+672C\fi} b"
    assert display.latex("Łódź é …") == r"Łódź é \dots{}"


def _shown(columns, rows=3, keys=1, text="0.1234 [0.1, 0.2]"):
    head = [f"column_{i}" for i in range(columns)]
    cells = [[Cell(f"{row} {text}" if i else str(row)) for i in range(columns)] for row in range(rows)]
    return Shown("Title", head, [None] * columns, cells, ["a note"], keys=keys)


def _tables(text):
    """Of each table the head, and the first cells of its rows."""
    found = []
    for part in text.split("\\toprule\n")[1:]:
        head, *rows = [line.removesuffix(" \\\\").split(" & ") for line in part.splitlines() if line.endswith("\\\\")]
        found.append((head, [row[0] for row in rows if len(row) == len(head)]))
    return found


def test_a_narrow_table_is_one_and_a_wide_one_goes_on_with_its_keys():
    ((head, rows),) = _tables(_latex.latex(_shown(3)))
    assert len(head) == 3 and rows == ["0", "1", "2"] and "1 of" not in _latex.latex(_shown(3))
    text = _latex.latex(_shown(10))
    found = _tables(text)
    assert len(found) == 3 and all(head[0] == r"column\_0" for head, _ in found)
    assert [name for head, _ in found for name in head[1:]] == [f"column\\_{i}" for i in range(1, 10)]
    assert "Title (3 of 3)" in text and text.count("a note") == 1


def test_keys_that_leave_no_room_are_numbers_of_rows():
    found = _tables(_latex.latex(_shown(8, keys=4)))
    assert all(head[0] == "row" and rows == ["1", "2", "3"] for head, rows in found)
    assert [name for head, _ in found for name in head[1:]] == [f"column\\_{i}" for i in range(8)]


def test_where_a_table_goes_on_rows_that_say_nothing_are_left_out():
    table = _shown(8)
    rows = [[*row[:7], Cell("only here" * 4 if place == 1 else "")] for place, row in enumerate(table.rows)]
    found = _tables(_latex.latex(dataclasses.replace(table, rows=rows)))
    assert found[0][1] == ["0", "1", "2"] and found[-1] == (["column\\_0", "column\\_7"], ["1"])


def test_more_groups_than_a_page_has_room_for_are_a_long_table(tmp_path):
    for count, kind in ((2, "table"), (6, "longtable")):
        found, answers = a_study("plain", count, seeds=1)
        tables.write(found, answers, tmp_path, ["latex"])
        assert f"\\begin{{{kind}}}" in (tmp_path / "groups.tex").read_text()
