"""A Gaussian-process bandit: batched upper confidence bound (Desautels et al. 2014), as the Landscape paper's studies.

Kurach et al. 2019 do not say which kernel and which acquisition they took. Here the kernel is Matern 5/2 with one
length scale per parameter on the unit cube, where a choice's values are unit vectors; its parameters are the likeliest
a posteriori. Within a round, each choice counts as seen with its own mean, which lowers the deviation around it.
"""

from __future__ import annotations

import functools
import math
from types import ModuleType
from typing import Any

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import space as spaces
from compare_gan_tf2.studies.searches import Known, draws
from compare_gan_tf2.studies.searches import random as random_search
from compare_gan_tf2.studies.space import Space

# Deviations above the mean; the coefficient of Song et al. 2024 (Vizier's Gaussian-process bandit).
_DEVIATIONS = 1.8
# What is looked at: draws from everywhere, and near each of the best settings that are known.
_EVERYWHERE, _NEAR, _BEST, _WIDTH, _CHANGED = 1000, 100, 3, 0.1, 0.3
# A setting worse than the median by so many times the distance from the median to the best counts as that bad: how bad
# the bad ones are says nothing of the good ones.
_CLIP = 2.0
# Of normal priors of logarithms: length scales, the amplitude, the variance of noise (for means of deviation 1).
_PRIORS = {"length": (math.log(0.5), 1.0), "amplitude": (0.0, 0.5), "noise": (math.log(0.02), 1.5)}
# Where the ascents to the likeliest parameters begin: (length scale, variance of noise); and how they go, by Adam.
_STARTS = ((0.5, 0.02), (0.15, 0.02), (1.5, 0.02), (0.5, 0.3))
_LEAST_NOISE = 1e-6
_ITERATIONS, _RATE, _STEEPEST = 120, 0.1, 100.0
# Digits of a bound that count, so that rounding on other machines chooses no other setting.
_DIGITS = 9


def propose(space: Space, known: Known, rng: np.random.Generator, count: int, tried: set[str]) -> list[dict[str, Any]]:
    """The settings with the greatest upper confidence bounds; at random while fewer than two are known.

    Raises:
        UserError: if TensorFlow Probability is not there.
    """
    if len(known.settings) < 2:
        return random_search.propose(space, known, rng, count, tried)
    taken = set(tried)
    near = (_nearby(space, space.point(known.settings[i]), rng) for i in _best(known) for _ in range(_NEAR))
    candidates = spaces.untried(space, near, taken, _NEAR * _BEST)
    candidates += draws(space, rng, taken, _EVERYWHERE)
    if len(candidates) <= count:
        return candidates
    chosen = choose(
        np.stack([space.features(each) for each in known.settings]),
        known.means,
        known.errors,
        np.stack([space.features(each) for each in candidates]),
        space.groups,
        count,
    )
    return [candidates[i] for i in chosen]


def _best(known: Known) -> list[int]:
    return [int(i) for i in np.argsort(-known.means, kind="stable")[:_BEST]]


def _nearby(space: Space, point: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A point near another: ranges are left by some of their width, choices are drawn anew now and then."""
    moved = np.clip(point + rng.normal(0.0, _WIDTH, len(point)), 0.0, 1.0)
    anew = rng.random(len(point))
    changes = rng.random(len(point)) < _CHANGED
    is_choice = np.array([each.size > 1 for each in space.parameters])
    return np.where(is_choice, np.where(changes, anew, point), moved)


def choose(
    features: np.ndarray, means: np.ndarray, errors: np.ndarray, candidates: np.ndarray, groups: np.ndarray, count: int
) -> list[int]:
    """A batch of candidates.

    Args:
        features: of the settings that are known, float64 [N, F].
        means: what is known of them, more is better, float64 [N].
        errors: standard errors of the means, float64 [N].
        candidates: features of what may be chosen, float64 [M, F].
        groups: the parameter that each feature tells of, int64 [F].
        count: how many to choose.

    Returns:
        Numbers of candidates, in the order of their choice.

    Raises:
        UserError: if TensorFlow Probability is not there.
    """
    values, scale = _standardized(means)
    posterior = _fitted(features, values, (errors / scale) ** 2, candidates, groups)
    mean, covariance, noise = (each.numpy() for each in posterior)
    chosen: list[int] = []
    for _ in range(min(count, len(candidates))):
        bound = mean + _DEVIATIONS * np.sqrt(np.maximum(np.diag(covariance), 0.0))
        bound[chosen] = -np.inf
        chosen.append(int(np.argmax(np.round(bound, _DIGITS))))
        column = covariance[:, chosen[-1]].copy()
        covariance -= np.outer(column, column) / (column[chosen[-1]] + noise)
    return chosen


def _standardized(means: np.ndarray) -> tuple[np.ndarray, float]:
    """Means with the worst ones clipped, of mean 0 and deviation 1, and what they were divided by."""
    median, best = float(np.median(means)), float(np.max(means))
    clipped = np.maximum(means, median - _CLIP * (best - median))
    deviation = float(np.std(clipped))
    # A score that does not vary says nothing, and the bound looks for what is far from all that is known.
    scale = deviation if deviation > 1e-12 * max(1.0, abs(best)) else 1.0
    values = (clipped - np.mean(clipped)) / scale
    return values if deviation else np.zeros_like(values), scale


def _library() -> ModuleType:
    try:
        # It takes tf_keras for its layers, which are not needed here.
        import tensorflow_probability as tfp
    except ImportError as error:
        raise UserError(
            f"search gaussian_process needs TensorFlow Probability ({error}): pip install 'compare_gan_tf2[search]'"
        ) from error
    return tfp


def _fitted(*arrays: np.ndarray) -> Any:
    """Mean [M] and covariance [M, M] of the candidates' values, and the variance of noise; tensors of float64."""
    return _fit()(*arrays)


@functools.cache
def _fit() -> Any:
    """The compiled fit, traced once for all numbers of settings."""
    tfp = _library()
    import tensorflow as tf

    kernels, tfd = tfp.math.psd_kernels, tfp.distributions
    priors = {name: tfd.Normal(np.float64(mean), np.float64(deviation)) for name, (mean, deviation) in _PRIORS.items()}

    def kernel_of(parameters: tf.Tensor, groups: tf.Tensor) -> Any:
        """The kernel of parameters [..., P + 2]: logarithms of length scales, amplitude and variance of noise."""
        lengths = tf.gather(tf.exp(parameters[..., :-2]), groups, axis=-1)
        return kernels.FeatureScaled(kernels.MaternFiveHalves(amplitude=tf.exp(parameters[..., -2])), lengths)

    def covariance_of(parameters: tf.Tensor, features: tf.Tensor, errors: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
        noise = tf.exp(parameters[..., -1, None]) + _LEAST_NOISE + errors
        matrix = kernel_of(parameters, groups).matrix(features, features)
        return tf.linalg.set_diag(matrix, tf.linalg.diag_part(matrix) + noise)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.float64),
            tf.TensorSpec([None], tf.float64),
            tf.TensorSpec([None], tf.float64),
            tf.TensorSpec([None, None], tf.float64),
            tf.TensorSpec([None], tf.int64),
        ]
    )
    def fit(features: tf.Tensor, values: tf.Tensor, errors: tf.Tensor, candidates: tf.Tensor, groups: tf.Tensor) -> Any:
        count = tf.reduce_max(groups) + 1

        def loss(parameters: tf.Tensor) -> tf.Tensor:
            factor = tf.linalg.cholesky(covariance_of(parameters, features, errors, groups))
            likelihood = tfd.MultivariateNormalTriL(scale_tril=factor).log_prob(values)
            prior = tf.reduce_sum(priors["length"].log_prob(parameters[..., :-2]), -1)
            prior += priors["amplitude"].log_prob(parameters[..., -2]) + priors["noise"].log_prob(parameters[..., -1])
            return -(likelihood + prior)

        starts = tf.math.log(tf.constant(_STARTS, tf.float64))
        lengths = tf.repeat(starts[:, :1], count, axis=1)
        begin = tf.concat([lengths, tf.zeros_like(starts[:, :1]), starts[:, 1:]], 1)

        def ascend(i: tf.Tensor, at: tf.Tensor, first: tf.Tensor, second: tf.Tensor) -> Any:
            """A step of Adam for each start."""
            _, gradient = tfp.math.value_and_gradient(loss, at)
            gradient = tf.clip_by_value(gradient, -_STEEPEST, _STEEPEST)
            first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
            number = tf.cast(i + 1, tf.float64)
            step = first / (1.0 - 0.9**number) / (tf.sqrt(second / (1.0 - 0.99**number)) + 1e-8)
            return i + 1, at - _RATE * step, first, second

        zeros = tf.zeros_like(begin)
        _, found, _, _ = tf.while_loop(lambda i, *_: i < _ITERATIONS, ascend, (0, begin, zeros, zeros))
        losses = loss(found)
        losses = tf.where(tf.math.is_finite(losses), losses, np.inf)
        parameters = found[tf.argmin(losses)]
        kernel = kernel_of(parameters, groups)
        factor = tf.linalg.cholesky(covariance_of(parameters, features, errors, groups))
        across = kernel.matrix(features, candidates)
        mean = tf.linalg.matvec(across, tf.linalg.cholesky_solve(factor, values[:, None])[:, 0], transpose_a=True)
        root = tf.linalg.triangular_solve(factor, across)
        covariance = kernel.matrix(candidates, candidates) - tf.matmul(root, root, transpose_a=True)
        return mean, covariance, tf.exp(parameters[-1]) + _LEAST_NOISE

    return fit
