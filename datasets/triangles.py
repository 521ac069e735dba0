"""Random triangles, 28x28 gray, generated (Lucic et al. 2018, section 5)."""

from compare_gan_tf2.datasets._polygons import PolygonDataset

DATASET = PolygonDataset.of("triangles", "Triangles", corners=(3,))
