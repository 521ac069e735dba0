"""What a search has left to do, most of which it has not proposed yet, for a forecast (no TensorFlow).

Settings that are to come are drawn at random: what is searched decides the time of a training least of all.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import adding, rounds, searches, settings, timing
from compare_gan_tf2.studies.rounds import Plan, Round
from compare_gan_tf2.studies.searches import Search, halving
from compare_gan_tf2.studies.study import Study
from compare_gan_tf2.studies.timing import Left


def left(workdir: pathlib.Path, found: Study) -> list[Left]:
    """What is left of a search: of the tasks that are there, and of those of all rounds to come.

    Args:
        workdir: of the study, which need not be there.
        found: the study, which has a search.

    Raises:
        UserError: if its files cannot be understood, or trainings cannot be halved so.
    """
    plan, there = rounds.plan_of(found), rounds.read_all(workdir)
    added = {settings.key(options) for options in adding.there(workdir).values()}
    # Those of a round whose tasks were not added yet are among these.
    begun = there[-1].options() if there else []
    every = timing.left(workdir)
    for number, options in [*((0, each) for each in begun), *_to_come(workdir, plan, len(there))]:
        new = [options.replace(seed=seed) for seed in found.seeds]
        every += [Left(each, round=number) for each in new if settings.key(each) not in added]
    return _halved(every, plan.search, there) if every and plan.search.kind == "halving" else every


def one_of_each(found: Study) -> list[Options]:
    """A setting of each configuration of a search, drawn at random.

    Raises:
        UserError: if the search's file cannot be understood.
    """
    plan, nothing = rounds.plan_of(found), searches.known([], [], lower_is_better=True)
    propose, rng = searches.load("random").propose, np.random.default_rng(plan.search.seed)
    return [where.options(each) for where in plan.spaces for each in propose(where, nothing, rng, 1, set())]


def _to_come(workdir: pathlib.Path, plan: Plan, done: int) -> list[tuple[int, Options]]:
    """Settings of the rounds that are not proposed yet, each with the number of its round, counted from the next one.

    Of halving only the first round has any of its own.
    """
    first = [] if done else [Options.from_dict({**plan.fixed, **each}) for each in plan.first]
    tried = {settings.setting_key(options) for options in (*adding.there(workdir).values(), *first)}
    if plan.search.kind == "halving":
        count = 0 if done else plan.search.batch
    else:
        count = (plan.rounds - done - bool(first)) * plan.search.batch
    # These two do not look at scores.
    kind = "grid" if plan.search.kind == "grid" else "random"
    nothing = searches.known([], [], lower_is_better=True)
    propose, begin = searches.load(kind).propose, 1 if done or first else 0
    later = []
    for place, where in enumerate(plan.spaces):
        rng = np.random.default_rng([plan.search.seed, place])
        drawn = propose(where, nothing, rng, count, tried)
        later += [(begin + i // plan.search.batch, where.options(each)) for i, each in enumerate(drawn)]
    return [*((0, options) for options in first), *later]


def _halved(every: Sequence[Left], search: Search, there: Sequence[Round]) -> list[Left]:
    """Trainings up to the steps at which they are cut; as long as it is not known which are, the first of them."""
    keys = there[-1].setting_keys() if there else [settings.setting_key(each.options) for each in every]
    keys = list(dict.fromkeys(keys))
    lengths = halving.lengths(every[0].options, search)[max(0, len(there) - 1) :]
    last = dict(zip(keys, _ends(len(keys), search.factor, lengths), strict=True))
    found = []
    for each in every:
        steps = last.get(settings.setting_key(each.options), 0)
        if steps > each.step or steps > each.scored * each.options.save_every_steps:
            found.append(dataclasses.replace(each, options=each.options.replace(training_steps=steps)))
    return found


def _ends(count: int, factor: int, lengths: Sequence[int]) -> Iterator[int]:
    """The steps at which each of so many trainings ends, the shortest first."""
    for number, steps in enumerate(lengths):
        go_on = max(1, count // factor) if number < len(lengths) - 1 else 0
        yield from [steps] * (count - go_on)
        count = go_on
