"""How unevenly the generator stretches its latents: ln of the condition number of J'J (Odena et al. 2018).

«Is Generator Conditioning Causally Related to GAN Performance?», https://arxiv.org/abs/1802.08768. J = dG(z)/dz has a
row per pixel and color and a column per latent component; all components' derivatives are taken in forward mode, in
one pass over a batch of copies of z. With s the singular values of J, ln cond(J'J) = 2 (ln s_max - ln s_min).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.model_metrics import TrainedModel
from compare_gan_tf2.progress import Progress, announce

DEFAULT = False
LOWER_IS_BETTER = {
    "log_condition_number_mean": True,
    "log_condition_number_std": None,
    "log_condition_number_count": None,
    "log_condition_number_singular": None,
}
APPLIES_TO = "every model"
COST = (
    "Differentiates 64 to 256 images by every latent component: 64 x 128 derivatives take about ten seconds on two "
    "cores for 28x28 images and infogan, about ten minutes for 32x32 and resnet_cifar, hours for larger networks."
)

# The batch is the training's within these limits.
LEAST_LATENTS, MOST_LATENTS = 64, 256
# Smallest s_min / s_max that derivatives in float32 can tell from zero; takes the ratio's place below it.
SMALLEST_RATIO = 1e-6
PROTOCOL = (
    f"one batch of the training's size, {LEAST_LATENTS} to {MOST_LATENTS}, ratios of singular values below "
    f"{SMALLEST_RATIO:g} count as that and as singular"
)
# Directions in one call.
_DIRECTIONS = 64
# Largest share of one Jacobian, in float32, that is kept at a time.
_BLOCK_BYTES = 2**28
# Columns of that share that are in float64 at a time.
_COLUMNS = 2**14

# function(z [B, n], labels int32 [B] or None) -> [B, ...], each row a function of its own z and label alone.
Function = Callable[[Any, Any], Any]


def applies(dataset: Any, options: Any) -> bool:
    """Always: every GAN type has a generator."""
    del dataset, options
    return True


def metric(model: TrainedModel) -> dict[str, float]:
    """Conditions the generator in inference mode at latents of its prior, the labels of conditional models held fixed.

    Returns:
        log_condition_number_mean and log_condition_number_std (natural logarithm; population standard deviation),
        0 or more, of log_condition_number_count latents, of which log_condition_number_singular have a Jacobian of
        deficient rank, within float32, and count with the largest value there is, -2 ln 1e-6 = 27.6.

    Raises:
        ValueError: if a derivative is not finite.
    """
    count = min(max(model.options.batch_size, LEAST_LATENTS), MOST_LATENTS)
    latents, labels = model.draw_latents(count, "condition_number")
    values, singular = log_condition_numbers(
        gram_matrices(lambda z, labels: model.generator(z, labels, training=False), latents, labels)
    )
    return {
        "log_condition_number_mean": float(values.mean()),
        "log_condition_number_std": float(values.std()),
        "log_condition_number_count": float(count),
        "log_condition_number_singular": float(singular.sum()),
    }


def log_condition_numbers(grams: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln cond of matrices J'J in the 2-norm, and where it is only a bound.

    Args:
        grams: float64 [N, n, n], symmetric, positive semidefinite.

    Returns:
        Values float64 [N] from 0 to -2 ln `SMALLEST_RATIO`; bool [N], whether the rank is deficient (J = 0 included).

    Raises:
        ValueError: if a number is not finite.
    """
    if not np.isfinite(grams).all():
        raise ValueError("the generator's derivatives are not finite")
    eigenvalues = np.linalg.eigvalsh(grams)
    smallest, largest = np.maximum(eigenvalues[:, 0], 0.0), eigenvalues[:, -1]
    singular = smallest <= SMALLEST_RATIO**2 * largest
    ratios = np.where(singular, SMALLEST_RATIO**2, smallest / np.where(singular, 1.0, largest))
    return -np.log(ratios), singular


def gram_matrices(
    function: Function, latents: Any, labels: Any = None, *, block_bytes: int = _BLOCK_BYTES
) -> np.ndarray:
    """J'J at each of N latents, J = d function / dz of that latent's own output.

    Args:
        function: as `Function`; differentiated in its own precision.
        latents: z float32 or float64 [N, n].
        labels: int32 [N] or None.
        block_bytes: how much of a Jacobian is held at a time; a larger one is made in blocks of outputs, each of
            which takes all passes anew.

    Returns:
        float64 [N, n, n], accumulated in float64.
    """
    latents = tf.convert_to_tensor(latents)
    labels = None if labels is None else tf.convert_to_tensor(labels, tf.int32)
    count, components = latents.shape
    rows = min(components, _DIRECTIONS)
    calls = -(-components // rows)
    directions = np.eye(calls * rows, components, dtype=latents.dtype.as_numpy_dtype)

    one_label = None if labels is None else labels[:1]
    shape = function(latents[:1], one_label).shape[1:]

    @tf.function
    def derivatives(z: tf.Tensor, label: tf.Tensor | None, directions: tf.Tensor, first: tf.Tensor, last: tf.Tensor):
        """J v for `rows` directions v, [rows, outputs from first to before last]."""
        copies = tf.repeat(z, rows, axis=0)
        # J'u is linear in u and its derivative by u, applied to v, is J v (the transpose of a transpose): forward mode
        # for every operation that has a gradient. J'u itself is never computed.
        cotangents = tf.zeros([rows, *shape], latents.dtype)
        settings: dict[str, Any] = {"watch_accessed_variables": False}
        zero = tf.UnconnectedGradients.ZERO
        with tf.GradientTape(**settings) as of_cotangents:
            of_cotangents.watch(cotangents)
            with tf.GradientTape(**settings) as of_latents:
                of_latents.watch(copies)
                outputs = function(copies, None if label is None else tf.repeat(label, rows, axis=0))
            pulled = of_latents.gradient(outputs, copies, cotangents, unconnected_gradients=zero)
        pushed = of_cotangents.gradient(pulled, cotangents, directions, unconnected_gradients=zero)
        return tf.reshape(pushed, [rows, -1])[:, first:last]

    def jacobian(place: int, first: int, last: int) -> np.ndarray:
        """J' at a latent, its columns from first to before last, [n, outputs]."""
        z, label = latents[place : place + 1], None if labels is None else labels[place : place + 1]
        limits = tf.constant(first), tf.constant(last)
        parts = [
            derivatives(z, label, tf.constant(directions[call * rows : (call + 1) * rows]), *limits).numpy()
            for call in range(calls)
        ]
        return np.concatenate(parts)[:components]

    outputs = int(np.prod(shape, dtype=np.int64))
    block = max(1, block_bytes // (components * latents.dtype.size))
    grams = np.zeros((count, components, components))
    with Progress("conditioning the generator", count, unit="latent") as progress:
        for place in range(count):
            for first in range(0, outputs, block):
                slopes = jacobian(place, first, min(first + block, outputs))
                for column in range(0, slopes.shape[1], _COLUMNS):
                    wide = slopes[:, column : column + _COLUMNS].astype(np.float64)
                    grams[place] += wide @ wide.T
            # The first one's time is mostly that of tracing.
            if place == 0:
                start = time.monotonic()
            elif place == 1:
                announce("conditioning the generator", (time.monotonic() - start) * count)
            progress.advance(place + 1)
    return grams
