"""Compiled steps that a process keeps from one task to the next, for tasks that differ in what no trace depends on."""

from __future__ import annotations

import collections
import functools
from collections.abc import Hashable
from typing import Any

import tensorflow as tf

from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import distribution
from compare_gan_tf2.training.steps import Stepper
from compare_gan_tf2.training.untraced import FREE


class KeptSteps:
    """GANs with their compiled steps, to be trained again from the initial weights of another task.

    A task that is trained with kept steps has the weights of one that is trained in a process of its own, to the bit.

    Args:
        most: GANs that are kept at a time, each with its variables; the one that was used longest ago goes first.
    """

    def __init__(self, most: int = 2):
        self._most = most
        self._kept: collections.OrderedDict[Hashable, tuple[BaseGan, Stepper]] = collections.OrderedDict()

    @functools.cached_property
    def strategy(self) -> tf.distribute.Strategy:
        """One device; made when it is first asked for, which fixes the number of threads."""
        return distribution.create("one_device")

    def take(self, options: Options, **how: Any) -> tuple[BaseGan, Stepper]:
        """The GAN that the options describe, with its initial weights, and what takes its steps.

        Args:
            options: of the task.
            how: further arguments of `Stepper`.
        """
        with self.strategy.scope():
            made = build(options)
        key = (_form(made), *sorted(how.items()))
        if key in self._kept:
            self._kept.move_to_end(key)
            self._kept[key][0].become(made)
        else:
            self._kept[key] = (made, Stepper(made, self.strategy, **how))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return self._kept[key]


def _form(gan: BaseGan) -> Hashable:
    """All that a trace of the GAN's steps depends on."""
    shapes = tf.nest.map_structure(lambda variable: (variable.dtype, tuple(variable.shape)), gan.tracked())
    described = sorted((name, value) for name, value in gan.options.to_dict().items() if name not in FREE)
    dataset = gan.dataset
    facts = (dataset.image_shape, dataset.num_classes, dataset.largest_value, gan.trace_facts)
    return tuple(described), facts, tuple((part, *sorted(named.items())) for part, named in shapes.items())
