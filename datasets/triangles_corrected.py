"""Random triangles turned all round, with corners at least 20 degrees apart, which the published ones are not."""

from compare_gan_tf2.datasets._polygons import PolygonDataset

DATASET = PolygonDataset.of("triangles_corrected", "Corrected triangles", corners=(3,), corrected=True)
