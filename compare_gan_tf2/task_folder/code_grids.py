"""Grids of latents in parts: along a row one part varies, and all else stays as it is."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from compare_gan_tf2.gans.base import BaseGan, sample_inputs
from compare_gan_tf2.runtime.codes import Codes, Part
from compare_gan_tf2.task_folder import grids

# Rows of a grid; images in a row of numbers, and of classes at most.
_ROWS, _VALUES, _MOST_CLASSES = 8, 8, 20


def drawn(gan: BaseGan) -> dict[str, np.ndarray]:
    """ "generate-<part>" -> uint8 [H, W, C], for every part that is a code; always of the same latents.

    Rows are those of `Codes.grid`. Parts of noise, or of more than eight numbers, have no grid.
    """
    prior = gan.prior
    if not isinstance(prior, Codes) or grids.is_point(gan.dataset.image_shape):
        return {}
    return {f"generate-{part.name}": _sheet(gan, prior, part) for part in prior.parts if _is_code(part)}


def _is_code(part: Part) -> bool:
    return part.is_categorical or (part.kind == "uniform" and part.size <= _ROWS)


def _sheet(gan: BaseGan, prior: Codes, part: Part) -> np.ndarray:
    z, labels = sample_inputs(gan, _ROWS)
    count = min(part.size, _MOST_CLASSES) if part.is_categorical else _VALUES
    rows = prior.grid(z, part.name, count)
    labels = None if labels is None else tf.repeat(labels[: rows.shape[0]], count)
    images = gan.evaluated_generator(tf.reshape(rows, [-1, prior.length]), labels, training=False)
    return grids.grid(images.numpy(), count)
