"""From lines to the dots of a picture: no more points than its columns can show, no peak lost."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from nerotui.core.text import clean
from nerotui.core.views.curve.axes import Scale
from nerotui.core.views.curve.lines import Line, Stretch
from nerotui.core.views.curve.model import Spot, Stroke, Trace

#: Points that one line may be drawn from; what is behind it is drawn from half as many.
MOST_POINTS = 480
#: Dots that one line may have, about: noise fills its band less densely rather than take longer than a frame.
MOST_INK = 1500


def trace_of(line: Line, index: int, scale: Scale, value: str, best: tuple[float, float] | None) -> Trace:
    """A line in dots.

    Args:
        line: on its axis.
        index: its place among the lines: its colour, unless it has one.
        scale: values to dots.
        value: what the legend says of it.
        best: where its best value is, on the axes as they are drawn.
    """
    curve = line.curve
    gaps = sorted({scale.x(x) for x in line.gaps})
    breaks = sorted({scale.x(x) for x in line.breaks})
    strokes = [piece for stretch in line.main for piece in _broken(_stroke(stretch, scale, MOST_POINTS), gaps)]
    points = sorted(point for stroke in strokes for point in stroke) if gaps or line.marks else []
    behind = [_stroke(stretch, scale, MOST_POINTS // 2) for stretch in line.behind]
    return Trace(
        label=clean(curve.label),
        value=value,
        remark=clean(curve.marks[0].text) if curve.marks else "",
        color=index if curve.color is None else curve.color,
        pale=curve.pale,
        strokes=tuple(stroke for stroke in strokes if stroke),
        behind=tuple(stroke for stroke in behind if stroke),
        breaks=tuple(Spot(at, _height(points, at)) for at in breaks),
        best=None if best is None else Spot(scale.x(best[0]), scale.y(best[1])),
        marks=tuple((Spot(scale.x(x), _height(points, scale.x(x))), mark.severity) for x, mark in line.marks),
    )


def _stroke(stretch: Stretch, scale: Scale, most: int) -> Stroke:
    """A stretch in dots: where points crowd, the least and greatest of each column of dots."""
    crowded: dict[int, list[int]] = {}
    # Thousands of buckets pass here at each refresh: the scale's arithmetic, without its calls.
    x_low, across = scale.x_low, scale.x_dots / (scale.x_high - scale.x_low)
    y_low, up = scale.y_low, scale.y_dots / (scale.y_high - scale.y_low)
    for x, low, high in zip(*stretch, strict=True):
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
    columns = sorted(crowded)
    # A wide picture has more columns of dots than points may be drawn: those share.
    share = max(1, -(-2 * len(crowded) // most))
    points = _joined(columns, crowded, share)
    ink = sum(max(abs(x - u), abs(y - v)) for (x, y), (u, v) in pairwise(points))
    if ink > MOST_INK:
        points = _joined(columns, crowded, -(-ink * share // MOST_INK))
    return tuple(points)


def _joined(columns: list[int], crowded: dict[int, list[int]], share: int) -> list[tuple[int, int]]:
    """Least and greatest of so many columns each, in the order in which a line runs through them."""
    points: list[tuple[int, int]] = []
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
    return points


def _broken(stroke: Stroke, gaps: list[int]) -> list[Stroke]:
    """A stroke in pieces, where between two of its points there were none that could be drawn."""
    pieces: list[Stroke] = []
    begin = 0
    if gaps:
        for at in range(1, len(stroke)):
            gap = bisect_right(gaps, stroke[at - 1][0])
            if gap < len(gaps) and gaps[gap] < stroke[at][0]:
                pieces.append(stroke[begin:at])
                begin = at
    return [*pieces, stroke[begin:]]


def _height(points: list[tuple[int, int]], column: int) -> int:
    """How high the line is at a column, where it broke off before it, or else where it begins."""
    index = bisect_right(points, (column, 1 << 30))
    return points[max(0, index - 1)][1] if points else 0
