"""25 Gaussians on a 5x5 grid, points in the plane as 1x1 images of two channels, generated (Srivastava et al. 2017).

Means at -4, -2, 0, 2, 4 and deviation 0.05; the square from -5 to 5 is mapped to [0, 1]. 50,000 points to train on,
10,000 to test.
"""

from compare_gan_tf2.datasets._mixture import MixtureDataset

_PLACES = (-4.0, -2.0, 0.0, 2.0, 4.0)

DATASET = MixtureDataset.of(
    "grid", "Grid of Gaussians", modes=tuple((x, y) for x in _PLACES for y in _PLACES), deviation=0.05, half_width=5.0
)
