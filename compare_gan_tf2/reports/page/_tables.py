"""Tables that can be read aloud, printed, and sorted: the parts of which others make theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compare_gan_tf2.reports.page import _texts as texts
from compare_gan_tf2.reports.page._html import Content, Markup, element
from compare_gan_tf2.reports.records import Interval


def table(kind: str, caption: str, head: Sequence[str], rows: Iterable[Markup]) -> Markup:
    """A table that scrolls within itself where the screen is narrower.

    Args:
        kind: its class: "groups", "comparisons".
        caption: says what is in it.
        head: names of the columns.
        rows: made by `row`.
    """
    names = [element("th", name, scope="col") for name in head]
    content = (
        element("caption", element("span", caption)),
        element("thead", element("tr", *names)),
        element("tbody", *rows),
    )
    return element(
        "div", element("table", *content, class_=kind), class_="scroll", role="region", aria_label=caption, tabindex=0
    )


def row(first: Content, *cells: Markup, class_: str | None = None, group: int | None = None) -> Markup:
    """A row, by the name of which its cells are read.

    Args:
        first: the row's name.
        cells: the others, made by `text` or `quantity`.
        class_: of the row.
        group: number of the group in the page's data, which charts follow.
    """
    head = first if isinstance(first, Markup) and first.startswith("<th") else element("th", first, scope="row")
    return element("tr", head, *cells, class_=class_, data_group=group)


def text(*content: Content, class_: str | None = None) -> Markup:
    """A cell with words."""
    return element("td", *content, class_=class_)


def quantity(shown: Content, value: float | None, class_: str = "") -> Markup:
    """A cell with a number, and what it is sorted by; None comes last."""
    return element("td", shown, class_=f"n {class_}".strip(), data_v="" if value is None else repr(float(value)))


def interval(value: Interval | None) -> Markup:
    """A cell with both ends, sorted by the lower one."""
    return quantity(texts.interval(value), None if value is None else value.low)
