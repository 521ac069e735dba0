"""How texts from outside are shown, which may hold anything: names of folders, files, classes, data sets and hosts.

A terminal obeys control characters, a page obeys Markdown and HTML, LaTeX its commands, a spreadsheet formulas; what is
shown here is obeyed by none.
"""

from __future__ import annotations

import re
import unicodedata

# Control characters, invisible ones and those that turn the direction of writing, surrogates, and separators of lines.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# What means something anywhere in a line of GitHub's Markdown; an underscore within a word means nothing.
_MARKS = re.compile(r"[\\`*\[\]|~#$]|(?<![^\W_])_|_(?![^\W_])")
# What begins a list, or makes a heading of the line above, at the start of a paragraph.
_START = re.compile(r"^(?=[-+=](?: |[-=]*$))|^(\d{1,9})(?=[.)](?: |$))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
# Addresses become links by themselves.
_ADDRESS = re.compile(r"(?i)(?<=www)\.|:(?=//)")
# What means something to LaTeX anywhere; besides, two dashes are one of another length, and at the start of a table's
# row "*" and "[" belong to the end of the row before.
_LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"{\char34}",
    "\N{HORIZONTAL ELLIPSIS}": r"\dots{}",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
}
# Letters that pdfLaTeX does not have without a package, which stops at them; XeLaTeX and LuaLaTeX take any.
NOT_IN_PDFLATEX = re.compile("[«»ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲų]+|[^\x00-ſ–—‘’“”…]+|ſ+")


def visible(text: str, keep: str = "") -> str:
    """The text with characters that a terminal obeys or does not show as their escapes, as in "\\x1b".

    Args:
        text: any.
        keep: such characters that stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        repr(each)[1:-1] if unicodedata.category(each) in _UNSEEN and each not in keep else each for each in text
    )


def line(text: str) -> str:
    """The text as one visible line; what is white becomes one space."""
    return visible(" ".join(text.split()))


def markdown(text: str) -> str:
    """The text as one line of Markdown that means nothing but itself, within a paragraph, a heading, or a table."""
    marked = _MARKS.sub(lambda found: f"\\{found[0]}", line(text))
    begun = _START.sub(lambda found: f"{found[1] or ''}\\", marked)
    plain = re.sub("[&<>@]", lambda found: _ENTITIES[found[0]], begun)
    return _ADDRESS.sub(lambda found: f"&#{ord(found[0])};", plain)


def latex(text: str) -> str:
    """The text as one line of LaTeX that means nothing but itself, also within a table.

    Letters that pdfLaTeX does not have are their numbers there, as in "U+65E5".
    """
    plain = "".join(
        _of_other_latex(part) if NOT_IN_PDFLATEX.fullmatch(part) else "".join(_LATEX.get(each, each) for each in part)
        for part in re.split(f"({NOT_IN_PDFLATEX.pattern})", line(text))
    )
    plain = re.sub("-(?=-)", "-{}", plain)
    return f"{{{plain[0]}}}{plain[1:]}" if plain.startswith(("*", "[")) else plain


def _of_other_latex(letters: str) -> str:
    numbers = " ".join(f"U+{ord(each):04X}" for each in letters)
    return f"{{\\ifdefined\\Umathcode {letters}\\else {numbers}\\fi}}"


def cell(text: str) -> str:
    """The text as one line in a cell of a .csv file; behind an apostrophe where a spreadsheet would compute it."""
    shown = line(text)
    return f"'{shown}" if is_formula(shown) else shown


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that opens a .csv file computes such a cell instead of showing it."""
    return text.startswith(("=", "+", "-", "@", "\t", "\r"))
