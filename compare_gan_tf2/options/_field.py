"""One option: a field with its default, meaning and range."""

from __future__ import annotations

import dataclasses
from typing import Any


def option(
    default: Any,
    doc: str,
    *,
    section: str,
    kind: str | None = None,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    open_low: bool = False,
) -> Any:
    """A field; `kind` takes its values from a folder of components, low and high are inclusive unless open."""
    metadata = {
        "doc": doc,
        "section": section,
        "kind": kind,
        "choices": choices,
        "low": low,
        "high": high,
        "open_low": open_low,
    }
    return dataclasses.field(default=default, metadata=metadata)
