"""Scenes of triangles and squares, by rule: background unchanged, polygons kept, and of the right kind."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup

NEEDS = ("inputs", "truths", "scenes")
LOWER_IS_BETTER = {"scene_background_l1": True, "scene_counts_kept": False, "scene_shape_accuracy": False}
CHANNELS = (1,)
PROTOCOL = "polygons darker than half their ground, kinds by the second moment of their pixels"
# Second moment about the center by the square of the area: 0.192 of a triangle, 0.167 of a square.
_BETWEEN = (2 / (6 * 3**0.5) + 1 / 6) / 2
# Darkness, of the square of a scene's quarter, below which nothing is there; the smallest polygons have 0.14.
_LEAST = 0.04


def measure(setup: Setup) -> Measure:
    """{"scene_background_l1": at least 0, "scene_counts_kept", "scene_shape_accuracy": in [0, 1]}.

    The background is where neither the input nor the truth has a polygon, and is to stay as it is in the input. Counts
    are kept where the output has a polygon in exactly those quarters in which the truth has one. Shapes are those of
    the truth's polygons that the output has, triangles or squares.
    """
    del setup

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.inputs is not None and batch.truths is not None
        background = [_ink(each) == 0 for each in (batch.inputs, batch.truths)]
        is_ground = background[0] & background[1]
        moved = np.abs(batch.outputs[..., 0].astype(np.float64) - batch.inputs[..., 0]) / 255.0
        output, truth = _quarters(_ink(batch.outputs, batch.truths)), _quarters(_ink(batch.truths))
        is_there, is_wanted = _is_there(output), _is_there(truth)
        is_kept = is_there & is_wanted
        is_right = (_spread(output) > _BETWEEN) == (_spread(truth) > _BETWEEN)
        number = np.maximum(is_wanted.sum(axis=1), 1)
        return {
            "scene_background_l1": (moved * is_ground).sum(axis=(1, 2)) / np.maximum(is_ground.sum(axis=(1, 2)), 1),
            "scene_counts_kept": (is_there == is_wanted).all(axis=1).astype(np.float64),
            "scene_shape_accuracy": (is_kept & is_right).sum(axis=1) / number,
        }

    return Measure(values)


def _ink(images: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """How dark pixels are, float64 [N, D, D]: 0 of the ground, the brightest of a picture (of `like`), 1 of black."""
    ground = (images if like is None else like).max(axis=(1, 2, 3)).astype(np.float64)[:, None, None]
    return np.clip(1 - images[..., 0] / np.maximum(ground, 1), 0.0, 1.0)


def _quarters(ink: np.ndarray) -> np.ndarray:
    """[N, D, D] -> the quarters of each [N, 4, D/2, D/2], without what is less than half as dark as a polygon."""
    count, side, _ = ink.shape
    found = ink.reshape(count, 2, side // 2, 2, side // 2).transpose(0, 1, 3, 2, 4).reshape(count, 4, side // 2, -1)
    return np.where(found >= 0.5, found, 0.0)


def _is_there(quarters: np.ndarray) -> np.ndarray:
    """bool [N, 4]."""
    return quarters.mean(axis=(2, 3)) >= _LEAST


def _spread(quarters: np.ndarray) -> np.ndarray:
    """Second moment about the center by the square of the area, float64 [N, 4]; 0 of an empty quarter."""
    along = np.arange(quarters.shape[2])
    areas = np.maximum(quarters.sum(axis=(2, 3)), 1e-9)
    found = np.zeros(areas.shape)
    for axis in (2, 3):
        line = quarters.sum(axis=axis)
        found += line @ along**2 / areas - np.square(line @ along / areas)
    return found / areas
