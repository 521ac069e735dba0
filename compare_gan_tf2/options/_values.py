"""What values an option takes: reading them, checking their range, saying it in words."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.display import is_formula
from compare_gan_tf2.errors import UserError

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def type_of(field: dataclasses.Field[Any]) -> type:
    """The type of a field's values."""
    return _TYPES[str(field.type)]


def read(name: str, wanted: type, value: Any) -> Any:
    """The value as the wanted type; text is read as on the command line."""
    words = {"true": True, "false": False}
    try:
        if wanted is bool:
            return value if isinstance(value, bool) else words[str(value).lower()]
        if wanted is str or isinstance(value, bool):
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise ValueError
            return str(value)
        if wanted is int and isinstance(value, float):
            if not value.is_integer():
                raise ValueError
            return int(value)
        # What Python reads as a number beyond plain digits: 1_5, and digits of other scripts.
        if isinstance(value, str) and ("_" in value or not value.isascii()):
            raise ValueError
        return wanted(value)
    except (ValueError, KeyError, TypeError, OverflowError):
        kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[wanted]
        raise UserError(f"option {name} is {value!r}; it must be {kind}") from None


def check_range(field: dataclasses.Field[Any], value: Any) -> None:
    """Raises UserError unless a field may have the value."""
    meta = field.metadata
    # Data sets have families and paths among their names: `catalog.find` says what it does not know.
    if meta["kind"] and meta["kind"] != "datasets" and value not in components.names(meta["kind"]):
        raise UserError(
            f"option {field.name}: {components.unknown(meta['kind'], value, components.names(meta['kind']))}"
        )
    if meta["choices"] and value not in meta["choices"]:
        raise UserError(f"option {field.name}: {components.unknown('value', value, meta['choices'])}")
    if isinstance(value, str) and "\0" in value:
        raise UserError(f"option {field.name} is {value!r}; no path and no name has the character \\0")
    if isinstance(value, str) and is_formula(value):
        raise UserError(f"option {field.name} is {value!r}, which is a formula in the scores' table: write './{value}'")
    low, high = meta["low"], meta["high"]
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"option {field.name} is {value}; it must be finite; allowed: {allowed(field)}")
    too_low = low is not None and (value <= low if meta["open_low"] else value < low)
    if too_low or (high is not None and value > high):
        raise UserError(f"option {field.name} is {value}; allowed: {allowed(field)}")


def allowed(field: dataclasses.Field[Any]) -> str:
    """What a field accepts, in words."""
    meta = field.metadata
    choices = components.names(meta["kind"]) if meta["kind"] else meta["choices"]
    if meta["kind"] == "datasets":
        choices = (*catalog.names(), *catalog.PATTERNS)
    if choices:
        return " | ".join(choices)
    if type_of(field) is bool:
        return "true | false"
    low, high = meta["low"], meta["high"]
    if low is None and high is None:
        return "text"
    bracket = "(" if meta["open_low"] else "["
    kind = "whole number in " if type_of(field) is int else ""
    return f"{kind}{bracket}{low}, {'inf)' if high is None else f'{high}]'}"
