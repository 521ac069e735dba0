"""Families of distributions that an encoder gives over latents, and the priors; log-densities in nats, float64.

Every dimension has a distribution of its own with two parameters. A family says how outputs of a network become its
parameters (Alemi and Fischer 2018, https://arxiv.org/abs/1802.04874, and their code for uniform priors).
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import tensorflow as tf

Parameters = tuple[tf.Tensor, tf.Tensor]
# How close to a bound, as a share of half the range, a latent counts: half the float32 spacing below 1.
_MARGIN = 2.0**-24
_LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


class Family(Protocol):
    """Distributions with two parameters, each float64 [B, n]."""

    def parameters(self, outputs: tf.Tensor) -> Parameters:
        """From a network's outputs [B, 2 n]."""

    def log_density(self, parameters: Parameters, z: tf.Tensor) -> tf.Tensor:
        """At latents [B, n], per dimension: float64 [B, n]."""

    def divergence(self, one: Parameters, other: Parameters) -> tf.Tensor:
        """KL(one || other), per dimension: float64 [B, n]."""

    def sample(self, parameters: Parameters, rng: np.random.Generator) -> np.ndarray:
        """A latent per row, float32 [B, n]."""


class Beta:
    """Beta distributions stretched from [0, 1] to [low, high]; alpha and beta are above 1, so modes are inside."""

    def __init__(self, low: float, high: float):
        self._low, self._high = low, high

    def parameters(self, outputs: tf.Tensor) -> Parameters:
        """alpha and beta: 1 + softplus(output - 5), so that a fresh network's are nearly uniform."""
        first, second = tf.split(1.0 + tf.nn.softplus(tf.cast(outputs, tf.float64) - 5.0), 2, axis=1)
        return first, second

    def log_density(self, parameters: Parameters, z: tf.Tensor) -> tf.Tensor:
        """(alpha - 1) ln t + (beta - 1) ln(1 - t) - ln B(alpha, beta) - ln(high - low), t in (0, 1)."""
        alpha, beta = parameters
        t = (tf.cast(z, tf.float64) - self._low) / (self._high - self._low)
        t = tf.clip_by_value(t, _MARGIN / 2, 1 - _MARGIN / 2)
        shape = (alpha - 1.0) * tf.math.log(t) + (beta - 1.0) * tf.math.log1p(-t)
        return shape - _log_beta(alpha, beta) - math.log(self._high - self._low)

    def divergence(self, one: Parameters, other: Parameters) -> tf.Tensor:
        """ln B(c, d) - ln B(a, b) + (a - c) psi(a) + (b - d) psi(b) + (c - a + d - b) psi(a + b)."""
        (a, b), (c, d) = one, other
        slopes = (a - c) * tf.math.digamma(a) + (b - d) * tf.math.digamma(b) + (c - a + d - b) * tf.math.digamma(a + b)
        return _log_beta(c, d) - _log_beta(a, b) + slopes

    def sample(self, parameters: Parameters, rng: np.random.Generator) -> np.ndarray:
        """Within [low, high]."""
        shares = rng.beta(*(each.numpy() for each in parameters))
        return (self._low + (self._high - self._low) * shares).astype(np.float32)


class Normal:
    """Normal distributions."""

    def parameters(self, outputs: tf.Tensor) -> Parameters:
        """Mean, the output itself, and standard deviation, softplus(output)."""
        mean, spread = tf.split(tf.cast(outputs, tf.float64), 2, axis=1)
        return mean, tf.nn.softplus(spread)

    def log_density(self, parameters: Parameters, z: tf.Tensor) -> tf.Tensor:
        """-((z - mean) / deviation)^2 / 2 - ln(deviation) - ln(2 pi) / 2."""
        mean, deviation = parameters
        standard = (tf.cast(z, tf.float64) - mean) / deviation
        return -0.5 * tf.square(standard) - tf.math.log(deviation) - _LOG_SQRT_TWO_PI

    def divergence(self, one: Parameters, other: Parameters) -> tf.Tensor:
        """ln(s' / s) + (s^2 + (m - m')^2) / (2 s'^2) - 1/2."""
        (mean, deviation), (other_mean, other_deviation) = one, other
        ratio = tf.square(deviation / other_deviation)
        distance = tf.square((mean - other_mean) / other_deviation)
        return 0.5 * (ratio + distance - 1.0 - tf.math.log(ratio))

    def sample(self, parameters: Parameters, rng: np.random.Generator) -> np.ndarray:
        """Unbounded."""
        return rng.normal(*(each.numpy() for each in parameters)).astype(np.float32)


def family_for(bounds: tuple[float, float] | None) -> Family:
    """The family with the support of a prior: (low, high), or None where it is unbounded."""
    return Beta(*bounds) if bounds else Normal()


def log_prior(z_distribution: str, z: tf.Tensor, bounds: tuple[float, float] | None) -> tf.Tensor:
    """Log-density of a task's prior per dimension, float64 [B, n].

    Args:
        z_distribution: "uniform" on the bounds, "normal", or "truncated": normal within the bounds, symmetric.
        z: latents [B, n] of the prior.
        bounds: of the prior's support; None where it is unbounded.
    """
    z = tf.cast(z, tf.float64)
    if z_distribution == "uniform":
        assert bounds is not None
        low, high = bounds
        return tf.fill(tf.shape(z), tf.constant(-math.log(high - low), tf.float64))
    inside = 1.0 if bounds is None else math.erf(bounds[1] / math.sqrt(2.0))
    return -0.5 * tf.square(z) - _LOG_SQRT_TWO_PI - math.log(inside)


def _log_beta(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.math.lgamma(a) + tf.math.lgamma(b) - tf.math.lgamma(a + b)
