"""When two tasks are the same setting: after typing, rounding, and without options that nothing reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from compare_gan_tf2.options import Options


def canonical(options: Options) -> dict[str, Any]:
    """All options by name; those that nothing reads with these others have their defaults."""
    return options.to_dict()


def setting(options: Options) -> dict[str, Any]:
    """The same without the seed."""
    return {name: value for name, value in canonical(options).items() if name != "seed"}


def key(options: Options) -> str:
    """A text that two tasks share if and only if their canonical options are equal."""
    raise NotImplementedError


def differing(tasks: Iterable[Options]) -> tuple[str, ...]:
    """Names of the options in which tasks differ, in the order of their definition, the seed last."""
    raise NotImplementedError


def label(options: Options, names: Sequence[str]) -> str:
    """A short text that says the values of these options."""
    raise NotImplementedError
