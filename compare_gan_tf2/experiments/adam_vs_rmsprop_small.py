"""compare_gan v1, WGAN with Adam and with RMSProp, small: ten settings of phase 1, on triangles (20 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v1


def tasks(seed: int) -> list[dict[str, Any]]:
    """The default and the first nine draws, once with each optimizer."""
    return _v1.small(_v1.optimizers(("triangles",), seed), samples=10)
