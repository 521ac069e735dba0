"""Random convex polygons of three to six corners, 28x28 grey, generated locally; the label says how many."""

from compare_gan_tf2.datasets._polygons import PolygonDataset

DATASET = PolygonDataset.of("polygons", "Convex polygons", corners=(3, 4, 5, 6))
