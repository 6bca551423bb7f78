"""A picture of curves as lines of text: drawing, axes, legend, marks, load, cursor. For the console and the shell."""

from __future__ import annotations

from collections.abc import Sequence

from nerotui.core.views.cells import cut, fit, width
from nerotui.core.views.curve.model import CurveView, Trace
from nerotui.core.views.curve.raster import BRAILLE, inked, layered
from nerotui.core.views.curve.tones import curve_role
from nerotui.core.views.glyphs import Glyphs
from nerotui.core.views.spans import Line, Role, Span

#: A cell: its character and role; an empty one is text.
Cell = tuple[str, Role]
_SEVERITY: dict[str, Role] = {"error": "error", "warning": "warning", "info": "label"}


def drawn(
    view: CurveView, glyphs: Glyphs, *, colored: bool = True, x_labels: bool = True, legend: bool = True
) -> tuple[Line, ...]:
    """A picture line by line.

    Args:
        view: what to draw; its `columns` and `rows` are those of the drawing area.
        glyphs: the characters to draw with.
        colored: whether lines are told apart by colour; else each is drawn by a sign of its own, and numbered.
        x_labels: whether there is a row for the labels of the x axis.
        legend: whether the legend is laid over the drawing.
    """
    grid = _grid(view, glyphs, colored)
    _marked(grid, view, glyphs, colored)
    patch = _legend(view, glyphs, colored) if legend else []
    corner = _corner(grid, patch, view)
    if corner is not None:
        _laid_over(grid, patch, corner)
    names = {view.rows - 1 - tick.dot // 4: tick.label for tick in view.y_ticks}
    before = view.gutter - 2
    lines: list[Line] = [
        (Span(f"{names.get(row, ''):>{before}} ", "label"), Span(glyphs.axis, "rule"), *_spans(grid[row]))
        for row in range(view.rows)
    ]
    lines.append(_axis(view, before, glyphs))
    for label, levels in view.load:
        bars = "".join(" " if level is None else glyphs.levels[level] for level in levels)
        lines.append((Span(f"{label:>{before}}  ", "label"), Span(bars, "load" if label == "gpu" else "load2")))
    if x_labels:
        lines.append(_x_labels(view, before))
    return tuple(lines)


def sign_of(index: int, glyphs: Glyphs, colored: bool) -> str:
    """What stands for the index-th line in a legend."""
    if colored:
        return glyphs.lines[index % len(glyphs.lines)]
    return f"{_marker_sign(index, glyphs)}{(index + 1) % 10}"


def _marker_sign(index: int, glyphs: Glyphs) -> str:
    if glyphs.braille:
        return glyphs.lines[0] if index == 0 else glyphs.signs[(index - 1) % len(glyphs.signs)]
    return glyphs.lines[index % len(glyphs.lines)]


def _marker(index: int, glyphs: Glyphs, colored: bool) -> str:
    if glyphs.braille and (colored or index == 0):
        return BRAILLE
    return _marker_sign(index, glyphs)


def _grid(view: CurveView, glyphs: Glyphs, colored: bool) -> list[list[Cell]]:
    """The lines alone. What is behind is drawn first, then the lines, the first one (the selected run's) on top."""
    order = list(reversed(list(enumerate(view.traces))))
    size = view.columns, view.rows
    faint = BRAILLE if glyphs.braille and colored else glyphs.speck
    layers = [(inked(trace.behind, *size, faint), -1 - index, False) for index, trace in order if trace.behind]
    behind = layered(layers, *size)
    front = layered(
        [
            (inked(trace.strokes, *size, _marker(index, glyphs, colored)), index + 1, not colored)
            for index, trace in order
        ],
        *size,
    )
    roles: dict[int, Role] = {0: "text"}
    for index, trace in enumerate(view.traces):
        roles[index + 1] = curve_role(trace.color, "pale" if trace.pale else "full")
        roles[-1 - index] = curve_role(trace.color, "faint")
    return [
        [
            (character, roles[owner]) if owner else (under, roles[below])
            for (character, owner), (under, below) in zip(upper, lower, strict=True)
        ]
        for upper, lower in zip(front, behind, strict=True)
    ]


def _marked(grid: list[list[Cell]], view: CurveView, glyphs: Glyphs, colored: bool) -> None:
    """Puts signs on the drawing: joins and cursor where it is empty; best, findings and nan where they are."""
    for dot in view.joins:
        _upright(grid, view, dot, glyphs.join, "rule")
    if view.cursor is not None:
        _upright(grid, view, view.cursor, glyphs.axis, "accent")
    for index, trace in reversed(list(enumerate(view.traces))):
        role = curve_role(trace.color, "pale" if trace.pale else "full")
        ends = [stroke[-1] for stroke in trace.strokes]
        if not colored and len(view.traces) > 1 and ends:
            _put(grid, view, max(ends), str((index + 1) % 10), "strong")
        if trace.best is not None:
            _put(grid, view, trace.best, glyphs.best, role)
        for spot, severity in trace.marks:
            _put(grid, view, spot, glyphs.alert, _SEVERITY[severity])
        for spot in trace.breaks:
            _put(grid, view, spot, glyphs.nan, "error")


def _upright(grid: list[list[Cell]], view: CurveView, dot: int, glyph: str, role: Role) -> None:
    column = max(0, min(view.columns - 1, dot // 2))
    for row in grid:
        if row[column][0] in " \u2800":
            row[column] = (glyph, role)


def _put(grid: list[list[Cell]], view: CurveView, spot: tuple[int, int], glyph: str, role: Role) -> None:
    column, row = max(0, min(view.columns - 1, spot[0] // 2)), view.rows - 1 - spot[1] // 4
    grid[max(0, min(view.rows - 1, row))][column] = (glyph, role)


def _spans(cells: Sequence[Cell]) -> list[Span]:
    spans: list[Span] = []
    text, now = "", cells[0][1] if cells else "text"
    for character, role in cells:
        if role != now and text:
            spans.append(Span(text, now))
            text = ""
        now = role
        text += " " if character == "\u2800" else character
    return [*spans, Span(text, now)]


def _legend(view: CurveView, glyphs: Glyphs, colored: bool) -> list[Line]:
    """A line for each trace: sign, label, value, remark; all equally wide."""
    most = max(1, min(len(view.traces), view.rows // 2))
    named = max((width(trace.label) for trace in view.traces), default=0)
    named = min(named, max(8, view.columns // 3))
    tails = [_tail(trace, glyphs) for trace in view.traces]
    room = max((width(tail) for tail in tails), default=0)
    if named + room + 5 > view.columns * 2 // 3:
        return []
    lines: list[Line] = []
    for index, (trace, tail) in enumerate(zip(view.traces[:most], tails, strict=False)):
        label = fit(trace.label, named, ellipsis=glyphs.ellipsis)
        sign = sign_of(index, glyphs, colored) if len(view.traces) > 1 else sign_of(index, glyphs, True)
        role = curve_role(trace.color, "pale" if trace.pale else "full")
        lines.append((Span(f" {sign} {label} {tail}{' ' * (room - width(tail))} ", role),))
    if len(view.traces) > most and lines:
        more = f"   +{len(view.traces) - most + 1} more"
        lines[-1] = (Span(cut(more, width(lines[-1][0].text)).ljust(width(lines[-1][0].text)), "label"),)
    return lines


def _tail(trace: Trace, glyphs: Glyphs) -> str:
    """What stands after a label: the value, and the finding if there is one."""
    value = trace.value if trace.value.startswith("best") else f"{trace.value:>13}"
    return f"{value.strip():>8} {glyphs.alert} {trace.remark}" if trace.remark else value


def _corner(grid: list[list[Cell]], legend: list[Line], view: CurveView) -> tuple[int, int] | None:
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
            role not in ("text", "rule", "accent")
            for cells in grid[row : row + len(legend)]
            for _, role in cells[column : column + wide]
        )

    return min(places, key=covered)


def _laid_over(grid: list[list[Cell]], legend: list[Line], corner: tuple[int, int]) -> None:
    """The legend over the cells from a corner on. Where a character takes two cells, the next is left out."""
    row, column = corner
    for offset, (span,) in enumerate(legend):
        cells: list[Cell] = []
        for character in span.text:
            cells += [(character, span.role), *([("", span.role)] * (width(character) - 1))]
        grid[row + offset][column : column + len(cells)] = cells


def _axis(view: CurveView, before: int, glyphs: Glyphs) -> Line:
    """The x axis, with its ticks and the places of findings."""
    cells: list[Cell] = [(glyphs.rule, "rule")] * view.columns
    for tick in view.x_ticks:
        cells[min(view.columns - 1, tick.dot // 2)] = (glyphs.tick, "rule")
    if view.cursor is not None:
        cells[min(view.columns - 1, view.cursor // 2)] = (glyphs.tick, "accent")
    for trace in view.traces:
        for spot, severity in trace.marks:
            cells[min(view.columns - 1, spot.x // 2)] = (glyphs.alert, _SEVERITY[severity])
    return (Span(" " * (before + 1) + glyphs.corner, "rule"), *_spans(cells))


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
