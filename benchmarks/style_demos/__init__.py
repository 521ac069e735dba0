"""Demonstrations of style-based and growing systems beside SNDCGAN: CIFAR-10, equal processor time, NAME.py each.

A file defines `DEMO`; see benchmarks/latent_demos. `python -m benchmarks.style_systems` carries demonstrations out; to
add one, add a file. All have as many processor minutes as there are, and end with the steps they have then:

    DEMO = on_cifar10("sndcgan", "The discriminator of SNGAN.", {"architecture": "sndcgan"})
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from benchmarks import demo
from benchmarks.demo import Demo, Number

__all__ = ["Demo", "load", "names", "on_cifar10"]

_SHARED = {
    "batch_size": 64, "dataset": "cifar10", "evaluation_samples": 10_000, "keep_checkpoints": "1",
    "random_flip": True, "save_every_steps": 50,
}  # fmt: skip
# Processor minutes of two cores, looked at after every 50 steps.
_MINUTES = 20.0


def on_cifar10(
    name: str,
    shows: str,
    options: Mapping[str, Any],
    expected: str = "",
    most: float | None = None,
    finding: str = "",
) -> Demo:
    """A training on CIFAR-10 until its minutes are over.

    Args:
        name: of the system and of the file.
        shows: what it shows, in one sentence.
        options: what it has other than the others; training_steps are more than it takes.
        expected: of its FID, in words.
        most: the largest FID that is as expected.
        finding: as of `Demo`.
    """
    return Demo(
        name,
        shows,
        options={"training_steps": 25_000, **_SHARED, **options},
        metrics="fid,precision_recall",
        numbers=(Number("fid", expected=expected, most=most), Number("precision"), Number("recall")),
        minutes=_MINUTES,
        finding=finding,
    )


def names() -> list[str]:
    """Names of the demonstrations that there are, sorted."""
    return demo.names(sys.modules[__name__])


def load(name: str) -> Demo:
    """The demonstration of a system's name, one of `names`."""
    return demo.load(sys.modules[__name__], name)
