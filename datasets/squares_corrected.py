"""Random convex quadrilaterals turned all round, with corners at least 20 degrees apart; see triangles_corrected."""

from compare_gan_tf2.datasets._polygons import PolygonDataset

DATASET = PolygonDataset.of("squares_corrected", "Corrected squares", corners=(4,), corrected=True)
