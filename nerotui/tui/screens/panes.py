"""The main screen's panes: which there are, where each stands, and what is selected in them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual.screen import Screen

from nerotui.core.records import Run
from nerotui.tui.action import Pane
from nerotui.tui.arrangement import Wish, arranged
from nerotui.tui.bridge import Bridge
from nerotui.tui.footer import keys_now
from nerotui.tui.keys import Keymap
from nerotui.tui.palette import Palette
from nerotui.tui.refused import refused
from nerotui.tui.screens.board import Board, Divider
from nerotui.tui.screens.looking import Looking
from nerotui.tui.screens.painting import Painting
from nerotui.tui.terminal import Terminal
from nerotui.tui.watching import NO_RUN
from nerotui.tui.widgets.bars import FooterLine, HeaderLine
from nerotui.tui.widgets.curve import CurvePlot
from nerotui.tui.widgets.detail import DetailLines
from nerotui.tui.widgets.findings import FindingsList
from nerotui.tui.widgets.hosts import HostChips, HostList
from nerotui.tui.widgets.lineview import LineView
from nerotui.tui.widgets.log import LogView
from nerotui.tui.widgets.pane import Pane as PaneBox
from nerotui.tui.widgets.runs import RunTable


class PaneScreen(Screen[None], inherit_bindings=False):
    """Hosts, runs, curve, log, detail and findings, each at its place.

    Args:
        bridge: where news comes from and wishes go.
        palette: colours and glyphs.
        keymap: which key asks for what.
        terminal: what is drawn on.
        now: the clock, seconds since the epoch.
    """

    DEFAULT_CSS = """
    PaneScreen { background: $background; overflow: hidden; }
    """

    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(
        self,
        bridge: Bridge,
        palette: Palette,
        keymap: Keymap,
        *,
        terminal: Terminal,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.bridge = bridge
        self.palette = palette
        self.keymap = keymap
        self.terminal = terminal
        self.looking = Looking(mouse=bridge.config.console.mouse)
        self.header = HeaderLine(palette=palette, id="header")
        self.chips = HostChips(palette=palette, id="chips")
        self.footer = FooterLine(palette=palette, id="footer")
        self.hosts = HostList(palette=palette)
        self.table = RunTable(palette=palette)
        self.curve = CurvePlot(palette=palette)
        self.log_view = LogView(palette=palette)
        self.detail = DetailLines(palette=palette)
        self.findings = FindingsList(palette=palette)
        bodies: dict[Pane, LineView] = {
            "hosts": self.hosts,
            "runs": self.table,
            "curve": self.curve,
            "log": self.log_view,
            "detail": self.detail,
            "findings": self.findings,
        }
        self.bodies = bodies
        self.panes: dict[Pane, PaneBox] = {
            name: PaneBox(body, title=name.capitalize(), number=number, palette=palette, id=name)
            for number, (name, body) in enumerate(bodies.items(), 1)
        }
        dividers = (Divider(palette=palette, id="divider1"), Divider(palette=palette, id="divider2"))
        self.board = Board((self.header, self.chips, *self.panes.values(), *dividers, self.footer))
        self.painting = Painting(self, now)

    def on_mount(self) -> None:
        """Shows what is known before anything is connected."""
        self.painting.list.put(self.bridge.runs.values())
        self.log_view.begin(NO_RUN)
        self.rearrange()

    # What is selected.

    @property
    def selected(self) -> Run | None:
        """The run under the cursor of the table."""
        return self.bridge.runs.get(self.table.run or "")

    @property
    def drawn(self) -> tuple[Run, ...]:
        """The runs in the curve: the selected one, then the marked ones if they are to be drawn over it."""
        runs, first = self.bridge.runs, self.selected
        if first is None:
            return ()
        marked = sorted(self.table.marks - {first.id}) if self.looking.overlay else []
        return (first, *(runs[run_id] for run_id in marked if run_id in runs))

    def targets(self) -> tuple[Run, ...]:
        """The runs that an action means: the marked ones, else the selected one."""
        runs = self.bridge.runs
        marked = tuple(runs[run_id] for run_id in sorted(self.table.marks) if run_id in runs)
        return marked or ((self.selected,) if self.selected is not None else ())

    # Layout.

    def on_resize(self) -> None:
        """Arranges for the new size."""
        self.rearrange()

    def rearrange(self) -> None:
        """Puts the panes where they belong, paints them, and says which keys work."""
        self._place()
        self.painting.all()
        if self._place():
            self.painting.all()
        body = self.bodies[self.looking.focus]
        if self.looking.typing is None and body.display and self.focused is not body:
            self.set_focus(body, scroll_visible=False)
        for name, pane in self.panes.items():
            pane.light(name == self.looking.focus)
        self.show_keys()

    def _place(self) -> bool:
        """Follows the arrangement; True if it changed."""
        if not self.size:
            return False
        looking, before = self.looking, self.board.plan
        wish = Wish(looking.focus, looking.tab, looking.zoomed, frozenset(looking.folded), self.painting.rows)
        self.board.follow(arranged(self.size.width, self.size.height, wish))
        return self.board.plan != before

    def show_keys(self) -> None:
        """The last line: what can be done now."""
        runs, refusals = self.targets(), self.bridge.refusals
        self.footer.show(
            keys_now(
                self.keymap,
                self.looking.focus,
                [run.state for run in runs],
                readonly=self.bridge.readonly,
                first=self._wanted_now(),
                refused=lambda action: refused(action, runs, refusals),
            )
        )

    def _wanted_now(self) -> list[tuple[str, str]]:
        """The way out of where the user is, and of what is wrong under the cursor."""
        looking, run = self.looking, self.selected
        host = self.bridge.hosts.get(self.hosts.host or "") if looking.focus == "hosts" else None
        wanted = []
        if looking.zoomed is not None:
            wanted.append(("back", "back"))
        elif looking.focus == "runs" and run is not None and run.pending is not None and run.pending.away:
            wanted.append(("back", f"cancel {run.pending.action}"))
        if host is not None and host.state == "down":
            wanted.append(("refresh", "connect"))
        return wanted
