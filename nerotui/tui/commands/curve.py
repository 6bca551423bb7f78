"""What is drawn, over which axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nerotui.errors import UsageError

if TYPE_CHECKING:
    from nerotui.tui.screens.main import MainScreen


class CurveCommands:
    """What the curve pane does."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def _step(self, step: int) -> None:
        screen, run = self._screen, self._screen.selected
        families = () if run is None else screen.painting.book.families(run.id)
        if not families:
            screen.say("No metric was found in this run so far.")
            return
        now = screen.painting.metric(run)
        at = families.index(now) if now in families else -1
        screen.looking.metric = families[(at + step) % len(families)]
        screen.painting.curve()

    def do_metric(self, argument: str) -> None:
        """The next metric, or the one named."""
        screen, run = self._screen, self._screen.selected
        if not argument:
            self._step(1)
            return
        families = () if run is None else screen.painting.book.families(run.id)
        if argument not in families:
            known = ", ".join(families) or "none so far"
            raise UsageError(f"This run has no metric {argument!r}", hint=f"it has: {known}")
        screen.looking.metric = argument
        screen.painting.curve()

    def do_next_metric(self, argument: str) -> None:
        """The next metric."""
        self._step(1)

    def do_previous_metric(self, argument: str) -> None:
        """The metric before."""
        self._step(-1)

    def do_log_scale(self, argument: str) -> None:
        """Logarithmic y, or linear."""
        self._screen.looking.log = not self._screen.looking.log
        self._screen.painting.curve()

    def do_x_axis(self, argument: str) -> None:
        """The next of the axes that the curves have: steps, epochs, time."""
        screen, painting = self._screen, self._screen.painting
        metric = painting.metric(screen.selected)
        axes = (*painting.book.axes(screen.drawn, metric), "time")
        now = painting.axis(metric)
        following = axes[(axes.index(now) + 1) % len(axes)] if now in axes else axes[0]
        screen.looking.axis = argument or following
        painting.curve()

    def do_overlay(self, argument: str) -> None:
        """Draws the marked runs over the selected one, or only that one."""
        screen = self._screen
        screen.looking.overlay = not screen.looking.overlay
        screen.watch_selection()
        screen.painting.curve()
        if not screen.table.marks:
            screen.say("Mark runs with Space: they are drawn over the selected one.")
