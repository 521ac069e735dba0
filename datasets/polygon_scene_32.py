"""Scenes with one to four triangles, or squares in their places, 32x32 gray: polygon_scene at half size."""

from __future__ import annotations

from compare_gan_tf2.datasets._polygon_scenes import SceneColumns

DATASET = SceneColumns.of("polygon_scene_32", "Small triangles and squares on gray", side=32)


def named(argument: str) -> SceneColumns:
    """The entry of polygon_scene_32:argument; UserError if that is no number of rows."""
    return SceneColumns.family(DATASET, argument)
