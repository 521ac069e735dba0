"""Sets of polygons made for translation: the right answer to every picture is known."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from compare_gan_tf2.datasets._generated import TESTED, GeneratedDataset
from compare_gan_tf2.datasets.polygon_drawing import CORNERS

SIDE = 32


class PolygonColumns(GeneratedDataset):
    """Pictures of polygons with 3 to 6 corners, with what belongs to each."""

    @classmethod
    def of(
        cls, name: str, title: str, *, channels: int, side: int = SIDE, class_names: tuple[str, ...] = (), **more: Any
    ) -> Self:
        """An entry; without names of classes the labels count corners."""
        return cls(
            name=name,
            title=title,
            image_shape=(side, side, channels),
            class_names=class_names or tuple(f"{count} corners" for count in CORNERS),
            evaluation_samples=TESTED,
            evaluation_images=TESTED,
            licence="generated; free of rights",
            classifier=name,
            **more,
        )

    def labels(self, corners: np.ndarray) -> np.ndarray:
        """Numbers of corners as labels int32 [N], from 0."""
        return (corners - CORNERS[0]).astype(np.int32)
