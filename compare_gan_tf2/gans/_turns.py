"""What is known of a GAN type's turns before one is traced: what they ask for, and how often they are taken."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from compare_gan_tf2.gans import Turn, always

if TYPE_CHECKING:
    from compare_gan_tf2.gans.base import BaseGan

# Parameter of an `after` -> the state it means, or its own name, and whether it has a default.
AfterParameters = dict[str, tuple[str, bool]]


def parameters(gan: BaseGan, turns: Sequence[Turn]) -> tuple[list[dict[str, str]], list[AfterParameters]]:
    """What the objective of every turn gets, {parameter: name of an input}, and what every `after` asks for.

    Raises:
        ValueError: if a turn names a player or an optimizer that there is not, an objective asks for what no stream,
            state or earlier turn gives, or two names are one, also after `/` became `_`.
    """
    known = [*gan.streams, *gan.state, "step"]
    _refuse_twins(known)
    objectives, afters = list[dict[str, str]](), list[AfterParameters]()
    handed = list[str]()
    for turn in turns:
        _refuse_unknown(turn.draws, "player", (*turn.moves, *turn.starts), list(gan.players))
        sides = [turn.optimizer or gan.players[name].side for name in turn.moves]
        _refuse_unknown(turn.draws, "optimizer", sides, list(gan.optimizers))
        if still := [name for name in (*turn.moves, *turn.starts) if gan.players[name].frozen]:
            raise ValueError(f"turn {turn.draws!r} moves {', '.join(still)}, which is frozen")
        objectives.append(_asked_for(turn.objective, [*known, *handed], turn.draws) if turn.objective else {})
        afters.append(_of_after(turn.after, gan.state) if turn.after else {})
        handed += [name for name in turn.hands if name not in handed]
        _refuse_twins([*known, *handed])
    return objectives, afters


def _refuse_unknown(purpose: str, what: str, names: Sequence[str], there: Sequence[str]) -> None:
    for name in names:
        if name not in there:
            raise ValueError(f"turn {purpose!r} names {what} {name!r}; there are {', '.join(there)}")


def _refuse_twins(names: Sequence[str]) -> None:
    spelled = [name.replace("/", "_") for name in names]
    for name in names:
        if spelled.count(name.replace("/", "_")) > 1:
            raise ValueError(
                f"streams, states, handed rows and `step` share one space of names; {name!r} is there twice"
            )


def _asked_for(function: Callable[..., Any], known: Collection[str], purpose: str) -> dict[str, str]:
    by_parameter = {name.replace("/", "_"): name for name in known}
    found: dict[str, str] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in by_parameter:
            found[name] = by_parameter[name]
        elif parameter.default is inspect.Parameter.empty:
            raise ValueError(
                f"the turn {purpose!r} asks for {name!r}, which nobody gives; there are {', '.join(sorted(known))}"
            )
    return found


def _of_after(function: Callable[..., Any], states: Collection[str]) -> AfterParameters:
    by_parameter = {name.replace("/", "_"): name for name in states}
    return {
        name: (by_parameter.get(name, name), parameter.default is not inspect.Parameter.empty)
        for name, parameter in inspect.signature(function).parameters.items()
    }


class Count:
    """How often a turn is taken until a step; asked of later and later steps it looks at every step once."""

    def __init__(self, when: Callable[[int], bool]):
        self._when, self._step, self._count = when, 0, 0

    def until(self, step: tf.Tensor | int) -> tf.Tensor | int:
        """Steps from 1 to `step` in which the turn is taken; a tensor only for a turn of every step."""
        if self._when is always:
            return step
        if hasattr(self._when, "until"):  # it knows, without a look at every step
            return self._when.until(int(step))
        if step < self._step:
            self._step, self._count = 0, 0
        self._count += sum(bool(self._when(each)) for each in range(self._step + 1, step + 1))
        self._step = step
        return self._count
