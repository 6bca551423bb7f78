"""What the curve pane shows: which charts, on which axes, how soon after points came."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import msgspec

from nerotui.core.records import Load, Run, RunDetail
from nerotui.core.views.curve import Axis, Curve, CurveOptions
from nerotui.core.views.curve.families import Group, title
from nerotui.core.views.curve.lines import TINY
from nerotui.core.views.curve.load import load_curves
from nerotui.core.views.curve.pairing import TIMES
from nerotui.core.views.curve.sheet import Chart
from nerotui.core.views.curve.tones import curve_role
from nerotui.core.views.spans import Notice
from nerotui.tui.curves import CurveBook

if TYPE_CHECKING:
    from textual.timer import Timer

    from nerotui.tui.screens.panes import PaneScreen

#: Seconds from one picture to the next while points come; longer where a picture takes long to draw.
PACE = 0.25
#: What belongs together comes as several messages, one after the other, in so many seconds.
GATHER = 0.02
PACE_MOST = 2.0
#: Part of the time that drawing may take.
SHARE = 0.1
#: How many times a chart's own range the common range of its group may be, for the chart not to look flat.
FLAT = 8.0
#: The chart of the host's load among the others.
LOAD = "load"


class Charting:
    """Paints the curve pane of a main screen.

    Args:
        screen: whose pane.
    """

    def __init__(self, screen: PaneScreen) -> None:
        self._screen = screen
        self.book = CurveBook()
        self.load: Load | None = None
        self.notice: Notice | None = None
        self._next = 0.0
        self._timer: Timer | None = None
        self._marked: tuple[object, ...] = ()

    def soon(self) -> None:
        """Paints what came, almost at once after a silence, else when it is due."""
        if self._timer is None:
            self._timer = self._screen.set_timer(max(self._next - time.monotonic(), GATHER), self.paint)

    def noticed(self) -> None:
        """Paints soon if what is marked on the curves has changed; points are news of their own."""
        marked = tuple((run.id, run.state, run.findings) for run in self._screen.drawn)
        if marked != self._marked:
            self._marked = marked
            self.soon()

    def paint(self) -> None:
        """Paints the curves now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        screen = self._screen
        self._color_marks()
        if "curve" not in screen.board.plan.places:
            return
        began = time.monotonic()
        run = screen.selected
        charts = self.charts() if self.tiled else ()
        if charts:
            chosen = next((at for at, chart in enumerate(charts) if chart.family == self.metric(run)), 0)
            drawn = screen.drawn
            key = [(screen.bridge.short(run.id), self.book.color(run.id) or 0) for run in drawn]
            screen.curve.show_charts(charts, chosen, key if len(drawn) > 1 else ())
        else:
            metric = self.metric(run)
            axis = self.axis(metric)
            curves = self._curves(metric, axis)
            notice = None if curves else self._why_none(run)
            screen.curve.show(curves, self._options(metric, axis), load=self.load, notice=notice)
        screen.panes["curve"].say(screen.curve.right)
        ended = time.monotonic()
        # Where there was nothing to draw, the first picture waits for nothing.
        shown = screen.curve.view is not None and screen.curve.view.notice is None
        self._next = ended + min(PACE_MOST, max(PACE, (ended - began) / SHARE)) if shown else 0.0

    def _color_marks(self) -> None:
        """Gives the marks in the table the colours of the runs' curves, where several runs are drawn."""
        screen = self._screen
        drawn = screen.drawn
        colors = {run.id: self.book.color(run.id) for run in drawn} if len(drawn) > 1 else {}
        screen.table.color_marks({run: curve_role(color) for run, color in colors.items() if color is not None})

    def began(self, detail: RunDetail) -> None:
        """Takes from a run's history when its attempts began."""
        starts = tuple(event.time for event in detail.events if event.kind == "started")
        joins = tuple(sorted(starts)[1:])
        if joins != self.book.joins.get(detail.run.id, ()):
            self.book.joins[detail.run.id] = joins
            self.soon()

    @property
    def tiled(self) -> bool:
        """Whether all charts are to be shown side by side."""
        looking = self._screen.looking
        return looking.zoomed == "curve" and looking.tiles

    @property
    def groups(self) -> tuple[Group, ...]:
        """What can be drawn of the runs that are drawn."""
        return self.book.groups(run.id for run in self._screen.drawn)

    @property
    def families(self) -> tuple[str, ...]:
        """The same, in the order in which `m` walks through it."""
        return tuple(family for group in self.groups for family in group.families)

    def metric(self, run: Run | None) -> str:
        """What is drawn of a run: what the user chose if the run has it, else its most important metric."""
        families = () if run is None else self.families
        chosen = self._screen.looking.metric
        if chosen is not None and (chosen in families or not families or (chosen == LOAD and self.tiled)):
            return chosen
        return families[0] if families else "loss"

    def axis(self, metric: str) -> str:
        """What is on the x axis: what the user chose if the curves have it, else what most of them stand on."""
        screen = self._screen
        chosen, axes = screen.looking.axis, self.book.axes(screen.drawn, metric)
        if chosen in (*TIMES, *axes) or not axes:
            return chosen
        if any(self.book.along(run.id, chosen) is not None for run in screen.drawn):
            return chosen
        return axes[0]

    def charts(self) -> tuple[Chart, ...]:
        """All charts of the runs that are drawn, and their host's load; none where there is but one."""
        families = self.families
        if len(families) < 2:
            return ()
        main = self.metric(self._screen.selected)
        axis = self.axis(families[0] if main == LOAD else main)
        load = self._load_chart(axis)
        found: list[Chart] = []
        for at, group in enumerate(self.groups):
            if at and group.name and load is not None:
                found.append(load)
                load = None
            found += self._alike([self._chart(family, group, axis) for family in group.families])
        return tuple([*found, load] if load is not None else found)

    def _alike(self, charts: list[Chart]) -> list[Chart]:
        """Charts under one heading on one range of y, where that leaves none of them flat."""
        tracks = [[curve.track for curve in chart.curves] for chart in charts]
        reaches = [
            (
                min(track.least.value for track in those if track.least),
                max(track.greatest.value for track in those if track.greatest),
            )
            for those in tracks
            if any(track.least for track in those)
        ]
        if len(reaches) < 2 or not charts[0].group or self._screen.looking.window is not None:
            return charts
        low, high = min(low for low, _ in reaches), max(high for _, high in reaches)
        if self._screen.looking.log:
            if low <= TINY or high / low > FLAT**4:
                return charts
            low, high = math.log10(low), math.log10(high)
        elif min(highest - lowest for lowest, highest in reaches) * FLAT < high - low:
            return charts
        options = [msgspec.structs.replace(chart.options, reach=(low, high)) for chart in charts]
        return [msgspec.structs.replace(chart, options=each) for chart, each in zip(charts, options, strict=True)]

    def _chart(self, family: str, group: Group, axis: str) -> Chart:
        here = self.axis(family) if axis not in TIMES else axis
        return Chart(
            title=title(family, group.name),
            group=group.name,
            family=family,
            curves=self._curves(family, here, named=len(self._screen.drawn) > 1),
            options=self._options(family, here, shared=here == axis),
        )

    def _load_chart(self, axis: str) -> Chart | None:
        """The load of the selected run's host on the same axis."""
        run = self._screen.selected
        if self.load is None or run is None:
            return None
        along = None if axis in TIMES else self.book.along(run.id, axis)
        if axis not in TIMES and along is None:
            return None
        start = self.book.start(run.id)
        curves = load_curves(self.load, along=along, start=start)
        options = self._options(LOAD, axis)
        plain = CurveOptions(
            metric=LOAD, axis=options.axis, log_x=options.log_x, window=options.window, cursor=options.cursor,
            reach=(0.0, 100.0),
        )  # fmt: skip
        name = f"load of {run.host} %"
        return Chart(title=name, group="", family=LOAD, curves=curves, options=plain) if curves else None

    def _curves(self, metric: str, axis: str, *, named: bool = True) -> tuple[Curve, ...]:
        screen = self._screen
        short = screen.bridge.short if named else _unnamed
        return self.book.curves(screen.drawn, metric, axis=axis, short=short)

    def _options(self, metric: str, axis: str, *, shared: bool = True) -> CurveOptions:
        """How a metric is drawn; a chart on an axis of its own has no part in window and cursor."""
        looking = self._screen.looking
        drawn: Axis = "time" if axis == "time" else "clock" if axis == "clock" else "x"
        return CurveOptions(
            metric=metric,
            axis=drawn,
            log=looking.log,
            log_x=looking.log_x,
            smooth=looking.smooth,
            window=looking.window if shared else None,
            cursor=looking.cursor if shared else None,
        )

    def _why_none(self, run: Run | None) -> Notice:
        if run is None:
            return Notice(kind="empty", text="No run is selected.")
        if self.notice is not None:
            return self.notice
        if run.waiting:
            return Notice(kind="empty", text="It has not started yet.", hint="`:why` says what it waits for.")
        if not self.book.known(run.id):
            return Notice(kind="loading", text="Reading the points…")
        return Notice(
            kind="empty",
            text="No metric found in its log so far.",
            hint="Lines such as `loss 0.31` or `loss=0.31` are understood, JSON lines too, also in NEROTUI_METRICS.",
        )


def _unnamed(run_id: str) -> str:
    """The name of the only run that is drawn: it is said elsewhere."""
    return ""
