"""What is drawn, over which axis, how smooth, which part of it, and where values are read off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nerotui.core.views.curve import stops
from nerotui.core.views.curve.lines import drawn_x, real_x
from nerotui.core.views.curve.pairing import TIMES
from nerotui.errors import UsageError

if TYPE_CHECKING:
    from nerotui.core.views.curve import CurveView
    from nerotui.tui.screens.charting import Charting
    from nerotui.tui.screens.main import MainScreen

#: Weights of the past from which `[` and `]` choose; each step smooths over about twice as many points.
SMOOTH = (0.0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
#: How much closer a step goes, and how much of what is seen a step sideways moves.
CLOSER = 2.0
ASIDE = 0.25
#: The closest look: this part of the axis.
CLOSEST = 1e-4


class CurveCommands:
    """What the curve pane does."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    @property
    def _charts(self) -> Charting:
        return self._screen.painting.charts

    # Which metric.

    def walk(self, steps: int) -> None:
        """So many charts on."""
        screen, charts = self._screen, self._charts
        tiles = charts.charts() if charts.tiled else ()
        names = tuple(chart.family for chart in tiles) or charts.families
        if not names:
            screen.say("No metric was found in this run so far.")
            return
        now = charts.metric(screen.selected)
        at = names.index(now) if now in names else -1
        # One step goes round; a page stops at the ends.
        screen.looking.metric = names[
            (at + steps) % len(names) if abs(steps) == 1 else max(0, min(len(names) - 1, at + steps))
        ]
        screen.painting.curve()

    def do_metric(self, argument: str) -> None:
        """The next metric, or the one named."""
        screen = self._screen
        if not argument:
            self.walk(1)
            return
        families = self._charts.families
        if argument not in families:
            known = ", ".join(families) or "none so far"
            raise UsageError(f"This run has no metric {argument!r}", hint=f"it has: {known}")
        screen.looking.metric = argument
        screen.painting.curve()

    def do_next_metric(self, argument: str) -> None:
        """The next metric; while only a part is shown, to the right."""
        self._aside(1)

    def do_previous_metric(self, argument: str) -> None:
        """The metric before; while only a part is shown, to the left."""
        self._aside(-1)

    def do_tiles(self, argument: str) -> None:
        """All charts side by side, or the chosen one alone."""
        screen, looking = self._screen, self._screen.looking
        if looking.zoomed != "curve":
            looking.look_at("curve")
            looking.zoomed, looking.tiles = "curve", True
            screen.rearrange()
            return
        looking.tiles = not looking.tiles
        screen.painting.curve()
        if len(self._charts.families) == 1:
            screen.say("This run has one metric so far.")

    def do_overlay(self, argument: str) -> None:
        """Draws the marked runs over the selected one, or only that one."""
        screen = self._screen
        screen.looking.overlay = not screen.looking.overlay
        screen.watch_selection()
        screen.painting.curve()
        if not screen.table.marks:
            screen.say("Mark runs with Space: they are drawn over the selected one.")

    # Over which axes, how smooth.

    def do_log_scale(self, argument: str) -> None:
        """Logarithmic y, or linear."""
        self._screen.looking.log = not self._screen.looking.log
        self._screen.painting.curve()

    def do_log_x(self, argument: str) -> None:
        """Logarithmic x, or linear."""
        self._screen.looking.log_x = not self._screen.looking.log_x
        self._screen.painting.curve()

    def do_x_axis(self, argument: str) -> None:
        """The next of the axes that the curves have: steps, epochs, time since the start, time of day."""
        screen, charts = self._screen, self._charts
        metric = charts.metric(screen.selected)
        axes = (*charts.book.axes(screen.drawn, metric), *charts.book.others(screen.drawn, metric), *TIMES)
        now = charts.axis(metric)
        following = axes[(axes.index(now) + 1) % len(axes)] if now in axes else axes[0]
        if argument and argument not in axes:
            raise UsageError(f"{metric} cannot be drawn over {argument!r}", hint=f"it can over: {', '.join(axes)}")
        screen.looking.axis = argument or following
        # A place on one axis is none on another.
        screen.looking.window = screen.looking.cursor = None
        screen.painting.curve()

    def do_smoother(self, argument: str) -> None:
        """More smoothing, or as much as is said."""
        if argument:
            self._smooth(argument)
            return
        now = self._screen.looking.smooth
        self._screen.looking.smooth = next((weight for weight in SMOOTH if weight > now), SMOOTH[-1])
        self._screen.painting.curve()

    def do_rougher(self, argument: str) -> None:
        """Less smoothing."""
        now = self._screen.looking.smooth
        self._screen.looking.smooth = next((weight for weight in reversed(SMOOTH) if weight < now), 0.0)
        self._screen.painting.curve()

    def _smooth(self, argument: str) -> None:
        try:
            weight = float(argument)
        except ValueError:
            weight = -1.0
        if not 0 <= weight < 1:
            raise UsageError(f"{argument!r} is no weight", hint="from 0 (not smoothed) to below 1, such as 0.9")
        self._screen.looking.smooth = weight
        self._screen.painting.curve()

    # Which part.

    def do_zoom_in(self, argument: str) -> None:
        """Half of what is shown, about the cursor, else the newest half."""
        self.zoom(1)

    def do_zoom_out(self, argument: str) -> None:
        """Twice what is shown, until it is all."""
        self.zoom(-1)

    def do_whole(self, argument: str) -> None:
        """All of the axis."""
        self._screen.looking.window = None
        self._screen.painting.curve()

    def zoom(self, steps: int) -> None:
        """Closer so many times, or further away."""
        view, looking = self._seen(), self._screen.looking
        if view is None or (steps < 0 and looking.window is None):
            return
        options = self._screen.curve.options
        whole = self._whole()
        low, high = view.span
        if looking.window is None:
            low, high = max(low, whole[0]), min(high, whole[1])
        wide = (high - low) / CLOSER**steps
        if wide >= whole[1] - whole[0]:
            self.do_whole("")
            return
        wide = max(wide, (whole[1] - whole[0]) * CLOSEST)
        if looking.cursor is not None:
            at = drawn_x(looking.cursor, options)
            begin = at - wide / 2
        elif steps > 0 and high >= whole[1] - (high - low) * 1e-9:
            begin = high - wide
        else:
            begin = low / 2 + high / 2 - wide / 2
        begin = max(whole[0], min(whole[1] - wide, begin))
        looking.window = (real_x(begin, options), real_x(begin + wide, options))
        self._screen.painting.curve()

    def _aside(self, step: int) -> None:
        looking, view = self._screen.looking, self._seen()
        if looking.window is None or view is None:
            self.walk(step)
            return
        options, whole = self._screen.curve.options, self._whole()
        low, high = view.span
        begin = max(whole[0], min(whole[1] - (high - low), low + step * ASIDE * (high - low)))
        looking.window = (real_x(begin, options), real_x(begin + high - low, options))
        self._screen.painting.curve()

    def _seen(self) -> CurveView | None:
        """The picture, if there is one."""
        view = self._screen.curve.view
        return None if view is None or (view.notice is not None and self._screen.looking.window is None) else view

    def _whole(self) -> tuple[float, float]:
        """The ends of the data on the axis as it is drawn."""
        known = self._screen.curve.known_places()
        return (known[0], known[-1]) if len(known) > 1 and known[-1] > known[0] else (0.0, 1.0)

    # Where values are read off.

    def point(self, x: float | None) -> None:
        """Reads values off at a place, and keeps that place in sight."""
        looking, view = self._screen.looking, self._seen()
        if x is None or view is None:
            self._screen.say("There is no point to read off.")
            return
        looking.cursor = x
        if looking.window is not None:
            low, high = looking.window
            if not low <= x <= high:
                options = self._screen.curve.options
                begin, end = view.span
                middle = drawn_x(x, options)
                half = (end - begin) / 2
                looking.window = (real_x(middle - half, options), real_x(middle + half, options))
        self._screen.painting.curve()

    def do_cursor_left(self, argument: str) -> None:
        """The cursor to the point before."""
        self.point(self._screen.curve.stepped(-1))

    def do_cursor_right(self, argument: str) -> None:
        """The cursor to the next point."""
        self.point(self._screen.curve.stepped(1))

    def do_next_mark(self, argument: str) -> None:
        """The cursor to the next place worth a look."""
        self._mark(1)

    def do_previous_mark(self, argument: str) -> None:
        """The cursor to the last place worth a look before this one."""
        self._mark(-1)

    def _mark(self, step: int) -> None:
        screen = self._screen
        found = stops(screen.curve.curves, screen.curve.options)
        if not found:
            screen.say("Nothing is marked on this curve: no best value, no finding, no nan, one attempt.")
            return
        now = screen.looking.cursor
        if step > 0:
            place = next(((x, what) for x, what in found if now is None or x > now), found[0])
        else:
            place = next(((x, what) for x, what in reversed(found) if now is None or x < now), found[-1])
        self.point(place[0])
        screen.say(place[1])
