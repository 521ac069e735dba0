"""Random triangles at any angle, with corners at least 20 degrees apart, unlike the published ones."""

from compare_gan_tf2.datasets._polygons import PolygonDataset

DATASET = PolygonDataset.of("triangles_corrected", "Corrected triangles", corners=(3,), corrected=True)
