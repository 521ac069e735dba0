"""Eight Gaussians on a circle, points in the plane as 1x1 images of two channels, generated (Metz et al. 2017).

Radius 2 and deviation 0.02; the square from -2.5 to 2.5 is mapped to [0, 1]. 50,000 points to train on, 10,000 to test.
"""

import math

from compare_gan_tf2.datasets._mixture import MixtureDataset

_ANGLES = [2 * math.pi * number / 8 for number in range(8)]

DATASET = MixtureDataset.of(
    "ring",
    "Ring of Gaussians",
    modes=tuple((2 * math.cos(angle), 2 * math.sin(angle)) for angle in _ANGLES),
    deviation=0.02,
    half_width=2.5,
)
