"""Grids of edits: an image, its reconstruction where the model makes one, and the image edited to each class."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.pipeline import to_float
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan, sample_inputs
from compare_gan_tf2.task_folder import grids

EDIT, RECONSTRUCT = "edit", "reconstruct"
# Rows of a grid, and edits in a row at most.
_ROWS, _MOST_CLASSES = 8, 20


def can_show(ability: Ability) -> bool:
    """Whether an ability edits images, or what is generated of latents, to a class."""
    return set(ability.takes) in ({ability_inputs.IMAGES, ability_inputs.LABELS}, {"z", ability_inputs.LABELS})


def drawn(gan: BaseGan, abilities: dict[str, Ability], stored: np.ndarray | None) -> np.ndarray | None:
    """A row for each of the first eight images.

    Args:
        gan: the model.
        abilities: of it, `edit` among them.
        stored: real images as stored, [N, H, W, C]; of edits of latents they are not looked at.

    Returns:
        uint8 [height, width, C]; None without classes, or without the real images that are to be edited.
    """
    edit, classes = abilities[EDIT], range(min(gan.dataset.num_classes, _MOST_CLASSES))
    if not classes:
        return None
    if "z" in edit.takes:
        z, labels = sample_inputs(gan, _ROWS)
        before = [gan.evaluated_generator(z, labels, training=False).numpy()]
        return sheet(before, lambda targets: _call(edit, {"z": z, ability_inputs.LABELS: targets}), classes)
    if stored is None:
        return None
    images = tf.constant(to_float(stored[:_ROWS], gan.dataset))
    before = [images.numpy()]
    again = abilities.get(RECONSTRUCT)
    if again is not None and again.takes == (ability_inputs.IMAGES,):
        before.append(_call(again, {ability_inputs.IMAGES: images}))
    return sheet(before, lambda t: _call(edit, {ability_inputs.IMAGES: images, ability_inputs.LABELS: t}), classes)


def sheet(
    before: Sequence[np.ndarray], edited: Callable[[np.ndarray], np.ndarray], classes: Sequence[int]
) -> np.ndarray:
    """What rows begin with, and behind it an edit to each class.

    Args:
        before: pictures float [N, H, W, C] in [0, 1], one kind after the other.
        edited: gives pictures for classes int32 [N].
        classes: of the columns.

    Returns:
        uint8 [height, width, C].
    """
    number = len(before[0])
    columns = [*before, *(edited(np.full(number, each, np.int32)) for each in classes)]
    return grids.beside(columns, len(columns))


def _call(ability: Ability, inputs: dict[str, tf.Tensor | np.ndarray]) -> np.ndarray:
    outputs = ability.call(*(tf.convert_to_tensor(inputs[name]) for name in ability.takes))
    first = next(iter(outputs.values())) if isinstance(outputs, dict) else outputs
    return np.asarray(first)
