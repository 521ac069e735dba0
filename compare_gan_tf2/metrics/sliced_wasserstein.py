"""Sliced Wasserstein distance of patches of a Laplacian pyramid, level by level (Karras et al. 2018, section 5)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from compare_gan_tf2.metrics import Pair

DEFAULT = False
LOWER_IS_BETTER = True
NEEDS = ("images",)
LEAST_SAMPLES = 2

_PATCH = 7
_PATCHES_PER_IMAGE = 128
_REPEATS = 4
_DIRECTIONS = 128
_LEAST_SIDE = 16
PROTOCOL = (
    f"first 1,024 images, {_PATCHES_PER_IMAGE} patches of {_PATCH} per image, {_REPEATS * _DIRECTIONS} directions, "
    "x 1000"
)

_BINOMIAL = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0


def metric(pair: Pair) -> dict[str, float]:
    """{"sliced_wasserstein_<side>": per level, "sliced_wasserstein": their mean}, times 1,000 as published.

    Of the first images at most 1,024, as many of each set; side is the shorter one of the level in pixels. 0 or more,
    lower is better. The finest level shows the sharpest detail, the coarsest the large shapes.
    """
    number = min(len(pair.real.images), len(pair.generated.images))
    generator = pair.generator("sliced_wasserstein")
    distances = level_distances(pair.real.images[:number], pair.generated.images[:number], generator)
    scores = {f"sliced_wasserstein_{side}": value for side, value in distances.items()}
    return scores | {"sliced_wasserstein": float(np.mean(list(distances.values())))}


def level_distances(real: np.ndarray, generated: np.ndarray, generator: np.random.Generator) -> dict[int, float]:
    """The distance times 1,000 at each level, by its shorter side, finest first; levels have sides of at least 16.

    Args:
        real: images [N, H, W, C].
        generated: images of the same shape.
        generator: chooses the patches, the same places in both sets, and the directions.

    Raises:
        ValueError: for different shapes, images that are too small, or pixels that are not finite.
    """
    if real.shape != generated.shape or real.ndim != 4 or not len(real):
        raise ValueError(f"real and generated images have shapes {real.shape} and {generated.shape}")
    if min(real.shape[1:3]) < _LEAST_SIDE:
        raise ValueError(f"images have shape {real.shape[1:]}; the finest level needs sides of at least {_LEAST_SIDE}")
    if not (np.isfinite(real).all() and np.isfinite(generated).all()):
        raise ValueError("images are not finite")
    distances = {}
    for x, y in zip(laplacian_pyramid(real), laplacian_pyramid(generated), strict=True):
        places = [generator.integers(side - _PATCH + 1, size=(len(x), _PATCHES_PER_IMAGE)) for side in x.shape[1:3]]
        distances[min(x.shape[1:3])] = 1000.0 * sliced_wasserstein(
            _patches(x, *places), _patches(y, *places), generator
        )
    return distances


def laplacian_pyramid(images: np.ndarray) -> list[np.ndarray]:
    """Images [N, H, W, C] as levels of detail, float32, halved while both sides stay at 16 or more.

    Every level but the last is what its halved level, doubled again, lacks of it; filters are the binomial one of 5,
    mirrored at the border.
    """
    levels = [np.asarray(images, np.float32)]
    while min(levels[-1].shape[1:3]) >= 2 * _LEAST_SIDE:
        levels.append(_along_both(levels[-1], _halving))
        levels[-2] = levels[-2] - _along_both(levels[-1], _doubling, levels[-2].shape[1:3])
    return levels


def sliced_wasserstein(
    x: np.ndarray, y: np.ndarray, generator: np.random.Generator, repeats: int = _REPEATS, directions: int = _DIRECTIONS
) -> float:
    """Mean over random unit directions of the Wasserstein-1 distance of two sets' projections.

    Args:
        x: float32 [N, D].
        y: float32 [N, D].
        generator: of the directions.
        repeats: how often `directions` are drawn.
        directions: at once.
    """
    distances = []
    # Sorting is nearly all of the work, and NumPy sorts with one thread.
    with ThreadPoolExecutor(2) as threads:
        for _ in range(repeats):
            drawn = generator.standard_normal((directions, x.shape[1]))
            drawn = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
            one, other = drawn @ x.T, drawn @ y.T
            list(threads.map(lambda projections: projections.sort(axis=1), (one, other)))
            one -= other
            distances.append(np.abs(one, out=one).mean(dtype=np.float64))
    return float(np.mean(distances))


def _patches(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Patches at [N, P] places, per channel with mean 0 and standard deviation 1, float32 [N * P, C * 7 * 7]."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (_PATCH, _PATCH), axis=(1, 2))
    chosen = windows[np.arange(len(images))[:, None], rows, columns].reshape(-1, images.shape[3], _PATCH**2)
    chosen = chosen - chosen.mean(axis=(0, 2), keepdims=True, dtype=np.float64).astype(np.float32)
    deviation = np.sqrt(np.mean(chosen * chosen, axis=(0, 2), keepdims=True, dtype=np.float64))
    # A channel without any detail stays 0.
    chosen /= np.where(deviation > 0.0, deviation, 1.0).astype(np.float32)
    return chosen.reshape(len(chosen), -1)


def _along_both(
    images: np.ndarray, matrix: Callable[[int], np.ndarray], sides: tuple[int, ...] | None = None
) -> np.ndarray:
    """Images [N, H, W, C] times matrix(side) along H and W; side is that of `sides`, or the images' own."""
    height, width = sides or images.shape[1:3]
    turned = np.tensordot(matrix(height), images, (1, 1))
    return np.moveaxis(np.tensordot(matrix(width), turned, (1, 2)), (0, 1), (2, 1))


def _smoothing(side: int) -> np.ndarray:
    """[side, side]: the binomial filter, mirrored at the border without repeating the last pixel."""
    matrix = np.zeros((side, side))
    for offset, weight in zip(range(-2, 3), _BINOMIAL, strict=True):
        place = np.abs(np.arange(side) + offset)
        np.add.at(matrix, (np.arange(side), side - 1 - np.abs(side - 1 - place)), weight)
    return matrix


def _halving(side: int) -> np.ndarray:
    return _smoothing(side)[::2].astype(np.float32)


def _doubling(side: int) -> np.ndarray:
    return (2.0 * _smoothing(side)[:, ::2]).astype(np.float32)
