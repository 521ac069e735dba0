"""Makes a study that searches, or changes the space of one; its tasks come round by round (`rounds`)."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import adding, making, rounds, settings, space, study
from compare_gan_tf2.studies.rounds import Plan
from compare_gan_tf2.studies.searches import Search, halving
from compare_gan_tf2.studies.space import Space
from compare_gan_tf2.studies.study import Request, Study
from compare_gan_tf2.task_folder import search_files, tasks
from compare_gan_tf2.task_folder.search_files import SearchFile

# Of the study file's own tasks.
_DRAWS = 0
# Settings of a configuration of which one has to be possible.
_POINTS = 50


def is_search(workdir: pathlib.Path, request: Request) -> bool:
    """Whether a request is about a study that searches: the file it starts from says so, or the study that is there.

    Raises:
        UserError: if either cannot be read.
    """
    there = study.read(workdir)
    source = request.source or (there.source if there else "")
    return search_files.read(source, _DRAWS) is not None or bool(there and there.search)


def make(workdir: pathlib.Path, request: Request) -> list[str]:
    """Makes the study, or takes over what its file says now; gives lines that say so.

    Raises:
        UserError: if the file or the request cannot be, or change what all trainings share.
    """
    there = study.read(workdir)
    made, said = planned(workdir, request)
    with adding.alone(workdir):
        if study.read(workdir) != there:  # by another process that was here first
            made, said = planned(workdir, request)
        if made != there:
            study.write(workdir, made)
    return [said, f"run it: compare_gan_study run {workdir}"]


def planned(workdir: pathlib.Path, request: Request) -> tuple[Study, str]:
    """The study that `make` would make, with nothing written, and what it is in a line.

    Raises:
        UserError: as `make`.
    """
    if request.varied:
        raise UserError("--vary is for studies without a search; what a search varies is in the file's space()")
    there = study.read(workdir)
    source = request.source or (there.source if there else "")
    found = search_files.read(source, _DRAWS)
    if found is None:
        defined = there.source if there else source
        raise UserError(f"the study is a search defined by {defined}, and {source} defines no search")
    plan, repeated = _plan(found, request.fixed, source)
    if there is None:
        made, lines = _begun(workdir, request, plan, source), ["a search"]
    else:
        made, lines = _changed(workdir, there, request, plan, source)
    if repeated:
        lines.append(f"{repeated} repeated setting{'s' * (repeated > 1)} of tasks(seed) left out")
    seeds = f"{len(made.seeds)} seed{'s' * (len(made.seeds) > 1)}"
    kind = f"{plan.search.kind} search for the best {plan.search.score}, {plan.rounds} round{'s' * (plan.rounds > 1)}"
    if len(plan.spaces) > 1:
        kind = f"{len(plan.spaces)} configurations, each {kind}"
    threads = f"{made.threads} thread{'s' * (made.threads > 1)}"
    return made, f"{'; '.join(lines)}: {kind}, {seeds} per setting, {threads} per task, in {workdir}"


def _plan(found: SearchFile, fixed: Mapping[str, Any], source: str) -> tuple[Plan, int]:
    """The search, and how many of its first settings repeat others."""
    if not isinstance(found.search, Search):
        raise UserError(
            f"{source}: search is {found.search!r}; write for example: from compare_gan_tf2 import searches; "
            "search = searches.gaussian_process(rounds=12, batch=10)"
        )
    whole, kept = _spaces(found, fixed, source)
    if found.search.kind == "halving":
        if len(whole) > 1:
            raise UserError(f"{source}: search halving works with one space only; leave out configurations()")
        halving.require_equal_lengths([each.name for each in whole[0].parameters])
    every, rest = Plan(found.search, whole), _rest(found, source)
    first: dict[str, Mapping[str, Any]] = {}
    repeated = 0
    for number, each in enumerate(found.first):
        place = f"{source}, task {number}"
        where = _space_of(rest | each, every, place)
        own = every.own(where)
        _check_first({name: each[name] for name in each if name not in own}, where, place)
        if where in kept:
            key = settings.setting_key(where.options({**own, **each}))
            repeated += key in first
            first.setdefault(key, {**own, **each})
    return Plan(found.search, kept, tuple(first.values())), repeated


def _spaces(found: SearchFile, fixed: Mapping[str, Any], source: str) -> tuple[tuple[Space, ...], tuple[Space, ...]]:
    """Where each configuration's search looks, or the one search; and those of them that have the options `fixed`.

    What configurations differ in chooses some of them; any other option is the same in all from then on.
    """
    shared = _typed(found.space, source)
    if not found.configurations:
        only = (space.of({**shared, **fixed}, source),)
        return only, only
    places = [f"{source}, configuration {number}" for number in range(len(found.configurations))]
    each_has = [_typed(each, place) for each, place in zip(found.configurations, places, strict=True)]
    rest = _rest(found, source)
    changed = {name: value for name, value in fixed.items() if name not in rest}
    chosen = {name: value for name, value in fixed.items() if name in rest}
    spaces = tuple(
        space.of({**shared, **rest, **each, **changed}, place) for each, place in zip(each_has, places, strict=True)
    )
    kept = tuple(each for each in spaces if all(each.fixed.get(name, value) == value for name, value in chosen.items()))
    if not kept:
        raise UserError(f"{source}: no configuration has {settings.label(chosen, list(chosen))}")
    for each, place in zip(spaces, places, strict=True):
        _require_possible(each, place)
    return spaces, kept


def _require_possible(where: Space, place: str) -> None:
    """UserError with the reason if no setting at a few points of a space can be."""
    rng, refused = np.random.default_rng(0), None
    for _ in range(_POINTS):
        try:
            where.options(where.at(rng.random(len(where.parameters))))
            return
        except UserError as error:
            refused = error
    raise UserError(f"{place}: {refused}")


def _rest(found: SearchFile, source: str) -> dict[str, Any]:
    """What a configuration has that does not say it, of the options that others say; ranges of the space aside."""
    shared = _typed(found.space, source)
    names = {name for each in found.configurations for name in settings.typed(_without_ranges(each), source)}
    return _without_ranges({name: shared.get(name, getattr(Options, name)) for name in sorted(names)})


def _space_of(setting: Mapping[str, Any], plan: Plan, place: str) -> Space:
    """The space of the configuration whose options a setting has."""
    for where in plan.spaces:
        if all(setting.get(name, value) == value for name, value in plan.own(where).items()):
            return where
    raise UserError(f"{place}: its options match none of the configurations")


def _typed(values: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {**settings.typed(_without_ranges(values), place), **_ranges(values)}


def _ranges(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if isinstance(value, space.Range)}


def _without_ranges(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not isinstance(value, space.Range)}


def _check_first(setting: Mapping[str, Any], where: Space, place: str) -> None:
    names = [each.name for each in where.parameters]
    for name, value in setting.items():
        if name not in names:
            raise UserError(f"{place}: {components.unknown('option of the space', name, names)}")
        parameter = where.parameters[names.index(name)]
        if not parameter.holds(value):
            raise UserError(f"{place}: option {name} is {value!r}, which is not in the space")
    if not where.holds(setting):
        raise UserError(
            f"{place}: it must give a value for every option of the space whose condition is met, and for no "
            "other option"
        )
    try:
        where.options(setting)
    except UserError as error:
        raise UserError(f"{place}: {error}") from error


def _begun(workdir: pathlib.Path, request: Request, plan: Plan, source: str) -> Study:
    if tasks.numbers(workdir):
        raise UserError(f"{workdir} holds tasks that do not belong to a search; use another WORKDIR")
    seeds = request.seeds or (0,)
    side_by_side = min(plan.search.batch * len(plan.spaces), making.cores()) * len(seeds)
    return Study(
        name=pathlib.Path(source).stem,
        source=source,
        fixed=plan.fixed,
        seeds=seeds,
        threads=request.threads or making.default_threads(side_by_side),
        search=plan.to_json(),
    )


def _changed(workdir: pathlib.Path, there: Study, request: Request, plan: Plan, source: str) -> tuple[Study, list[str]]:
    """The study as it is from now on; what was tried stays."""
    if not there.search:
        raise UserError(f"the study in {workdir} has no search, and {source} has one; use another WORKDIR")
    if source != there.source:
        raise UserError(
            f"the study was made from {there.source}, and this command asks for {source}; use another WORKDIR"
        )
    if request.threads not in (None, there.threads) or request.seeds not in (None, there.seeds):
        raise UserError("the seeds and threads of a search cannot be changed; use another WORKDIR")
    before = rounds.plan_of(there)
    _refuse_other_fixed(before, plan)
    made = dataclasses.replace(there, fixed=plan.fixed, search=plan.to_json())
    if plan.search.kind != before.search.kind or plan.search.score != before.search.score:
        raise UserError("the kind and the score of a search cannot be changed; use another WORKDIR")
    done = rounds.read_all(workdir)
    lines = [f"{len(done)} round{'s' * (len(done) != 1)} begun so far"]
    if plan.spaces != before.spaces:
        tried = [{**step.fixed, **each} for step in done for each in step.settings]
        outside = sum(plan.setting_of(each) is None for each in tried)
        lines.append(
            f"the space has changed: {outside} of {len(tried)} tried settings are outside, and not tried again"
        )
    return made, lines


def _refuse_other_fixed(before: Plan, now: Plan) -> None:
    """Scores of trainings that differ in what was fixed cannot be compared."""
    spaces = (*before.spaces, *now.spaces)
    names = {name for each in (before, now) for where in each.spaces for name in each.own(where)}
    names |= {parameter.name for where in spaces for parameter in where.parameters}
    for name in sorted({*before.fixed, *now.fixed} - names):
        was, is_now = (each.fixed.get(name, getattr(Options, name)) for each in (before, now))
        if was != is_now:
            raise UserError(
                f"option {name} is {settings.shown(was)} in all tasks of the search, and {settings.shown(is_now)} is "
                "asked for; use another WORKDIR"
            )
