"""Curves brought down to the dots of a picture.

A picture has two dots a cell across and four down. Everything in a `CurveView` is in dots or text, so that two views
are equal exactly if they look the same, and an equal one need not be drawn again.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from nerotui.core.records import Load
from nerotui.core.text import clean
from nerotui.core.views.curve.axes import Scale, place_words, right_words, x_axis, y_axis
from nerotui.core.views.curve.dots import MOST_POINTS, trace_of
from nerotui.core.views.curve.lines import TINY, Line, drawn_x, joins_of, lines_of
from nerotui.core.views.curve.load import load_strip
from nerotui.core.views.curve.model import Axis, Curve, CurveOptions, CurveView, Mark, Spot, Tick, Trace
from nerotui.core.views.format import number
from nerotui.core.views.spans import Notice

__all__ = [
    "MOST_POINTS",
    "Axis",
    "Curve",
    "CurveOptions",
    "CurveView",
    "Mark",
    "Spot",
    "Tick",
    "Trace",
    "best_place",
    "curve_view",
    "extent",
    "legend_value",
    "stops",
]


def curve_view(
    curves: Sequence[Curve],
    options: CurveOptions,
    *,
    columns: int,
    rows: int,
    load: Load | None = None,
    notice: Notice | None = None,
    dot: str = "·",
) -> CurveView:
    """Curves brought down to a picture.

    Args:
        curves: in legend order; the first is the selected run's.
        options: how to draw.
        columns: cells of the drawing area across, without the axis' labels.
        rows: cells of the drawing area down.
        load: the selected run's load over time, drawn under its own part of the axis.
        notice: what to say if there is nothing to draw.
        dot: what parts the words of `right`.
    """
    lines = lines_of(curves, options)
    extremes = extent(lines)
    if extremes is None or columns < 2 or rows < 1:
        if lines:
            notice = _why_nothing(lines, options)
        default = Notice(kind="empty", text=f"No points of {clean(options.metric)} yet.")
        right = right_words(None, _x_name(curves), options, "", dot)
        return CurveView(columns=columns, rows=rows, right=right, notice=notice or default)
    if options.reach is not None:
        extremes = min(extremes[0], options.reach[0]), max(extremes[1], options.reach[1])
    across, x_labels = x_axis(lines, options, columns)
    up, y_labels = y_axis(*extremes, options, rows)
    scale = Scale(across.low, across.high, columns * 2 - 1, up.low, up.high, rows * 4 - 1)
    cursor = None if options.cursor is None else drawn_x(options.cursor, options)
    traces = tuple(
        trace_of(line, index, scale, _value(line, options, cursor, scale), best_place(line, options))
        for index, line in enumerate(lines)
    )
    place = "" if options.cursor is None else place_words(options.cursor, lines[0], options, dot)
    return CurveView(
        columns=columns,
        rows=rows,
        traces=traces,
        x_ticks=tuple(Tick(scale.x(value), label) for value, label in zip(across.values, x_labels, strict=True)),
        y_ticks=tuple(Tick(scale.y(value), label) for value, label in zip(up.values, y_labels, strict=True)),
        load=load_strip(lines[0], load, scale, columns) if load is not None else (),
        joins=tuple(sorted({scale.x(x) for x in joins_of(lines)})),
        cursor=None if cursor is None else scale.x(cursor),
        place=place,
        right=right_words(lines[0], _x_name(curves), options, place, dot),
        span=(across.low, across.high),
    )


def extent(lines: Sequence[Line]) -> tuple[float, float] | None:
    """The least and greatest value that is drawn, on the axis as it is drawn; None where there is none."""
    lows = [min(stretch.lows) for line in lines for stretch in line.main if stretch.lows]
    highs = [max(stretch.highs) for line in lines for stretch in line.main if stretch.highs]
    for line in lines:
        for stretch in line.behind:
            lows += stretch.lows[:: max(1, len(stretch.lows) // 500)]
            highs += stretch.highs[:: max(1, len(stretch.highs) // 500)]
    return (min(lows), max(highs)) if lows else None


def stops(curves: Sequence[Curve], options: CurveOptions) -> list[tuple[float, str]]:
    """The places worth jumping to, along the axis: nan, findings, joins, best values; and what each is, in words."""
    plain = CurveOptions(axis=options.axis)
    lines = lines_of(curves, plain)
    found = [(x, "another attempt begins") for x in joins_of(lines)]
    for line in lines:
        name = clean(line.curve.label)
        if line.breaks:
            found.append((min(line.breaks), f"{name}: not finite"))
        found += [(x, f"{name}: {clean(mark.text)}") for x, mark in line.marks]
        best = best_place(line, plain)
        if best is not None:
            found.append((best[0], f"{name}: best, {number(best[1])}"))
    return sorted(dict(reversed(sorted(found, reverse=True))).items())


def _x_name(curves: Sequence[Curve]) -> str:
    if not curves:
        return "step"
    first = curves[0]
    return first.track.x_name if first.along is None else first.along.x_name


def _why_nothing(lines: Sequence[Line], options: CurveOptions) -> Notice:
    if options.window is not None:
        return Notice(kind="empty", text="No point in this part of the axis.", hint="0 shows all of it.")
    if options.log_x:
        return Notice(kind="empty", text="No place above zero to draw on a logarithmic x axis.", hint="H switches it.")
    if options.log:
        return Notice(kind="empty", text="No value above zero to draw on a logarithmic axis. L switches the axis.")
    return Notice(kind="empty", text="No finite value yet.")


def _value(line: Line, options: CurveOptions, cursor: float | None, scale: Scale) -> str:
    """What the legend says of a line: its value at the cursor, else its best, else its last."""
    if cursor is not None:
        value = _read(line, cursor, (scale.x_high - scale.x_low) / max(1, scale.x_dots))
        return "-" if value is None else number(10**value if options.log else value)
    return legend_value(line.curve)


def legend_value(curve: Curve) -> str:
    """What a legend says of a curve: its best, else its last."""
    extreme = {"min": curve.track.least, "max": curve.track.greatest}.get(curve.best or "")
    if extreme is not None:
        return f"best {number(extreme.value):>8}"
    return "" if curve.track.last is None else number(curve.track.last)


def _read(line: Line, at: float, dot: float) -> float | None:
    """A line's value where it is nearest to the cursor, None beyond its ends and where it is not finite."""
    best: tuple[float, float] | None = None
    for stretch in line.main:
        if not stretch.xs or at < stretch.xs[0] - 2 * dot or at > stretch.xs[-1] + 2 * dot:
            continue
        index = bisect_left(stretch.xs, at)
        for near in (index - 1, index):
            if 0 <= near < len(stretch.xs):
                distance = abs(stretch.xs[near] - at)
                if best is None or distance <= best[0]:
                    best = (distance, stretch.lows[near] / 2 + stretch.highs[near] / 2)
    if any(abs(x - at) <= dot / 2 and (best is None or abs(x - at) < best[0]) for x in line.gaps):
        return math.nan
    return None if best is None else best[1]


def best_place(line: Line, options: CurveOptions) -> tuple[float, float] | None:
    """Where a line's best value is, if it is drawn and in view."""
    track = line.curve.track
    extreme = {"min": track.least, "max": track.greatest}.get(line.curve.best or "")
    if extreme is None or track.count < 2 or not line.places:
        return None
    if options.axis == "x" and line.curve.along is None:
        x = drawn_x(extreme.x, options)
    else:
        x = min(line.places, key=lambda place: abs(place[0] - extreme.time))[1]
    if options.smooth > 0:
        y = _read(line, x, 0.0)
    elif options.log:
        y = math.log10(extreme.value) if extreme.value > TINY else None
    else:
        y = extreme.value
    inside = any(stretch.xs and stretch.xs[0] <= x <= stretch.xs[-1] for stretch in (*line.main, *line.behind))
    return (x, y) if inside and y is not None and math.isfinite(y) else None
