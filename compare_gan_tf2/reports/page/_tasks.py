"""Sections of single tasks, and the table of those that did not come to a good end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compare_gan_tf2 import display
from compare_gan_tf2.reports.page import _tables as tables
from compare_gan_tf2.reports.page import _texts as texts
from compare_gan_tf2.reports.page._html import Content, Markup, element
from compare_gan_tf2.reports.page._pictures import Sample
from compare_gan_tf2.reports.page._places import Places, commands, scored_point
from compare_gan_tf2.reports.page._ranking import Key
from compare_gan_tf2.reports.records import Answer, Column, Gathered, Point, Task
from compare_gan_tf2.task_folder import column_names

_MOST_TROUBLES = 500
# Of each table of counts: caption, what a row is, what a column is.
_COUNT_TABLES = {
    column_names.CLASS_TABLE: ("Classes of samples", "class asked for", "seen"),
    column_names.CLUSTER_TABLE: ("Classes and clusters of real images", "class", "cluster"),
}
_SEVERITY = ("failed", "damaged", "diverged", "collapsed", "flagged")


def troubles(gathered: Gathered, places: Places, left_out: list[str]) -> Content:
    """A table of tasks that failed, diverged, collapsed, are flagged or not over, with the reasons; may be nothing."""
    found = [(kind, reason, task) for task in gathered.tasks for kind, reason in [_trouble(task)] if kind]
    if not found:
        return None
    found.sort(key=lambda each: _SEVERITY.index(each[0]) if each[0] in _SEVERITY else len(_SEVERITY))
    if len(found) > _MOST_TROUBLES:
        left_out.append(f"{len(found) - _MOST_TROUBLES:,} tasks that did not end well, after {_MOST_TROUBLES}")
    rows = [
        tables.row(
            places.link(task.workdir, task.number),
            tables.text(kind, class_=f"state-{kind}"),
            tables.quantity(f"{task.step:,}", task.step),
            tables.text(gathered.labels.get(task.group, task.group)),
            tables.quantity(task.seed, task.seed),
            tables.text(display.line(reason)),
        )
        for kind, reason, task in found[:_MOST_TROUBLES]
    ]
    head = ("task", "state", "step", "setting", "seed", "reason")
    caption = "Tasks that failed, diverged, collapsed, have a flag or are unfinished"
    return element(
        "section",
        element("h2", "What did not end well", id="troubles"),
        tables.table("troubles", caption, head, rows),
        aria_labelledby="troubles",
    )


def sections(
    gathered: Gathered, answer: Answer | None, places: Places, samples: Mapping[Key, Sample]
) -> Iterator[Markup]:
    """A section for each task that has one.

    Args:
        gathered: all tasks.
        answer: the first of the page: its checkpoint is the one that is exported.
        places: of tasks.
        samples: pictures of tasks.
    """
    options = [name for name in gathered.varied if name != "seed"]
    for task in gathered.tasks:
        if places.has_section(task.workdir, task.number):
            yield _section(task, options, answer, gathered.columns, places, samples.get((task.workdir, task.number)))


def _section(
    task: Task,
    options: Sequence[str],
    answer: Answer | None,
    columns: Sequence[Column],
    places: Places,
    sample: Sample | None,
) -> Markup:
    name = places.name(task.workdir, task.number)
    kind, reason = _trouble(task)
    point = scored_point(task, answer) if answer else None
    facts = [("state", task.state), *([(kind, reason)] if kind in ("collapsed", "flagged") else [])]
    if task.reason:
        facts.append(("reason", task.reason))
    facts.append(("step", f"{task.step:,}"))
    facts += [(name, texts.option(task.options[name])) for name in options if name in task.options]
    facts.append(("seed", str(task.seed)))
    if task.is_cut:
        facts.append(("stopped", "early, by the search; it is in no test"))
    if task.is_confirmation:
        facts.append(("added", "to confirm a winner"))
    anchor = places.anchor(task.workdir, task.number)
    return element(
        "article",
        element("h3", f"Task {name} ", element("span", kind or task.state, class_=f"state-{kind or task.state}")),
        element("div", _picture(sample, name), _facts(facts), _facts(_scores(task, point, columns)), class_="beside"),
        *_count_tables(task, name),
        *(_line(*each) for each in commands(task, point.step if point else None)),
        id=anchor,
        class_="task",
    )


def _picture(sample: Sample | None, name: str) -> Content:
    if sample is None:
        return None
    caption = f"Samples of task {name} at step {sample.step:,}"
    return element(
        "figure",
        element("img", src=sample.address, alt=caption, width=sample.width, height=sample.height),
        element("figcaption", f"step {sample.step:,}"),
    )


def _count_tables(task: Task, name: str) -> Iterator[Markup]:
    """The tables of counts of the last checkpoint that has some, each cell in percent of its row."""
    point = next((each for each in reversed(task.points) if each.tables), None)
    if point is None:
        return
    for kind, counts in point.tables.items():
        caption, of_rows, of_columns = _COUNT_TABLES[kind]
        rows = [
            tables.row(str(number), *(tables.quantity(f"{count / max(sum(row), 1):.0%}", count) for count in row))
            for number, row in enumerate(counts)
        ]
        head = (of_rows, *(f"{of_columns} {number}" for number in range(len(counts[0]))))
        yield tables.table("counts", f"{caption} of task {name} at step {point.step:,}", head, rows)


def _facts(facts: Sequence[tuple[str, str]]) -> Content:
    pairs = [(element("dt", name), element("dd", display.line(value))) for name, value in facts]
    return element("dl", *pairs) if pairs else None


def _scores(task: Task, point: Point | None, columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Of the checkpoint that counts, or the last one."""
    point = point or (task.points[-1] if task.points else None)
    if point is None:
        return []
    found = [(each.key, texts.number(point.values[each.key])) for each in columns if each.key in point.values]
    return [("scored at step", f"{point.step:,}"), *found]


def _line(what: str, line: str) -> Markup:
    return element("div", element("p", what), element("pre", element("code", line), tabindex=0), class_="line")


def _trouble(task: Task) -> tuple[str, str]:
    """What is wrong with a task, and why: "" with nothing."""
    if task.has_ended_badly or task.state == "damaged":
        return task.state, task.reason
    if task.points and task.points[-1].collapse:
        return "collapsed", task.points[-1].collapse
    if task.state == "done" and task.points and task.points[-1].flags:
        return "flagged", task.points[-1].flags
    return ("", "") if task.state == "done" else (task.state, task.reason)
