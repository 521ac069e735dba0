"""What each factor does: the mean score of each of its values, over everything else, with its interval."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas
from compare_gan_tf2.reports.records import Answer, Factor, Gathered

TITLE = "Effect of each factor"
PER_SCORE = True

_ROW, _HEAD, _AXIS = 0.24, 0.3, 0.44
# Values of a factor, above which its means say little; factors.
_MOST_VALUES, _MOST_FACTORS = 12, 8


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each value of a factor: mean, interval, and the share of the variance that the factor explains."""
    rows = []
    for factor in _shown(answer)[0]:
        for value in factor.values:
            interval = factor.intervals.get(value)
            rows.append(
                {
                    "factor": factor.name,
                    "value": value,
                    "mean": factor.means[value],
                    "low": interval.low if interval else None,
                    "high": interval.high if interval else None,
                    "interval": f"{interval.method}, {100 * interval.confidence:g} %" if interval else None,
                    "share_of_variance": factor.share,
                }
            )
    return rows


def _shown(answer: Answer) -> tuple[list[Factor], list[str]]:
    """The factors that explain most first, and remarks on those that are not shown."""
    compared = [factor for factor in answer.factors if len(factor.values) > 1]
    few = [factor for factor in compared if len(factor.values) <= _MOST_VALUES]
    if not few:
        raise NothingToShowError(
            f"no option has from 2 to {_MOST_VALUES} values with a score" if compared else "no two values have scores"
        )
    notes = []
    if many := [factor.name for factor in compared if factor not in few]:
        notes.append(f"more than {_MOST_VALUES} values, not shown: {', '.join(many)}")
    few.sort(key=lambda factor: -(factor.share if factor.share is not None else -1.0))
    if len(few) > _MOST_FACTORS:
        notes.append(f"the {_MOST_FACTORS} that explain most of {len(few)}")
    return few[:_MOST_FACTORS], notes


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A block for each factor, the values in it from the best to the worst."""
    factors, notes = _shown(answer)
    rows = data(gathered, answer)
    methods = sorted({row["interval"] for row in rows if row["interval"]})
    notes = [*(f"bars: {method}" for method in methods), *notes]
    names = [_canvas.fitted(factor.values, 2.2) for factor in factors]
    left = _canvas.widest([name for some in names for name in some]) + 0.25
    heights = [_HEAD + _ROW * len(factor.values) for factor in factors]
    sheet = _canvas.Sheet(sum(heights) + _AXIS, answer.title, notes)
    axes = sheet.axes(left, _AXIS, _canvas.WIDTH - left - 0.15, sum(heights))
    axes.set_ylim(0, sum(heights))
    axes.spines["left"].set_visible(False)
    ticks, top = [], sum(heights)
    for i, (factor, height) in enumerate(zip(factors, heights, strict=True)):
        head = factor.name if factor.share is None else f"{factor.name}: {factor.share:.0%} of the variance"
        how = {"va": "center", "weight": "bold", "color": _canvas.DARK, "bbox": {"fc": "white", "lw": 0, "pad": 1.5}}
        sheet.text(0.1, _AXIS + top - _HEAD / 2 - 0.02, _canvas.cut(head, 4.5), **how)
        if i:
            axes.axhline(top, color=_canvas.FAINT, linewidth=0.7)
        own = [row for row in rows if row["factor"] == factor.name]
        for n, row in enumerate(own):
            y = top - _HEAD - _ROW * (n + 0.5)
            ticks.append(y)
            if row["low"] is not None:
                axes.plot([row["low"], row["high"]], [y, y], color=_canvas.COLORS[0], lw=1.6, solid_capstyle="butt")
            axes.plot([row["mean"]], [y], "o", color=_canvas.COLORS[0], ms=5)
        top -= height
    axes.set_yticks(ticks, [name for some in names for name in some], size=_canvas.SIZE)
    axes.tick_params(axis="y", length=0)
    _canvas.scale(axes, "x", [row[name] for row in rows for name in ("mean", "low", "high") if row[name] is not None])
    axes.set_xlabel(_canvas.axis_title(answer.column))
    return sheet.figure
