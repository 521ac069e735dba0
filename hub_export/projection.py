"""Projection: the w whose image is most like a picture, by gradient descent, beside what it has to be better than.

Karras et al. 2020, appendix D, with two differences: pictures are compared by pixels and by the features of the data
set's own classifier, and the noise maps stay as the module has them. Distances are relative: 1 is that of the image of
the mean w, 0 an equal picture.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import Request, classifier
from compare_gan_tf2.hub_export import sample
from compare_gan_tf2.hub_export.styles import Drawn, Styled
from compare_gan_tf2.options import Options
from compare_gan_tf2.progress import Progress
from compare_gan_tf2.task_folder import grids

SPACES = ("w", "w+")
ITERATIONS = 300
# Samples among which the nearest is looked for.
SAMPLES = 10_000
# Of latents that are drawn here; the sample that is projected back is none of those it is compared with.
_SEED, _SEED_OF_CONTROL = 0, 1
# Rate at its highest, in deviations of w; and the shares of all steps in which it rises and falls.
_RATE, _RISE, _FALL = 0.1, 0.05, 0.25
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
# A distance of two pictures that are alike.
_LEAST = 1e-12

# Of images float32 [N, H, W, C] in [0, 1] the features float32 [N, F], with gradients.
Features = Callable[[tf.Tensor], tf.Tensor]


@dataclasses.dataclass(frozen=True, eq=False)
class Projected:
    """One picture's projection.

    Attributes:
        target, image, at_center, nearest: float32 [H, W, C]: the picture, its projection, the image of the mean w, and
            the nearest of the samples.
        ws: float32 [layers, length] of the projection.
        distance, of_nearest: of the projection and of the nearest sample; that of the mean w is 1.
        pixels: root of the mean squared difference of pixels in [0, 1] of the projection.
        label: the class whose mean w the search began at; None without classes.
    """

    target: np.ndarray
    image: np.ndarray
    at_center: np.ndarray
    nearest: np.ndarray
    ws: np.ndarray
    distance: float
    of_nearest: float
    pixels: float
    label: int | None = None

    @property
    def is_outside(self) -> bool:
        """Whether no w gives what a search among samples does not: the picture is outside what the model draws."""
        return self.distance >= min(self.of_nearest, 1.0)


class Projector:
    """Projects pictures into the w of a module.

    Args:
        styled: the module.
        features: of the classifier; None compares pixels alone.
        space: "w", one vector for all layers, or "w+", one for each.
        iterations: steps of gradient descent for each picture.
        label: the class that pictures are of; None takes that of the nearest sample.
        samples: how many samples are looked at.

    Raises:
        UserError: for a class of a module without classes.
    """

    def __init__(
        self,
        styled: Styled,
        features: Features | None = None,
        *,
        space: str = SPACES[0],
        iterations: int = ITERATIONS,
        label: int | None = None,
        samples: int = SAMPLES,
    ):
        self._styled, self._features, self._space = styled, features, space
        self._iterations, self._label = iterations, label
        labels = () if label is None else (label,)
        sample.checked(styled.about, labels, _SEED, 0.0, samples=samples, iterations=iterations)
        self._candidates = styled.all_drawn(samples, _SEED, labels)
        self._images = _images_of(styled, self._candidates)
        self._seen = None if features is None else self._features_of(self._images)
        assert self._candidates.ws is not None
        self._slope = tf.function(self._distance_and_slope)
        self._rate = _RATE * float(self._candidates.ws.std(axis=0, dtype=np.float64).mean())

    def control(self) -> np.ndarray:
        """A sample [H, W, C] that is none of those that pictures are compared with, to be projected back."""
        labels = () if self._label is None else (self._label,)
        drawn = self._styled.all_drawn(1, _SEED_OF_CONTROL, labels)
        image: np.ndarray = _images_of(self._styled, drawn)[0]
        return image

    def projected(self, target: np.ndarray, title: str = "projecting") -> Projected:
        """The projection of a picture float32 [H, W, C] in [0, 1].

        Raises:
            UserError: if the module gives images that are no numbers.
        """
        seen = None if self._features is None else self._features_of(target[None])[0]
        to_samples = self._to_samples(target, seen)
        center, label = self._styled.center(), self._label
        if self._candidates.labels is not None:
            if label is None:
                scales = self._at(center, target, seen)[1]
                label = int(self._candidates.labels[np.argmin(np.mean(to_samples / scales, axis=1))])
            center = self._styled.center_of_class(label)
        at_center, scales = self._at(center, target, seen)
        relative = np.mean(to_samples / scales, axis=1)
        nearest = int(np.argmin(relative))
        start = np.repeat(center[None], self._styled.layers, axis=0)
        ws, best = self._descended(start, target, seen, scales, title)
        image = self._styled.images(ws[None])[0]
        return Projected(
            target, image, at_center, self._images[nearest], ws,
            distance=best, of_nearest=float(relative[nearest]),
            pixels=math.sqrt(float(np.mean(np.square(image.astype(np.float64) - target)))), label=label,
        )  # fmt: skip

    def _to_samples(self, target: np.ndarray, seen: np.ndarray | None) -> np.ndarray:
        """Mean squared differences of pixels and, if there are any, of features to every sample: float64 [N, 1|2]."""
        pixels = [np.mean(np.square(each.astype(np.float64) - target)) for each in self._images]
        found = [np.array(pixels)]
        if seen is not None and self._seen is not None:
            found.append(np.square(self._seen.astype(np.float64) - seen).mean(axis=1))
        return np.stack(found, axis=1)

    def _at(self, center: np.ndarray, target: np.ndarray, seen: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """The image of a center [length], and the same differences to it, float64 [1|2], never 0."""
        image = self._styled.images(np.repeat(center[None], self._styled.layers, axis=0)[None])[0]
        found = [np.mean(np.square(image.astype(np.float64) - target))]
        if seen is not None:
            found.append(np.mean(np.square(self._features_of(image[None])[0].astype(np.float64) - seen)))
        return image, np.array(found) + _LEAST

    def _features_of(self, images: np.ndarray) -> np.ndarray:
        assert self._features is not None
        parts = range(0, len(images), sample.BATCH)
        return np.concatenate([self._features(tf.constant(images[i : i + sample.BATCH])).numpy() for i in parts])

    def _descended(
        self, start: np.ndarray, target: np.ndarray, seen: np.ndarray | None, scales: np.ndarray, title: str
    ) -> tuple[np.ndarray, float]:
        """The best ws [layers, length] that descent comes by, and their distance."""
        given = [tf.constant(each, tf.float32) for each in (target, [0.0] if seen is None else seen, scales)]
        # One vector for all layers, or one for each; Adam of its own, so that nothing of a picture stays for the next.
        w = start[:1].copy() if self._space == SPACES[0] else start.copy()
        first, second = np.zeros_like(w, np.float64), np.zeros_like(w, np.float64)
        best, least = w, math.inf
        with Progress(title, self._iterations, unit="step") as progress:
            for step in range(1, self._iterations + 1):
                value, gradient = (each.numpy() for each in self._slope(tf.constant(w), *given))
                if value < least:
                    best, least = w, float(value)
                first = _BETA1 * first + (1 - _BETA1) * gradient
                second = _BETA2 * second + (1 - _BETA2) * np.square(gradient, dtype=np.float64)
                size = np.sqrt(second / (1 - _BETA2**step)) + _EPSILON
                rate = self._rate * _share_of_rate(step / self._iterations)
                w = (w - rate * first / (1 - _BETA1**step) / size).astype(np.float32)
                progress.advance(step)
        return np.broadcast_to(best, start.shape).copy(), least

    def _distance_and_slope(
        self, w: tf.Tensor, target: tf.Tensor, seen: tf.Tensor, scales: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Of w [1 or layers, length] the distance, and its gradient."""
        with tf.GradientTape() as tape:
            tape.watch(w)
            ws = tf.broadcast_to(w, [self._styled.layers, self._styled.length])
            images = self._styled.module.synthesize(ws[None])
            parts = [tf.reduce_mean(tf.square(images - target)) / scales[0]]
            if self._features is not None:
                parts.append(tf.reduce_mean(tf.square(self._features(images) - seen)) / scales[1])
            distance = tf.add_n(parts) / float(len(parts))
        return distance, tape.gradient(distance, w)


def _share_of_rate(done: float) -> float:
    """Of the highest rate, of the share of all steps that is done: linear at first, half a cosine at the end."""
    falling = min(1.0, (1.0 - done) / _FALL)
    return (0.5 - 0.5 * math.cos(math.pi * falling)) * min(1.0, done / _RISE)


def _images_of(styled: Styled, drawn: Drawn) -> np.ndarray:
    """As the module draws them, which is faster than row by row."""
    assert drawn.z is not None
    inputs = [tf.constant(each) for each in (drawn.z, drawn.labels) if each is not None]
    parts = range(0, len(drawn.z), sample.BATCH)
    return np.concatenate([sample.finite(styled.module(*(x[i : i + sample.BATCH] for x in inputs))) for i in parts])


def sheet(found: Sequence[Projected]) -> np.ndarray:
    """A row for each picture: it, its projection, the image of the mean w, the nearest sample; uint8 [h, w, C]."""
    kinds = [[each.target, each.image, each.at_center, each.nearest] for each in found]
    return grids.beside([np.stack(each) for each in zip(*kinds, strict=True)], len(kinds[0]))


def said(name: str, each: Projected, class_names: Sequence[str]) -> dict[str, Any]:
    """What is to be known of a projection, by name."""
    named = {} if each.label is None else {"class": class_names[each.label]}
    return {
        "picture": name,
        "distance": each.distance,
        "nearest_sample": each.of_nearest,
        "mean_w": 1.0,
        "rms_pixels": each.pixels,
        **named,
        "verdict": "outside what the model draws" if each.is_outside else "",
    }


def line(row: Mapping[str, Any]) -> str:
    """What `said` gives in one line."""
    words = [
        f"{row['picture']}: projection {row['distance']:.3f}, nearest of the samples {row['nearest_sample']:.3f}",
        f"pixels differ by {row['rms_pixels']:.3f} (root of the mean square)",
        *([f"class {row['class']}"] if "class" in row else []),
        *([row["verdict"]] if row["verdict"] else []),
    ]
    return ", ".join(words)


def as_drawn(found: Sequence[Projected]) -> Drawn:
    """The w of projections."""
    labels = [each.label for each in found if each.label is not None]
    return Drawn(np.stack([each.ws for each in found]), labels=np.array(labels, np.int32) if labels else None)


def features_of(module: Any, places: Places) -> tuple[Features | None, str]:
    """The features of the classifier of the data set that a module was trained on, if its weights are at hand.

    Args:
        module: a loaded one.
        places: where data sets and kept weights are.

    Returns:
        The features, or None; and what pictures are compared by, in words.
    """
    try:
        dataset = catalog.of(Options.from_file(json.loads(module.options.numpy())))
        request = Request(dataset, places.dataset_root, places.cache_dir)
        if dataset.image_shape != sample.facts(module).image_shape:
            raise UserError(f"images of data set {dataset.name} have another shape here")
        if not classifier.is_at_hand(request):
            raise UserError(f"the classifier of data set {dataset.name} was not trained here")
        found = classifier.load(request)
    except UserError as reason:
        return None, f"pixels alone: {reason}"
    return found.differentiable, f"pixels, and features of the {found.description}"


def label_of(labels: Sequence[int]) -> int | None:
    """The only class; None without one.

    Raises:
        UserError: for several.
    """
    if len(labels) > 1:
        raise UserError("--kind=projection takes one class by --labels, that of all its pictures")
    return labels[0] if labels else None
