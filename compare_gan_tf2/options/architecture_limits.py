"""What each architecture cannot build, by the facts in its file; nothing is built or imported for it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import block_plans


def problem(architecture: str, image_shape: tuple[int, int, int], options: Any, conditional: bool) -> str:
    """One line that says why the networks cannot be; empty if they can."""
    lines = (
        _size_problem(architecture, image_shape),
        _reference_problem(architecture, image_shape, options),
        without_place("architecture", architecture, options),
        _latents_problem(architecture, image_shape, options),
        _attention_problem(architecture, image_shape, options),
        _label_problem(architecture, options) if conditional else "",
    )
    return next(filter(None, lines), "")


def check(architecture: str, image_shape: tuple[int, int, int], options: Any, conditional: bool) -> None:
    """Raises UserError with the problem if there is one."""
    line = problem(architecture, image_shape, options, conditional)
    if line:
        raise UserError(line)


def without_place(option: str, chosen: str, options: Any) -> str:
    """One line about an option that is set, but that a component does not honor; empty if there is none.

    Asked about are the options that components of the kind list in their fact HONORS.

    Args:
        option: "architecture" or "gan", by which the component is chosen.
        chosen: the component's name.
        options: of the task.
    """
    for name, those in honoring(f"{option}s").items():
        default = getattr(type(options), name)
        if chosen not in those and getattr(options, name) != default:
            return (
                f"{option} {chosen} has no place for {name}; those that have: {', '.join(those)}; else set "
                f"{name}={str(default).lower()}"
            )
    return ""


def honoring(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Every option that some component of a kind ("architectures", "gans") honors, with the names of those that do."""
    known = components.names(kind)
    return _by_option(known, tuple(components.facts(kind, name)["HONORS"] for name in known))


@functools.cache
def _by_option(names: tuple[str, ...], honored: tuple[tuple[str, ...], ...]) -> Mapping[str, tuple[str, ...]]:
    """What each component honors, turned around; kept, because studies check thousands of tasks."""
    of_each = dict(zip(names, honored, strict=True))
    options = sorted({option for each in honored for option in each})
    return {option: tuple(name for name, each in of_each.items() if option in each) for option in options}


def _size_problem(architecture: str, image_shape: tuple[int, int, int]) -> str:
    height, width, _ = image_shape
    sides, divisor = block_plans.possible_sides(architecture), block_plans.divisor(architecture)
    if sides and not (height == width and height in sides):
        needed = f"square images with sides among {list(sides)}"
    elif height % divisor or width % divisor:
        needed = f"sides divisible by {divisor}"
    else:
        return ""
    return f"architecture {architecture} needs {needed}, and the images are {height}x{width}"


def _reference_problem(architecture: str, image_shape: tuple[int, int, int], options: Any) -> str:
    facts = components.facts("architectures", architecture)
    version, side = options.reference, facts["REFERENCE_SIDE"]
    if version == "none":
        # compare_gan ignored one that was asked for, which a comparison must not.
        if options.d_normalization != "none" and not facts["DISCRIMINATOR_NORMALIZES"]:
            return (
                f"the discriminator of architecture {architecture} has no place for d_normalization="
                f"{options.d_normalization}; set d_normalization=none (kernels can be normalized: "
                "d_weight_normalization=spectral)"
            )
        return ""
    if version not in facts["REFERENCE_VERSIONS"]:
        known = " or ".join([*facts["REFERENCE_VERSIONS"], "none"])
        return f"compare_gan {version} had no architecture {architecture}; set reference={known}"
    if side and tuple(image_shape[:2]) != (side, side):
        return (
            f"{architecture} of compare_gan {version} made images of {side}x{side} only, and these are "
            f"{image_shape[0]}x{image_shape[1]}; set reference=none"
        )
    return ""


def _latents_problem(architecture: str, image_shape: tuple[int, int, int], options: Any) -> str:
    if not options.hierarchical_z:
        return ""
    parts = 1 + len(block_plans.blocks(architecture, image_shape[0], "generator"))
    if options.z_dim % parts:
        nearest = max(1, round(options.z_dim / parts)) * parts
        return (
            f"hierarchical_z cuts the latents into {parts} parts for {architecture} at {image_shape[0]} pixels, "
            f"and z_dim is {options.z_dim}; set z_dim={nearest}, or hierarchical_z=false"
        )
    if options.g_normalization not in ("conditional_batch", "self_modulated_batch") and options.reference == "none":
        return (
            "hierarchical_z gives parts of the latents to the blocks, but g_normalization="
            f"{options.g_normalization} does not look at them; set g_normalization=self_modulated_batch (or "
            "conditional_batch with conditional=true), or hierarchical_z=false"
        )
    return ""


def _attention_problem(architecture: str, image_shape: tuple[int, int, int], options: Any) -> str:
    for network, option in (("generator", "g_attention"), ("discriminator", "d_attention")):
        wanted = getattr(options, option)
        there = [block.name for block in block_plans.blocks(architecture, image_shape[0], network)]
        if wanted in ("default", "none"):
            continue
        if not there:
            return f"architecture {architecture} has no blocks that self-attention could follow; set {option}=none"
        behind = block_plans.sides_behind(architecture, min(image_shape[:2]), network)
        sides = dict(zip(there, behind, strict=True))
        for name in wanted.split(","):
            if name not in there:
                return (
                    f"option {option} names block {name!r}, but the {network} of {architecture} at {image_shape[0]} "
                    f"pixels has {', '.join(there)}; or default, or none"
                )
            if sides[name] < 2:
                return (
                    f"option {option} names block {name!r}, but self-attention needs a map of at least 2x2 pixels, and "
                    f"behind that one it is {sides[name]}x{sides[name]}"
                )
    return ""


def _label_problem(architecture: str, options: Any) -> str:
    shown = components.facts("architectures", architecture)["REFERENCE_LABELS"]
    if options.reference == "none":
        return ""
    if shown == "none":
        return f"compare_gan {options.reference} gave no labels to architecture {architecture}; set reference=none"
    # A GAN type's own projection is on any discriminator's features.
    own = components.facts("gans", options.gan)["PROJECTS_LABELS"]
    if options.d_conditioning == "projection" and shown != "projection" and not own:
        return (
            f"compare_gan {options.reference} had no projection in {architecture}; set d_conditioning=none, or "
            "reference=none"
        )
    return ""
