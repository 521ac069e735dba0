"""The residual blocks of an architecture, by the plan in its file, of which its networks are built.

A plan is the fact BLOCKS: for "generator" and "discriminator" a list of rows (names, scale, channels), or such a list
for every side that the images may have. The names in a row are separated by spaces, in the order from the network's
input to its output; its blocks have one scale ("up", "down" or "same") and one number of channels, at width 1.
"""

from __future__ import annotations

import dataclasses

from compare_gan_tf2 import components


@dataclasses.dataclass(frozen=True)
class PlannedBlock:
    """One residual block.

    Attributes:
        name: "B1" and so on.
        scale: "up" doubles the sides of the map, "down" halves them (rounded up), "same" keeps them.
        channels: of the output, at width 1.
    """

    name: str
    scale: str
    channels: int


def blocks(architecture: str, side: int, network: str) -> tuple[PlannedBlock, ...]:
    """The blocks of a network in order.

    Args:
        architecture: its name.
        side: of the images, in pixels.
        network: "generator" or "discriminator".

    Returns:
        None for networks without residual blocks, and where the plan has none for this side.
    """
    plan = components.facts("architectures", architecture)["BLOCKS"].get(network, [])
    rows = plan.get(side, []) if isinstance(plan, dict) else plan
    return tuple(PlannedBlock(name, scale, channels) for names, scale, channels in rows for name in names.split())


def possible_sides(architecture: str) -> tuple[int, ...]:
    """The sides that the images may have, which are then square; none where the plan does not depend on the side."""
    facts = components.facts("architectures", architecture)
    tables = [set(plan) for plan in facts["BLOCKS"].values() if isinstance(plan, dict)]
    return tuple(sorted(set.intersection(*tables))) if tables else facts["SIDES"]


def divisor(architecture: str) -> int:
    """What the sides must be divisible by: the fact SIDES_DIVISIBLE_BY, or what the doubling blocks make of a pixel."""
    stated: int = components.facts("architectures", architecture)["SIDES_DIVISIBLE_BY"]
    if possible_sides(architecture):
        return 1
    doublings = sum(block.scale == "up" for block in blocks(architecture, 0, "generator"))
    return max(1 << doublings, stated)


def sides_behind(architecture: str, side: int, network: str) -> list[int]:
    """The side of the map behind each of a network's blocks, for images of a side in pixels; of both, the shorter."""
    plan = blocks(architecture, side, network)
    now = side // 2 ** sum(block.scale == "up" for block in plan)
    sides = []
    for block in plan:
        now = {"up": 2 * now, "down": -(-now // 2), "same": now}[block.scale]
        sides.append(now)
    return sides


def attention(architecture: str, side: int, network: str, wanted: str) -> tuple[str, ...]:
    """Names of the blocks with self-attention behind them.

    Args:
        architecture: its name.
        side: of the images, in pixels.
        network: "generator" or "discriminator".
        wanted: as option g_attention or d_attention has it: names with commas, "none", or "default", which is the fact
            ATTENTION: for each network the block by the side of the images.
    """
    if wanted == "default":
        by_side = components.facts("architectures", architecture)["ATTENTION"].get(network, {})
        return (by_side[side],) if side in by_side else ()
    return () if wanted == "none" else tuple(wanted.split(","))
