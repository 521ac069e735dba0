"""The one proposer of a study that searches: round by round, each on disk before its tasks are.

    <workdir>/rounds/<round>.json       what the round tries, and what that was decided from

Everything else is read from the tasks' rows, so a search that was stopped proposes what an unbroken one does, whoever
runs its tasks, side by side or not: a round is drawn at once, when the one before it is over, from the search's seed,
the round's number and the scores.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import pathlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import adding, searches, settings, space, study, trials
from compare_gan_tf2.studies.engines import RunPlan, Summary
from compare_gan_tf2.studies.searches import Known, Search, halving
from compare_gan_tf2.studies.space import Space
from compare_gan_tf2.studies.state import TaskState
from compare_gan_tf2.studies.study import Study
from compare_gan_tf2.studies.trials import Trial
from compare_gan_tf2.task_folder import column_names, tasks

FOLDER = "rounds"
_FORMAT = 1

Engine = Callable[[pathlib.Path, RunPlan], Summary]


@dataclasses.dataclass(frozen=True)
class Round:
    """What is tried at once.

    Attributes:
        number: from 0 on.
        settings: that are tried, with all seeds of the study.
        fixed: the options that all of them share.
        until: the step at which their trainings are compared; None for their end.
        said: what they were chosen from, for people.
    """

    number: int
    settings: Sequence[Mapping[str, Any]]
    fixed: Mapping[str, Any]
    until: int | None = None
    said: str = ""

    def options(self) -> list[Options]:
        """All options of each setting."""
        return [Options.from_dict({**self.fixed, **each}) for each in self.settings]

    def setting_keys(self) -> list[str]:
        """The key of each setting."""
        return [settings.setting_key(each) for each in self.options()]

    def to_json(self) -> str:
        """The round file's text."""
        return json.dumps({"format": _FORMAT, **dataclasses.asdict(self)}, indent=2) + "\n"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a study file says of its search.

    Attributes:
        search: how to look.
        spaces: where. Each configuration of a study has a search in a space of its own, which knows only of what was
            tried there; a study without configurations has one space.
        first: settings that are tried before any is proposed, each with the options in which the spaces differ.
    """

    search: Search
    spaces: tuple[Space, ...]
    first: tuple[Mapping[str, Any], ...] = ()

    @property
    def fixed(self) -> dict[str, Any]:
        """Options that all trainings share."""
        return {name: value for name, value in self.spaces[0].fixed.items() if name not in self._differing}

    @functools.cached_property
    def _differing(self) -> set[str]:
        shared = set.intersection(*(set(each.fixed.items()) for each in self.spaces))
        return {name for each in self.spaces for name in each.fixed} - {name for name, _ in shared}

    def own(self, where: Space) -> dict[str, Any]:
        """The options by which a space differs from the others."""
        return {name: where.fixed[name] for name in where.fixed if name in self._differing}

    def setting_of(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The setting, of any of the spaces, that has these values; None if none does."""
        found = (where.setting_of(values) for where in self.spaces)
        return next((each for each in found if each is not None), None)

    @property
    def rounds(self) -> int:
        """How many rounds there are at most."""
        return self.search.rounds + bool(self.first)

    def to_json(self) -> dict[str, Any]:
        """A study's entry "search"."""
        spaces = [each.to_json() for each in self.spaces]
        where = {"space": spaces[0]} if len(spaces) == 1 else {"spaces": spaces}
        return {**self.search.to_json(), **where, "first": [dict(each) for each in self.first]}


def plan_of(found: Study) -> Plan:
    """The search of a study that has one.

    Raises:
        UserError: if it cannot be understood.
    """
    content = dict(found.search or {})
    spaces, first = content.pop("spaces", None) or [content.pop("space", {})], content.pop("first", [])
    return Plan(searches.from_json(content), tuple(map(space.from_json, spaces)), tuple(first))


def run(workdir: pathlib.Path, plan: RunPlan, run_tasks: Engine, say: Callable[[str], None] = print) -> Summary:
    """Runs a study's rounds to the end, or to the first that does not get over.

    Args:
        workdir: of the study.
        plan: for the engine; which tasks, and until which step, is a round's own.
        run_tasks: an engine's `run`.
        say: is told in a line what each round tries.

    Raises:
        UserError: if the study's files cannot be understood, tasks end without the score, or as the engine does.
    """
    whole = Summary()
    while True:
        with adding.alone(workdir):
            current = upcoming(workdir)
            if current is None:
                break
            numbers = _added(workdir, current)
        found = study.read(workdir)
        assert found is not None
        say(f"round {current.number + 1} of {plan_of(found).rounds}: {_told(current, numbers)}")
        done = run_tasks(workdir, dataclasses.replace(plan, numbers=numbers, until=current.until))
        whole = Summary(tuple(sorted({*whole.done, *done.done})), done.failed, done.undone)
        if done.failed or done.undone:
            say("the next round is proposed when these tasks have their scores: run the same command again")
            return whole
        if not is_over(workdir, found, current):
            raise UserError(
                f"tasks {numbers[0]} to {numbers[-1]} ended without score {plan_of(found).search.score}, which the "
                "search optimizes; add it to option metrics"
            )
    say(_ended(workdir))
    return whole


def _told(current: Round, numbers: Sequence[int]) -> str:
    count = len(current.settings)
    until = f" until step {current.until}" if current.until else ""
    said = f"; {current.said}" if current.said else ""
    return f"{count} setting{'s' * (count > 1)}, tasks {', '.join(map(str, numbers))}{until}{said}"


def _ended(workdir: pathlib.Path) -> str:
    found, there = study.read(workdir), read_all(workdir)
    assert found is not None
    tried = {settings.setting_key(options) for options in adding.there(workdir).values()}
    if len(there) < plan_of(found).rounds:
        return f"search space exhausted after {len(tried)} settings"
    gone = f", {count} of them stopped early" if (count := len(cut(workdir))) else ""
    return f"the search is over: {len(tried)} settings{gone}; to see the best: compare_gan_study best {workdir}"


def upcoming(workdir: pathlib.Path) -> Round | None:
    """The round that is not over, or the next one, which is written; None after the last.

    To be called within a block of `adding.alone`.
    """
    found = study.read(workdir)
    assert found is not None and found.search
    there = read_all(workdir)
    if there and not is_over(workdir, found, there[-1]):
        return there[-1]
    if len(there) >= plan_of(found).rounds:
        return None
    proposed = _proposed(workdir, found, there)
    if not proposed.settings:
        return None
    with replace_file(workdir / FOLDER / f"{proposed.number:04d}.json") as file:
        file.write(proposed.to_json().encode())
    return proposed


def read_all(workdir: pathlib.Path) -> list[Round]:
    """The rounds that were proposed, in their order.

    Raises:
        UserError: if one cannot be read, or is missing among others.
    """
    found: list[Round] = []
    for path in sorted((workdir / FOLDER).glob("*.json")):
        if not re.fullmatch(r"\d+", path.stem):
            continue
        try:
            content = dict(read_json(path))
            if content.pop("format") != _FORMAT:
                raise ValueError("it was written by another version of compare_gan_tf2")
            found.append(Round(**content))
            if found[-1].number != len(found) - 1 or int(path.stem) != len(found) - 1:
                raise ValueError(f"round {len(found) - 1} is missing before it")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{path} cannot be read ({error}); remove it and those after it to have these rounds proposed anew"
            ) from error
    return found


def is_over(workdir: pathlib.Path, found: Study, current: Round) -> bool:
    """Whether all trainings of a round have their scores, or diverged."""
    plan = plan_of(found)
    there = trials.of_study(workdir, plan.search.score, current.until)
    return all(
        (trial := there.get(key)) is not None and set(found.seeds) <= trial.scores.keys()
        for key in current.setting_keys()
    )


def _added(workdir: pathlib.Path, current: Round) -> tuple[int, ...]:
    """Numbers of a round's tasks, of which those are added that are not there."""
    found = study.read(workdir)
    assert found is not None
    wanted = [options.replace(seed=seed) for options in current.options() for seed in found.seeds]
    notes = [{"round": current.number}] * len(wanted)
    added = adding.add_alone(workdir, wanted, experiment=found.name, threads_each=found.threads, notes=notes)
    return tuple(sorted(set(added.numbers)))


def _proposed(workdir: pathlib.Path, found: Study, there: Sequence[Round]) -> Round:
    plan, number = plan_of(found), len(there)
    if plan.first and not number:
        return Round(0, plan.first, plan.fixed, said="the study file's own")
    is_first = number == bool(plan.first)
    if plan.search.kind == "halving":
        if plan.first:
            raise UserError("search halving cannot begin with given settings; leave out tasks(seed)")
        steps = halving.lengths(there[0].options()[0] if there else _any(plan), plan.search)
        until = steps[number] if number < len(steps) - 1 else None
        if not is_first:
            return _survivors(workdir, found, there[-1], until)
    else:
        until = None
    tried = {settings.setting_key(options) for options in adding.there(workdir).values()}
    so_far = list(_tried(workdir, found, there))
    propose = searches.load(plan.search.kind).propose
    chosen: list[dict[str, Any]] = []
    for place, where in enumerate(plan.spaces):
        rng = np.random.default_rng([plan.search.seed, number, *([place] if place else [])])
        known = _known(plan, where, so_far, found.seeds)
        own = plan.own(where)
        chosen += [own | each for each in propose(where, known, rng, plan.search.batch, tried)]
    return Round(number, chosen, plan.fixed, until, _said(plan, so_far, found.seeds))


def _any(plan: Plan) -> Any:
    """Options of any setting that can be; all have the same length."""
    (where,) = plan.spaces
    (setting,) = searches.draws(where, np.random.default_rng(0), set(), 1) or [{}]
    return where.options(setting)


_Tried = Sequence[tuple[Mapping[str, Any], Trial]]


def _known(plan: Plan, where: Space, tried: _Tried, seeds: Sequence[int]) -> Known:
    """What the rounds so far say of a space as it is now."""
    inside = [(setting, trial) for values, trial in tried if (setting := where.setting_of(values)) is not None]
    return searches.known(
        [setting for setting, _ in inside],
        [trial.values(seeds) for _, trial in inside],
        lower_is_better=column_names.lower_is_better(plan.search.score),
    )


def _said(plan: Plan, tried: _Tried, seeds: Sequence[int]) -> str:
    """What is known, in words."""
    inside = [trial for values, trial in tried if plan.setting_of(values) is not None]
    diverged = sum(not np.isfinite(value) for trial in inside for value in trial.values(seeds))
    said = f"{len(inside)} settings known" if inside else ""
    if outside := len(tried) - len(inside):
        said += f", {outside} left out because they are outside the space"
    if diverged:
        said += f", {diverged} diverged training{'s' * (diverged > 1)} counted as the worst seen"
    return said.removeprefix(", ")


def _tried(workdir: pathlib.Path, found: Study, there: Sequence[Round]) -> Iterator[tuple[Mapping[str, Any], Trial]]:
    """Options that were given of each setting of the rounds, in their order, and what became of it."""
    plan = plan_of(found)
    at = {until: trials.of_study(workdir, plan.search.score, until) for until in {each.until for each in there}}
    for each in there:
        for setting, key in zip(each.settings, each.setting_keys(), strict=True):
            yield {**each.fixed, **setting}, at[each.until][key]


def _survivors(workdir: pathlib.Path, found: Study, before: Round, until: int | None) -> Round:
    """The next round of halving: the best of the one before, after equal numbers of images."""
    plan = plan_of(found)
    tried = list(_tried(workdir, found, [before]))
    images = {each for _, trial in tried for each in trial.images}
    if len(images) > 1:
        raise UserError(
            f"search halving: trainings of round {before.number + 1} have seen {' and '.join(sorted(images))} images, "
            "and can be compared only after equal numbers of images"
        )
    known = searches.known(
        before.settings,
        [trial.values(found.seeds) for _, trial in tried],
        lower_is_better=column_names.lower_is_better(plan.search.score),
    )
    kept = halving.survivors(known, plan.search.factor)
    after = f" after {next(iter(images))} images" if images else ""
    said = f"the best of {len(tried)}{after} go on; the others are stopped"
    return Round(before.number + 1, kept, before.fixed, until, said)


def cut(workdir: pathlib.Path) -> dict[str, int]:
    """Settings that halving did not let go on, by their keys, with the step at which they were cut."""
    there = read_all(workdir)
    gone: dict[str, int] = {}
    for before, after in zip(there, there[1:], strict=False):
        if before.until:
            gone |= dict.fromkeys(set(before.setting_keys()) - set(after.setting_keys()), before.until)
    return gone


def with_cuts(workdir: pathlib.Path, states: Sequence[TaskState]) -> list[TaskState]:
    """The states of a study's tasks, in which those that halving cut say so."""
    found = list(states)
    with contextlib.suppress(UserError):  # of a round that cannot be read, which `run` says
        if gone := cut(workdir):
            found = [_with_cut(workdir, each, gone) if each.state == "paused" else each for each in states]
    return found


def _with_cut(workdir: pathlib.Path, each: TaskState, gone: Mapping[str, int]) -> TaskState:
    key = settings.setting_key(tasks.read(workdir, each.number).options)
    return dataclasses.replace(each, cut_at=gone.get(key))
