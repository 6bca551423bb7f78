"""The curve pane: lines over an axis, brought down to the dots of a picture.

A picture has two dots a cell across and four down. Everything in a `CurveView` is in dots or text, so that two views
are equal exactly if they look the same, and an equal one need not be drawn again.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from nerotui.core.records import Load
from nerotui.core.series import Track, smoothed
from nerotui.core.text import clean
from nerotui.core.views import ticks
from nerotui.core.views.format import number
from nerotui.core.views.metrics import in_order
from nerotui.core.views.spans import Notice, View

Axis = Literal["x", "time"]
#: Points that one line may be drawn from.
MOST_POINTS = 480


class CurveOptions(View, frozen=True, kw_only=True):
    """How curves are drawn.

    Attributes:
        metric: what they show, for the pane's rule.
        axis: the series' own x (step, epoch), or time since its first point.
        log: whether y is logarithmic; values ≤ 0 are left out then.
        smooth: weight of the past in an exponential average, 0 to below 1; 0 = as it is.
    """

    metric: str = "loss"
    axis: Axis = "x"
    log: bool = False
    smooth: float = 0.0


class Curve(View, frozen=True, kw_only=True):
    """One line to draw, as it comes from the runs: `track` grows as points arrive.

    Attributes:
        label: "k3f9 train".
        color: which of the palette's line colours, for a run to keep its own while others come and go; else its place.
        remark: a finding in a word or two ("rising"), shown in the legend after ▲.
        mark_x: where on its own x axis the finding was, or None.
        best: whether the least or the greatest value is named in the legend, or None for the last one.
    """

    label: str
    track: Track
    color: int | None = None
    remark: str = ""
    mark_x: float | None = None
    best: Literal["min", "max"] | None = None


class Trace(View, frozen=True, kw_only=True):
    """A line in dots from the lower left: `points` by column, `breaks` the columns where a value was not finite."""

    label: str
    value: str
    remark: str
    color: int
    points: tuple[tuple[int, int], ...]
    breaks: tuple[int, ...] = ()
    mark: int | None = None


class Tick(NamedTuple):
    """A label and the dot that it stands at."""

    dot: int
    label: str


class CurveView(View, frozen=True, kw_only=True):
    """A picture of curves, `columns` by `rows` cells.

    Attributes:
        load: the rows of the strip under the curve: (label, an eighth 0 to 8 or None for each cell).
        right: what the pane's rule says: "loss · smooth 0.9 · x epoch · y lin".
        notice: why there is no picture, or None.
    """

    columns: int
    rows: int
    traces: tuple[Trace, ...] = ()
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    load: tuple[tuple[str, tuple[int | None, ...]], ...] = ()
    right: str = ""
    notice: Notice | None = None

    @property
    def gutter(self) -> int:
        """Cells left of the drawing area: the axis' labels and the axis."""
        return max((len(tick.label) for tick in self.y_ticks), default=4) + 3


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
    right = _right(curves, options, dot)
    lines = [_line(curve, options) for curve in curves if curve.track.count]
    values = [value for line in lines for low, high in line.values for value in (low, high)]
    if not values or columns < 2 or rows < 1:
        if any(curve.track.count for curve in curves):
            why = "No value above zero to draw on a logarithmic axis." if options.log else "No finite value yet."
            notice = Notice(kind="empty", text=f"{why} L switches the axis." if options.log else why)
        default = Notice(kind="empty", text=f"No points of {clean(options.metric)} yet.")
        return CurveView(columns=columns, rows=rows, right=right, notice=notice or default)
    x_axis, x_labels = _x_axis(lines, options, columns)
    y_axis, y_labels = _y_axis(min(values), max(values), options, rows)
    scale = _Scale(x_axis.low, x_axis.high, columns * 2 - 1, y_axis.low, y_axis.high, rows * 4 - 1)
    traces = tuple(_trace(line, index, scale) for index, line in enumerate(lines))
    return CurveView(
        columns=columns,
        rows=rows,
        traces=traces,
        x_ticks=tuple(Tick(scale.x(value), label) for value, label in zip(x_axis.values, x_labels, strict=True)),
        y_ticks=tuple(Tick(scale.y(value), label) for value, label in zip(y_axis.values, y_labels, strict=True)),
        load=_load_strip(lines[0], load, scale, columns) if load is not None else (),
        right=right,
    )


def metric_names(names: Iterable[str]) -> tuple[str, ...]:
    """Metric names in the order in which `m` walks through them: losses first, then accuracies, then the rest."""
    return in_order(names)


class _Line(NamedTuple):
    """A curve's buckets on the axis: x, (low, high) as they are drawn (logarithms if so), and where it broke."""

    curve: Curve
    xs: list[float]
    values: list[tuple[float, float]]
    breaks: list[float]
    times: list[tuple[float, float]]
    mark: float | None


class _Scale(NamedTuple):
    x_low: float
    x_high: float
    x_dots: int
    y_low: float
    y_high: float
    y_dots: int

    def x(self, value: float) -> int:
        return max(0, min(self.x_dots, round((value - self.x_low) / (self.x_high - self.x_low) * self.x_dots)))

    def y(self, value: float) -> int:
        return max(0, min(self.y_dots, round((value - self.y_low) / (self.y_high - self.y_low) * self.y_dots)))


def _line(curve: Curve, options: CurveOptions) -> _Line:
    buckets = curve.track.buckets()
    first = buckets[0].time if buckets else 0.0
    averages = smoothed(buckets, options.smooth) if options.smooth > 0 else None
    line = _Line(curve, [], [], [], [], _place(curve, first, options))
    for index, bucket in enumerate(buckets):
        x = bucket.time - first if options.axis == "time" else bucket.x
        line.times.append((x, bucket.time))
        if bucket.bad:
            line.breaks.append(x)
        if not bucket.finite:
            continue
        low, high = bucket.low, bucket.high
        if averages is not None:
            average = averages[index]
            if average is None:
                continue
            low = high = average
        if options.log:
            if high <= 0:
                continue
            low, high = math.log10(low if low > 0 else high), math.log10(high)
        line.xs.append(x)
        line.values.append((low, high))
    return line


def _place(curve: Curve, first: float, options: CurveOptions) -> float | None:
    """Where the finding is marked, on the axis that is drawn."""
    if curve.mark_x is None or options.axis == "x":
        return curve.mark_x
    buckets = curve.track.buckets()
    index = min(bisect_left(buckets, curve.mark_x, key=lambda bucket: bucket.x), len(buckets) - 1)
    return buckets[index].time - first


def _trace(line: _Line, index: int, scale: _Scale) -> Trace:
    """The line in dots: where points crowd, the least and greatest of each column of dots."""
    curve, track = line.curve, line.curve.track
    crowded: dict[int, list[int]] = {}
    # Thousands of buckets pass here at each refresh: the scale's arithmetic, without its calls.
    x_low, across = scale.x_low, scale.x_dots / (scale.x_high - scale.x_low)
    y_low, up = scale.y_low, scale.y_dots / (scale.y_high - scale.y_low)
    for x, (low, high) in zip(line.xs, line.values, strict=True):
        column = int((x - x_low) * across + 0.5)
        bottom, top = int((low - y_low) * up + 0.5), int((high - y_low) * up + 0.5)
        found = crowded.get(column)
        if found is None:
            crowded[column] = [bottom, top]
        else:
            if bottom < found[0]:
                found[0] = bottom
            if top > found[1]:
                found[1] = top
    # A wide picture has more columns of dots than points may be drawn: those share.
    share = max(1, -(-2 * len(crowded) // MOST_POINTS))
    points: list[tuple[int, int]] = []
    columns = sorted(crowded)
    for start in range(0, len(columns), share):
        group = columns[start : start + share]
        bottom = min(crowded[column][0] for column in group)
        top = max(crowded[column][1] for column in group)
        at = group[len(group) // 2]
        if bottom == top:
            points.append((at, top))
        else:
            # Enter a column at the end that is nearer to where the line comes from.
            falling = not points or abs(points[-1][1] - top) <= abs(points[-1][1] - bottom)
            points += [(at, top), (at, bottom)] if falling else [(at, bottom), (at, top)]
    value = ""
    extreme = {"min": track.least, "max": track.greatest}.get(curve.best or "")
    if extreme is not None:
        value = f"best {number(extreme[0]):>8}"
    elif track.last is not None:
        value = number(track.last)
    return Trace(
        label=clean(curve.label),
        value=value,
        remark=clean(curve.remark),
        color=index if curve.color is None else curve.color,
        points=tuple(points),
        breaks=tuple(sorted({scale.x(x) for x in line.breaks})),
        mark=None if line.mark is None else scale.x(line.mark),
    )


def _x_axis(lines: list[_Line], options: CurveOptions, columns: int) -> tuple[ticks.Ticks, tuple[str, ...]]:
    every = [x for line in lines for x in (*line.xs, *line.breaks)]
    low, high = min(every), max(every)
    most = max(1, min(8, columns // 11))
    if options.axis == "time":
        axis = ticks.seconds(high, most)
        return axis, ticks.time_labels(axis.values)
    # A curve that begins near zero shows zero.
    low = min(low, 0.0) if low < 0.2 * high else low
    axis = ticks.whole(low, high, most)
    return axis, ticks.labels(axis.values)


def _y_axis(low: float, high: float, options: CurveOptions, rows: int) -> tuple[ticks.Ticks, tuple[str, ...]]:
    most = max(1, min(7, (rows - 1) // 2))
    if options.log:
        axis = ticks.decades(10**low, 10**high, most)
        return axis, ticks.log_labels(axis.values)
    axis = ticks.linear(low, high, most)
    return axis, ticks.labels(axis.values)


def _load_strip(line: _Line, load: Load, scale: _Scale, columns: int) -> tuple[tuple[str, tuple[int | None, ...]], ...]:
    """The load in the cells of the axis: each sample stands where the run was at its time."""
    rows = []
    places = _places(line, load.times)
    for label, samples in (("gpu", load.gpu), ("cpu", load.cpu)):
        sums: dict[int, list[float]] = {}
        for place, sample in zip(places, samples, strict=False):
            if place is not None and sample is not None and math.isfinite(sample):
                column = scale.x(place) // 2
                if 0 <= column < columns:
                    sums.setdefault(column, []).append(sample)
        if not sums:
            continue
        cells: list[int | None] = [None] * columns
        held: int | None = None
        for column in range(min(sums), max(sums) + 1):
            if column in sums:
                mean = sum(sums[column]) / len(sums[column])
                held = max(1, min(8, round(mean / 100 * 8)))
            cells[column] = held
        rows.append((label, tuple(cells)))
    return tuple(rows)


def _places(line: _Line, times: Sequence[float]) -> list[float | None]:
    """Where on the axis the run was at given times; None outside of what is known."""
    known = sorted((time, x) for x, time in line.times)
    when = [time for time, _ in known]
    places: list[float | None] = []
    for time in times:
        index = bisect_left(when, time)
        if index == 0 or index == len(known):
            near = known[0] if index == 0 else known[-1]
            places.append(near[1] if abs(near[0] - time) < 1 else None)
            continue
        (before, low), (after, high) = known[index - 1], known[index]
        part = (time - before) / (after - before) if after > before else 0.0
        places.append(low + part * (high - low))
    return places


def _right(curves: Sequence[Curve], options: CurveOptions, dot: str) -> str:
    parts = [clean(options.metric)]
    if options.smooth > 0:
        parts.append(f"smooth {options.smooth:g}")
    name = curves[0].track.x_name if curves else "step"
    parts.append(f"x {'time' if options.axis == 'time' else clean(name)}")
    parts.append("y log" if options.log else "y lin")
    return f" {dot} ".join(parts)
