"""Sheets of an exported module's edits: a picture, its reconstruction, and the picture edited to each class."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import latent_axes
from compare_gan_tf2.hub_export import apply, sample
from compare_gan_tf2.task_folder import edit_grids

# Pictures of a sheet.
ROWS = 8
_LABELS, _AXIS = "labels", "axis"
# Share of an axis that is a rounding error.
_LEAST = 1e-6


def sheet(
    module: Any,
    place: pathlib.Path | None,
    count: int = ROWS,
    *,
    labels: str | None = None,
    keep: str | None = None,
    seed: int = 0,
    cache_dir: pathlib.Path | None = None,
) -> np.ndarray:
    """A row for each picture.

    Args:
        module: a loaded one with an ability `edit`.
        place: a folder of images, or an .npz file, of modules that edit pictures; None of those that edit latents.
        count: how many pictures, the first ones by name, or latents.
        labels: classes to edit to, as `sample.parse_labels` has them; numbers where the module names no classes. None
            is for the first 20.
        keep: classes that edits of latents are not to change, written as `labels`: what latents are moved by loses its
            part along their axes, and none is edited to these by default. None keeps nothing.
        seed: of the latents.
        cache_dir: where what is found out about a folder is kept.

    Returns:
        uint8 [height, width, C].

    Raises:
        UserError: if the module has no such ability, its input or classes are missing or do not fit, or as
            `apply.applied`.
    """
    stated = json.loads(module.abilities.numpy()) if hasattr(module, "abilities") else {}
    if edit_grids.EDIT not in stated:
        raise UserError(f"this module has no ability edit; its abilities are {', '.join(stated) or 'not told'}")
    takes = stated[edit_grids.EDIT]["takes"]
    if _LABELS not in takes:
        raise UserError(f"ability edit takes {', '.join(takes)}, and no class; call the module from Python for it")
    names = takes[_LABELS].get("names", [])
    classes = _classes(module, names, labels)
    if keep is not None:
        if "z" not in takes or _AXIS not in stated:
            raise UserError("--keep is for edits along axes of latents, as gan=tlgan finds them; this module has none")
        kept = _classes(module, names, keep)
        if both := [label for label in kept if label in classes and labels is not None]:
            raise UserError(f"--keep and --labels both have class {names[both[0]] if names else both[0]}")
        classes = [label for label in classes if label not in kept]
        return _of_latents(module, place, count, classes, seed, kept)
    if "z" in takes:
        return _of_latents(module, place, count, classes, seed)
    if place is None:
        raise UserError("ability edit takes pictures: give --inputs, a folder of images or an .npz file")
    edit = apply.ability_of(module, edit_grids.EDIT, names_class=True)
    pictures = apply.pictures(edit, place, count, cache_dir)
    before = [pictures]
    if edit_grids.RECONSTRUCT in stated:
        before.append(_first(module.reconstruct(tf.constant(pictures))))
    return edit_grids.sheet(
        before,
        lambda each: _first(edit.call(**{edit.takes: tf.constant(pictures), _LABELS: tf.constant(each)})),
        classes,
    )


def _of_latents(
    module: Any, place: pathlib.Path | None, count: int, classes: Sequence[int], seed: int, kept: Sequence[int] = ()
) -> np.ndarray:
    if place is not None:
        raise UserError("ability edit takes latents here, and no pictures; leave --inputs away")
    about = sample.facts(module)
    z = about.prior.draw_truncated(count, seed=seed, truncation=0.0)
    given = (z, tf.range(count) % about.num_classes) if about.num_classes else (z,)
    before = [sample.finite(module(*given))]

    def edited(labels: np.ndarray) -> np.ndarray:
        if not kept:
            return _first(module.edit(z=z, labels=tf.constant(labels)))
        moved = z + tf.constant(step_beside(module, int(labels[0]), kept), tf.float32)
        return sample.finite(module(moved, *given[1:]))

    return edit_grids.sheet(before, edited, classes)


def step_beside(module: Any, label: int, kept: Sequence[int]) -> np.ndarray:
    """What an edit to a class adds to latents, without its part along the axes of other classes, float64 [Z].

    It is as long as the whole one; zeros if there is no part besides.
    """
    steps = np.asarray(module.axis(tf.constant([label, *kept], tf.int32)), np.float64).T
    step, span = steps[:, 0], latent_axes.apart_from(steps[:, 1:], range(len(kept)))
    beside = step - span @ (span.T @ step)
    whole, left = float(np.linalg.norm(step)), float(np.linalg.norm(beside))
    return beside * (whole / left) if left > _LEAST * whole else np.zeros_like(step)


def _classes(module: Any, names: Sequence[str], labels: str | None) -> Sequence[int]:
    """Numbers of classes that are given by names or numbers; of None the first 20."""
    about = sample.facts(module)
    if names and not about.num_classes:
        about = dataclasses.replace(about, num_classes=len(names), class_names=tuple(names))
    if labels is None:
        if not about.num_classes:
            raise UserError("this module does not say which classes there are; give their numbers, --labels=0,1,2")
        return range(min(about.num_classes, sample.MOST_CLASSES))
    if about.num_classes:
        return sample.parse_labels(labels, about)
    words = [word.strip() for word in labels.split(",")]
    for word in words:
        if not word.isdecimal():
            raise UserError(f"--labels has {word!r}; the module names no classes, so that they are whole numbers")
    return [int(word) for word in words]


def _first(made: Any) -> np.ndarray:
    """The picture among an ability's outputs, its first one."""
    return sample.finite(next(iter(made.values())) if isinstance(made, dict) else made)
