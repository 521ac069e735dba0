"""The report as one page: a file of HTML that needs no network, no server, and no file beside it.

What is to be read is in the HTML: sentences, tables, figures, tasks. The script sorts and filters tables, switches
between scores, and draws charts from the JSON in the page. A Content-Security-Policy forbids everything but the page's
own style and script and pictures that are written into it; every text that comes from users is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import pathlib
import string
from collections.abc import Iterator, Mapping, Sequence

from compare_gan_tf2.files import replace_file
from compare_gan_tf2.reports.page import _answers, _data, _pictures, _ranking, _tasks
from compare_gan_tf2.reports.page._html import Content, Markup, data_block, element, joined
from compare_gan_tf2.reports.page._places import Places
from compare_gan_tf2.reports.records import Answer, Gathered

PAGE_FILE = "report.html"
_HERE = pathlib.Path(__file__).parent
_SCRIPTS = ("marks.js", "charts.js", "tables.js", "page.js")
# Tasks that have a section of their own.
_MOST_SECTIONS = 1000


def write(
    gathered: Gathered,
    answers: Mapping[str, Answer],
    figures: Sequence[pathlib.Path],
    folder: pathlib.Path,
    captions: Mapping[pathlib.Path, str] | None = None,
) -> pathlib.Path:
    """Writes report.html; the same input gives the same bytes.

    Args:
        gathered: all tasks.
        answers: by `Column.key`; the first is shown first. None at all where nothing is scored yet.
        figures: files .svg, .png or .gif, in the order of the page; their .csv may be among them, and other kinds are
            named as left out.
        folder: of the page; made if need be.
        captions: what stands below a figure, by its path; words of its file's name by default.

    Returns:
        The page's path.

    Raises:
        UserError: if the place cannot be written.
    """
    path = folder / PAGE_FILE
    text = _page(gathered, answers, figures, captions or {})
    with replace_file(path, durable=False) as file:
        file.write(text.encode())
    return path


def _page(
    gathered: Gathered,
    answers: Mapping[str, Answer],
    figures: Sequence[pathlib.Path],
    captions: Mapping[pathlib.Path, str],
) -> str:
    left_out: list[str] = []
    answers, same_everywhere = _answers.divided(answers)
    first = next(iter(answers.values()), None)
    places = Places(gathered, _with_section(gathered, first, left_out))
    group_numbers = {key: i for i, key in enumerate(dict.fromkeys(_group_keys(gathered, answers)))}
    samples = _pictures.samples(gathered, first, left_out)
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = "".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    title = f"Report: {', '.join(places.studies) or 'no study'}"
    parts: dict[str, Content] = {
        "title": title,
        "progress": gathered.progress,
        "scores": _switch(answers),
        "answers": list(_answers.sections(answers, places, group_numbers, left_out)) or _nothing_scored(),
        "same_everywhere": _section("Scores without differences", "same-everywhere", _lines(same_everywhere)),
        "notes": _section("Notes", "notes", _answers.notes(answers)),
        "troubles": _tasks.troubles(gathered, places, left_out),
        "figures": _section("Figures", "figures", _pictures.figures(figures, captions, left_out)),
        "tasks": _section("Tasks", "tasks", _tasks.sections(gathered, first, places, samples)),
        "data": data_block("data", _data.data(gathered, answers, places, group_numbers, left_out)),
        "left_out": _section("Left out", "left-out", _lines([*gathered.left_out, *left_out])),
        # Both files are ours: nothing of a user is in them.
        "style": Markup(style),
        "script": Markup(script),
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }
    template = string.Template((_HERE / "page.html").read_text(encoding="utf-8"))
    return template.substitute({name: joined(content) for name, content in parts.items()})


def _with_section(gathered: Gathered, first: Answer | None, left_out: list[str]) -> list[_ranking.Key]:
    every = [(task.workdir, task.number) for task in gathered.tasks]
    if len(every) <= _MOST_SECTIONS:
        return every
    chosen = (_ranking.of_groups(gathered, first) or every)[:_MOST_SECTIONS]
    left_out.append(
        f"sections of {len(every) - len(chosen):,} tasks: {len(chosen):,} have one, the best, the median, and the "
        "worst of each group first; the lines of the others differ from theirs in the number only"
    )
    return chosen


def _group_keys(gathered: Gathered, answers: Mapping[str, Answer]) -> Iterator[str]:
    for answer in answers.values():
        yield from (group.key for group in answer.groups)
    yield from (task.group for task in gathered.tasks)


def _switch(answers: Mapping[str, Answer]) -> Content:
    if len(answers) < 2:
        return None
    links = [element("a", _answers.name_of(answer), href=f"#score-{i}") for i, answer in enumerate(answers.values())]
    return element("nav", element("span", "Score"), *links, class_="switch", aria_label="Score")


def _section(title: str, identity: str, content: Iterator[Markup]) -> Content:
    parts = list(content)
    if not parts:
        return None
    head = element("h2", title, id=identity)
    return element("section", head, *parts, aria_labelledby=identity, class_=identity)


def _lines(texts: Sequence[str]) -> Iterator[Markup]:
    if texts:
        yield element("ul", *(element("li", each) for each in texts))


def _nothing_scored() -> Markup:
    return element("section", element("p", "No task has a score yet: there is nothing to compare."))


def _hash(text: str) -> str:
    """As a Content-Security-Policy names what may run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
