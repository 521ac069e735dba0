"""What one option's value implies for others that are not given."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import style_settings
from compare_gan_tf2.options._data import DataOptions
from compare_gan_tf2.options._networks import NetworkOptions

# What a version of compare_gan did where an option leaves the choice.
_BY_REFERENCE = {
    "none": {},
    "v1": {"latents": "reused", "judge": "apart", "d_conditioning": "none"},
    "v2": {"latents": "reused", "judge": "apart", "d_conditioning": "none"},
    "v3": {"latents": "reused", "judge": "together", "d_conditioning": "none"},
}
# Options that name components which imply values of others.
_KINDS = ("gan", "architecture")


def by(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values that given options, by their names, imply for other options.

    Where several imply a value for the same option, the later one of reference, gan, architecture, style_settings and
    conditional has precedence. A GAN type and an architecture say in their files what they imply. Above all of them is
    the task that start_from names: networks that begin with its weights have its structure.
    """
    of_source = _by_source(given)
    # What it says implies as much as if it were given.
    given = of_source | dict(given)
    of_gan = by_component("gans", given.get("gan", ""))
    found = {
        **_BY_REFERENCE.get(given.get("reference", "none"), {}),
        **of_gan,
        **by_component("architectures", given.get("architecture", of_gan.get("architecture", ""))),
        **_by_style_settings(given),
        **_by_conditional(given),
        **_by_dataset(given.get("dataset", "")),
        **of_source,
    }
    if given.get("ema_decay"):  # which says already how fast the average follows
        found = {name: value for name, value in found.items() if name not in ("ema_kimg", "ema_rampup")}
    return found


def _by_style_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """What published settings bring for the images and the batch that there are."""
    gan = given.get("gan", "")
    settings = given.get("style_settings", by_component("gans", gan).get("style_settings", style_settings.NONE))
    has_place = gan in components.names("gans") and "style_settings" in components.facts("gans", gan)["HONORS"]
    if settings == style_settings.NONE or not has_place:
        return {}
    about_data = {field.name for field in dataclasses.fields(DataOptions)}
    try:
        dataset = catalog.of(DataOptions(**{name: each for name, each in given.items() if name in about_data}))
    except UserError:  # said when the options are checked
        return {}
    return style_settings.implied(settings, dataset.image_shape[0], given.get("batch_size"))


def _by_conditional(given: Mapping[str, Any]) -> dict[str, Any]:
    """What conditional models of a GAN type have, and how a generator sees labels that are not joined with latents."""
    gan = given.get("gan", "")
    brought = by_component("gans", gan)
    if not given.get("conditional", brought.get("conditional", False)):
        return {}
    way = given.get("g_conditioning", brought.get("g_conditioning", "normalization"))
    architecture = given.get("architecture", brought.get("architecture", ""))
    required = by_component("gans", gan, "REQUIRES") | by_component("architectures", architecture, "REQUIRES")
    has_place = "g_normalization" not in required
    shown = {"g_normalization": "conditional_batch"} if way == "normalization" and has_place else {}
    return by_component("gans", gan, "IMPLIES_OF_CONDITIONAL") | shown


def _by_source(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the networks of the task whose weights are taken; none if another type or architecture is given.

    What is wrong with that place is said when the weights are read.
    """
    if not given.get("start_from"):
        return {}
    place = pathlib.Path(given["start_from"])
    try:
        steps = sorted(each for each in (place / "checkpoints").glob("[0-9]*") if each.name.isdecimal())
        there = [place] if place.parent.name == "checkpoints" else steps
        theirs = json.loads((there[-1] / "options.json").read_text(encoding="utf-8"))
        found = {name: theirs[name] for name in _structure() if name in theirs}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    is_other = any(given.get(name, found.get(name)) != found.get(name) for name in _KINDS)
    return {} if is_other else found


@functools.cache
def _structure() -> tuple[str, ...]:
    return ("conditional", *(field.name for field in dataclasses.fields(NetworkOptions)))


def _by_dataset(name: str) -> dict[str, Any]:
    if not catalog.is_path(name) or "\0" in name:  # the latter is said when the options are checked
        return {}
    try:
        share = catalog.find(name).usual_held_out_share
    except UserError:  # said when the options are checked
        return {}
    return {"held_out_share": share} if share else {}


def by_component(kind: str, name: str, fact: str = "IMPLIES") -> dict[str, Any]:
    """Values that a component implies for options; nothing if there is none of that name, or the kind implies none."""
    known = name in components.names(kind)
    return dict(components.facts(kind, name).get(fact, {})) if known else {}
