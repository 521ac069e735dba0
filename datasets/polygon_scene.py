"""Scenes with one to four triangles, or squares in their places, 64x64 gray, generated: unpaired, with masks.

The parts a (triangles) and b (squares of the same centers and areas) have "images" and "masks" uint8 [N, 64, 64, 4],
255 inside of a polygon, black for those that are not there; in the test split row i of both is one scene. The label is
how many polygons there are. `polygon_scene:N` has N rows to train on; `polygon_scene_32` is the same at 32x32.
"""

from __future__ import annotations

from compare_gan_tf2.datasets._polygon_scenes import SceneColumns

DATASET = SceneColumns.of("polygon_scene", "Triangles and squares on gray", side=64)


def named(argument: str) -> SceneColumns:
    """The entry of polygon_scene:argument; UserError if that is no number of rows."""
    return SceneColumns.family(DATASET, argument)
