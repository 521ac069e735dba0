"""Perceptual path length: how far images move in features by a small step along a path of latents (Karras et al. 2019).

«A Style-Based Generator Architecture for Generative Adversarial Networks», section 4.1, with the squared distance of an
extractor's features in place of that of LPIPS's, so that published numbers are of another scale. A path leads from one
latent to another: in z over the sphere, in w straight. The two images of a step have one label and the same noise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare_gan_tf2.model_metrics import TrainedModel, _abilities

EPSILON = 1e-4
# Factor on epsilon in the control: lengths that were rounding would be a hundredth then.
WIDER = 10.0
MOST_PAIRS = 50_000
# A length is a trimmed mean, between these percentiles.
_LOWEST, _HIGHEST = 1, 99
_PART = 500
_SPACES = ("map", "synthesize")

PROTOCOL = (
    f"as many paths as generated images and at most {MOST_PAIRS}, steps of {EPSILON:g}, squared distances of features "
    f"over the squared step, mean from the {_LOWEST}st to the {_HIGHEST}th percentile, pixels not rounded, without "
    "truncation, noise kept"
)


@dataclasses.dataclass(frozen=True)
class Path:
    """Which of the four lengths.

    Attributes:
        space: "z" or "w".
        is_full: whether steps begin anywhere on the path, or at its beginning.
    """

    space: str
    is_full: bool

    @property
    def name(self) -> str:
        """Of the score."""
        return f"ppl_{self.space}_{'full' if self.is_full else 'end'}"


def applies(path: Path, options: Any) -> bool:
    """Whether a task's latents are normal in one piece and, of paths in w, whether its model maps latents to w."""
    has_space = _abilities.has(options, *_SPACES) if path.space == "w" else _abilities.has(options, "generate")
    return has_space and options.z_distribution == "normal" and not options.codes


def scores(model: TrainedModel, path: Path) -> dict[str, float]:
    """The length, by columns with the extractor's id behind.

    Returns:
        ppl_..._<id>; the same with steps ten times as long, ppl_..._wider_<id>, which a length that is not rounding
        agrees with; and that of the networks with their initial weights, ppl_..._untrained_<id>.

    Raises:
        ValueError: if an image is not finite.
    """
    extractor = model.extractor()
    count = min(len(model.generated.features), MOST_PAIRS)
    begin = np.zeros((count, 1))
    if path.is_full:
        begin = _abilities.rng(model, path.name).random((count, 1))

    def features(images: np.ndarray) -> np.ndarray:
        return np.asarray(extractor.extract(np.clip(images, 0.0, 1.0))[0], np.float64)

    found = {}
    for untrained in (False, True):
        steps = (EPSILON,) if untrained else (EPSILON, EPSILON * WIDER)
        lengths = [
            _of_part(model, path, number, begin[start : start + _PART], steps, features, untrained)
            for number, start in enumerate(range(0, count, _PART))
        ]
        for step, of_step in zip(steps, np.concatenate(lengths, axis=1), strict=True):
            which = "_untrained" if untrained else "_wider" if step > EPSILON else ""
            found[f"{path.name}{which}_{extractor.id}"] = trimmed_mean(of_step)
    return found


def _of_part(
    model: TrainedModel,
    path: Path,
    number: int,
    begin: np.ndarray,
    steps: tuple[float, ...],
    features: Callable[[np.ndarray], np.ndarray],
    untrained: bool,
) -> np.ndarray:
    """Lengths of single steps, float64 [steps, N], of the paths with this number."""
    count = len(begin)
    (one, labels), (other, _) = (
        model.draw_latents(count, f"path_length/{each}", number) for each in ("from", "towards")
    )
    rows: dict[str, Any] = {"labels": None if labels is None else np.asarray(labels)}
    ends = [np.asarray(each) for each in (one, other)]
    between = on_sphere
    if path.space == "w":
        ends, between = [_called(model, "map", rows | {"z": each}, untrained) for each in ends], straight
    ends = [np.asarray(each, np.float64) for each in ends]

    def seen(places: np.ndarray) -> np.ndarray:
        along = between(ends[0], ends[1], places).astype(np.float32)
        if path.space == "w":
            return features(_called(model, "synthesize", {"ws": along}, untrained))
        return features(_images(model, rows | {"z": along}, untrained))

    first = seen(begin)
    return np.stack([np.square(seen(begin + step) - first).sum(axis=1) / step**2 for step in steps])


def _images(model: TrainedModel, rows: Mapping[str, Any], untrained: bool) -> np.ndarray:
    """Of latents, whatever the truncation that the model is scored with."""
    if {*_SPACES} <= model.abilities.keys():
        return _called(model, "synthesize", {"ws": _called(model, "map", rows, untrained)}, untrained)
    return _called(model, "generate", rows, untrained)


def _called(model: TrainedModel, name: str, rows: Mapping[str, Any], untrained: bool) -> np.ndarray:
    return next(iter(_abilities.called(model, name, {"seed": None, **rows}, untrained=untrained).values()))


def on_sphere(ones: np.ndarray, others: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Between latents, on the great circle of their directions, with the length between theirs.

    Networks that bring latents to one length, as those of the paper, see directions alone.

    Args:
        ones, others: float64 [N, n].
        t: [N, 1], 0 at the ones and 1 at the others.
    """
    lengths = [np.linalg.norm(each, axis=1, keepdims=True) for each in (ones, others)]
    a, b = ones / lengths[0], others / lengths[1]
    cosine = np.sum(a * b, axis=1, keepdims=True)
    beside = b - cosine * a
    beside /= np.linalg.norm(beside, axis=1, keepdims=True)
    angle = t * np.arccos(np.clip(cosine, -1.0, 1.0))
    along: np.ndarray = a * np.cos(angle) + beside * np.sin(angle)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return along * straight(lengths[0], lengths[1], t)


def straight(ones: np.ndarray, others: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Between rows [N, ...] on a straight line; t [N, 1] as of `on_sphere`."""
    t = t.reshape(-1, *[1] * (ones.ndim - 1))
    along: np.ndarray = ones + (others - ones) * t
    return along


def trimmed_mean(values: np.ndarray) -> float:
    """Mean of float64 [N] from the 1st to the 99th percentile: the values next below and above these are in it."""
    low = np.percentile(values, _LOWEST, method="lower")
    high = np.percentile(values, _HIGHEST, method="higher")
    return float(np.mean(values[(values >= low) & (values <= high)]))
