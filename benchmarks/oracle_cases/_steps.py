"""Steps of the product on stored inputs: its random numbers are replaced, what its optimizers get is noted."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import numpy as np
import tensorflow as tf

from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.engine import Batches
from compare_gan_tf2.runtime import draws

# Players' gradients by name, a row of None or an array for each of the player's variables.
Gradients = dict[str, list[np.ndarray | None]]


@dataclasses.dataclass
class Taken:
    """What one step gave.

    Attributes:
        measured: its measurements.
        gradients: what the optimizers got, in the order of the updates: (the turn's purpose, gradients).
    """

    measured: dict[str, float]
    gradients: list[tuple[str, Gradients]]


def taken(gan: BaseGan, number: int, batches: Batches, drawn: Mapping[str, np.ndarray]) -> Taken:
    """One step of the GAN's own engine, operation by operation.

    Args:
        gan: with the weights of the step's start.
        number: of the step, from 1.
        batches: {purpose: {stream: rows}} of what the step reads.
        drawn: by the purposes of the random numbers, what takes their place.
    """
    gradients: list[tuple[str, Gradients]] = []
    updates = gan.engine.updates
    move = updates.move

    def noted(turn: Any, found: Any, numbers: Any) -> None:
        gradients.append((turn.draws, {name: [_array(each) for each in list_] for name, list_ in found.items()}))
        move(turn, found, numbers)

    with given(drawn), mock.patch.object(updates, "move", noted):
        step = tf.constant(number, tf.int64)
        measured = gan.engine.step(batches, step, gan.engine.due(number), None)
    return Taken({name: float(each) for name, each in measured.items()}, gradients)


@contextlib.contextmanager
def given(drawn: Mapping[str, np.ndarray]) -> Iterator[None]:
    """Within the block random numbers are these, by their purposes; others must not be asked for."""

    def draw(seed: draws.Seed, distribution: str, purpose: str, shape: list[int]) -> tf.Tensor:
        del seed, distribution
        if purpose not in drawn:
            raise KeyError(f"the step draws {purpose!r}, which the case does not store")
        return tf.ensure_shape(tf.constant(drawn[purpose], tf.float32), shape)

    drawn_labels = draws.Seed.labels

    def labels(seed: draws.Seed, purpose: str, count: int, num_classes: int) -> tf.Tensor:
        if purpose not in drawn:  # some cases give what is made of labels, and labels themselves mean nothing there
            return drawn_labels(seed, purpose, count, num_classes)
        return tf.ensure_shape(tf.constant(drawn[purpose], tf.int32), [count])

    with mock.patch.object(draws.Seed, "draw", draw), mock.patch.object(draws.Seed, "labels", labels):
        yield


def _array(gradient: tf.Tensor | None) -> np.ndarray | None:
    return None if gradient is None else gradient.numpy()
