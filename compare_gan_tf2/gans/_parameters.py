"""Which of a step's inputs the functions of a GAN type ask for, by the names of their parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from compare_gan_tf2.gans import Turn

if TYPE_CHECKING:
    from compare_gan_tf2.gans.base import BaseGan


def parameters(gan: BaseGan, turns: Sequence[Turn]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What the objective and the `after` of every turn get: {parameter: name of an input}.

    Of `after` these may be terms and rows of its own turn too, whose names are known once the objective was traced; so
    there a name that is no input of the step is taken for one of those.

    Raises:
        ValueError: if an objective asks for what no stream, state or earlier turn gives, or a name is given twice.
    """
    known = [*gan.streams, *gan.state, "step"]
    if len(known) != len(set(known)):
        raise ValueError(f"streams and states share a name: {', '.join(sorted(known))}")
    objectives, afters = list[dict[str, str]](), list[dict[str, str]]()
    for turn in turns:
        objectives.append(_asked_for(turn.objective, known, turn.draws))
        afters.append(_asked_for(turn.after, known, turn.draws, is_open=True) if turn.after else {})
        known += [name for name in turn.hands if name not in known]
    return objectives, afters


def _asked_for(
    function: Callable[..., Any], known: Collection[str], purpose: str, *, is_open: bool = False
) -> dict[str, str]:
    by_parameter = {name.replace("/", "_"): name for name in known}
    found: dict[str, str] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in by_parameter:
            found[name] = by_parameter[name]
        elif is_open:
            found[name] = name
        elif parameter.default is inspect.Parameter.empty:
            raise ValueError(
                f"the turn {purpose!r} asks for {name!r}, which nobody gives; there are {', '.join(sorted(known))}"
            )
    return found
