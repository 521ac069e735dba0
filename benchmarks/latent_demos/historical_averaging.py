"""Historical averaging: the paper's game ends where it should (Salimans et al. 2016, section 3.3).

x minimizes and y maximizes (f(x) - 1)(y - 1), where f(x) is x below 0 and x^2 above: simultaneous gradient steps go
round and leave. Nothing is trained; the pull is the product's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.latent_demos import Demo, Number

if TYPE_CHECKING:
    from benchmarks.trained import Trained

_WEIGHT, _RATE, _STEPS = 0.1, 0.05, 2_000
# Who is so far from the equilibrium has left it.
_FAR = 1e6


def _distance(weight: float) -> float:
    """From the equilibrium (1, 1) after so many steps from (2, 2), or where it is left behind."""
    import numpy as np
    import tensorflow as tf

    from compare_gan_tf2.gans.historical_averaging import History

    history = History(lambda name, start: tf.Variable(start), "game", [_Named(), _Named()])
    x, y = 2.0, 2.0
    for step in range(_STEPS):
        slopes = ((1.0 if x < 0 else 2.0 * x) * (y - 1.0), 1.0 - (x if x < 0 else x * x))
        values = [tf.constant(x), tf.constant(y)]
        pulls = [float(each) for each in history.pulls(weight, values, step)]
        history.follow(values, step)
        x, y = (float(v - _RATE * (s + p)) for v, s, p in zip((x, y), slopes, pulls, strict=True))
        if np.hypot(x, y) > _FAR:
            break
    return float(np.hypot(x - 1.0, y - 1.0))


class _Named:
    """Stands for a variable that is a single number."""

    path, shape = "number", ()


def _measure(trained: Trained) -> dict[str, float]:
    del trained
    return {"distance": _distance(_WEIGHT), "distance_without": _distance(0.0)}


DEMO = Demo(
    "historical_averaging",
    "A game that gradient steps leave ends at its equilibrium.",
    options={},
    measure=_measure,
    numbers=(
        Number("distance", control="distance_without", published="the equilibrium is found, says the paper",
               expected="0.003", most=0.01),
    ),
)  # fmt: skip
