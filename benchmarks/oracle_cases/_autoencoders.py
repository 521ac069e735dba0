"""What the cases of autoencoders share: players that make images in [-1, 1] pass for the product's in [0, 1]."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork, gradients_by_name
from benchmarks.oracle_cases._steps import Taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset


def to_unit(images: Any) -> Any:
    """From [-1, 1] to [0, 1]."""
    return (images + 1.0) / 2.0


def from_unit(images: Any) -> Any:
    """From [0, 1] to [-1, 1]."""
    return 2.0 * images - 1.0


def encoder(case: Case, heads: Sequence[str]) -> Joined:
    """The case's e_trunk with its heads, as one encoder that gives the heads' outputs side by side."""
    trunk, *parts = (ListedNetwork(case, name) for name in ("e_trunk", *heads))

    def encode(images: tf.Tensor) -> tf.Tensor:
        features = trunk(from_unit(images))
        return tf.concat([part(features) for part in parts], axis=1)

    return Joined([trunk, *parts], encode)


def headed_encoder(case: Case, heads: Mapping[str, str]) -> Joined:
    """The case's e_trunk with its heads, as one encoder that gives the heads' outputs by the names of the product."""
    trunk, *parts = (ListedNetwork(case, name) for name in ("e_trunk", *heads.values()))

    def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
        features = trunk(from_unit(images))
        return {name: part(features) for name, part in zip(heads, parts, strict=True)}

    return Joined([trunk, *parts], encode)


def network(case: Case, name: str, call: Callable[[ListedNetwork, tf.Tensor], tf.Tensor]) -> Joined:
    """One network of the case, called through a function of it and the input."""
    found = ListedNetwork(case, name)
    made = Joined([found], lambda inputs: call(found, inputs))
    made.z_dim = found.z_dim
    return made


def dataset(case: Case) -> Dataset:
    """MNIST with the case's shape of images."""
    return dataclasses.replace(catalog.find("mnist"), image_shape=ListedNetwork(case, "e_trunk").input_shape_said)


def compare_step(
    case: Case,
    comparison: Comparison,
    gan: Any,
    step: int,
    found: Taken,
    prefixes: Mapping[str, str],
    losses: Mapping[str, str],
) -> None:
    """Losses, gradients and weights of one step.

    Args:
        case: the case.
        comparison: that differences go to.
        gan: with the weights after the step.
        step: its number.
        found: what the step gave.
        prefixes: a turn's purpose -> what the arrays of its gradients are called, without the step.
        losses: a measurement -> its name among the case's values.
    """
    for name, expected in losses.items():
        where = f"step{step}/{expected}"
        comparison.close(where, found.measured[name], case.said["values"][where], rtol=1e-5, atol=1e-7)
    by_prefix: dict[str, dict[str, Any]] = {}
    for purpose, gradients in found.gradients:
        by_prefix.setdefault(prefixes[purpose], {}).update(gradients)
    for prefix, gradients in by_prefix.items():
        _compare_gradients(case, comparison, gan, f"{prefix}{step}/", gradients)
    _latent.compare_weights(case, comparison, gan, f"after{step}/")


def _compare_gradients(case: Case, comparison: Comparison, gan: Any, prefix: str, gradients: Mapping[str, Any]) -> None:
    """As `_latent.compare_gradients`; the case leaves out what an update does not reach, such as another head."""
    expected, found = case.below(prefix), dict[str, Any]()
    if case.is_reduced and not expected:
        return
    for player, each in gradients.items():
        named = gradients_by_name(gan.players[player].network, each)
        found |= {name: value for name, value in named.items() if name in expected or np.any(value)}
    comparison.equal_names(prefix, set(found), set(expected))
    for name in sorted(set(found) & set(expected)):
        comparison.close(prefix + name, found[name], expected[name], rtol=1e-3, atol=1e-5)


def compare_outputs(case: Case, comparison: Comparison, found: Mapping[str, Any]) -> None:
    """What a step computes on its way at the first weights, by the names of the case's "out/" arrays."""
    for name, expected in case.below("out/").items():
        comparison.close(f"out/{name}", np.reshape(found[name], expected.shape), expected, rtol=1e-3, atol=1e-5)
