"""Correlations of continuous codes with features of generated images, and with what an encoder recovers.

Slant and width are what InfoGAN's continuous codes turned into on MNIST (Chen et al. 2016, figure 2); every number of
latents without parts counts as a code. The best code is chosen for every measure, so that the control chooses as well:
the same codes beside other images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compare_gan_tf2.model_metrics import TrainedModel, _abilities, _measures

if TYPE_CHECKING:
    from compare_gan_tf2.runtime.codes import Part

DEFAULT = False
LOWER_IS_BETTER = {
    "code_slant": False,
    "code_slant_shuffled": None,
    "code_width": False,
    "code_width_shuffled": None,
    "code_brightness": False,
    "code_brightness_shuffled": None,
    "code_recovered": False,
    "code_recovered_shuffled": None,
    "code_recovered_untrained": None,
}
APPLIES_TO = "models that generate images"
COST = "Generates 10,000 images, and encodes them twice if the model can: seconds to a minute."
COUNT = 10_000
# The part of latents that is no code.
_NOISE = "noise"
PROTOCOL = f"{COUNT} images, |r| of the best code within classes, without the part {_NOISE!r}"


def applies(dataset: Any, options: Any) -> bool:
    """Whether images are generated, and no points."""
    del options
    return min(dataset.image_shape[:2]) > 1


def metric(model: TrainedModel) -> dict[str, float]:
    """Correlates codes of generated images with measures of these, and with codes that `encode` gives of them.

    Returns:
        code_slant, code_width, code_brightness: the largest |r| that a continuous code has with the measure, within the
            classes (of labels, or of the categorical codes together), in [0, 1]; see `_measures.of_images`.
        code_recovered: mean over the latents' numbers of r with `encode`'s of the images, in [-1, 1]; only if the model
            encodes to codes as long as latents, or to some of their parts by name.
        ..._shuffled: beside other images; code_recovered_untrained: by the untrained encoder of the same images.

    Raises:
        ValueError: if latents have no continuous code, or a pixel is not finite.
    """
    z, labels = model.draw_latents(COUNT, "code_correlations")
    z = np.asarray(z, np.float64)
    images = _abilities.generated(model, np.asarray(z, np.float32), labels)
    columns, groups = _continuous(model, z), _groups(model, z, labels)
    others = _abilities.moved(COUNT, _abilities.rng(model, "code_correlations"))
    measured = _measures.centered(_measures.of_images(images), groups)
    codes = z[:, columns]
    found: dict[str, float] = {}
    for end, paired in (("", codes), ("_shuffled", codes[others])):
        best = np.abs(_measures.correlations(_measures.centered(paired, groups), measured)).max(axis=0)
        found |= {f"code_{name}{end}": float(value) for name, value in zip(_measures.NAMES, best, strict=True)}
    return found | _recovered(model, z, labels, images, others)


def _recovered(
    model: TrainedModel, z: np.ndarray, labels: Any, images: np.ndarray, others: np.ndarray
) -> dict[str, float]:
    if "encode" not in model.abilities:
        return {}
    rows = {"images": images, "labels": labels}
    read, before = (
        matched(model.parts, z, _abilities.called(model, "encode", rows, untrained=each)) for each in (False, True)
    )
    if read is None or before is None:
        return {}
    return {
        "code_recovered": recovered(*read),
        "code_recovered_shuffled": recovered(read[0][others], read[1]),
        "code_recovered_untrained": recovered(*before),
    }


def matched(
    parts: Sequence[Part], z: np.ndarray, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Numbers of latents and what `encode` gives for each of them, both float [N, A]; None if it gives none.

    Args:
        parts: of the latents.
        z: latents float [N, Z].
        outputs: of `encode`, by name: one that is as long as latents, or some of the parts by their names.
    """
    whole = [codes for codes in outputs.values() if codes.shape == z.shape]
    if whole:
        return z, whole[0]
    asked, read, start = [], [], 0
    for part in parts:
        codes = outputs.get(part.name)
        if codes is not None and codes.shape == (len(z), part.size):
            asked.append(z[:, start : start + part.size])
            read.append(codes)
        start += part.length
    return (np.concatenate(asked, axis=1), np.concatenate(read, axis=1)) if asked else None


def recovered(z: np.ndarray, codes: np.ndarray) -> float:
    """Mean over columns of r of the same column of both, float [N, Z]."""
    return float(np.diagonal(_measures.correlations(z, codes)).mean())


def _continuous(model: TrainedModel, z: np.ndarray) -> np.ndarray:
    """The columns of latents that are continuous codes."""
    if not model.parts:
        return np.arange(z.shape[1])
    columns: list[int] = []
    start = 0
    for part in model.parts:
        if not part.is_categorical and part.name != _NOISE:
            columns += range(start, start + part.length)
        start += part.length
    if not columns:
        raise ValueError("the latents have no continuous code")
    return np.array(columns)


def _groups(model: TrainedModel, z: np.ndarray, labels: Any) -> np.ndarray:
    """Which rows are of one class: int [N]."""
    found = [np.asarray(labels)] if labels is not None else []
    start = 0
    for part in model.parts:
        if part.is_categorical:
            found.append(z[:, start : start + part.size].argmax(axis=1))
        start += part.length
    if not found:
        return np.zeros(len(z), np.int64)
    return np.unique(np.stack(found, axis=1), axis=0, return_inverse=True)[1].reshape(-1)
