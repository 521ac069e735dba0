"""TL-GAN: regression axes, and two ways to make them orthogonal; a case of oracle/latent_systems."""

from __future__ import annotations

import numpy as np

from benchmarks.oracle_cases import Case, Comparison
from compare_gan_tf2.gans import latent_axes


def compare(case: Case, comparison: Comparison) -> None:
    """All of it, in float64."""
    z, labels, base = case.arrays["in/z"], case.arrays["in/y"], case.said["config"]["base"]
    slopes = latent_axes.slopes(z, labels)
    axes, count = latent_axes.unit(slopes), slopes.shape[1]
    apart = latent_axes.apart_from(slopes, base)
    other = next(place for place in range(count) if place not in base)
    found = {
        "slopes_linear": latent_axes.slopes(z, labels, saturates=False),
        "slopes_tanh": slopes,
        "axes": axes,
        "cosines": axes.T @ axes,
        "orthogonal_all": latent_axes.apart_from(slopes, range(count)),
        "disentangled": apart,
        "moved": z[:4].astype(np.float64) + 1.5 * apart[:, other],
    }
    for name, value in found.items():
        comparison.close(f"out/{name}", value, case.arrays[f"out/{name}"], rtol=1e-9, atol=1e-9)
    for place, value in enumerate(latent_axes.explained(z, labels, saturates=False)):
        comparison.close(f"r2_linear/{place}", value, case.said["values"][f"r2_linear/{place}"], rtol=1e-9)
