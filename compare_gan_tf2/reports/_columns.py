"""Which scores may be compared: the columns of a report, from everything that scores were measured as."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from compare_gan_tf2.reports._rows import Source
from compare_gan_tf2.reports.records import Column
from compare_gan_tf2.studies import terminal
from compare_gan_tf2.task_folder import column_names, score_table
from compare_gan_tf2.task_folder.column_names import PROTOCOL
from compare_gan_tf2.task_folder.protocol import Protocol

# Scores that people look for first.
_FIRST = ("fid", "kid", "inception_score")
_MOST_NAMED = 4


@dataclasses.dataclass
class _Group:
    """Sources whose scores may be compared."""

    sources: list[Source]
    tasks: int = 0

    @property
    def base(self) -> str:
        """The key without the number of its protocol: "fid", "l1@translate"."""
        name, ability = self.sources[0].name, self.sources[0].ability
        score = column_names.score_of(name) or name
        number = name[len(score) + 1 :].partition("_")[0]
        said = f"{score}_{number}" if number.isdecimal() else score
        return f"{said}@{ability}" if ability else said


def columns(sources: Sequence[Source], tasks: Sequence[int]) -> tuple[list[Column], list[str]]:
    """The columns, and the key of each source's.

    Of several protocols of one score the one that most tasks have is first, and has the plain key.

    Args:
        sources: what scores were measured as, in the order of their first appearance.
        tasks: how many tasks have each.
    """
    of_text = _protocol_groups(sources)
    groups: dict[tuple[str, str, int], _Group] = {}
    for source, count in zip(sources, tasks, strict=True):
        group = groups.setdefault((source.name, source.ability, of_text[source.protocol]), _Group([]))
        group.sources.append(source)
        group.tasks += count
    seen = {base: place for place, base in reversed(list(enumerate(group.base for group in groups.values())))}
    ordered = sorted(groups.values(), key=lambda group: (*_place(group), seen[group.base], -group.tasks))
    found: list[Column] = []
    keys: dict[Source, str] = {}
    numbers: dict[str, int] = {}
    for group in ordered:
        numbers[group.base] = numbers.get(group.base, 0) + 1
        found.append(_column(group, numbers[group.base]))
        keys |= dict.fromkeys(group.sources, found[-1].key)
    return found, [keys[source] for source in sources]


def differences(found: Sequence[Column]) -> list[str]:
    """A line for all scores whose protocols differ in the same facts: in which."""
    of_score: dict[tuple[str, str], list[Column]] = {}
    for column in found:
        of_score.setdefault((column.score, column.ability), []).append(column)
    alike: dict[tuple[str, ...], list[Sequence[Column]]] = {}
    for columns_of in of_score.values():
        if len(columns_of) > 1:
            alike.setdefault(_differing(columns_of), []).append(columns_of)
    lines = []
    for told, groups in alike.items():
        said = [f"{_listed([each[i].short for each in groups])}: {facts}" for i, facts in enumerate(told)]
        lines.append(f"scores of different protocols are not compared with each other: {'; '.join(said)}")
    return lines


def _differing(of_one_score: Sequence[Column]) -> tuple[str, ...]:
    """What the protocol of each column has in which they differ."""
    facts = [dict(Protocol.parse(column.protocol).facts) for column in of_one_score]
    names = dict.fromkeys(name for each in facts for name in each)
    differing = [name for name in names if len({each.get(name) for each in facts}) > 1]
    return tuple(_told(each, differing) for each in facts)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _told(facts: Mapping[str, str], names: Sequence[str]) -> str:
    return ", ".join(f"{name}={facts.get(name, 'not said')}" for name in names) or "another metric or extractor"


def _protocol_groups(sources: Sequence[Source]) -> dict[str, int]:
    """Text of a protocol -> number of the group of protocols that agree with it."""
    texts = dict.fromkeys(source.protocol for source in sources)
    grouped = score_table.by_protocol({PROTOCOL: text} for text in texts)
    return {row[PROTOCOL]: number for number, rows in enumerate(grouped) for row in rows}


def _place(group: _Group) -> tuple[bool, str, int]:
    """Generated images first, FID first."""
    first = group.sources[0]
    score = column_names.score_of(first.name)
    return bool(first.ability), first.ability, _FIRST.index(score) if score in _FIRST else len(_FIRST)


def _column(group: _Group, number: int) -> Column:
    first = group.sources[0]
    score = column_names.score_of(first.name)
    assert score is not None
    short = terminal.short(first.name) + (f" ({first.ability})" if first.ability else "")
    behind = f"@{number}" if number > 1 else ""
    return Column(
        key=group.base + behind,
        name=first.name,
        score=score,
        short=short + behind,
        ability=first.ability,
        protocol=max((source.protocol for source in group.sources), key=len),
        lower_is_better=column_names.directions()[score],
    )
