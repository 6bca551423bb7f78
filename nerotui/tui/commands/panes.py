"""Focusing, folding, zooming and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nerotui.tui.action import PANES, Pane
from nerotui.tui.arrangement import TABS, shown_panes

if TYPE_CHECKING:
    from nerotui.tui.screens.main import MainScreen


class PaneCommands:
    """Which pane is looked at, and how much of it."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def _look(self, pane: Pane) -> None:
        """Focuses a pane; the pane that has the focus is folded away, and the runs get it."""
        screen, looking = self._screen, self._screen.looking
        if looking.focus == pane and looking.zoomed is None and pane != "runs":
            looking.folded ^= {pane}
            if pane in looking.folded:
                looking.focus = "runs"
        else:
            looking.look_at(pane)
        screen.rearrange()

    def do_hosts(self, argument: str) -> None:
        """Hosts; the detail pane shows the one under the cursor."""
        if self._screen.looking.focus != "hosts":
            self._screen.looking.detail_of = "host"
        self._look("hosts")

    def do_runs(self, argument: str) -> None:
        """Runs."""
        self._screen.looking.detail_of = "run"
        self._look("runs")

    def do_curve(self, argument: str) -> None:
        """Curve."""
        self._look("curve")

    def do_log(self, argument: str) -> None:
        """Log."""
        self._look("log")

    def do_detail(self, argument: str) -> None:
        """Detail."""
        self._look("detail")

    def do_findings(self, argument: str) -> None:
        """Findings."""
        self._look("findings")

    def _step(self, step: int) -> None:
        screen, looking = self._screen, self._screen.looking
        shown = shown_panes(screen.board.plan)
        if looking.zoomed is not None or screen.board.plan.kind == "tiny":
            shown = PANES
        elif screen.board.plan.kind == "tabbed":
            shown = tuple(pane for pane in PANES if pane == "runs" or pane in TABS)
        at = shown.index(looking.focus) if looking.focus in shown else 0
        looking.look_at(shown[(at + step) % len(shown)])
        screen.rearrange()

    def do_next_pane(self, argument: str) -> None:
        """The next pane."""
        self._step(1)

    def do_previous_pane(self, argument: str) -> None:
        """The pane before."""
        self._step(-1)

    def do_zoom(self, argument: str) -> None:
        """The whole screen for the focused pane, or an end to that."""
        looking = self._screen.looking
        looking.zoomed = None if looking.zoomed is not None else looking.focus
        if looking.zoomed == "hosts":
            looking.detail_of = "host"
            self._screen.bridge.look_at(self._screen.hosts.host)
        self._screen.rearrange()

    def do_unzoom(self, argument: str) -> None:
        """All panes again."""
        self._screen.looking.zoomed = None
        self._screen.looking.full = False
        self._screen.rearrange()

    def do_open(self, argument: str) -> None:
        """A run's detail; a host's runs; what a finding is about; the whole screen for a curve, log or detail."""
        screen, looking = self._screen, self._screen.looking
        if looking.focus == "findings":
            screen.findings.open()
            return
        if looking.focus == "hosts":
            if screen.hosts.host is not None:
                screen.painting.list.arrange(filter_text=screen.hosts.host)
            looking.detail_of = "run"
            looking.look_at("runs")
        elif looking.focus == "runs":
            looking.detail_of = "run"
            looking.look_at("detail")
            looking.zoomed = "detail"
        else:
            looking.zoomed = None if looking.zoomed is not None else looking.focus
        screen.rearrange()

    def do_back(self, argument: str) -> None:
        """One step back, the nearest first."""
        screen, looking = self._screen, self._screen.looking
        run = screen.selected
        if looking.typing is not None:
            screen.entry.cancel()
        elif looking.focus == "curve" and (looking.cursor, looking.window) != (None, None):
            if looking.cursor is not None:
                looking.cursor = None
            else:
                looking.window = None
            screen.painting.curve()
        elif looking.zoomed is not None or looking.full:
            looking.zoomed, looking.full = None, False
            if looking.focus == "detail":
                looking.focus = "runs"
            if looking.detail_of == "tree":
                looking.detail_of = "run"
            screen.rearrange()
        elif looking.focus == "log" and screen.entry.searching:
            screen.entry.forget_search()
        elif looking.focus == "hosts" and looking.host_filter:
            looking.host_filter = ""
            screen.rearrange()
        elif looking.focus != "runs":
            looking.detail_of = "run"
            looking.look_at("runs")
            screen.rearrange()
        elif run is not None and run.pending is not None and run.pending.away:
            screen.bridge.cancel_pending(run)
        elif screen.painting.list.filter_text:
            screen.painting.list.arrange(filter_text="")
            screen.rearrange()
        elif screen.table.marks:
            screen.table.clear_marks()
