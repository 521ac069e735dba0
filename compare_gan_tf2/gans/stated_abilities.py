"""What models of a task can do, as the GAN type's file states it; known before any network is built."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog


def stated(options: Any) -> dict[str, tuple[tuple[str, ...], str]]:
    """Name of an ability -> (streams that it takes, stream that it gives or "").

    Where a GAN type has abilities for several kinds of data, those of the task's kind (`Dataset.visible_streams`).
    """
    facts = components.facts("gans", options.gan)
    found: dict[str, tuple[tuple[str, ...], str]] = facts["ABILITIES"]
    elsewhere = {"", "labels", *facts["DRAWN"]}
    needed = {name: frozenset({*takes, gives} - elsewhere) for name, (takes, gives) in found.items()}
    if len({*needed.values()}) == 1:
        return found
    there = catalog.of(options).visible_streams
    return {name: about for name, about in found.items() if needed[name] <= {*there}} or found
