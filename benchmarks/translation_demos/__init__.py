"""Demonstrations of the systems from image to image; one file for each system, NAME.py, as in benchmarks/latent_demos.

A file defines `DEMO`. `python -m benchmarks.translation` carries demonstrations out; to add one, add a file. Beside a
number stands the one that `gan=baseline` reaches on the same data:

    DEMO = Demo(
        "pix2pix",
        "Outlines are filled.",
        options=OPTIONS,
        controls={"baseline": baseline(OPTIONS)},
        metrics="iou,l1",
        numbers=(
            Number("translate/iou_dark", control="baseline/translate_nearest_neighbor/iou_dark", least=0.98),
        ),
    )
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from benchmarks import demo
from benchmarks.demo import Demo, Number

__all__ = ["HOLE_NUMBERS", "Demo", "Number", "baseline", "load", "names"]

# Of systems that fill holes. A polygon is dark: its mean picture is half as far from it as the pixels around the hole.
HOLE_NUMBERS = (
    Number(
        "inpaint/hole_l1",
        control="baseline/inpaint_ring_mean/hole_l1",
        expected="below the mean of the pixels around the hole",
        most_more=0.0,
    ),
    Number(
        "inpaint/hole_l1",
        control="baseline/inpaint_mean/hole_l1",
        expected="below the mean training image",
        most_more=0.0,
    ),
)


def baseline(options: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What a control's options have other than a system's, so that it is the baseline on the same data.

    Args:
        options: of the system.
        **more: of the baseline, such as evaluated_abilities.
    """
    kept = {name: options[name] for name in ("dataset", "evaluation_samples", "extractor") if name in options}
    return dict.fromkeys(options) | kept | {"gan": "baseline"} | more


def names() -> list[str]:
    """Names of the demonstrations that there are, sorted."""
    return demo.names(sys.modules[__name__])


def load(name: str) -> Demo:
    """The demonstration of a system's name, one of `names`."""
    return demo.load(sys.modules[__name__], name)
