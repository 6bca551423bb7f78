"""Charts as an SVG picture: one file, no library, no script, no fonts but the reader's own. Made for a light page."""

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from nerotui.core.text import clean
from nerotui.core.views.curve import Curve, CurveOptions, best_place, extent, legend_value
from nerotui.core.views.curve.axes import x_axis, y_axis
from nerotui.core.views.curve.lines import Line, Stretch, joins_of, lines_of
from nerotui.core.views.curve.sheet import Chart

#: Pixels of a chart that stands alone, and of one among several, of which two stand side by side.
ALONE = (860, 480)
AMONG = (560, 300)
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 36, 44
#: Height of a row of the legend, and of a heading over a group of charts.
ROW = 18
HEADING = 30
#: A hue for each run on a white page, told apart by people with any colour blindness (after Okabe and Ito).
HUES = ("#0072b2", "#d97700", "#9b4f96", "#c8442b", "#00806a", "#8a6d00", "#5555b5", "#555555")
#: Pixels of a character, about.
LETTER = 6.6


class _Box(NamedTuple):
    """A chart's place, and values to pixels in it."""

    left: float
    top: float
    right: float
    bottom: float
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        return self.left + (value - self.x_low) / (self.x_high - self.x_low) * (self.right - self.left)

    def y(self, value: float) -> float:
        return self.bottom - (value - self.y_low) / (self.y_high - self.y_low) * (self.bottom - self.top)


def picture(charts: Sequence[Chart]) -> str:
    """The charts that hold a finite value, one alone or side by side under their headings."""
    shown = [chart for chart in charts if extent(lines_of(chart.curves, chart.options)) is not None]
    across = 1 if len(shown) == 1 else 2
    wide, high = ALONE if len(shown) == 1 else AMONG
    parts: list[str] = []
    row, column, y, group = 0.0, 0, 0.0, ""
    for chart in shown:
        if chart.group != group:
            y = row if column else y
            y, column, group = max(y, row), 0, chart.group
            parts.append(
                f'<text x="16" y="{y + 21:.0f}" font-size="15" font-weight="bold">{escape(clean(group))}</text>'
            )
            y += HEADING
        if column == across:
            y, column = row, 0
        taken = high + _legend_rows(chart, wide) * ROW
        parts.append(_chart(chart, column * wide, y, wide, taken))
        row = max(row, y + taken) if column else y + taken
        column += 1
    width, height = across * wide, math.ceil(max(row, y))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="Inter, Helvetica, Arial, sans-serif" font-size="12" fill="#3c4043">'
    )
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#ffffff"/>', *parts, "</svg>", ""])


def _hue(curve: Curve, index: int) -> str:
    return HUES[(index if curve.color is None else curve.color) % len(HUES)]


def _entries(chart: Chart) -> list[tuple[Curve, str]]:
    """The legend: each curve and what is said of it."""
    found = []
    for curve in chart.curves:
        words = [clean(curve.label), legend_value(curve)]
        if curve.marks:
            words.append(f"▲ {clean(curve.marks[0].text)}")
        found.append((curve, "  ".join(word for word in words if word)))
    return found


def _legend_rows(chart: Chart, wide: int) -> int:
    return len(_legend_places(chart, wide)[-1:]) and _legend_places(chart, wide)[-1][1] + 1


def _legend_places(chart: Chart, wide: int) -> list[tuple[float, int]]:
    """Where each entry of the legend begins, and in which row."""
    places: list[tuple[float, int]] = []
    x, row = float(LEFT), 0
    for _, text in _entries(chart):
        length = 34 + LETTER * len(text) + 14
        if places and x + length > wide - RIGHT:
            x, row = float(LEFT), row + 1
        places.append((x, row))
        x += length
    return places


def _chart(chart: Chart, x: float, y: float, wide: int, high: float) -> str:
    lines = lines_of(chart.curves, chart.options)
    extremes = extent(lines)
    assert extremes is not None
    down = _legend_rows(chart, wide) * ROW
    across, x_labels = x_axis(lines, chart.options, wide // 8)
    up, y_labels = y_axis(*extremes, chart.options, round((high - down) / 22))
    box = _Box(x + LEFT, y + TOP + down, x + wide - RIGHT, y + high - BOTTOM, across.low, across.high, up.low, up.high)
    title = escape(clean(chart.title))
    parts = [f'<g class="chart"><text x="{box.left:.0f}" y="{y + 20:.0f}" font-weight="bold">{title}</text>']
    for value, text in zip(up.values, y_labels, strict=True):
        at = box.y(value)
        parts.append(f'<path d="M{box.left:.1f} {at:.1f}H{box.right:.1f}" stroke="#e8eaed"/>')
        parts.append(f'<text x="{box.left - 8:.1f}" y="{at + 4:.1f}" text-anchor="end">{escape(text)}</text>')
    for value, text in zip(across.values, x_labels, strict=True):
        at = box.x(value)
        parts.append(f'<path d="M{at:.1f} {box.bottom:.1f}v5" stroke="#9aa0a6"/>')
        parts.append(f'<text x="{at:.1f}" y="{box.bottom + 18:.1f}" text-anchor="middle">{escape(text)}</text>')
    parts.append(f'<path d="M{box.left:.1f} {box.bottom:.1f}H{box.right:.1f}" stroke="#9aa0a6"/>')
    middle, below = (box.left + box.right) / 2, y + high - 8
    name = escape(_x_name(chart))
    parts.append(f'<text x="{middle:.0f}" y="{below:.0f}" text-anchor="middle" fill="#70757a">{name}</text>')
    for at_join in joins_of(lines):
        at = box.x(at_join)
        parts.append(
            f'<path d="M{at:.1f} {box.top:.1f}V{box.bottom:.1f}" stroke="#bdc1c6" stroke-dasharray="2 3">'
            "<title>another attempt begins</title></path>"
        )
    for index, line in reversed(list(enumerate(lines))):
        parts += _line(line, _hue(line.curve, index), box, chart.options)
    for index, ((curve, text), (at, row)) in enumerate(zip(_entries(chart), _legend_places(chart, wide), strict=True)):
        base = y + TOP + row * ROW
        dash = ' stroke-dasharray="6 3"' if curve.pale else ""
        parts.append(f'<path d="M{x + at:.1f} {base:.1f}h26" stroke="{_hue(curve, index)}" stroke-width="2.5"{dash}/>')
        parts.append(f'<text x="{x + at + 34:.1f}" y="{base + 4:.1f}">{escape(text)}</text>')
    return "\n".join([*parts, "</g>"])


def _line(line: Line, hue: str, box: _Box, options: CurveOptions) -> list[str]:
    """A curve: what is behind it, the line itself (dashed for validation), and what is marked on it."""
    name = quoteattr(clean(line.curve.label))
    parts = [f'<g class="curve" aria-label={name} fill="none" stroke="{hue}" stroke-linejoin="round">']
    for stretch in line.behind:
        parts += [f'<polyline points="{points}" stroke-opacity="0.25"/>' for points in _pieces(stretch, [], box)]
    dash = ' stroke-dasharray="6 3"' if line.curve.pale else ""
    for stretch in line.main:
        for points in _pieces(stretch, line.gaps, box):
            if " " in points:
                parts.append(f'<polyline points="{points}" stroke-width="1.8"{dash}/>')
            else:
                cx, cy = points.split(",")
                parts.append(f'<circle cx="{cx}" cy="{cy}" r="2" fill="{hue}" stroke="none"/>')
    parts.append("</g>")
    known = sorted((x, (low + high) / 2) for stretch in line.main for x, low, high in zip(*stretch, strict=True))
    for x in line.breaks:
        height = next((y for at, y in reversed(known) if at <= x), known[0][1] if known else box.y_low)
        at, down = box.x(x), box.y(height)
        parts.append(
            f'<path class="nan" d="M{at - 4:.1f} {down - 4:.1f}l8 8m0 -8l-8 8" stroke="#c5221f" stroke-width="1.8">'
            f"<title>not finite</title></path>"
        )
    best = best_place(line, options)
    if best is not None:
        at, down = box.x(best[0]), box.y(best[1])
        parts.append(
            f'<path class="best" d="M{at:.1f} {down - 5:.1f}l5 5l-5 5l-5 -5z" fill="{hue}" stroke="#ffffff">'
            f"<title>{escape(legend_value(line.curve))}</title></path>"
        )
    for x, mark in line.marks:
        at = box.x(x)
        colour = "#c5221f" if mark.severity == "error" else "#d97700"
        parts.append(
            f'<path class="finding" d="M{at:.1f} {box.bottom - 11:.1f}l6 10h-12z" fill="{colour}">'
            f"<title>{escape(clean(mark.text))}</title></path>"
        )
    return parts


def _pieces(stretch: Stretch, breaks: Sequence[float], box: _Box) -> list[str]:
    """Points of polylines, in pixels; a new one where something between two points could not be drawn."""
    pieces: list[list[str]] = []
    before: float | None = None
    for x, low, high in zip(*stretch, strict=True):
        if before is None or any(before < gap < x for gap in breaks):
            pieces.append([])
        before = x
        ends = [low] if low == high else [high, low]
        pieces[-1] += [f"{box.x(x):.1f},{box.y(value):.1f}" for value in ends]
    return [" ".join(dict.fromkeys(piece)) for piece in pieces]


def _x_name(chart: Chart) -> str:
    if chart.options.axis != "x":
        return "time since the start" if chart.options.axis == "time" else "time of day"
    first = chart.curves[0]
    return clean(first.track.x_name if first.along is None else first.along.x_name)
