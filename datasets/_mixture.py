"""Mixtures of Gaussians in the plane: data whose every mode is known, to count how many a generator makes.

«Unrolled Generative Adversarial Networks» (Metz et al. 2017, https://arxiv.org/abs/1611.02163, section 3.1) and VEEGAN
(Srivastava et al. 2017, https://arxiv.org/abs/1705.07761, section 4.1). A point is an image of one pixel with two
channels, x and y, which a fixed affine map takes from the data's own units to [0, 1].
"""

from __future__ import annotations

import dataclasses
import pathlib
import zlib

import numpy as np

from compare_gan_tf2.datasets._arrays import ArrayDataset

NUMBERS = {"train": 50000, "test": 10000}
_SEED = 0
_LARGEST_VALUE = 65535
# No point is farther from its mode than so many deviations: the square of `half_width` holds all of them.
_FARTHEST = 6.0


@dataclasses.dataclass(frozen=True)
class MixtureDataset(ArrayDataset):
    """Round Gaussians of equal weight and deviation; the label is the number of the mode; nothing is stored.

    Attributes:
        modes: their means (x, y), in the data's own units.
        deviation: standard deviation along each axis, in these units.
        half_width: H; (x, y) in [-H, H] becomes (0.5 + x / 2H, 0.5 + y / 2H) in [0, 1].
    """

    modes: tuple[tuple[float, float], ...] = ()
    deviation: float = 0.0
    half_width: float = 0.0

    @classmethod
    def of(
        cls, name: str, title: str, modes: tuple[tuple[float, float], ...], deviation: float, half_width: float
    ) -> MixtureDataset:
        """An entry; half_width has to leave `_FARTHEST` deviations around every mode."""
        assert np.abs(modes).max() + _FARTHEST * deviation <= half_width
        return cls(
            name=name,
            title=title,
            image_shape=(1, 1, 2),
            class_names=tuple(f"({x:.4g}, {y:.4g})" for x, y in modes),
            evaluation_samples=NUMBERS["test"],
            evaluation_images=NUMBERS["test"],
            licence="generated; free of rights",
            classifier=name,
            largest_value=_LARGEST_VALUE,
            modes=modes,
            deviation=deviation,
            half_width=half_width,
        )

    def points(self, images: np.ndarray) -> np.ndarray:
        """Images float [N, 1, 1, 2] in [0, 1] -> (x, y) in the data's own units, float64 [N, 2]."""
        return (2.0 * images.reshape(-1, 2).astype(np.float64) - 1.0) * self.half_width

    def is_prepared(self, root: pathlib.Path) -> bool:
        return True

    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        """Points uint16 [N, 1, 1, 2] and labels int32 [N]; equally many of every mode, in random order."""
        del root
        number = NUMBERS[split]
        rng = np.random.default_rng([_SEED, zlib.crc32(f"{self.name}/{split}".encode())])
        labels = rng.permutation(np.arange(number) % len(self.modes))
        offsets = self.deviation * np.clip(rng.standard_normal((number, 2)), -_FARTHEST, _FARTHEST)
        shares = 0.5 + (np.asarray(self.modes)[labels] + offsets) / (2.0 * self.half_width)
        return np.rint(shares * _LARGEST_VALUE).astype(np.uint16)[:, None, None, :], labels.astype(np.int32)

    def fingerprint(self, root: pathlib.Path) -> str:
        del root
        return f"{NUMBERS} points of seed {_SEED}, {self.modes} deviation {self.deviation} within {self.half_width}"

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """Nothing is stored."""
