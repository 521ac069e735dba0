"""The section of one score: its verdict, its groups, and what each factor does."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence

from compare_gan_tf2.reports._table_files import protocols
from compare_gan_tf2.reports.page import _tables as tables
from compare_gan_tf2.reports.page import _texts as texts
from compare_gan_tf2.reports.page._html import Content, Markup, element
from compare_gan_tf2.reports.page._places import Places, links
from compare_gan_tf2.reports.records import Answer, Comparison, Factor, Group, Interval

# Rows of groups in all sections together, but so many in each at least; and rows of any other table.
_MOST_GROUPS, _FEWEST_GROUPS, _MOST_ROWS = 4000, 200, 200
_COMPARED = (
    "A", "B", "A − B", "interval", "of", "effect", "p", "p corrected", "smallest possible p", "verdict",
    "with failures", "needed",
)  # fmt: skip
_TROUBLES = ("diverged", "failed", "collapsed", "unfinished")
_DIRECTIONS = {True: "lower is better", False: "higher is better", None: "neither direction is better"}
_VERDICTS = {"better": "A is better", "worse": "A is worse"}


def sections(
    answers: Mapping[str, Answer], places: Places, group_numbers: Mapping[str, int], left_out: list[str]
) -> Iterator[Markup]:
    """A section for each score.

    Args:
        answers: by `Column.key`.
        places: of tasks.
        group_numbers: of groups in the page's data, by their keys.
        left_out: gets a line for each table that is cut.
    """
    most = max(_MOST_GROUPS // max(len(answers), 1), _FEWEST_GROUPS)
    shared = _shared(answers.values())
    for i, answer in enumerate(answers.values()):
        head = f"score-{i}-title"
        short = answer.column.short
        if len(answer.groups) > most:
            left_out.append(f"{short}: {len(answer.groups) - most:,} groups after the best {most:,}; the table has all")
        yield element(
            "section",
            element("h2", answer.title, id=head),
            element("ul", *(element("li", each) for each in answer.sentences), class_="verdict"),
            _notes(answer, shared),
            element("div", class_="charts", hidden=True),
            element("h3", "Groups"),
            _groups(answer, answer.groups[:most], places, group_numbers),
            _factors(answer, left_out),
            _settings(answer, left_out),
            id=f"score-{i}",
            class_="answer",
            data_score=i,
            aria_labelledby=head,
        )


def _notes(answer: Answer, shared: Collection[str]) -> Content:
    """What limits this score alone; the rest is said once, by `notes`."""
    said = [f"Scored ability: {answer.column.ability}"] if answer.column.ability else []
    return _list_of([*said, *(each for each in answer.notes if each not in shared)])


def notes(answers: Mapping[str, Answer]) -> Iterator[Markup]:
    """Each protocol once, with the scores that it is of, and the notes that all scores share."""
    columns = [answer.column for answer in answers.values() if answer.column.protocol]
    found = _list_of([*protocols(columns), *_shared(answers.values())])
    if found is not None:
        yield found


def _shared(answers: Collection[Answer]) -> list[str]:
    """Notes that all of several scores have; those of a single one are its own."""
    if len(answers) < 2:
        return []
    first, *others = answers
    return [each for each in dict.fromkeys(first.notes) if all(each in other.notes for other in others)]


def _list_of(said: Sequence[str]) -> Markup | None:
    return element("ul", *(element("li", each) for each in said), class_="notes") if said else None


def divided(answers: Mapping[str, Answer]) -> tuple[dict[str, Answer], list[str]]:
    """The scores that are shown in full, and lines on the others: those that are the same in all tasks.

    The first score is shown in any case.

    Args:
        answers: by `Column.key`.
    """
    shown, names = {}, collections.defaultdict(list)
    for i, (key, answer) in enumerate(answers.items()):
        values = [value for group in answer.groups for value in group.values.values()]
        if i and len(values) > 1 and len(set(values)) == 1:
            names[texts.number(values[0])].append(name_of(answer))
        else:
            shown[key] = answer
    return shown, [f"{', '.join(these)}: {value} in all tasks" for value, these in names.items()]


def name_of(answer: Answer) -> str:
    """Of a score, for people; its key where several protocols have it."""
    return answer.column.key if answer.column.key != answer.column.score else answer.column.short


@dataclasses.dataclass(frozen=True)
class _Shape:
    """What a table of groups has: names of options, columns that are not zero throughout, the best rank."""

    names: Sequence[str]
    has_best_of: bool
    troubles: Sequence[str]
    leading: float | None


def _groups(answer: Answer, groups: Sequence[Group], places: Places, group_numbers: Mapping[str, int]) -> Markup:
    shape = _Shape(
        names=list(dict.fromkeys(name for group in groups for name in group.options)),
        has_best_of=any(group.checkpoints != 1 for group in groups),
        troubles=[name for name in _TROUBLES if any(getattr(group, name) for group in groups)],
        leading=min((group.rank for group in groups if group.rank is not None), default=None),
    )
    intervals = [group.interval for group in groups if group.interval]
    head = [
        "rank", *(shape.names or ["setting"]), *(["best of"] if shape.has_best_of else []), "n", "mean",
        f"{_confidence(intervals)} interval", "deviation", "median", *shape.troubles, "tasks",
    ]  # fmt: skip
    parts = [f"{answer.title}: groups of repeats, best first", _DIRECTIONS[answer.column.lower_is_better]]
    if methods := dict.fromkeys(each.method for each in intervals):
        parts.append(f"intervals: {', '.join(methods)}")
    if none := [name for name in _TROUBLES if name not in shape.troubles]:
        parts.append(f"{', '.join(none)} tasks: none")
    rows = (_group(group, shape, places, group_numbers.get(group.key)) for group in groups)
    return tables.table("groups", "; ".join(parts), head, rows)


def _group(group: Group, shape: _Shape, places: Places, number: int | None) -> Markup:
    rank = "cut" if group.is_cut else texts.number(group.rank)
    is_best = group.rank is not None and group.rank == shape.leading
    return tables.row(
        element("th", rank, scope="row", data_v="" if group.rank is None else repr(float(group.rank))),
        *([_option(group, name) for name in shape.names] or [tables.text(group.label or "all tasks")]),
        *([_count(group.checkpoints)] if shape.has_best_of else []),
        _count(group.count),
        tables.quantity(texts.number(group.mean), group.mean, "mean"),
        tables.interval(group.interval),
        tables.quantity(texts.number(group.deviation, 3), group.deviation),
        tables.quantity(texts.number(group.median), group.median),
        *(_count(getattr(group, name), "bad" if name != "unfinished" else "") for name in shape.troubles),
        tables.text(*links(places, group.numbers), class_="tasks-of"),
        class_="cut" if group.is_cut else "best" if is_best else None,
        group=number,
    )


def _option(group: Group, name: str) -> Markup:
    if name not in group.options:
        return tables.text(texts.NOTHING)
    value = group.options[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    shown = texts.option(value)
    return tables.quantity(shown, value) if is_number else tables.text(shown)


def _count(count: int, class_: str = "") -> Markup:
    return tables.quantity(count, count, class_ if count else "zero")


def _confidence(intervals: Sequence[Interval]) -> str:
    found = {each.confidence for each in intervals}
    return f"{100 * found.pop():g} %" if len(found) == 1 else ""


def _factors(answer: Answer, left_out: list[str]) -> Content:
    if not answer.factors:
        return None
    shares = [(factor.name, factor.share) for factor in answer.factors]
    shares += [("seed", answer.seed_share), ("unexplained", answer.unexplained)]
    rows = [tables.row(name, tables.quantity(texts.share(value), value)) for name, value in shares]
    return [
        element("h3", "Factors"),
        tables.table("shares", "Share of the variance of all scores that each explains", ["factor", "share"], rows),
        *(_factor(factor, answer, left_out) for factor in answer.factors),
    ]


def _factor(factor: Factor, answer: Answer, left_out: list[str]) -> Content:
    rows = [
        tables.row(
            value,
            tables.quantity(texts.number(factor.means.get(value)), factor.means.get(value)),
            tables.interval(interval),
        )
        for value in factor.values
        for interval in [factor.intervals.get(value)]
    ]
    short, about = answer.column.short, f"{factor.name} ({answer.column.short})"
    shown = _first(factor.values, rows, f"{about}: values", left_out)
    return [
        element("h4", factor.name),
        tables.table(
            "values", f"{about}: mean {short} by value, over everything else", ["value", "mean", "interval"], shown
        ),
        _comparisons(f"{about}: values compared, A with B", factor.comparisons, left_out),
    ]


def _settings(answer: Answer, left_out: list[str]) -> Content:
    if not answer.settings:
        return None
    caption = f"The best group, A, with each other one, B ({answer.column.short})"
    return [element("h3", "Settings"), _comparisons(caption, answer.settings, left_out)]


def _comparisons(caption: str, found: Sequence[Comparison], left_out: list[str]) -> Content:
    if not found:
        return None
    rows = _first(found, [_comparison(each) for each in found[:_MOST_ROWS]], caption, left_out)
    methods = "; ".join(dict.fromkeys(each.method for each in found[:_MOST_ROWS] if each.method))
    return [
        tables.table("comparisons", caption, _COMPARED, rows),
        element("p", f"Method: {methods}.", class_="method") if methods else None,
    ]


def _comparison(each: Comparison) -> Markup:
    size = f"{each.pairs} pairs" if each.is_paired else f"{each.count_a} and {each.count_b}"
    return tables.row(
        each.a,
        tables.text(each.b),
        tables.quantity(texts.number(each.difference), each.difference),
        tables.interval(each.interval),
        tables.quantity(size, each.pairs),
        tables.quantity(texts.number(each.effect, 3), each.effect),
        tables.quantity(texts.probability(each.p), each.p),
        tables.quantity(texts.probability(each.p_corrected), each.p_corrected),
        tables.quantity(texts.probability(each.floor), each.floor),
        tables.text(_VERDICTS.get(each.verdict, each.verdict), class_=f"verdict-{each.verdict}"),
        tables.text(_VERDICTS.get(each.verdict_with_failures, each.verdict_with_failures)),
        tables.quantity(texts.NOTHING if each.needed is None else each.needed, each.needed),
    )


def _first(of: Sequence[object], rows: Sequence[Markup], what: str, left_out: list[str]) -> Sequence[Markup]:
    if len(of) > _MOST_ROWS:
        left_out.append(f"{what}: {len(of) - _MOST_ROWS:,} rows after the first {_MOST_ROWS}")
    return rows[:_MOST_ROWS]
