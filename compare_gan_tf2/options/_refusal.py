"""What a refused combination of options is, and what is asked about components to find one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.options import architecture_limits

# Options that say how labels are used.
_OF_LABELS = ("conditional", "d_conditioning")


@dataclasses.dataclass(frozen=True)
class Refusal:
    """One kind of combination that is refused.

    Attributes:
        applies: whether options are of this kind; a text is the reason itself.
        reason: one line; {o.name} stands for the value of an option. Empty where `applies` gives it.
        concerns_labels: whether it is about conditional models.
    """

    applies: Callable[[Any], Any]
    reason: str = ""
    concerns_labels: bool = False


def classes(options: Any) -> int:
    """How many classes the data set has, 0 for none."""
    return int(catalog.of(options).num_classes)


def of_gan(options: Any, fact: str) -> Any:
    """A fact about the GAN type."""
    return components.facts("gans", options.gan)[fact]


def of_architecture(options: Any, fact: str) -> Any:
    """A fact about the architecture."""
    return components.facts("architectures", options.architecture)[fact]


def of_loss(options: Any, fact: str) -> Any:
    """A fact about the loss."""
    return components.facts("losses", options.loss)[fact]


def cannot_build(options: Any, conditional: bool) -> str:
    """Why the architecture has no networks for images of this size, or for labels; empty where it has."""
    if not of_gan(options, "NETWORKS"):
        return ""
    shape = catalog.of(options).image_shape
    return architecture_limits.problem(options.architecture, shape, options, conditional)


def required(options: Any, *, of_labels: bool) -> str:
    """Which option has another value than the only one that the GAN type or the architecture works with."""
    for chosen in ("gan", "architecture") if of_gan(options, "NETWORKS") else ("gan",):
        component = getattr(options, chosen)
        for name, (wanted, reason) in components.facts(f"{chosen}s", component)["REQUIRES"].items():
            value = getattr(options, name)
            if value != wanted and (name in _OF_LABELS) == of_labels:
                needed = f"{chosen}={component} needs {name}={text(wanted)}"
                return f"option {name} is {text(value)}, but {needed}: {reason}"
    return ""


def text(value: Any) -> str:
    """A value as a user writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
