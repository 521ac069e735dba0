"""Whether codes of images are like the prior, to look at: samples of both side by side, and a plot of plane codes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.pipeline import to_float
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan, sample_inputs
from compare_gan_tf2.task_folder import grids

# Codes on a plot, images of either kind on a sheet, and images in a row.
COUNT, _SHOWN, _COLUMNS = 1000, 32, 4
_PRIOR, _CODES = "prior", "codes"
# White pixels between both halves, the shade of the prior's points, and the part of a plot that they take.
_GAP, _GRAY, _WITHIN = 8, 190, 0.6


def drawn(gan: BaseGan, abilities: Mapping[str, Ability], stored: np.ndarray) -> dict[str, np.ndarray]:
    """Pictures by name.

    "prior": on the left images of latents that are drawn from the prior, on the right images of the codes of real
    ones, which look alike where codes are like the prior. "codes", where a code is two numbers: the codes of 1000 real
    images in black on as many draws from the prior in gray.

    Args:
        gan: one whose encoder's codes are to be like the prior.
        abilities: of it.
        stored: real images as stored, [N, H, W, C].

    Returns:
        uint8 [height, width, C] each; none where no output of `encode` is as long as latents.
    """
    images = tf.constant(to_float(stored[:COUNT], gan.dataset))
    codes = _codes(abilities, images, gan.prior.length)
    if codes is None:
        return {}
    z, labels = sample_inputs(gan, COUNT)
    # A model that tells no classes is asked for the same ones on both sides.
    seen = _classes(abilities, images) if gan.num_classes and "classify" in abilities else labels
    halves = [
        gan.evaluated_generator(latents[:_SHOWN], None if of is None else of[:_SHOWN], training=False).numpy()
        for latents, of in ((z, labels), (codes, seen))
    ]
    sheets = {_PRIOR: beside(*(grids.grid(half, _COLUMNS) for half in halves))}
    return sheets | ({_CODES: plot(z.numpy(), codes.numpy())} if gan.prior.length == 2 else {})


def beside(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Two pictures uint8 [H, W, C] with white between them; the lower one ends in white."""
    height = max(len(left), len(right))
    parts = [np.pad(each, ((0, height - len(each)), (0, 0), (0, 0)), constant_values=255) for each in (left, right)]
    return np.concatenate([parts[0], np.full([height, _GAP, left.shape[2]], 255, np.uint8), parts[1]], axis=1)


def plot(z: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Codes [M, 2] in black over draws from the prior [N, 2] in gray, uint8 [256, 256, 1].

    The prior takes 0.6 of the sides, whatever its scale; codes beyond the picture lie on its border.
    """
    low, high = z.min(axis=0), z.max(axis=0)
    place = [(each - low) / (high - low) * _WITHIN + (1.0 - _WITHIN) / 2.0 for each in (z, codes)]
    below, above = (grids.scatter(each.reshape(-1, 1, 1, 2)) for each in place)
    return np.minimum(np.maximum(below, _GRAY), above)


def _codes(abilities: Mapping[str, Ability], images: tf.Tensor, length: int) -> tf.Tensor | None:
    """Codes [N, length] of images: the first output of `encode` that is so long."""
    made = abilities["encode"].call(images)
    outputs = made.values() if isinstance(made, dict) else [made]
    return next((each for each in outputs if each.shape.rank == 2 and each.shape[1] == length), None)


def _classes(abilities: Mapping[str, Ability], images: tf.Tensor) -> tf.Tensor:
    """The likeliest classes int32 [N] of images."""
    return tf.argmax(abilities["classify"].call(images), 1, tf.int32)


def can_show(gan: BaseGan, abilities: Mapping[str, Ability]) -> bool:
    """Whether a GAN has such pictures."""
    taken = {name: each.takes for name, each in abilities.items()}
    images = (ability_inputs.IMAGES,)
    shows = gan.has_codes_like_prior and taken.get("encode") == images and "generate" in taken
    return shows and taken.get("classify", images) == images
