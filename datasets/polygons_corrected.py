"""Convex polygons at any angle, corners 20 degrees apart: three to six of them, or N (polygons_corrected:N).

`polygons` without the two oddities of the published generator, which turns polygons by less than 2 pi degrees and lets
corners come as near as 10 degrees. Scores do not compare with those on the published sets.
"""

from compare_gan_tf2.datasets._polygons import PolygonDataset

DATASET = PolygonDataset.of("polygons_corrected", "Corrected convex polygons", corners=(3, 4, 5, 6), corrected=True)


def named(argument: str) -> PolygonDataset:
    """The entry of polygons_corrected:argument; UserError if the number of corners is none or out of range."""
    return PolygonDataset.family("polygons_corrected", argument, corrected=True)
