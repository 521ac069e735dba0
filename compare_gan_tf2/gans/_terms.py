"""Terms of objectives: which of them a player descends on, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import tensorflow as tf

from compare_gan_tf2.gans import Rows, Term, Turn


def check(outcome: Mapping[str, Term | Rows], turn: Turn, states: Collection[str]) -> None:
    """Looks at what an objective gave.

    Raises:
        ValueError: if a name is a state's, a term is no scalar, or it is for a player that the turn does not move.
    """
    for name, each in outcome.items():
        if name in states:
            raise ValueError(f"turn {turn.draws!r} gives {name!r}, which is the name of a state")
        if isinstance(each, Term) and (shape := tf.convert_to_tensor(each.value).shape).rank != 0:
            raise ValueError(f"term {name!r} has shape {shape}; a term is a scalar")
        if isinstance(each, Term) and (strange := set(each.only) - set(turn.moves)):
            raise ValueError(f"term {name!r} is for {', '.join(strange)}; its turn moves {', '.join(turn.moves)}")


def reaching(outcome: Mapping[str, Term | Rows], player: str) -> tuple[str, ...]:
    """Names of the terms that a player descends on."""
    return tuple(
        name
        for name, each in outcome.items()
        if isinstance(each, Term) and (not each.only or player in each.only) and _counts(each)
    )


def _counts(term: Term) -> bool:
    return not isinstance(term.weight, int | float) or term.weight != 0


def weighted(term: Term) -> tf.Tensor:
    """The value times the weight."""
    is_one = isinstance(term.weight, int | float) and term.weight == 1
    return term.value if is_one else term.weight * term.value
