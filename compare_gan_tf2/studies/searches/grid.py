"""All combinations, the last option in the order of names varying fastest."""

from __future__ import annotations

from typing import Any

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import space as spaces
from compare_gan_tf2.studies.searches import Known
from compare_gan_tf2.studies.space import Space
from compare_gan_tf2.task_folder.ranges import Choice

_MOST = 1_000_000


def propose(space: Space, known: Known, rng: np.random.Generator, count: int, tried: set[str]) -> list[dict[str, Any]]:
    """The next combinations that were not tried.

    Raises:
        UserError: if an option has a range and no list of values, or there are more than a million combinations.
    """
    listed = space.all(_MOST)
    if listed is None:
        for each in space.parameters:
            if not isinstance(each.range, Choice):
                raise UserError(f"search grid: option {each.name} has a range; give it a choice of values")
        raise UserError(f"search grid: there are more than {_MOST} combinations")
    return spaces.untried(space, map(space.point, listed), set(tried), count)
