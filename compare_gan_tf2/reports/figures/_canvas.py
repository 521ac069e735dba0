"""What figures are drawn on: sizes, colors, texts that fit, and files that are the same every time.

matplotlib's objects are used directly, without pyplot, and within `settings`: neither a user's matplotlibrc nor names
with dollar signs change a figure. Lengths are inches.
"""

from __future__ import annotations

import contextlib
import functools
import io
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from compare_gan_tf2 import display
from compare_gan_tf2.reports.records import Answer, Column, Gathered

# Both columns of a paper.
WIDTH = 6.9
# Of letters, in points.
SIZE, SMALL = 8.5, 7.5
# Of Okabe and Ito: people who see fewer colors tell them apart, and each has a marker and a line of its own.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1.5, 1)), (0, (8, 2)), (0, (5, 1, 1, 1)), "-")
GRAY, FAINT, DARK = "#8c8c8c", "#d0d0d0", "#333333"
# Of one color from the worst to the best.
COLOR_MAP = "viridis"

_FONT = "DejaVu Sans"
_DPI = 200
_MARGIN = 0.08
# From one line of text to the next.
_LINE = 1.35 / 72
_MOST_TITLE_LINES, _MOST_NOTE_LINES = 2, 5
# Greatest by least value above which an axis is logarithmic.
_WIDE = 30.0
# On a line.
_MOST_MARKERS = 30
# Numbers on an axis.
_MARKS = 6
_OURS = {
    "axes", "boxplot", "errorbar", "figure", "font", "grid", "hatch", "image", "lines", "mathtext", "patch", "path",
    "pdf", "savefig", "scatter", "svg", "text", "xaxis", "xtick", "yaxis", "ytick",
}  # fmt: skip
_SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": DARK,
    "axes.formatter.use_mathtext": False,
    "axes.labelsize": SIZE,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": [_FONT],
    "font.size": SIZE,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "pdf.fonttype": 42,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "compare_gan_tf2",
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
}
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@contextlib.contextmanager
def settings() -> Iterator[None]:
    """matplotlib's settings for our figures, whatever a user has in theirs."""
    defaults = matplotlib.rcParamsDefault
    ours: Any = {name: defaults[name] for name in defaults if name.partition(".")[0] in _OURS} | _SETTINGS
    with matplotlib.rc_context(ours), warnings.catch_warnings():
        # Letters that the font lacks are boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        yield


def styled(draw: Callable[[Gathered, Answer], Figure]) -> Callable[[Gathered, Answer], Figure]:
    """A figure's `draw` that runs within `settings`."""

    @functools.wraps(draw)
    def inside(gathered: Gathered, answer: Answer) -> Figure:
        with settings():
            figure = draw(gathered, answer)
            # Marks on axes are made when they are first drawn, with the settings of that moment.
            figure.draw_without_rendering()
            return figure

    return inside


def saved(figure: Figure, kind: str) -> bytes:
    """The bytes of a PNG, SVG or PDF file, without dates and versions."""
    content = io.BytesIO()
    with settings():
        figure.savefig(content, format=kind, dpi=_DPI, metadata=_METADATA[kind])
    return content.getvalue()


class Sheet:
    """A figure with a title above and remarks below the room for axes.

    Args:
        height: of that room.
        title: of the figure; cut after two lines.
        notes: remarks, sentences without a period; they are the figure's label, too.
    """

    def __init__(self, height: float, title: str, notes: Sequence[str] = ()):
        note = "; ".join(each for each in notes if each)
        above = wrapped(title, WIDTH - 2 * _MARGIN, SIZE, "bold")[:_MOST_TITLE_LINES]
        below = wrapped(note, WIDTH - 2 * _MARGIN, SMALL)[:_MOST_NOTE_LINES]
        self.height = height
        self._below = _MARGIN + len(below) * SMALL * _LINE
        whole = height + self._below + _MARGIN + len(above) * SIZE * _LINE
        self.figure = Figure(figsize=(WIDTH, whole), dpi=_DPI, facecolor="white", label=note)
        for i, line in enumerate(above):
            y = 1 - (_MARGIN + i * SIZE * _LINE) / whole
            self.figure.text(_MARGIN / WIDTH, y, line, va="top", weight="bold", color=DARK)
        for i, line in enumerate(reversed(below)):
            y = (_MARGIN / 2 + i * SMALL * _LINE) / whole
            self.figure.text(_MARGIN / WIDTH, y, line, va="bottom", size=SMALL, color="#555555")

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at a place of the room, from its lower left corner."""
        whole = self.figure.get_figheight()
        return self.figure.add_axes((left / WIDTH, (self._below + bottom) / whole, width / WIDTH, height / whole))

    def text(self, x: float, y: float, text: str, **how: Any) -> None:
        """A text at a place of the room."""
        self.figure.text(x / WIDTH, (self._below + y) / self.figure.get_figheight(), text, **how)

    def line(self, xs: Sequence[float], ys: Sequence[float], **how: Any) -> None:
        """A line through places of the room."""
        whole = self.figure.get_figheight()
        places = [x / WIDTH for x in xs], [(self._below + y) / whole for y in ys]
        self.figure.add_artist(Line2D(*places, transform=self.figure.transFigure, **how))


@functools.cache
def _renderer() -> Any:
    return FigureCanvasAgg(Figure(dpi=_DPI)).get_renderer()


@functools.lru_cache(maxsize=100_000)
def text_width(text: str, size: float = SIZE, weight: str = "normal") -> float:
    """Inches that a line of text takes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        font = FontProperties(family=_FONT, size=size, weight=weight)
        return float(_renderer().get_text_width_height_descent(text, font, ismath=False)[0]) / _DPI


def cut(text: str, room: float, size: float = SIZE, weight: str = "normal") -> str:
    """The text as one line that fits, with an ellipsis where it had to be cut."""
    text = display.line(text)
    if text_width(text, size, weight) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_width(f"{text[:middle]}…", size, weight) <= room else (low, middle - 1)
    return f"{text[:low].rstrip()}…"


def fitted(texts: Sequence[str], room: float, size: float = SIZE) -> list[str]:
    """Texts as `cut` gives them, with a number before each where different ones would look alike."""
    found = [cut(text, room, size) for text in texts]
    if len(set(found)) < len(set(texts)):
        found = [cut(f"{number}: {text}", room, size) for number, text in enumerate(texts, 1)]
    return found


def wrapped(text: str, room: float, size: float, weight: str = "normal") -> list[str]:
    """Lines that fit; a word that is too long for one is cut."""
    lines: list[str] = []
    for word in display.line(text).split():
        if lines and text_width(f"{lines[-1]} {word}", size, weight) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(cut(word, room, size))
    return lines


def widest(texts: Sequence[str], size: float = SIZE) -> float:
    """Inches of the longest."""
    return max((text_width(text, size) for text in texts), default=0.0)


def axis_title(column: Column) -> str:
    """A score's name with its direction; on an upright axis, where text is turned, the arrow points down for lower."""
    if column.lower_is_better is None:
        return column.short
    return f"{column.short}   ← lower is better" if column.lower_is_better else f"{column.short}   higher is better →"


def scale(axes: Axes, which: str, values: Sequence[float]) -> None:
    """Sets up the axis "x" or "y" for numbers: logarithmic where they are all positive and far from one another."""
    axis: Axis = getattr(axes, f"{which}axis")
    if is_wide(values):
        getattr(axes, f"set_{which}scale")("log")
        decades = math.log10(max(values) / min(values))
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 3 else (1.0,)))
        axis.set_minor_formatter(NullFormatter())
    else:
        axis.set_major_locator(MaxNLocator(_MARKS, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.grid(visible=True)


def even_scale(axes: Axes, whole_numbers: bool) -> None:
    """Sets up the x axis for what grows evenly, such as steps."""
    axes.xaxis.set_major_locator(MaxNLocator(_MARKS, steps=[1, 2, 5, 10], integer=whole_numbers))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def is_wide(values: Sequence[float]) -> bool:
    """Whether numbers need a logarithmic axis."""
    return bool(values) and min(values) > 0 and max(values) / min(values) > _WIDE


def number(value: float) -> str:
    """As people read it: 20,000 and 12.5 and 0.0134."""
    if value == int(value) and 1000 <= abs(value) < 1e7:
        return f"{int(value):,}"
    return f"{value:.4g}"


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved as little as keeps them `gap` apart and, where there is room for all, between low and high."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    # Blocks of labels that touch: (their mean place without the gaps, how many).
    blocks: list[tuple[float, int]] = []
    for turn, i in enumerate(order):
        blocks.append((places[i] - turn * gap, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (last, many), (before, some) = blocks.pop(), blocks.pop()
            blocks.append(((last * many + before * some) / (many + some), many + some))
    top = max(high - (len(places) - 1) * gap, low)
    starts = [min(max(start, low), top) for start, count in blocks for _ in range(count)]
    found = [0.0] * len(places)
    for turn, (i, start) in enumerate(zip(order, starts, strict=True)):
        found[i] = start + turn * gap
    return found


def curve(
    axes: Axes, place: int, xs: Sequence[float], ys: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> None:
    """Draws a line with a band, in the color and with the marker of its place; gray without a band after the last."""
    if place >= len(COLORS):
        axes.plot(xs, ys, color=FAINT, linewidth=1, zorder=1)
        return
    color, marker = COLORS[place], MARKERS[place] if len(xs) <= _MOST_MARKERS else ""
    axes.fill_between(xs, low, high, color=color, alpha=0.12, linewidth=0)
    how: dict[str, Any] = {"linestyle": LINES[place], "linewidth": 1.4, "marker": marker, "markersize": 3.5}
    axes.plot(xs, ys, color=color, zorder=4, **how)


def label_ends(
    sheet: Sheet, axes: Axes, ends: Sequence[tuple[float, float]], texts: Sequence[str], colors: Sequence[str],
    markers: Sequence[str] = (), leaders: bool = True,
) -> None:  # fmt: skip
    """Writes a name to the right of axes for each of their lines, at the height of the line's end, none over another.

    Args:
        sheet: that the axes are on.
        axes: with their limits set.
        ends: last point of each line, in data.
        texts: that fit, as `fitted` gives them.
        colors: of them.
        markers: before the texts; none draws none.
        leaders: whether a thin line leads from the line's end to the text.
    """
    axes.autoscale_view()  # before it is asked where data are
    dpi, whole = sheet.figure.dpi, sheet.figure.get_figheight()
    box = axes.get_position()
    low, high = box.y0 * whole, box.y1 * whole
    points = [axes.transData.transform(end) / dpi for end in ends]
    heights = spread([min(max(float(y), low), high) for _, y in points], SIZE * _LINE, low, high)
    left, transform = box.x1 * WIDTH + 0.16, sheet.figure.transFigure
    for i, (text, color, height) in enumerate(zip(texts, colors, heights, strict=True)):
        x, y = points[i]
        if leaders:
            xs, ys = [float(x) / WIDTH, (left - 0.03) / WIDTH], [float(y) / whole, height / whole]
            sheet.figure.add_artist(Line2D(xs, ys, transform=transform, color=color, linewidth=0.5, alpha=0.6))
        shift = 0.0
        if markers:
            shift = 0.14
            how: dict[str, Any] = {"marker": markers[i], "color": color, "markersize": 5, "linestyle": "none"}
            place = [(left + 0.04) / WIDTH], [height / whole]
            sheet.figure.add_artist(Line2D(*place, transform=transform, **how))
        sheet.figure.text((left + shift) / WIDTH, height / whole, text, va="center", color=color)


def room_for_labels(texts: Sequence[str], most: float = 2.3) -> float:
    """Inches to keep free to the right of axes for `label_ends` with markers."""
    return min(widest(texts), most) + 0.4
