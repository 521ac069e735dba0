"""compare_gan v1, phase 1, small: eight GANs, six settings of each from wide ranges, on triangles (48 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v1


def tasks(seed: int) -> list[dict[str, Any]]:
    """The default and the first five draws of the published study of triangles."""
    return _v1.small(_v1.phase1("triangles", seed), samples=6)
