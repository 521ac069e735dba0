"""Which options give an architecture the channels that arrays have (no TensorFlow)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

# Of a map by its side.
Channels = Mapping[int, int]
_MOST = 512
_GROWING_BASE = 16384
# Published: configuration F and E.
_BASES = (32768, 16384)


def of_options(architecture: str, options: Mapping[str, Any], sides: Channels) -> dict[int, int]:
    """Channels that an architecture's networks have with options width and, in stylegan2, channel_base.

    Args:
        architecture: ours.
        options: by name.
        sides: of the maps.
    """
    width = options["width"]
    if architecture == "r3gan":
        return {side: 8 * max(1, round(768 * min(1.0, 32 / side) * width / 8)) for side in sides}
    base = options["channel_base"] if architecture == "stylegan2" else _GROWING_BASE
    return {side: max(1, round(max(1, min(base // side, _MOST)) * width)) for side in sides}


def fitting(architecture: str, found: Channels) -> dict[str, Any] | None:
    """Options that give these channels; None if there are none."""
    possible: Callable[[Channels], Iterator[dict[str, Any]]]
    possible = _of_stylegan2 if architecture == "stylegan2" else _of_others(architecture)
    return next((each for each in possible(found) if of_options(architecture, each, found) == dict(found)), None)


def _of_others(architecture: str) -> Callable[[Channels], Iterator[dict[str, Any]]]:
    def possible(found: Channels) -> Iterator[dict[str, Any]]:
        published = of_options(architecture, {"width": 1.0}, found)
        yield from ({"width": channels / published[side]} for side, channels in found.items())

    return possible


def _of_stylegan2(found: Channels) -> Iterator[dict[str, Any]]:
    widest, largest = found[4], max(found)
    bases = [*_BASES, _MOST * largest]
    narrower = [(side, channels) for side, channels in found.items() if channels < widest]
    bases += [round(channels * _MOST / widest) * side for side, channels in narrower]
    yield from ({"width": widest / _MOST, "channel_base": base} for base in bases)
    yield from ({"width": 1.0, "channel_base": channels * side} for side, channels in found.items())
