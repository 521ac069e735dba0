"""HTML that cannot be broken by what stands in it: texts are escaped unless they were made here."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from typing import Any, TypeAlias

from compare_gan_tf2 import display

# Elements that have no content, and so no end.
_EMPTY = {"img", "br", "meta"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Content: TypeAlias = "str | Markup | int | None | Iterable[Content]"


def element(name: str, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """One element.

    Args:
        name: of the element: "td".
        content: what stands in it, one after the other; texts are escaped, None is nothing.
        attributes: by their names, with `_` for `-` and behind names that Python keeps for itself (`class_`); True
            stands without a value, False and None do not stand at all.
    """
    stated = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Markup(f"<{name}{stated}>")
    return Markup(f"<{name}{stated}>{joined(content)}</{name}>")


def joined(content: Content) -> Markup:
    """What stands one after the other, as one text."""
    if content is None:
        return Markup()
    if isinstance(content, Markup):
        return content
    if isinstance(content, str | int):
        return Markup(escaped(str(content)))
    return Markup("".join(joined(each) for each in content))


def escaped(text: str) -> str:
    """The text as HTML that means nothing but itself; what is not seen is spelled out, but for ends of lines."""
    return html.escape(display.visible(text, keep="\n"))


def data_block(identity: str, content: Any) -> Markup:
    """A script element that does nothing and holds JSON, in ASCII and without the signs that HTML obeys."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/json" id="{escaped(identity)}">{text}</script>')


def _attribute(name: str, value: str | int | bool | None) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    return f' {name}="{escaped(str(value))}"'
