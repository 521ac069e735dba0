"""Edits to another class: whether a separately trained classifier sees that class, and what else has changed.

Perarnau et al. (2016) edit faces so. A classifier alone does not show that the image was edited: what does not belong
to the class is to stay, so slant, width and brightness of an image are correlated with those of its edit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compare_gan_tf2.model_metrics import TrainedModel, _abilities, _measures

DEFAULT = False
LOWER_IS_BETTER = {
    "edit_success": False,
    "edit_success_unedited": None,
    "edit_kept_class": None,
    "edit_other_class": None,
    "edit_other_class_unedited": None,
    "edit_axes_cosine": None,
    "edit_slant_kept": False,
    "edit_slant_kept_shuffled": None,
    "edit_width_kept": False,
    "edit_width_kept_shuffled": None,
    "edit_brightness_kept": False,
    "edit_brightness_kept_shuffled": None,
    "edit_distance": None,
    "edit_distance_mismatched": None,
}
APPLIES_TO = "models that edit images, or what they generate of latents, to another class"
COST = "Edits and classifies 10,000 images twice: seconds to a minute."
COUNT = 10_000
PROTOCOL = f"first {COUNT} labeled images of the evaluation split, or so many latents, each to another class at random"


def applies(dataset: Any, options: Any) -> bool:
    """Whether the model can edit and there are classes."""
    return bool(dataset.num_classes and _abilities.has(options, "edit"))


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores edits of real images, or of images of latents, whichever `edit` takes beside the class.

    Returns:
        edit_success: share in [0, 1] in which the classifier sees the class asked for.
        edit_success_unedited: the same where the image's own class was asked for in its place, the control.
        edit_kept_class: share in which an image edited to its own class still shows it.
        edit_other_class: share in which the classifier sees a class that is neither the image's nor the one asked for:
            what the edit moved besides; edit_other_class_unedited: the same of the image edited to its own class.
        edit_axes_cosine: the largest cosine of two classes' axes, along which an edit to one moves the other; only of
            models that have axes of latents.
        edit_slant_kept, edit_width_kept, edit_brightness_kept: r of the measure before and after, each less the mean of
            its class; ..._shuffled: of an edit and another image, the control.
        edit_distance: mean L2 distance of an edit and the image edited to its own class; edit_distance_mismatched: of
            an edit and another such image.

    Raises:
        ValueError: if `edit` takes something else, or a pixel is not finite.
    """
    judge, rng = _abilities.judge_of(model), _abilities.rng(model, "edits")
    rows, before, own = _unedited(model, judge)
    number = model.dataset.num_classes
    asked = ((own + rng.integers(1, number, len(own))) % number).astype(np.int32)
    after, same = (
        np.clip(next(iter(_abilities.called(model, "edit", rows | {"labels": each}).values())), 0.0, 1.0)
        for each in (asked, own)
    )
    if after.shape != before.shape:
        raise ValueError(f"edits are {after.shape} of images {before.shape}")
    seen, seen_same = (judge.extract(each)[1].argmax(axis=1) for each in (after, same))
    others = _abilities.moved(len(own), rng)
    return {
        "edit_success": float(np.mean(seen == asked)),
        "edit_success_unedited": float(np.mean(seen_same == asked)),
        "edit_kept_class": float(np.mean(seen_same == own)),
        "edit_other_class": float(np.mean((seen != asked) & (seen != own))),
        "edit_other_class_unedited": float(np.mean((seen_same != asked) & (seen_same != own))),
        **_of_axes(model, number),
        **kept(before, own, after, asked, others),
        "edit_distance": mean_distance(after, same),
        "edit_distance_mismatched": mean_distance(after, same[others]),
    }


def _of_axes(model: TrainedModel, number: int) -> dict[str, float]:
    if "axis" not in model.abilities or number < 2:
        return {}
    steps = next(iter(_abilities.called(model, "axis", {"labels": np.arange(number, dtype=np.int32)}).values()))
    lengths = np.linalg.norm(steps, axis=1, keepdims=True)
    directions = steps / np.where(lengths > 0, lengths, 1.0)
    return {"edit_axes_cosine": float((directions @ directions.T)[~np.eye(number, dtype=bool)].max())}


def kept(
    before: np.ndarray, own: np.ndarray, after: np.ndarray, asked: np.ndarray, others: np.ndarray
) -> dict[str, float]:
    """How far measures of images stay, beside the control.

    Args:
        before: images float [N, H, W, C].
        own: their classes, whole numbers [N].
        after: edits, as `before`.
        asked: their classes.
        others: places [N] of other images, for the control.
    """
    first = _measures.centered(_measures.of_images(before), own)
    second = _measures.centered(_measures.of_images(after), asked)
    found: dict[str, float] = {}
    for end, paired in (("", first), ("_shuffled", first[others])):
        same = np.diagonal(_measures.correlations(paired, second))
        found |= {f"edit_{name}_kept{end}": float(value) for name, value in zip(_measures.NAMES, same, strict=True)}
    return found


def mean_distance(images: np.ndarray, others: np.ndarray) -> float:
    """Mean L2 distance of images of the same row, float [N, ...]."""
    difference = np.asarray(images, np.float64) - others
    return float(np.linalg.norm(difference.reshape(len(images), -1), axis=1).mean())


def _unedited(model: TrainedModel, judge: Any) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """What `edit` takes beside the class, the images that it is about, and their classes int32 [N]."""
    takes = model.abilities["edit"].takes if "edit" in model.abilities else ()
    if "images" in takes:
        images, labels = _abilities.real(model, count=COUNT)
        return {"images": images}, images, np.asarray(labels, np.int32)
    if "z" not in takes:
        raise ValueError(f"edit takes {', '.join(takes)}, and neither images nor latents")
    z, labels = model.draw_latents(COUNT, "edits")
    images = _abilities.generated(model, z, labels)
    return {"z": np.asarray(z)}, images, judge.extract(images)[1].argmax(axis=1).astype(np.int32)
