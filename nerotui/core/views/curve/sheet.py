"""Charts side by side, small multiples: where each stands, and all of them as lines of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from nerotui.core.records import Load
from nerotui.core.text import clean
from nerotui.core.views.cells import cut, width
from nerotui.core.views.curve import curve_view
from nerotui.core.views.curve.model import Curve, CurveOptions, CurveView
from nerotui.core.views.curve.tones import curve_role
from nerotui.core.views.glyphs import Glyphs
from nerotui.core.views.spans import Line, Notice, Span, View, as_role

#: The least that a chart can be read at: its title, five rows, axis and labels.
LEAST = (32, 8)
#: Cells between charts.
GAP = 2
#: How many times as wide as high a chart is best, in cells.
SHAPE = 3.6


class Chart(View, frozen=True, kw_only=True):
    """One of several charts: what it is called, under which heading, what it shows.

    Attributes:
        family: the metric that it stands for, for who chooses one.
    """

    title: str
    group: str
    family: str
    curves: tuple[Curve, ...]
    options: CurveOptions


class Place(NamedTuple):
    """Where a chart stands on the sheet, in cells."""

    x: int
    y: int
    width: int
    height: int


class Layout(NamedTuple):
    """The places of the charts, the rows that hold headings, and how many rows there are."""

    places: tuple[Place, ...]
    headings: tuple[tuple[int, str, int], ...]
    rows: int


def arrange(groups: Sequence[tuple[str, int]], columns: int, rows: int, *, headed: bool = False) -> Layout:
    """Charts in a grid as near to a good shape as the room allows; it may be higher than the room.

    Args:
        groups: heading and number of charts of each.
        columns: cells across.
        rows: cells down.
        headed: whether a heading "" takes a row also where it is the only one.
    """
    headed = headed or len(groups) > 1 or any(name for name, _ in groups)
    room = rows - len(groups) * headed

    def down(across: int) -> int:
        return sum(math.ceil(count / across) for _, count in groups)

    def height(across: int) -> int:
        return max(LEAST[1], room // max(1, down(across)))

    def wide(across: int) -> int:
        return (columns - GAP * (across - 1)) // across

    most = max(1, min((columns + GAP) // (LEAST[0] + GAP), max((count for _, count in groups), default=1)))
    across = min(
        range(1, most + 1),
        key=lambda each: (down(each) * LEAST[1] > room, abs(math.log(wide(each) / height(each) / SHAPE))),
    )
    if down(across) * LEAST[1] > room:
        across = most
    places: list[Place] = []
    headings: list[tuple[int, str, int]] = []
    y = 0
    for name, count in groups:
        if headed:
            headings.append((y, name, count))
            y += 1
        for index in range(count):
            column = index % across
            if index and not column:
                y += height(across)
            places.append(Place(column * (wide(across) + GAP), y, wide(across), height(across)))
        y += height(across)
    return Layout(tuple(places), tuple(headings), y)


def groups_of(charts: Sequence[Chart]) -> list[tuple[str, int]]:
    """The headings of charts, and how many stand under each."""
    found: dict[str, int] = {}
    for chart in charts:
        found[chart.group] = found.get(chart.group, 0) + 1
    return list(found.items())


def framed(
    curves: Sequence[Curve],
    options: CurveOptions,
    *,
    columns: int,
    rows: int,
    left: int = 8,
    load: Load | None = None,
    notice: Notice | None = None,
    dot: str = "·",
) -> CurveView:
    """A picture that fills so many cells with its axes and labels.

    Args:
        curves: in legend order.
        options: how to draw.
        columns: cells across, with the labels of the y axis.
        rows: cells down, with the x axis; from 6 on its labels have a row.
        left: cells that the labels took in the picture before, which mostly fits this one.
        load: as in `curve_view`.
        notice: as in `curve_view`.
        dot: as in `curve_view`.
    """
    strips = 0
    view: CurveView | None = None
    for _ in range(3):
        view = curve_view(
            curves,
            options,
            columns=max(2, columns - left),
            rows=max(1, rows - 1 - (rows >= 6) - strips),
            load=load,
            notice=notice,
            dot=dot,
        )
        if (left, strips) == (view.gutter, len(view.load)) or view.notice is not None:
            break
        left, strips = view.gutter, len(view.load)
    assert view is not None
    return view


def chart_lines(
    chart: Chart, view: CurveView, place: Place, glyphs: Glyphs, *, chosen: bool, colored: bool
) -> list[Line]:
    """A chart of exactly its place's size: its title with the values of its lines, then the picture."""
    # plotext takes its time to import: not before there is something to draw.
    from nerotui.core.views.curve.picture import drawn

    lines: list[Line] = [_title(chart, view, place.width, glyphs, chosen=chosen, colored=colored)]
    if view.notice is not None:
        lines.append((Span(f" {cut(view.notice.text, place.width - 1, glyphs.ellipsis)}", "label"),))
    else:
        lines += drawn(view, glyphs, colored=colored, x_labels=place.height >= 7, legend=False)
    return [_filled(line, place.width) for line in (lines + [()] * place.height)[: place.height]]


def heading_line(name: str, right: str, columns: int, glyphs: Glyphs, key: Sequence[tuple[str, int]] = ()) -> Line:
    """What stands over a group of charts.

    Args:
        name: of the group; "" for what stands alone.
        right: what is said at the end, such as how many there are.
        columns: cells across.
        glyphs: the characters to draw with.
        key: the runs in all of the charts and their line colours.
    """
    words = Span(f"{clean(name) or 'metrics'} ", "strong")
    runs = [Span(f"{clean(run)} ", curve_role(color)) for run, color in key]
    tail = f" {right}"
    room = columns - width(words.text) - width(tail)
    while runs and sum(width(span.text) for span in runs) > room:
        runs.pop()
    rule = glyphs.rule * max(0, room - sum(width(span.text) for span in runs))
    return (words, *runs, Span(rule, "rule"), Span(tail, "label"))


def _title(chart: Chart, view: CurveView, columns: int, glyphs: Glyphs, *, chosen: bool, colored: bool) -> Line:
    from nerotui.core.views.curve.picture import sign_of

    name = cut(clean(chart.title), max(8, columns // 2), glyphs.ellipsis)
    head = (Span(glyphs.cursor if chosen else " ", "accent"), Span(name, "strong" if chosen else "text"))
    room = columns - 2 - width(name)
    several = len(view.traces) > 1

    def tail(index: int, *, labelled: bool) -> Span:
        trace = view.traces[index]
        sign = sign_of(index, glyphs, colored) if several and not colored else ""
        label = trace.label if several and labelled else ""
        value = trace.value.removeprefix("best").strip()
        alert = glyphs.alert if trace.remark else ""
        text = " ".join(part for part in (sign, label, value, alert) if part)
        return Span(f"  {text}", curve_role(trace.color, "pale" if trace.pale else "full"))

    tails = [tail(index, labelled=True) for index in range(len(view.traces))]
    if colored and sum(width(span.text) for span in tails) > room:
        tails = [tail(index, labelled=False) for index in range(len(view.traces))]
    shown: list[Span] = []
    for index, span in enumerate(tails):
        if width(span.text) > room - (4 if index < len(tails) - 1 else 0):
            shown.append(Span(cut(f"  +{len(tails) - index}", room, ""), "label"))
            break
        room -= width(span.text)
        shown.append(span)
    blank = columns - 1 - width(name) - sum(width(span.text) for span in shown)
    return (*head, Span(" " * max(0, blank), "text"), *shown)


def _filled(line: Line, columns: int) -> Line:
    """A line of exactly so many cells."""
    missing = columns - sum(width(span.text) for span in line)
    return (*line, Span(" " * missing, as_role("text"))) if missing > 0 else line


def beside(rows: list[Line], lines: Sequence[Line], place: Place, top: int) -> None:
    """Puts a chart's lines into rows of the sheet that begin at row `top`; those of a row come from left to right."""
    for offset, line in enumerate(lines):
        at = place.y + offset - top
        if 0 <= at < len(rows):
            have = sum(width(span.text) for span in rows[at])
            rows[at] = (
                (*rows[at], Span(" " * (place.x - have), "text"), *line) if place.x > have else (*rows[at], *line)
            )
