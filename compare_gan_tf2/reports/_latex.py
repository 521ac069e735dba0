"""Tables of a report as LaTeX that fits a page: wide ones go on in further tables, long ones over several pages.

Packages booktabs, graphicx and longtable; read by \\input.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from compare_gan_tf2 import display
from compare_gan_tf2.reports._table_files import Cell, Shown

_PACKAGES = "% \\usepackage{booktabs,graphicx,longtable}"
_ARROWS = {True: " $\\downarrow$", False: " $\\uparrow$", None: ""}
# Of LaTeX's article, in points: the width of its text, and of a letter and between two columns in the sizes used here.
_PAGE, _LETTER, _BETWEEN = 345.0, 4.4, 6.0
# Letters of a column's widest cell from which on its cells are broken into lines.
_WIDE = 36
_ARROW_LETTERS = 2
# Of "U+65E5 ", which stands for a letter that pdfLaTeX does not have.
_LETTERS_OF_A_NUMBER = 7
# Where a text may be broken that has no blanks, such as a path: behind these.
_BREAKS = re.compile(r"(/|\\_|=)(?=[^\s}])")
_SIZE = "\\footnotesize\\setlength{\\tabcolsep}{3pt}"


def latex(table: Shown) -> str:
    """As one table of LaTeX, or as several where it is wider than a page; notes stand below the last one."""
    table = _with_short_keys(table)
    parts = list(_parts(table))
    texts = []
    for number, columns in enumerate(parts, 1):
        caption = display.latex(table.title) + (f" ({number} of {len(parts)})" if len(parts) > 1 else "")
        notes = table.notes if number == len(parts) else ()
        texts.append((_long if table.is_long else _floating)(table, columns, caption, notes))
    return "\n".join([_PACKAGES, *(line for lines in texts for line in lines)]) + "\n"


def _with_short_keys(table: Shown) -> Shown:
    """With numbers of rows as keys where the keys take more than half of a page, and the table is wider than one."""
    widths = [_points(table, place) for place in range(len(table.head))]
    if sum(widths) <= _PAGE or sum(widths[: table.keys]) <= _PAGE / 2:
        return table
    rows = [[Cell(str(number)), *row] for number, row in enumerate(table.rows, 1)]
    return dataclasses.replace(table, head=["row", *table.head], lower=[None, *table.lower], rows=rows, keys=1)


def _parts(table: Shown) -> Iterator[list[int]]:
    """Places of the columns of each table; those that say which row it is are in all of them."""
    widths = [_points(table, place) for place in range(len(table.head))]
    keys = list(range(table.keys))
    room = _PAGE - sum(widths[: table.keys])
    part: list[int] = []
    for place in range(table.keys, len(table.head)):
        if part and sum(widths[each] for each in part) + widths[place] > room:
            yield keys + part
            part = []
        part.append(place)
    yield keys + part


def _points(table: Shown, place: int) -> float:
    return min(_letters(table, place), _WIDE) * _LETTER + _BETWEEN


def _letters(table: Shown, place: int) -> int:
    """Of a column's widest cell."""
    arrow = 0 if table.lower[place] is None else _ARROW_LETTERS
    return max([_length(table.head[place]) + arrow, *(_length(_plain(row[place])) for row in table.rows)])


def _length(text: str) -> int:
    """How many letters pdfLaTeX shows."""
    others = sum(map(len, display.NOT_IN_PDFLATEX.findall(text)))
    return len(text) + others * (_LETTERS_OF_A_NUMBER - 1)


def _plain(cell: Cell) -> str:
    return f"{cell.text} {cell.behind}".rstrip()


def _floating(table: Shown, columns: Sequence[int], caption: str, notes: Sequence[str]) -> list[str]:
    """On one page; made smaller where names are so long that it would leave the page all the same."""
    begin = ["\\begin{table}", "\\centering", _SIZE, f"\\caption{{{caption}}}"]
    begin.append(f"\\sbox{{0}}{{\\begin{{tabular}}{{{_kinds(table, columns)}}}")
    body = ["\\toprule", _head(table, columns), "\\midrule", *_rows(table, columns), "\\bottomrule"]
    scaled = "\\resizebox{\\linewidth}{!}{\\usebox{0}}"
    end = ["\\end{tabular}}", f"\\ifdim\\wd0>\\linewidth {scaled}\\else\\usebox{{0}}\\fi"]
    if notes:
        end.append(f"\\par\\medskip\\raggedright\\sloppy {_notes(notes)}")
    return [*begin, *body, *end, "\\end{table}"]


def _long(table: Shown, columns: Sequence[int], caption: str, notes: Sequence[str]) -> list[str]:
    """Over as many pages as it needs."""
    begin = ["{" + _SIZE, f"\\begin{{longtable}}{{{_kinds(table, columns)}}}", f"\\caption{{{caption}}}\\\\"]
    begin += ["\\toprule", _head(table, columns), "\\midrule", "\\endhead", "\\bottomrule", "\\endfoot"]
    end = ["\\end{longtable}}"]
    if notes:
        end.append(f"{{\\footnotesize\\raggedright\\sloppy {_notes(notes)}\\par}}")
    return [*begin, *_rows(table, columns), *end]


def _kinds(table: Shown, columns: Sequence[int]) -> str:
    wide = f"p{{{_WIDE * _LETTER:.0f}pt}}"
    return "".join(wide if _letters(table, place) > _WIDE else "l" for place in columns)


def _head(table: Shown, columns: Sequence[int]) -> str:
    return _ended([display.latex(table.head[place]) + _ARROWS[table.lower[place]] for place in columns])


def _rows(table: Shown, columns: Sequence[int]) -> list[str]:
    """Of a table that goes on those that say anything there."""
    wide = {place for place in columns if _letters(table, place) > _WIDE}
    goes_on = table.keys not in columns
    shown = [row for row in table.rows if not goes_on or any(_plain(row[place]) for place in columns[table.keys :])]
    return [_ended([_cell(row[place], is_wide=place in wide) for place in columns]) for row in shown]


def _cell(cell: Cell, *, is_wide: bool) -> str:
    text = _breakable(display.latex(cell.text)) if is_wide else display.latex(cell.text)
    text = f"\\textbf{{{text}}}" if cell.is_bold else text
    text = f"{text} {cell.behind}" if cell.behind else text
    return f"{{\\raggedright {text}\\par}}" if is_wide and text else text


def _breakable(text: str) -> str:
    return _BREAKS.sub(r"\1\\allowbreak{}", text)


def _notes(notes: Sequence[str]) -> str:
    return "\\\\\n".join(_breakable(display.latex(note)) for note in notes)


def _ended(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"
