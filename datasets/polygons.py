"""Random convex polygons with three to six corners, or N (polygons:N), 28x28 gray, generated; labeled by corners.

The published generator of triangles and squares (Lucic et al. 2018, section 5) with other numbers of corners, as they
named it as possible. `polygons:N` has polygons of N corners alone and no labels; N is from 3 to 18.
"""

from compare_gan_tf2.datasets._polygons import PolygonDataset

DATASET = PolygonDataset.of("polygons", "Convex polygons", corners=(3, 4, 5, 6))


def named(argument: str) -> PolygonDataset:
    """The entry of polygons:argument; UserError if the number of corners is none or out of range."""
    return PolygonDataset.family("polygons", argument)
