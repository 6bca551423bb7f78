"""The curve pane: one chart large, or all of a run's charts side by side."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual import events
from textual.message import Message
from textual.strip import Strip

from nerotui.core.records import Load
from nerotui.core.views.curve import Curve, CurveOptions, CurveView
from nerotui.core.views.curve.lines import drawn_x, points_in_view, real_x
from nerotui.core.views.curve.sheet import (
    Chart,
    Layout,
    Place,
    arrange,
    beside,
    chart_lines,
    framed,
    groups_of,
    heading_line,
)
from nerotui.core.views.spans import Line, Notice
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView

#: Seconds that drawing may take at a time: of many charts that changed at once the others follow after the next key.
AT_ONCE = 0.05


class _Kept(NamedTuple):
    """What was last drawn of a chart: from what, how it looks, its view and its lines."""

    made_from: object
    looks: object
    size: tuple[int, int]
    view: CurveView
    lines: list[Line]


class CurvePlot(LineView, can_focus=True):
    """Draws curves at its own size, again only when a visible dot changed."""

    @dataclass
    class Stepped(Message):
        """The user moves on by so many charts."""

        steps: int

    @dataclass
    class Pointed(Message):
        """The user points at a place of the x axis."""

        x: float

    @dataclass
    class Turned(Message):
        """The user turns the wheel over one chart: closer if positive."""

        steps: int

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self._curves: tuple[Curve, ...] = ()
        self._options = CurveOptions()
        self._load: Load | None = None
        self._instead: Notice | None = None
        self._charts: tuple[Chart, ...] = ()
        self._chosen = 0
        self._key: tuple[tuple[str, int], ...] = ()
        self._layout = Layout((), (), 0)
        self._top = 0
        self._kept: dict[int, _Kept] = {}
        self._until, self._late = 0.0, False
        self._view: CurveView | None = None
        self._lines: tuple[Line, ...] = ()
        self._left = 8
        self._shown: object = None
        #: How often lines were drawn so far.
        self.pictures = 0

    @property
    def right(self) -> str:
        """What the pane's rule says: "loss · smooth 0.9 · x epoch · y lin"."""
        return "" if self._view is None else self._view.right

    @property
    def view(self) -> CurveView | None:
        """The picture: of the chosen chart where there are several."""
        return self._view

    def show(
        self,
        curves: Sequence[Curve],
        options: CurveOptions,
        *,
        load: Load | None = None,
        notice: Notice | None = None,
    ) -> None:
        """Show these curves in one chart. Call it again whenever a track has grown; it draws what differs.

        Args:
            curves: in legend order, the selected run's first.
            options: metric, axes, smoothing.
            load: the selected run's load, drawn beneath on the same axis.
            notice: what to say while there is nothing to draw.
        """
        self._curves, self._options, self._load, self._instead = tuple(curves), options, load, notice
        self._charts, self._kept = (), {}
        self._updated((self._curves, [curve.track.count for curve in curves], options, load, notice))

    def show_charts(self, charts: Sequence[Chart], chosen: int, key: Sequence[tuple[str, int]] = ()) -> None:
        """Show several charts side by side.

        Args:
            charts: those under one heading one after the other.
            chosen: which of them is the chosen one; it is kept in sight.
            key: the runs in all of them and their line colours, where they are several.
        """
        self._charts, self._chosen, self._key = tuple(charts), chosen, tuple(key)
        self._updated((self._charts, [_counts(chart) for chart in charts], chosen, self._key))

    def _updated(self, shown: object) -> None:
        if shown != self._shown:
            self._shown = shown
            self._draw()
            self.repaint()

    def laid_out(self) -> None:
        """Another size is another picture."""
        self._kept = {}
        self._draw()

    def strip(self, y: int) -> Strip:
        """A row of the picture."""
        return self.drawn(self._lines[y] if y < len(self._lines) else ())

    # Moving.

    def move(self, rows: int) -> None:
        """Another chart, where there are several."""
        if self._charts:
            self.post_message(self.Stepped(rows))

    def page(self, pages: float) -> None:
        """Several charts on; in one chart, the cursor by that part of its width."""
        if self._charts:
            seen = sum(place.y + place.height <= self._top + self.size.height for place in self._layout.places)
            self.post_message(self.Stepped(round(pages * max(1, seen)) or (1 if pages > 0 else -1)))
        elif self._view is not None and (place := self.stepped(round(pages * self._view.columns))) is not None:
            self.post_message(self.Pointed(place))

    def home(self) -> None:
        """The cursor to the first point."""
        self._to_end(0)

    def end(self) -> None:
        """The cursor to the newest point."""
        self._to_end(-1)

    def _to_end(self, which: int) -> None:
        known = self._places()
        if known:
            self.post_message(self.Pointed(known[which]))

    def wheel(self, rows: int) -> None:
        """Other charts, or closer to one."""
        if self._charts:
            self.post_message(self.Stepped(1 if rows > 0 else -1))
        else:
            self.post_message(self.Turned(1 if rows < 0 else -1))

    def on_click(self, event: events.Click) -> None:
        """A click reads values off there."""
        view = self._view
        if self._charts or view is None or view.notice is not None:
            return
        column = event.x - view.gutter
        if 0 <= column < view.columns:
            low, high = view.span
            at = low + (column * 2 + 1) / (view.columns * 2 - 1) * (high - low)
            self.post_message(self.Pointed(real_x(at, self.options)))

    @property
    def options(self) -> CurveOptions:
        """How the picture is drawn: that of the chosen chart where there are several."""
        return self._charts[self._chosen].options if self._charts else self._options

    def stepped(self, cells: int) -> float | None:
        """Where the cursor is so many cells further: at the next point there; None without points.

        Without a cursor it begins at the newest point.
        """
        view, known = self._view, self._places()
        if view is None or not known:
            return None
        now = self.options.cursor
        if now is None:
            return known[-1]
        low, high = view.span
        cell = (high - low) / max(1, view.columns)
        drawn = self._on_axis(known)
        at = self._on_axis([now])[0] + cells * cell
        if cells > 0:
            beyond = [index for index, x in enumerate(drawn) if x >= at - cell / 1e6]
            return known[beyond[0] if beyond else -1]
        before = [index for index, x in enumerate(drawn) if x <= at + cell / 1e6]
        return known[before[-1] if before else 0]

    def _on_axis(self, places: Sequence[float]) -> list[float]:
        return [drawn_x(x, self.options) for x in places]

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves that are drawn: those of the chosen chart where there are several."""
        return self._charts[self._chosen].curves if self._charts else self._curves

    def known_places(self) -> list[float]:
        """All places that have a point, in view or not, as they are drawn on the axis, from left to right."""
        everywhere = CurveOptions(axis=self.options.axis, log_x=self.options.log_x)
        return self._on_axis(points_in_view(self.curves, everywhere))

    def _places(self) -> list[float]:
        """All places on the axis that have a point, from left to right."""
        return points_in_view(self.curves, CurveOptions(axis=self.options.axis, log_x=self.options.log_x))

    # Drawing.

    def _draw(self) -> None:
        width, height = self.size
        if width < 12 or height < 3:
            # Hidden or folded: nothing is drawn until there is room.
            self._view, self._lines = None, ()
            return
        if self._charts:
            self._draw_charts(width, height)
            return
        view = framed(
            self._curves,
            self._options,
            columns=width,
            rows=height,
            left=self._left,
            load=self._load if height >= 12 else None,
            notice=self._instead,
            dot=self.palette.glyphs.dot,
        )
        self.notice = view.notice
        if view == self._view and self._lines:
            return
        self._view = view
        if view.notice is None:
            self._left = view.gutter
            # plotext takes its time to import: not before there is something to draw.
            from nerotui.core.views.curve.picture import drawn

            self._lines = drawn(view, self.palette.glyphs, colored=self.palette.mode != "none", x_labels=height >= 6)
            self.pictures += 1

    def _draw_charts(self, width: int, height: int) -> None:
        self.notice = None
        layout = self._layout = arrange(groups_of(self._charts), width, height, headed=bool(self._key))
        chosen = layout.places[self._chosen]
        heading = max((y for y, _, _ in layout.headings if y < chosen.y), default=chosen.y)
        upper = heading if chosen.y - heading == 1 else chosen.y
        self._top = max(0, min(self._top, upper, layout.rows - height))
        if chosen.y + chosen.height > self._top + height:
            self._top = chosen.y + chosen.height - height
        self._until = time.monotonic() + AT_ONCE
        self._late = False
        rows: list[Line] = [()] * height
        for y, name, count in layout.headings:
            if 0 <= y - self._top < height:
                rows[y - self._top] = heading_line(
                    name, str(count), width, self.palette.glyphs, self._key if not y else ()
                )
        for index, (chart, place) in enumerate(zip(self._charts, layout.places, strict=True)):
            if place.y < self._top + height and place.y + place.height > self._top:
                beside(rows, self._chart(index, chart, place), place, self._top)
        self._view = self._kept[self._chosen].view
        self._lines = tuple(rows)
        if self._late:
            self.call_later(self._go_on)

    def _go_on(self) -> None:
        """Draws the charts that were left as they had been."""
        if self._late:
            self._draw()
            self.repaint()

    def _chart(self, index: int, chart: Chart, place: Place) -> list[Line]:
        """A chart's lines; those of the last time if nothing of it changed."""
        chosen = index == self._chosen
        made_from = (chart, _counts(chart), place.width, place.height, chosen)
        kept = self._kept.get(index)
        if kept is not None and kept.made_from == made_from:
            return kept.lines
        if kept is not None and time.monotonic() > self._until and kept.size == (place.width, place.height):
            self._late = True
            return kept.lines
        glyphs = self.palette.glyphs
        left = 8 if kept is None else kept.view.gutter
        view = framed(
            chart.curves, chart.options, columns=place.width, rows=place.height - 1, left=left, dot=glyphs.dot
        )
        looks = (view, chart.title, place.width, place.height, chosen)
        if kept is not None and kept.looks == looks:
            lines = kept.lines
        else:
            lines = chart_lines(chart, view, place, glyphs, chosen=chosen, colored=self.palette.mode != "none")
            self.pictures += 1
        self._kept[index] = _Kept(made_from, looks, (place.width, place.height), view, lines)
        return lines


def _counts(chart: Chart) -> tuple[int, ...]:
    return tuple(curve.track.count for curve in chart.curves)
