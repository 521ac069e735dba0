"""Numbers and values as the page writes them."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2 import display
from compare_gan_tf2.reports.records import Interval

NOTHING = "–"
_LEAST, _GREATEST, _LEAST_P = 1e-4, 1e7, 1e-4


def number(value: float | None, digits: int = 4) -> str:
    """With so many digits that count, without an exponent where it is not much longer; a dash for None."""
    if value is None:
        return NOTHING
    if value and not _LEAST <= abs(value) < _GREATEST:
        return f"{value:.{digits - 1}e}"
    text = f"{value or 0.0:.{digits}g}"
    return f"{float(text):.0f}" if "e" in text else text


def interval(value: Interval | None) -> str:
    """Both ends: "10.9 to 13.5"."""
    return NOTHING if value is None else f"{number(value.low)} to {number(value.high)}"


def probability(value: float | None) -> str:
    """A p with three digits; below 0.0001 only that it is below."""
    if value is None:
        return NOTHING
    return f"< {_LEAST_P:.4f}" if value < _LEAST_P else number(value, 3)


def share(value: float | None) -> str:
    """Of a whole, from 0 to 1, in percent."""
    return NOTHING if value is None else f"{100 * value:.0f} %"


def option(value: Any) -> str:
    """An option's value in its shortest exact form, as it is given on a command line."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else display.line(str(value)) or "''"
