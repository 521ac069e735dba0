"""What the cases of oracle/latent_systems share: tolerances, optimizers, names."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._layers import gradients_by_name
from benchmarks.oracle_cases._steps import Gradients
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import draws

# Of the folder's README: for arrays and gradients in float32.
_RTOL, _ATOL = 1e-3, 1e-5


def options_of(generator: Mapping[str, Any], discriminator: Mapping[str, Any]) -> dict[str, Any]:
    """Options of two optimizers of a case, which have the same decays in all cases.

    Raises:
        NotBuiltError: if they are no Adam with TensorFlow's constants, or differ in what is one option.
    """
    both = (generator, discriminator)
    shared = {name: {each.get(name, 0.0) for each in both} for name in ("beta1", "beta2", "l2_added_to_gradient")}
    if any(each["kind"] != "adam" or each["epsilon"] != 1e-8 for each in both):
        raise NotBuiltError("an optimizer is no Adam with epsilon 1e-8")
    if any(len(values) > 1 for values in shared.values()):
        raise NotBuiltError("its optimizers differ in more than their rates")
    beta1, beta2, l2 = (values.pop() for values in shared.values())
    return {
        "g_optimizer": "adam", "d_optimizer": "adam", "beta1": beta1, "beta2": beta2, "l2_in_gradient": l2,
        "g_learning_rate": generator["learning_rate"], "d_learning_rate": discriminator["learning_rate"],
    }  # fmt: skip


def compare_gradients(
    case: Case, comparison: Comparison, gan: BaseGan, prefix: str, gradients: Gradients, *, all_reached: bool = True
) -> None:
    """What the optimizers got against the arrays whose names begin so.

    Args:
        case: of the arrays.
        comparison: collects differences.
        gan: of the players.
        prefix: of the names.
        gradients: by player.
        all_reached: whether the case has all of the players' variables there; else those that a gradient reaches.
    """
    found: dict[str, Any] = {}
    for player, each in gradients.items():
        found |= gradients_by_name(gan.players[player].network, each, only_reached=not all_reached)
    expected = case.below(prefix)
    if case.is_reduced and not expected:
        return
    comparison.equal_names(prefix, set(found), set(expected))
    for name in sorted(set(found) & set(expected)):
        comparison.close(prefix + name, found[name], expected[name], rtol=_RTOL, atol=_ATOL)


def compare_weights(case: Case, comparison: Comparison, gan: BaseGan, prefix: str) -> None:
    """The players' variables against the arrays whose names begin so, but for those that are not to be compared."""
    found: dict[str, Any] = {}
    for player in gan.players.values():
        found |= player.network.named_variables()
    expected = case.below(prefix)
    if case.is_reduced and not expected:
        return
    comparison.equal_names(prefix, set(found), set(expected))
    for name in sorted(set(found) & set(expected) - set(case.said["weights_not_to_compare"])):
        comparison.close(prefix + name, found[name].numpy(), expected[name], rtol=_RTOL, atol=_ATOL)


@contextlib.contextmanager
def drawing(purpose: str) -> Iterator[None]:
    """Within the block a turn's functions can be called by themselves."""
    with draws.drawing(draws.Seed.of(0, 1), purpose, draws.Share()):
        yield


def replay(gan: BaseGan, drawn: Mapping[str, Mapping[str, Any]]) -> None:
    """From now on drawn streams give these rows: {stream: {purpose: rows}}; other purposes must not be asked for."""
    for name, by_purpose in drawn.items():
        rows = {purpose: tf.constant(each) for purpose, each in by_purpose.items()}
        stored = functools.partial(_stored, rows)
        gan.streams[name] = dataclasses.replace(gan.streams[name], draw=stored)


def _stored(rows: Mapping[str, tf.Tensor], count: int, purpose: str, seed: draws.Seed) -> tf.Tensor:
    del seed
    return tf.ensure_shape(rows[purpose], [count, *rows[purpose].shape[1:]])
