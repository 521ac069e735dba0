"""Published scores, to stand beside a study's own where both were measured alike.

Each paper is a file of this folder, which defines

    numbers() -> sequence of Published

Everything there is an FID by Inception (2015-12-05), of images resized as TensorFlow 1 did and not rounded, with as
many generated images as real ones. A score of another extractor, number or split of images has nothing beside it.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2.reports.records import Answer, Column, Gathered, Group, Task
from compare_gan_tf2.task_folder.protocol import Protocol

_SCORE = "fid"
# Of what a protocol says of its extractor.
_EXTRACTOR, _PRECISION = "Inception of 2015-12-05", "float32"
_HOW = {"resize": "tf1", "quantisation": "none"}


@dataclasses.dataclass(frozen=True)
class Published:
    """A score in a paper.

    Attributes:
        fid: the score.
        deviation: over seeds; None where it is of one training.
        paper: authors, year, title.
        place: the table.
        dataset: today's name of the images.
        split: that it was compared with.
        samples: real ones, and as many generated ones.
        options: that a setting must have to stand beside it: its configuration, not its rates.
        setting: what else the paper says of the training, for people.
    """

    fid: float
    deviation: float | None
    paper: str
    place: str
    dataset: str
    split: str
    samples: int
    options: Mapping[str, Any]
    setting: str


@dataclasses.dataclass(frozen=True)
class Beside:
    """Published scores beside a study's.

    Attributes:
        rows: one for each published score that may be compared with the best setting of the same configuration: paper,
            place, configuration, published, deviation, its setting, ours (mean over seeds), seeds, our setting.
        notes: why others are not there, a line each.
    """

    rows: Sequence[Mapping[str, Any]]
    notes: Sequence[str]


def beside(answer: Answer, gathered: Gathered) -> Beside:
    """The published scores of what a study trained, where its protocol is the published one."""
    trained_on = {str(task.options["dataset"]) for task in gathered.tasks}
    found = [each for each in all_numbers() if each.dataset in trained_on]
    if answer.column.score != _SCORE or answer.column.ability or not found:
        return Beside((), ())
    comparable = [each for each in found if _is_measured_alike(each, answer.column)]
    of_best = _best_by_number(comparable, answer, gathered)
    rows = [_row(number, group) for number, group in of_best]
    return Beside(rows, [*_not_comparable(found, comparable, answer.column), *_remarks(rows, answer.column)])


def lines(found: Beside) -> list[str]:
    """The comparison for people: a line for each published score, and for why others are not there."""
    return [*(_line(row) for row in found.rows), *found.notes]


def _line(row: Mapping[str, Any]) -> str:
    spread = "" if row["published deviation"] is None else f" ± {row['published deviation']:g}"
    return (
        f"published, {row['configuration'] or row['dataset']}: FID {row['published']:g}{spread} ({row['paper']}, "
        f"{row['place']}); here {row['ours']:.4g}, mean of {row['seeds']} ({row['our setting']})"
    )


@functools.cache
def all_numbers() -> tuple[Published, ...]:
    """Of all papers."""
    papers = sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in papers]
    return tuple(number for module in modules for number in module.numbers())


def _is_measured_alike(number: Published, column: Column) -> bool:
    protocol = Protocol.parse(column.protocol)
    data = protocol.fact("data").split(" ")
    return (
        protocol.fact("extractor").startswith(_EXTRACTOR)
        and _PRECISION in protocol.fact("extractor")
        and all(protocol.fact(name) == value for name, value in _HOW.items())
        and protocol.fact("real") == protocol.fact("generated") == str(number.samples)
        and data[:2] == [number.dataset, number.split]
    )


def _best_by_number(
    numbers: Sequence[Published], answer: Answer, gathered: Gathered
) -> Iterator[tuple[Published, Group]]:
    """Each published score with our best setting of its configuration; the groups of an answer are the best first."""
    tasks = {(task.workdir, task.number): task for task in gathered.tasks}
    for number in numbers:
        for group in answer.groups:
            task = next((tasks[each] for each in group.numbers if each in tasks), None)
            if group.mean is not None and not group.is_cut and task and _has(task, number):
                yield number, group
                break


def _has(task: Task, number: Published) -> bool:
    wanted = {"dataset": number.dataset, **number.options}
    return all(task.options.get(name) == value for name, value in wanted.items())


def _row(number: Published, group: Group) -> dict[str, Any]:
    return {
        "paper": number.paper,
        "place": number.place,
        "dataset": number.dataset,
        "configuration": " ".join(f"{name}={value}" for name, value in number.options.items()),
        "published": number.fid,
        "published deviation": number.deviation,
        "published setting": number.setting,
        "ours": group.mean,
        "seeds": group.count,
        "our setting": group.label,
    }


def _not_comparable(found: Sequence[Published], comparable: Sequence[Published], column: Column) -> list[str]:
    missing = {(each.dataset, each.split, each.samples) for each in found} - {
        (each.dataset, each.split, each.samples) for each in comparable
    }
    # A column is of one data set; its protocol says which.
    own = Protocol.parse(column.protocol).fact("data").partition(" ")[0]
    return [
        f"published numbers of {dataset} are FIDs by Inception over {samples:,} images of its split {split}; these are "
        f"{column.name}, {_said(column)}: not comparable"
        for dataset, split, samples in sorted(missing)
        if dataset == own
    ]


def _said(column: Column) -> str:
    protocol = Protocol.parse(column.protocol)
    count = protocol.fact("real")
    return f"by {protocol.fact('extractor') or 'another extractor'}" + (f" over {count} images" if count else "")


def _remarks(rows: Sequence[Mapping[str, Any]], column: Column) -> list[str]:
    if rows and Protocol.parse(column.protocol).weights == "average":
        return ["published numbers are of the latest weights; these are of a running average"]
    return []
