"""Historical averaging: weights are pulled to the average of their own past (Salimans et al. 2016, section 3.3).

Each player's objective gets w |theta - average|^2, the average being that of the values before all its earlier updates,
and held constant; before the first update there is no past. The paper gives no weight, and no code was released.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


class History:
    """The averages of what one optimizer moves, a part of the training's state.

    Args:
        add_state: of the GAN.
        name: of the optimizer and the player, for the names of the states.
        variables: that it moves.
    """

    def __init__(self, add_state: Callable[..., tf.Variable], name: str, variables: Sequence[Any]):
        self.averages = [add_state(f"history/{name}/{each.path}", tf.zeros(each.shape)) for each in variables]

    def pulls(self, weight: float, variables: Sequence[Any], count: Any) -> list[tf.Tensor]:
        """The penalty's gradient for each variable, 2 weight (theta - average); 0 before the first update.

        Args:
            weight: w.
            variables: theta, before the update.
            count: updates before this one.
        """
        factor = tf.where(count > 0, 2.0 * weight, 0.0)
        return [factor * (each - average) for each, average in zip(variables, self.averages, strict=True)]

    def follow(self, variables: Sequence[Any], count: Any) -> None:
        """Takes the variables, before the update, into their averages."""
        share = 1.0 / (tf.cast(count, tf.float32) + 1.0)
        for each, average in zip(variables, self.averages, strict=True):
            average.assign(average + share * (each - average))
