"""Successive halving (Jamieson & Talwalkar 2016): many settings for a short time, the best of them for longer.

All are trained to the first length; one of `factor` goes on to the next, which is `factor` times as long, and so to the
whole training. They are compared after equal numbers of images; rates that fall belong to the whole training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies.searches import Known, Search, draws
from compare_gan_tf2.studies.space import Setting, Space

# With other values of these, equal steps are not equal numbers of images.
_LENGTHS = ("accumulation_steps", "batch_size", "disc_iters", "save_every_steps", "training_steps")


def propose(space: Space, known: Known, rng: np.random.Generator, count: int, tried: set[str]) -> list[dict[str, Any]]:
    """Settings at random, for the first length."""
    return draws(space, rng, set(tried), count)


def survivors(known: Known, factor: int) -> list[Setting]:
    """The best of the settings, one of `factor`, best first; at least one. Of equal ones the first are taken."""
    order = np.argsort(-known.means, kind="stable")[: max(1, len(known.settings) // factor)]
    return [known.settings[i] for i in order]


def lengths(options: Options, search: Search) -> list[int]:
    """Steps at which trainings are compared, ascending; the last is their end.

    Raises:
        UserError: if a checkpoint is not due at each of them.
    """
    found = []
    for rest in reversed(range(search.rounds)):
        step, left = divmod(options.training_steps, search.factor**rest)
        if left or step % options.save_every_steps:
            raise UserError(
                f"search halving: trainings of {options.training_steps} steps are compared at 1/{search.factor**rest}, "
                f"where no checkpoint is due: training_steps has to be a multiple of {search.factor**rest} times "
                f"save_every_steps, which is {options.save_every_steps}"
            )
        found.append(step)
    return found


def require_equal_lengths(names: Sequence[str]) -> None:
    """UserError if options are searched with which equal steps are not equal numbers of images."""
    if found := sorted(set(names) & set(_LENGTHS)):
        raise UserError(
            f"search halving compares trainings after equal numbers of images; {found[0]} has to be the same in all"
        )
