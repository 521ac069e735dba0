"""Measures of what is drawn in images, by the moments of brightness, and correlations of them; float64."""

from __future__ import annotations

import numpy as np

NAMES = ("slant", "width", "brightness")


def of_images(images: np.ndarray) -> np.ndarray:
    """Slant, width and brightness of images [N, H, W, C] in [0, 1], float64 [N, 3].

    The darker one of ground and drawing counts as the ground: images whose border is bright are turned around. Slant is
    the covariance of column and row over the variance of the row, 0 of what stands upright; width the deviation of
    columns in pixels once the slant is taken off; brightness the mean. Of an image without brightness all are 0.
    """
    light = np.asarray(images, np.float64).mean(axis=3)
    border = np.concatenate([light[:, 0], light[:, -1], light[:, :, 0], light[:, :, -1]], axis=1)
    light = np.where((border.mean(axis=1) > 0.5)[:, None, None], 1.0 - light, light)
    mass = light.sum(axis=(1, 2))
    shares = light / np.where(mass > 0, mass, 1.0)[:, None, None]
    rows, columns = np.arange(light.shape[1], dtype=np.float64), np.arange(light.shape[2], dtype=np.float64)

    def mean_of(what: np.ndarray) -> np.ndarray:
        return np.einsum("nhw,nhw->n", shares, np.broadcast_to(what, shares.shape))

    row_offsets = rows[None, :, None] - mean_of(rows[None, :, None])[:, None, None]
    column_offsets = columns[None, None, :] - mean_of(columns[None, None, :])[:, None, None]
    over_rows, over_columns = mean_of(row_offsets**2), mean_of(column_offsets**2)
    together = mean_of(row_offsets * column_offsets)
    slant = together / np.where(over_rows > 0, over_rows, 1.0)
    width = np.sqrt(np.maximum(over_columns - slant * together, 0.0))
    return np.stack([slant, width, light.mean(axis=(1, 2))], axis=1)


def centered(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Values [N, F] less the mean of their group, whole numbers [N] from 0."""
    counts = np.maximum(np.bincount(groups), 1)[:, None]
    sums = np.zeros((len(counts), values.shape[1]))
    np.add.at(sums, groups, values)
    return values - (sums / counts)[groups]


def correlations(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Pearson's r of every column of [N, A] with every one of [N, B], float64 [A, B]; 0 where a column is constant."""
    parts = []
    for each in (values, others):
        off = np.asarray(each, np.float64) - each.mean(axis=0)
        length = np.linalg.norm(off, axis=0)
        constant = length <= 1e-9 * np.sqrt(len(each)) * np.maximum(1.0, np.abs(each).max(axis=0))
        parts.append(np.where(constant, 0.0, off / np.where(constant, 1.0, length)))
    return parts[0].T @ parts[1]
