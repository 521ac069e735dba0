"""Precision, recall and F1 against the manifold of convex polygons (Lucic et al. 2018).

«Are GANs Created Equal?», section 5, https://arxiv.org/abs/1711.10337. Precision is the share of generated images
close to some polygon; recall is the share of held-out images the generator can come close to. The paper gives the
threshold and the number of images for precision, but not its optimizers; those here are our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.model_metrics import TrainedModel, _polygon_projection

DEFAULT = True
LOWER_IS_BETTER = {
    "polygon_precision": False,
    "polygon_recall": False,
    "polygon_f1": False,
    "polygon_median_distance": True,
}
APPLIES_TO = "data sets of polygons that all have the same number of corners"
COST = "Projects 1,024 images and takes 400 latent steps for 256: 10 to 40 s on two cores for a small generator."

# Largest squared L2 distance that counts as on the manifold; as much as a triangle moved by a sixth of a pixel.
DELTA = 0.75
PRECISION_IMAGES = 1_024
RECALL_IMAGES = 256
# Generated samples among which each latent search finds its start, and how many are generated at a time.
START_SAMPLES = 20_000
START_BATCH = 500
SEARCH_STEPS = 400
LEARNING_RATE = 0.1
PROTOCOL = (
    f"squared distance at most {DELTA}, precision of {PRECISION_IMAGES} images, recall of {RECALL_IMAGES} in "
    f"{SEARCH_STEPS} steps from the best of {START_SAMPLES}"
)
# Adam's, as published (Kingma and Ba 2015).
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


def applies(dataset: Any, options: Any) -> bool:
    """Whether the data set consists of convex polygons, all with the same number of vertices."""
    del options
    return isinstance(dataset.polygon_vertices, int)


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores a model of convex polygons.

    Args:
        model: the model with its generated images, of which the first 1,024 are judged for precision, and real images
            of its evaluation split, of which the first 256 are searched for; fewer where there are fewer.

    Returns:
        polygon_precision, polygon_recall and polygon_f1 in [0, 1], higher is better; polygon_median_distance, the
        median squared L2 distance of the generated images to the manifold, lower is better.

    Raises:
        ValueError: the images are not [N, 28, 28, 1].
    """
    judged, turned = model.generated.images[:PRECISION_IMAGES], getattr(model.dataset, "corrected", False)
    share, median = precision(judged, model.dataset.polygon_vertices, model.seed, turned=turned)
    found = recall(model)
    return {
        "polygon_precision": share,
        "polygon_median_distance": median,
        "polygon_recall": found,
        "polygon_f1": 2 * share * found / (share + found) if share + found else 0.0,
    }


def precision(images: np.ndarray, num_vertices: int, seed: int, *, turned: bool = False) -> tuple[float, float]:
    """How much of a set of images lies on the manifold of convex polygons with free vertices.

    Args:
        images: float [N, 28, 28] or [N, 28, 28, 1] in [0, 1], dark polygons on white.
        num_vertices: vertices of the manifold's polygons, at least 3.
        seed: seed of the polygons the projections start from, 0 to 2**32 - 1.
        turned: whether these are turned all round, as those of the corrected data sets; the manifold is the same.

    Returns:
        The share of images within `DELTA` of the manifold, in [0, 1], and the median squared L2 distance to it.

    Raises:
        ValueError: images has another shape, or num_vertices is below 3.
    """
    distances = _polygon_projection.distances(images, num_vertices, seed, turned=turned)
    return float(np.mean(distances <= DELTA)), float(np.median(distances))


def recall(model: TrainedModel) -> float:
    """The share of the first 256 real images that the generator comes within `DELTA` of for some latent, in [0, 1].

    Each image's search starts from the nearest of 20,000 generated samples and keeps that sample's label.
    """
    images = model.real.images[:RECALL_IMAGES]
    targets = tf.reshape(tf.constant(images, tf.float32), [len(images), -1])
    latents, labels = _nearest_starts(model, targets)
    return float(np.mean(_search(model, latents, labels, targets).numpy() <= DELTA))


def _generate(generator: Callable[..., Any], latents: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
    """Generated images, float32 [B, pixels]."""
    images = tf.cast(generator(latents, labels, training=False), tf.float32)
    return tf.reshape(images, [tf.shape(images)[0], -1])


def _nearest_of(generator: Callable[..., Any]) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """The place of the nearest of some generated images to every target, compiled, and how near it is."""

    @tf.function(reduce_retracing=True)
    def nearest(latents: tf.Tensor, labels: tf.Tensor | None, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = _generate(generator, latents, labels)
        # The target's own norm is the same for every sample.
        scores = tf.reduce_sum(images**2, axis=1) - 2 * tf.matmul(targets, images, transpose_b=True)
        return tf.argmin(scores, axis=1), tf.reduce_min(scores, axis=1)

    return nearest


def _nearest_starts(model: TrainedModel, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
    """For each target the latent and the label of the nearest generated sample."""
    nearest = model.kept.setdefault("polygon_manifold nearest", _nearest_of(model.generator))
    latents, labels = model.draw_latents(START_SAMPLES, "polygon_recall")
    latents = tf.convert_to_tensor(latents, tf.float32)
    labels = None if labels is None else tf.convert_to_tensor(labels, tf.int32)
    chosen = np.zeros(len(targets), np.int64)
    best = np.full(len(targets), np.inf, np.float32)
    for first in range(0, START_SAMPLES, START_BATCH):
        rows = slice(first, first + START_BATCH)
        winners, scores = (
            part.numpy() for part in nearest(latents[rows], None if labels is None else labels[rows], targets)
        )
        better = scores < best
        chosen[better] = first + winners[better]
        best[better] = scores[better]
    return tf.gather(latents, chosen), None if labels is None else tf.gather(labels, chosen)


def _search(model: TrainedModel, latents: tf.Tensor, labels: tf.Tensor | None, targets: tf.Tensor) -> tf.Tensor:
    """The least squared distance to each target that Adam with a cosine decay meets on its way, float32 [B]."""
    search = model.kept.setdefault("polygon_manifold search", _search_of(model.generator, model.latent_bounds))
    return search(latents, labels, targets)


def _search_of(
    generator: Callable[..., Any], bounds: tuple[float, float] | None
) -> Callable[[tf.Tensor, tf.Tensor | None, tf.Tensor], tf.Tensor]:
    """The search, compiled; arguments as of `_search`."""

    @tf.function
    def search(latents: tf.Tensor, labels: tf.Tensor | None, targets: tf.Tensor) -> tf.Tensor:
        def distances(latents: tf.Tensor) -> tf.Tensor:
            return tf.reduce_sum((_generate(generator, latents, labels) - targets) ** 2, axis=1)

        mean, square = tf.zeros_like(latents), tf.zeros_like(latents)
        best = tf.fill([tf.shape(targets)[0]], np.float32(np.inf))
        for step in tf.range(SEARCH_STEPS, dtype=tf.float32):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(latents)
                distance = distances(latents)
            # A generator that looks images up has no gradient: its starts are its answer.
            gradient = tape.gradient(distance, latents, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            best = tf.minimum(best, distance)
            mean = _BETA1 * mean + (1 - _BETA1) * gradient
            square = _BETA2 * square + (1 - _BETA2) * gradient**2
            rate = LEARNING_RATE * 0.5 * (1 + tf.cos(np.float32(np.pi) * step / SEARCH_STEPS))
            unbiased_mean = mean / (1 - _BETA1 ** (step + 1))
            unbiased_square = square / (1 - _BETA2 ** (step + 1))
            latents -= rate * unbiased_mean / (tf.sqrt(unbiased_square) + _EPSILON)
            if bounds is not None:
                latents = tf.clip_by_value(latents, *bounds)
        return tf.minimum(best, distances(latents))

    return search
