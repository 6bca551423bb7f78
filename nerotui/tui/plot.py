"""Curves as text. The only part of the console that knows plotext; it is imported when the first curve is drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence

import plotext

from nerotui.core.views.cells import cut, fit, width
from nerotui.core.views.curve import CurveView, Trace
from nerotui.core.views.spans import Line, Role, Span
from nerotui.tui.palette import Palette

_COLORED = re.compile(r"\x1b\[([0-9;]*)m")
#: A cell of the picture: its character and the trace that drew it, None for an empty one.
_Cell = tuple[str, int | None]
Canvas = list[list[_Cell]]


def draw(view: CurveView, canvas: Canvas, palette: Palette, *, x_labels: bool = True) -> tuple[Line, ...]:
    """A picture with its axes, legend, marks and load strip, line by line.

    Args:
        view: what to draw; its `columns` and `rows` are those of the drawing area.
        canvas: the lines alone, by `traced`.
        palette: colours and glyphs.
        x_labels: whether there is a row for the labels of the x axis.
    """
    glyphs = palette.glyphs
    grid = [list(row) for row in canvas]
    _mark(grid, view, palette)
    legend = _legend(view, palette)
    corner = _corner(grid, legend, view)
    names = {view.rows - 1 - tick.dot // 4: tick.label for tick in view.y_ticks}
    before = view.gutter - 2
    lines: list[Line] = []
    for row in range(view.rows):
        start = (Span(f"{names.get(row, ''):>{before}} ", "label"), Span(glyphs.axis, "rule"))
        body = _row_spans(grid[row], view, palette)
        if corner is not None and corner[0] <= row < corner[0] + len(legend):
            body = _laid_over(body, legend[row - corner[0]], corner[1], view.columns)
        lines.append((*start, *body))
    lines.append(_axis(view, before, palette))
    for label, levels in view.load:
        bars = "".join(" " if level is None else glyphs.levels[level] for level in levels)
        lines.append((Span(f"{label:>{before}}  ", "label"), Span(bars, "load" if label == "gpu" else "load2")))
    if x_labels:
        lines.append(_x_labels(view, before))
    return tuple(lines)


def traced(view: CurveView, palette: Palette) -> Canvas:
    """The lines alone, drawn by plotext: rows of cells. This is what costs; it depends on the traces' points alone."""
    markers = _markers(palette)
    plotext.clear_figure()
    plotext.plot_size(view.columns, view.rows)
    plotext.theme("clear")
    plotext.frame(False)
    plotext.xaxes(False, False)
    plotext.yaxes(False, False)
    plotext.xticks([])
    plotext.yticks([])
    plotext.xlim(0, view.columns * 2 - 1)
    plotext.ylim(0, view.rows * 4 - 1)
    # The first trace is the selected run's: it is drawn last, over the others.
    for index in reversed(range(len(view.traces))):
        points = view.traces[index].points
        if points:
            # The colour number carries the trace's number through the picture.
            plotext.plot(
                [x for x, _ in points],
                [y for _, y in points],
                marker=markers[index % len(markers)],
                color=16 + index % 200,
            )
    built = plotext.build()
    plotext.clear_figure()
    return [_cells(text, view.columns) for text in (built.split("\n") + [""] * view.rows)[: view.rows]]


def _markers(palette: Palette) -> Sequence[str]:
    if not palette.glyphs.braille:
        return palette.glyphs.lines
    # Without colour only the first line is drawn in dots; the others by a sign of their own.
    return ("braille",) if palette.mode != "none" else ("braille", *palette.glyphs.signs)


def _cells(text: str, columns: int) -> list[_Cell]:
    """A row that plotext drew, cell by cell, with the trace that each belongs to."""
    cells: list[_Cell] = []
    trace: int | None = None
    at = 0
    for found in _COLORED.finditer(text):
        cells += [(character, None if character in " \u2800" else trace) for character in text[at : found.start()]]
        codes = found[1].split(";")
        trace = int(codes[2]) - 16 if len(codes) == 3 and codes[:2] == ["38", "5"] else None
        at = found.end()
    cells += [(character, None) for character in text[at:]]
    return (cells + [(" ", None)] * columns)[:columns]


def _mark(grid: Canvas, view: CurveView, palette: Palette) -> None:
    """Put a sign where a value was not finite, at the height where the line broke off."""
    for index, trace in enumerate(view.traces):
        for dot in trace.breaks:
            height = next((y for x, y in reversed(trace.points) if x <= dot), trace.points[0][1] if trace.points else 0)
            row = max(0, min(view.rows - 1, view.rows - 1 - height // 4))
            column = max(0, min(view.columns - 1, dot // 2))
            grid[row][column] = (palette.glyphs.nan, -1 - index)


def _row_spans(cells: Sequence[_Cell], view: CurveView, palette: Palette) -> list[Span]:
    spans: list[Span] = []
    text, owner = "", None
    for character, trace in cells:
        if trace != owner and text:
            spans.append(Span(text, _role(owner, view, palette)))
            text = ""
        owner = trace
        text += " " if trace is None else character
    return [*spans, Span(text, _role(owner, view, palette))]


def _role(trace: int | None, view: CurveView, palette: Palette) -> Role:
    if trace is None or trace >= len(view.traces):
        return "text"
    return "error" if trace < 0 else palette.curve(view.traces[trace].color)


def _legend(view: CurveView, palette: Palette) -> list[Line]:
    """A line for each trace: sign, label, value, remark; all equally wide."""
    most = max(1, min(len(view.traces), view.rows // 2))
    named = max((width(trace.label) for trace in view.traces), default=0)
    named = min(named, max(8, view.columns // 3))
    tails = [_tail(trace, palette) for trace in view.traces]
    room = max((width(tail) for tail in tails), default=0)
    if named + room + 4 > view.columns * 2 // 3:
        return []
    lines: list[Line] = []
    for index, (trace, tail) in enumerate(zip(view.traces[:most], tails, strict=False)):
        role = palette.curve(trace.color)
        sign = palette.glyphs.lines[index % len(palette.glyphs.lines)]
        if palette.mode == "none" and palette.glyphs.braille and index:
            sign = palette.glyphs.signs[(index - 1) % len(palette.glyphs.signs)]
        label = fit(trace.label, named, ellipsis=palette.glyphs.ellipsis)
        lines.append((Span(f" {sign} {label} {tail:<{room}} ", role),))
    if len(view.traces) > most and lines:
        more = f"   +{len(view.traces) - most} more"
        lines[-1] = (Span(cut(more, width(lines[-1][0].text)).ljust(width(lines[-1][0].text)), "label"),)
    return lines


def _tail(trace: Trace, palette: Palette) -> str:
    """What stands after a label: the finding if there is one, else the value."""
    if trace.remark:
        return f"{palette.glyphs.alert} {trace.remark}"
    return trace.value if trace.value.startswith("best") else f"{trace.value:>13}"


def _corner(grid: Canvas, legend: list[Line], view: CurveView) -> tuple[int, int] | None:
    """Where the legend covers least of the curves: (row, column); top right if that is as good as any."""
    if not legend:
        return None
    wide = width(legend[0][0].text)
    places = [
        (0, view.columns - wide),
        (view.rows - len(legend), view.columns - wide),
        (view.rows - len(legend), 0),
        (0, 0),
    ]

    def covered(place: tuple[int, int]) -> int:
        row, column = place
        return sum(
            trace is not None for cells in grid[row : row + len(legend)] for _, trace in cells[column : column + wide]
        )

    return min(places, key=covered)


def _laid_over(row: Sequence[Span], patch: Line, column: int, columns: int) -> list[Span]:
    """A row with a patch over the cells from `column` on. All characters here are one cell wide."""
    end = column + width(patch[0].text)
    spans: list[Span] = []
    at = 0
    for text, role in row:
        low, high = at, at + len(text)
        if low < column:
            spans.append(Span(text[: column - low], role))
        if low <= column < high or (column == high == columns):
            spans += patch
        if high > end:
            spans.append(Span(text[max(0, end - low) :], role))
        at = high
    return spans


def _axis(view: CurveView, before: int, palette: Palette) -> Line:
    glyphs = palette.glyphs
    cells = [glyphs.rule] * view.columns
    for tick in view.x_ticks:
        cells[min(view.columns - 1, tick.dot // 2)] = glyphs.tick
    spans = [Span(" " * (before + 1) + glyphs.corner, "rule")]
    marks = {trace.mark // 2: trace for trace in view.traces if trace.mark is not None}
    at = 0
    for column in sorted(marks):
        spans += [Span("".join(cells[at:column]), "rule"), Span(glyphs.alert, "warning")]
        at = column + 1
    spans.append(Span("".join(cells[at:]), "rule"))
    return tuple(spans)


def _x_labels(view: CurveView, before: int) -> Line:
    """The labels of the x axis, each centred under its tick where that keeps it within the picture."""
    row = [" "] * (view.columns + before + 2)
    free = 0
    for tick in view.x_ticks:
        at = before + 2 + tick.dot // 2 - (len(tick.label) // 2 if tick.dot else 0)
        at = min(at, len(row) - len(tick.label))
        if at >= free:
            row[at : at + len(tick.label)] = tick.label
            free = at + len(tick.label) + 1
    return (Span("".join(row), "label"),)
