"""The best settings of a study: by the mean of their seeds, and once more on seeds that the search never saw."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import adding, rounds, settings, study, terminal, trials
from compare_gan_tf2.studies.engines import RunPlan, Summary
from compare_gan_tf2.studies.rounds import Engine
from compare_gan_tf2.studies.trials import Mean, Trial

CONFIRMATION = f"{rounds.FOLDER}/confirmation.json"
_FORMAT = 1


@dataclasses.dataclass(frozen=True)
class Place:
    """A setting in the order of the settings.

    Attributes:
        label: the options in which the study's settings differ.
        numbers: of its tasks.
        found: the mean over the study's own seeds.
        confirmed: the mean over fresh seeds; None if it was not trained with any.
        cut_at: the step at which halving cut it; None if it did not.
    """

    label: str
    numbers: Sequence[int]
    found: Mean
    confirmed: Mean | None = None
    cut_at: int | None = None


@dataclasses.dataclass(frozen=True)
class Confirmation:
    """Which settings are trained once more.

    Attributes:
        keys: of the settings, best first.
        seeds: fresh ones.
    """

    keys: tuple[str, ...]
    seeds: tuple[int, ...]


def score_of(workdir: pathlib.Path) -> str:
    """The score that a study goes by: its search's, or FID."""
    found = study.read(workdir)
    return str(found.search["score"]) if found and found.search else "fid"


def places(workdir: pathlib.Path, score: str) -> list[Place]:
    """The settings of a study that have scores, best first; those that were cut come last, by where they were.

    Raises:
        UserError: if its files cannot be read, or nothing has this score.
    """
    there = trials.of_study(workdir, score)
    confirmation = read_confirmation(workdir)
    fresh = set(confirmation.seeds) if confirmation else set()
    own = {seed for trial in there.values() for seed in trial.numbers} - fresh
    label = _labels(there)
    found = [
        Place(label[key], _numbers(there[key]), mean, _confirmed(there[key], fresh))
        for key, mean in trials.ranked(there, score, own)
    ]
    gone = rounds.cut(workdir)
    for step in sorted(set(gone.values()), reverse=True):
        at_step = {key: each for key, each in trials.of_study(workdir, score, step).items() if gone.get(key) == step}
        found += [
            Place(label[key], _numbers(there[key]), mean, cut_at=step)
            for key, mean in trials.ranked(at_step, score, own)
        ]
    if not found:
        raise UserError(f"no task of {workdir} has the score {score} yet")
    return found


def _labels(there: Mapping[str, Trial]) -> dict[str, str]:
    """What settings differ in, by their keys."""
    numbered = dict(enumerate(settings.setting(trial.options) for trial in there.values()))
    texts = settings.labels(numbered, settings.differing(numbered.values()))
    return {key: texts[number] for number, key in enumerate(there)}


def _numbers(trial: Trial) -> list[int]:
    return sorted(trial.numbers.values())


def _confirmed(trial: Trial, fresh: set[int]) -> Mean | None:
    values = trial.values(fresh)
    return trials.mean(values) if values else None


def read_confirmation(workdir: pathlib.Path) -> Confirmation | None:
    """What is trained once more; None if nothing is.

    Raises:
        UserError: if the file cannot be understood.
    """
    path = workdir / CONFIRMATION
    try:
        content = dict(read_json(path))
        if content.pop("format") != _FORMAT:
            raise ValueError("it was written by another version of compare_gan_tf2")
        return Confirmation(tuple(map(str, content["keys"])), tuple(map(int, content["seeds"])))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be read ({error}); remove it to choose anew") from error


def confirm(workdir: pathlib.Path, count: int, seeds: int, plan: RunPlan, run_tasks: Engine) -> Summary:
    """Trains the best settings once more, with seeds that are not in the study; goes on with those that were chosen.

    Args:
        workdir: of the study.
        count: how many settings.
        seeds: how many seeds each.
        plan: for the engine; which tasks is this one's own.
        run_tasks: an engine's `run`.

    Raises:
        UserError: if the study's files cannot be read, or it has no scores.
    """
    found = study.read(workdir)
    if found is None:
        raise UserError(f"{workdir} has no {study.STUDY_FILE}, and nothing can be added to it")
    with adding.alone(workdir):
        chosen = read_confirmation(workdir) or _chosen(workdir, score_of(workdir), count, seeds)
        by_key = {settings.setting_key(options): options for options in adding.there(workdir).values()}
        if gone := [key for key in chosen.keys if key not in by_key]:
            raise UserError(
                f"{len(gone)} of the settings that are to be confirmed are not there any more; remove "
                f"{workdir / CONFIRMATION} to choose anew"
            )
        wanted: list[Options] = [by_key[key].replace(seed=seed) for key in chosen.keys for seed in chosen.seeds]
        notes: list[Mapping[str, Any]] = [{"confirms": True}] * len(wanted)
        added = adding.add_alone(workdir, wanted, experiment=found.name, threads_each=found.threads, notes=notes)
    return run_tasks(workdir, dataclasses.replace(plan, numbers=tuple(sorted(set(added.numbers)))))


def _chosen(workdir: pathlib.Path, score: str, count: int, seeds: int) -> Confirmation:
    """The best settings and fresh seeds, written before any task of them is."""
    there = trials.of_study(workdir, score)
    best = [key for key, mean in trials.ranked(there, score) if mean.count][:count]
    if not best:
        raise UserError(f"no task of {workdir} has the score {score} yet")
    after = max(seed for trial in there.values() for seed in trial.numbers) + 1
    chosen = Confirmation(tuple(best), tuple(range(after, after + seeds)))
    with replace_file(workdir / CONFIRMATION) as file:
        file.write((json.dumps({"format": _FORMAT, **dataclasses.asdict(chosen)}, indent=2) + "\n").encode())
    return chosen


def table(found: Sequence[Place], score: str, most: int, width: int) -> str:
    """Lines for people: place, mean with its 95 % interval, the same on fresh seeds, and the setting.

    Args:
        found: in their order.
        score: that they are compared by.
        most: how many are shown.
        width: of the terminal.
    """
    shown = found[:most]
    columns = [
        ["", *map(str, range(1, len(shown) + 1))],
        [score, *(_text(each.found) for each in shown)],
        ["fresh seeds", *(_text(each.confirmed) if each.confirmed else "" for each in shown)],
        ["cut at step", *(str(each.cut_at or "") for each in shown)],
        ["tasks", *(",".join(map(str, each.numbers)) for each in shown)],
    ]
    sizes = [max(map(len, column)) if any(column[1:]) else 0 for column in columns]
    begins = [
        "  ".join(cell.ljust(size) for cell, size in zip(line, sizes, strict=True) if size)
        for line in zip(*columns, strict=True)
    ]
    # Beside it, or below where there is no room.
    labels = ["setting", *(each.label for each in shown)]
    lines = [terminal.described(list(zip(begins, labels, strict=True)), width)]
    if len(found) > most:
        lines.append(f"and {len(found) - most} more")
    note = (
        "mean ± half the width of its 95 % confidence interval (Student's t); in parentheses the number of seeds; "
        "there is no interval for a single seed"
    )
    return "\n".join([*lines, terminal.wrapped(note, width)])


def _text(mean: Mean) -> str:
    if not mean.count:
        return f"diverged ({mean.diverged})"
    width = f" ± {mean.half_width:.3g}" if mean.half_width is not None else ""
    lost = f", {mean.diverged} diverged" if mean.diverged else ""
    return f"{mean.value:.4g}{width} ({mean.count}{lost})"


def as_json(found: Sequence[Place]) -> list[dict[str, Any]]:
    """The ranking for programs, complete; numbers that are not finite are null."""

    def mean(each: Mean | None) -> dict[str, Any] | None:
        if each is None:
            return None
        return dataclasses.asdict(each) | {"value": each.value if each.count else None}

    return [
        {**dataclasses.asdict(each), "found": mean(each.found), "confirmed": mean(each.confirmed)} for each in found
    ]
