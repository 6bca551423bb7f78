"""The two axes of a picture: their ends, the values that are labelled, and a place on them in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from nerotui.core.text import clean
from nerotui.core.views import ticks
from nerotui.core.views.curve.lines import Line, drawn_x, log_x, start_of
from nerotui.core.views.curve.model import CurveOptions
from nerotui.core.views.format import clock, count, duration


class Scale(NamedTuple):
    """Values to dots, within the picture."""

    x_low: float
    x_high: float
    x_dots: int
    y_low: float
    y_high: float
    y_dots: int

    def x(self, value: float) -> int:
        """The column of dots of a place on the x axis."""
        return _dot(value, self.x_low, self.x_high, self.x_dots)

    def y(self, value: float) -> int:
        """The row of dots of a value, from below."""
        return _dot(value, self.y_low, self.y_high, self.y_dots)


def _dot(value: float, low: float, high: float, dots: int) -> int:
    part = (value - low) / (high - low)
    return max(0, min(dots, round(max(-1.0, min(2.0, part)) * dots)))


def x_axis(lines: Sequence[Line], options: CurveOptions, columns: int) -> tuple[ticks.Ticks, tuple[str, ...]]:
    """The x axis and its labels."""
    most = max(1, min(8, columns // 11))
    if options.window is not None:
        low, high = (drawn_x(edge, options) for edge in options.window)
        if math.isinf(low):
            low = min((x for line in lines for stretch in line.main for x in stretch.xs[:1]), default=high - 1)
        axis = ticks.within(low, high, most)
    else:
        every = [
            x for line in lines for stretch in (*line.main, *line.behind) for x in (*stretch.xs[:1], *stretch.xs[-1:])
        ]
        every += [x for line in lines for x in line.gaps]
        low, high = min(every), max(every)
        axis = _whole_axis(low, high, options, most)
    if log_x(options):
        return _log_axis(axis, options, most)
    if options.axis == "time":
        if options.window is not None:
            axis = axis._replace(values=ticks.within_seconds(low, high, most))
        return axis, ticks.time_labels(axis.values)
    if options.axis == "clock":
        return ticks.clock(axis.low, axis.high, max(1, min(most, columns // 14)))
    return axis, ticks.labels(axis.values)


def _whole_axis(low: float, high: float, options: CurveOptions, most: int) -> ticks.Ticks:
    if log_x(options):
        return ticks.Ticks(low, high if high > low else low + 1, ())
    if options.axis == "time":
        return ticks.seconds(high, most)
    if options.axis == "clock":
        return ticks.Ticks(low, max(high, low + 60), ())
    # A curve that begins near zero shows zero.
    return ticks.whole(min(low, 0.0) if low < 0.2 * high else low, high, most)


def _log_axis(axis: ticks.Ticks, options: CurveOptions, most: int) -> tuple[ticks.Ticks, tuple[str, ...]]:
    marks = ticks.decades(10**axis.low, 10**axis.high, most)
    inside = tuple(value for value in marks.values if axis.low - 1e-9 <= value <= axis.high + 1e-9)
    if options.axis == "time":
        return axis._replace(values=inside), tuple(
            duration(10**value) if value >= 0 else f"{10**value:.2g}s" for value in inside
        )
    return axis._replace(values=inside), ticks.log_labels(inside)


def y_axis(low: float, high: float, options: CurveOptions, rows: int) -> tuple[ticks.Ticks, tuple[str, ...]]:
    """The y axis and its labels; `low` and `high` are logarithms where it is logarithmic."""
    most = max(1, min(7, (rows - 1) // 2))
    if options.log:
        axis = ticks.decades(10**low, 10**high, most)
        return axis, ticks.log_labels(axis.values)
    axis = ticks.linear(low, high, most)
    return axis, ticks.labels(axis.values)


def place_words(at: float, line: Line, options: CurveOptions, dot: str) -> str:
    """Where the cursor stands: on the axis, and how long after the run's begin or at what time that was."""
    name = clean(line.curve.track.x_name if line.curve.along is None else line.curve.along.x_name)
    if options.axis == "clock":
        return clock(at, seconds=True)
    if options.axis == "time":
        return f"{duration(at)} {dot} {clock(start_of(line.curve) + at)}"
    known = sorted((x, time) for time, x in line.places)
    place = f"{name} {count(at) if at == int(at) else f'{at:.4g}'}"
    if not known or known[-1][1] - known[0][1] < 1:
        return place
    x = drawn_x(at, options)
    time = min(known, key=lambda each: abs(each[0] - x))[1]
    return f"{place} {dot} {duration(time - start_of(line.curve))} {dot} {clock(time)}"


def right_words(line: Line | None, name: str, options: CurveOptions, place: str, dot: str) -> str:
    """What the pane's rule says."""
    parts = [clean(options.metric)]
    if place:
        parts.append(f"at {place}")
    if options.smooth > 0:
        parts.append(f"smooth {options.smooth:g}")
    if options.window is not None:
        parts.append("part")
    axis = {"x": clean(name), "time": "time", "clock": "clock"}[options.axis]
    parts.append(f"x {axis} log" if log_x(options) else f"x {axis}")
    parts.append("y log" if options.log else "y lin")
    return f" {dot} ".join(parts)
