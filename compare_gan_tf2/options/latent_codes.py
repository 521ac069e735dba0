"""The text that declares the codes in a model's latents: "cat10,unif1,unif1"."""

from __future__ import annotations

import re

KINDS = {"cat": "categorical", "norm": "normal", "unif": "uniform"}
_CODE = re.compile(rf"({'|'.join(KINDS)})(\d+)")
_MOST = 1024


def parsed(text: str) -> list[tuple[str, str, int]]:
    """(name, kind, size) of every code, in order; a name is the kind and its number among its like: "uniform_2".

    Args:
        text: one that `problem` finds none with.
    """
    found: list[tuple[str, str, int]] = []
    for short, size in _CODE.findall(text):
        kind = KINDS[short]
        number = 1 + sum(kind == other for _, other, _ in found)
        found.append((f"{kind}_{number}", kind, int(size)))
    return found


def problem(text: str) -> str:
    """One line that says what is wrong with such a text; empty if nothing is."""
    said = f"option codes is {text!r}; it is"
    codes = [_CODE.fullmatch(each) for each in text.split(",")]
    if not all(codes):
        return f"{said} a list such as cat10,unif1,unif1 of classes (cat) and of uniform or normal numbers (unif, norm)"
    for _, kind, size in parsed(text):
        least = 2 if kind == "categorical" else 1
        if not least <= size <= _MOST:
            return f"{said} of {kind} codes whose range is [{least}, {_MOST}], and one has {size}"
    if all(kind != "categorical" for _, kind, _ in parsed(text)):
        return f"{said} without a code of classes, such as cat10, which images could be classified by"
    return ""
